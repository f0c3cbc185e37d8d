#include "cloud/api/orders.hpp"
#include "cloud/api/room_routes.hpp"

namespace wattle::api {

void give_move(const Call& call, cloud::Move move) {
  const auto& site = call.desk.site();
  const auto known = site.orders().find(cloud::id_of(move));
  if (known != site.orders().end()) {
    move.opening = std::get<cloud::Move>(known->second).opening;
    return give_order(call, move);
  }
  const auto opening = present_opening(call, move.room);
  if (!opening) return;
  move.opening = *opening;
  // Two that wait would be two moves one after the other, the second to a place that nobody means any more.
  for (const auto& [id, order] : site.orders()) {
    const auto* other = std::get_if<cloud::Move>(&order);
    if (other != nullptr && other->room == move.room && !site.is_done(order)) return call.refuse(problems::room_closing);
  }
  give_order(call, move);
}

void post_move(const Call& call, const http::Request& request) {
  const auto key = idempotency_key(call, request);
  if (!key) return;
  JsonBody body(request.body);
  const EdgeId destination{static_cast<std::uint32_t>(body.root().integer("edge", {1, UINT32_MAX}))};
  read_reason(body);
  if (call.refuse_faults(body)) return;
  give_move(call, {id_of_key(call.crypto, "move", call.caller, *key), room_param(request), 0, destination});
}

}  // namespace wattle::api
