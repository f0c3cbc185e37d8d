#include "cloud/api/base62.hpp"
#include "cloud/api/money_routes.hpp"
#include "cloud/api/orders.hpp"

namespace wattle::api {
namespace {

constexpr char cash_prefix = 'C';  // of payment numbers that the cash desk has given

/// From the key alone, so that no table of keys can disagree with the orders (docs/decisions/0011).
std::string payment_number(const Call& call, std::string_view key) {
  return cash_prefix + base62(id_of_key(call.crypto, "cash desk payment", call.caller, key));
}

/// Of those who live there, or for whom the next stay has been ordered. None, and the caller has been told: money that nobody
/// is there to have would lie in suspense, and its payer be told that it is done.
std::optional<std::uint32_t> opening_to_pay(const Call& call, RoomId room) {
  const auto& site = call.desk.site();
  const auto opening = opening_of(site, room);
  if (!opening) return call.refuse(problems::room_unknown), std::nullopt;
  if (!site.has_passed(room, *opening)) return opening;
  if (site.orders().contains(cloud::id_of(cloud::Fitting{room, *opening + 1, {}, {}}))) return *opening + 1;
  return call.refuse(is_stay_known(site, room) ? problems::stay_over : problems::unsettled), std::nullopt;
}

}  // namespace

void post_recharge(const Call& call, const http::Request& request) {
  const auto key = idempotency_key(call, request);
  if (!key) return;
  JsonBody body(request.body);
  auto root = body.root();
  const auto amount = root.amount("amount", largest_recharge);
  if (amount.micros % smallest_coin.micros != 0) root.fault("amount", JsonErrc::bad_amount);
  if (const auto channel = root.text("channel", {1, 16}); !channel.empty() && channel != "cash")
    root.fault("channel", JsonErrc::out_of_range);
  if (call.refuse_faults(body)) return;
  const auto number = parse_number(request.param("room"));
  const RoomId room{number.value_or(0)};
  const auto& site = call.desk.site();
  cloud::Payment payment{payment_number(call, *key), Provider::cash_desk, room, 0, amount, std::nullopt};
  // A repetition stands for the opening that the first one was for.
  const auto known = site.orders().find(cloud::id_of(payment));
  if (known != site.orders().end())
    payment.opening = std::get<cloud::Payment>(known->second).opening;
  else if (const auto opening = opening_to_pay(call, room))
    payment.opening = *opening;
  else
    return;
  give_order(call, std::move(payment));
}

}  // namespace wattle::api
