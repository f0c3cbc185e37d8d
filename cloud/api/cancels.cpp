#include "cloud/api/orders.hpp"

namespace wattle::api {

namespace {

/// A cashier who reads that it is done must not think that the refund is off. Since a restore its box may have answered, and
/// not have said so again.
void take_back(const Call& call, const Uid& id, RoomId room) {
  const auto& site = call.desk.site();
  const auto* request = site.index().request(id);
  const bool answered = request != nullptr && request->answered;
  if (answered && request->reason != AnswerReason::cancelled) return call.refuse(problems::order_answered);
  const bool is_known = site.orders().contains(cloud::id_of(cloud::CancelOf{id}));
  if (!answered && !is_known && !is_stay_known(site, room)) return call.refuse(problems::unsettled);
  give_order(call, cloud::CancelOf{id});
}

}  // namespace

/// Takes a refund, a move, a closing or an allowance's end back, if its box has not answered.
void post_cancel(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto id = parse_order_id(request.param("order"));
  const auto& orders = call.desk.site().orders();
  const auto at = id ? orders.find(*id) : orders.end();
  if (at == orders.end()) return call.refuse(problems::order_unknown);
  if (const auto* release = std::get_if<cloud::Release>(&at->second)) {
    const bool of_allowance = release->request.to == ReleaseTo::subsidy;
    if (of_allowance && call.caller.role < Role::admin) return call.refuse(problems::forbidden);  // as for its end itself
    return take_back(call, release->request.id, release->room);
  }
  if (const auto* move = std::get_if<cloud::Move>(&at->second)) {
    if (call.caller.role < Role::admin) return call.refuse(problems::forbidden);  // as for the move itself
    return take_back(call, move->id, move->room);
  }
  call.refuse(problems::not_cancellable);
}

}  // namespace wattle::api
