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
  const auto opening = opening_of(site, room);
  if (known != site.orders().end())
    payment.opening = std::get<cloud::Payment>(known->second).opening;
  else if (opening)
    payment.opening = *opening;
  else
    return call.refuse(problems::room_unknown);
  give_order(call, std::move(payment));
}

}  // namespace wattle::api
