#include "cloud/api/orders.hpp"

#include <algorithm>

#include "shared/api/money_text.hpp"

namespace wattle::api {
namespace {

// A %2F does not pass every proxy; and a term may have full stops.
constexpr char slash_stand_in = '.';
constexpr char stop_stand_in = '~';

std::string_view reason_text(AnswerReason reason) {
  switch (reason) {
    case AnswerReason::released: return "released";
    case AnswerReason::nothing_left: return "nothing_left";
    case AnswerReason::cancelled: return "cancelled";
    case AnswerReason::room_not_here: return "room_not_here";
    case AnswerReason::not_understood: return "not_understood";
  }
  return "unknown";
}

std::string_view state_text(std::optional<cloud::RefundOutcome> state) {
  if (!state) return "waiting";
  return *state == cloud::RefundOutcome::paid ? "paid" : "rejected";
}

boost::json::array parts_json(const Desk& desk, const Uid& request) {
  boost::json::array out;
  const auto* parts = desk.site().refund(request);
  if (parts == nullptr) return out;
  for (std::uint32_t i = 0; i < parts->size(); ++i) {
    const auto& part = (*parts)[i];
    out.push_back({{"part", i},
                   {"provider", provider_text(part.to.provider)},
                   {"payment", part.to.payment},
                   {"amount", money_text(part.amount)},
                   {"state", state_text(desk.site().refund_state(request, i))}});
  }
  return out;
}

struct Describe {
  const Desk& desk;
  boost::json::object& out;

  void operator()(const cloud::Payment& payment) const {
    out["kind"] = "payment";
    out["number"] = payment.number;
    out["provider"] = provider_text(payment.provider);
    put_room(payment.room, payment.opening);
    out["amount"] = money_text(payment.amount);
    if (payment.code) out["code"] = desk.code_text(*payment.code, payment.amount);
  }
  void operator()(const cloud::Release& release) const {
    out["kind"] = "release";
    put_room(release.room, release.request.opening);
    out["amount"] = money_text(release.request.at_most);
    out["to"] = release.request.to == ReleaseTo::provider ? "provider"
                : release.request.to == ReleaseTo::room   ? "room"
                                                          : "subsidy";
    if (release.request.to == ReleaseTo::room) out["to_room"] = release.request.to_room.value;
    put_request(release.request.id);
    if (release.request.to == ReleaseTo::provider) out["parts"] = parts_json(desk, release.request.id);
  }
  void operator()(const cloud::Move& move) const {
    out["kind"] = "move";
    put_room(move.room, move.opening);
    if (move.destination.value != 0) out["to_edge"] = move.destination.value;
    put_request(move.id);
  }
  void operator()(const cloud::CancelOf& cancel) const {
    out["kind"] = "cancel";
    out["cancels"] = order_id(OutsideId("request/" + to_hex(cancel.id)));
    put_request(cancel.id);  // which may have been answered before it came
  }
  void operator()(const cloud::AllowanceGrant& grant) const {
    out["kind"] = "allowance";
    put_room(grant.room, grant.opening);
    out["utility"] = utility_text(grant.utility);
    out["amount"] = money_text(grant.amount);
    out["term"] = grant.term;
  }
  void operator()(const cloud::Fitting& fitting) const {
    out["kind"] = "fitting";
    put_room(fitting.room, fitting.opening);
    out["edge"] = fitting.slot.value;
  }
  void operator()(const cloud::PriceOrder& price) const {
    out["kind"] = "price";
    out["version"] = price.plan.version;
  }
  void operator()(const cloud::ConfigOrder& config) const {
    out["kind"] = "config";
    out["edge"] = config.slot.value;
    out["key"] = config.key;
  }
  void operator()(const cloud::CashAdoption& adoption) const {
    out["kind"] = "adoption";
    put_room(adoption.room, adoption.opening);
    out["amount"] = money_text(adoption.amount);
  }
  void operator()(const cloud::Resolution& resolution) const {
    out["kind"] = "resolution";
    out["amount"] = money_text(resolution.amount);
    out["of"] = order_id(OutsideId(resolution.of));
    if (resolution.to == cloud::ResolveTo::room) {
      out["to"] = "room";
      put_room(resolution.room, resolution.opening);
    } else {
      out["to"] = "provider";
      out["provider"] = provider_text(resolution.provider);
    }
  }

