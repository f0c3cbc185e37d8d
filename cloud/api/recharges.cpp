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

/// Of those who live there; of the next stay where that has been ordered and is meant (`wanted`), since whoever pays between
/// two stays may be of either. None, and the caller has been told: money that nobody is there to have would lie in suspense,
/// and its payer be told that it is done.
std::optional<std::uint32_t> opening_to_pay(const Call& call, RoomId room, std::uint32_t wanted) {
  const auto& site = call.desk.site();
  const auto opening = opening_of(site, room);
  if (!opening) return call.refuse(problems::room_unknown), std::nullopt;
  if (!site.has_passed(room, *opening)) {
    if (wanted == 0 || wanted == *opening) return opening;
    return call.refuse(problems::opening_not_next, "the stay is of opening " + std::to_string(*opening)), std::nullopt;
  }
  const auto next = *opening + 1;
  const bool is_ordered = site.orders().contains(cloud::id_of(cloud::Fitting{room, next, {}, {}}));
  if (is_ordered && wanted == next) return next;
  if (!is_stay_known(site, room)) return call.refuse(problems::unsettled), std::nullopt;
  const auto remedy = "for those who come, name \"opening\": " + std::to_string(next);
  return call.refuse(problems::stay_over, is_ordered ? remedy : std::string()), std::nullopt;
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
  const auto wanted = root.has("opening") ? root.integer("opening", {1, UINT32_MAX}) : 0;
  if (call.refuse_faults(body)) return;
  const auto number = parse_number(request.param("room"));
  const RoomId room{number.value_or(0)};
  const auto& site = call.desk.site();
  cloud::Payment payment{payment_number(call, *key), Provider::cash_desk, room, 0, amount, std::nullopt};
  // A repetition stands for the opening that the first one was for.
  const auto known = site.orders().find(cloud::id_of(payment));
  if (known != site.orders().end())
    payment.opening = std::get<cloud::Payment>(known->second).opening;
  else if (const auto opening = opening_to_pay(call, room, static_cast<std::uint32_t>(wanted)))
    payment.opening = *opening;
  else
    return;
  give_order(call, std::move(payment));
}

}  // namespace wattle::api
