#include "cloud/api/orders.hpp"

namespace wattle::api {

namespace {

/// A cashier who reads that it is done must not think that the refund is off.
void take_back(const Call& call, const Uid& id) {
  const auto* request = call.desk.site().index().request(id);
  if (request != nullptr && request->answered && request->reason != AnswerReason::cancelled)
    return call.refuse(problems::order_answered);
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
    return take_back(call, release->request.id);
  }
  if (const auto* move = std::get_if<cloud::Move>(&at->second)) {
    if (call.caller.role < Role::admin) return call.refuse(problems::forbidden);  // as for the move itself
    return take_back(call, move->id);
  }
  call.refuse(problems::not_cancellable);
}

}  // namespace wattle::api