  void put_room(RoomId room, std::uint32_t opening) const {
    out["room"] = room.value;
    out["opening"] = opening;
  }
  void put_request(const Uid& id) const {
    const auto* request = desk.site().index().request(id);
    if (request == nullptr || !request->answered) {
      if (is_withdrawn(id)) out["reason"] = reason_text(AnswerReason::cancelled);
      return;
    }
    out["answer"] = place_json(*request->answered);
    out["reason"] = reason_text(request->reason);
    out["released"] = money_text(request->released);
  }
  /// Taken back before any box was asked.
  bool is_withdrawn(const Uid& id) const {
    const auto cancel = desk.site().orders().find(cloud::id_of(cloud::CancelOf{id}));
    return cancel != desk.site().orders().end() && desk.site().is_done(cancel->second);
  }
};

}  // namespace

namespace {

/// None: it is of no stay in particular.
std::optional<std::pair<RoomId, std::uint32_t>> stay_of(const cloud::Order& order) {
  if (const auto* payment = std::get_if<cloud::Payment>(&order)) return std::pair(payment->room, payment->opening);
  return cloud::opening_of(order);
}

/// Of one of his rooms, and of his time there; what is of no room is of nobody's.
bool is_his(const Call& call, const OutsideId& id, const cloud::Order& order) {
  const auto stay = stay_of(order);
  if (!call.caller.rooms) return true;
  if (!stay || !call.caller.may_see(stay->first) || stay->second < opening_of(call.desk.site(), stay->first)) return false;
  const auto* place = call.desk.site().index().find(id);
  const auto written = place == nullptr ? std::nullopt : time_of(call.desk, *place);
  return !written || *written >= call.caller.sees_from(stay->first);
}

bool is_of_a_stay(const cloud::Order& order) {
  return cloud::opening_of(order) || std::holds_alternative<cloud::Fitting>(order);
}

}  // namespace

std::string order_id(const OutsideId& id) {
  std::string text(id.text());
  std::replace(text.begin(), text.end(), slash_stand_in, stop_stand_in);
  std::replace(text.begin(), text.end(), '/', slash_stand_in);
  return text;
}

std::optional<OutsideId> parse_order_id(std::string_view text) {
  std::string id(text);
  std::replace(id.begin(), id.end(), slash_stand_in, '/');
  std::replace(id.begin(), id.end(), stop_stand_in, slash_stand_in);
  return OutsideId::parse(id);
}

boost::json::object order_json(const Desk& desk, const OutsideId& id) {
  boost::json::object out;
  const auto& order = desk.site().orders().at(id);
  out["id"] = order_id(id);
  const bool done = desk.site().is_done(order);
  out["state"] = done ? "done" : "waiting";
  std::visit(Describe{desk, out}, order);
  if (const auto* place = desk.site().index().find(id)) out["entry"] = place_json(*place);
  // Its stay was over first: nothing has come of it, and nothing will; a payment's money lies in suspense.
  const bool has_come_to_nothing = is_of_a_stay(order) && !out.contains("entry") && !out.contains("reason");
  if (done && (has_come_to_nothing || desk.site().index().suspended().contains(id))) out["state"] = "over";
  return out;
}

void give_order(const Call& call, cloud::Order order, const http::ProblemKind& contradicted) {
  const auto id = cloud::id_of(order);
  const auto known = call.desk.site().orders().find(id);
  if (known != call.desk.site().orders().end() && encode(known->second) != encode(order)) return call.refuse(contradicted);
  const bool replayed = known != call.desk.site().orders().end();
  call.desk.give(cloud::Ordered{std::move(order)}, [call, id, replayed, &contradicted](Desk::Answer answer) {
    if (answer == cloud::OrderAnswer::contradicts) return call.refuse(contradicted);
    if (answer != cloud::OrderAnswer::accepted && answer != cloud::OrderAnswer::known)
      return call.refuse(problems::order_refused);
    call.answer(replayed ? 200 : 201, [&desk = call.desk, id] { return order_json(desk, id); },
                {{"Location", "/api/v1/orders/" + order_id(id)}});
  });
}

void get_order(const Call& call, const http::Request& request) {
  const auto id = parse_order_id(request.param("order"));
  const auto& orders = call.desk.site().orders();
  const auto at = id ? orders.find(*id) : orders.end();
  if (at == orders.end() || !is_his(call, at->first, at->second)) return call.refuse(problems::order_unknown);
  call.answer(200, [&desk = call.desk, id = *id] { return order_json(desk, id); });
}

}  // namespace wattle::api
