#include "cloud/api/money_routes.hpp"
#include "cloud/api/orders.hpp"

namespace wattle::api {
namespace {

constexpr std::size_t payment_number_max = 32;

/// What a refund has taken of a payment, or may still take. What came to nothing, or was rejected, is in the room again.
Money taken_by(const cloud::Site& site, const cloud::Release& release, const RefundTo& to) {
  const auto* request = site.index().request(release.request.id);
  if (request == nullptr || !request->answered) return site.is_done(release) ? Money{} : to.at_most;
  const auto* parts = site.refund(release.request.id);
  if (parts == nullptr) return min(request->released, to.at_most);
  Money sum;
  for (const auto& part : *parts)
    if (part.to.payment == to.payment && part.state != static_cast<std::uint8_t>(cloud::RefundOutcome::rejected))
      sum.micros += part.amount.micros;
  return sum;
}

/// What refunds that were asked for have taken of a payment, or may still take.
Money taken_of(const cloud::Site& site, std::string_view payment, const Uid& but) {
  Money sum;
  for (const auto& [id, order] : site.orders()) {
    const auto* release = std::get_if<cloud::Release>(&order);
    if (release == nullptr || release->request.id == but) continue;
    for (const auto& to : release->request.payments)
      if (to.payment == payment) sum.micros += taken_by(site, *release, to).micros;
  }
  return sum;
}

struct Wanted {
  RoomId room;
  Money amount;
  std::string payment;
  std::optional<RoomId> to_room;
};

std::optional<Wanted> read_refund(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  Wanted wanted;
  wanted.room = {parse_number(request.param("room")).value_or(0)};
  wanted.amount = root.amount("amount", largest_recharge);
  if (wanted.amount.micros % smallest_coin.micros != 0) root.fault("amount", JsonErrc::bad_amount);
  if (root.has("to_room"))
    wanted.to_room = RoomId{static_cast<std::uint32_t>(root.integer("to_room", {1, UINT32_MAX}))};
  else
    wanted.payment = root.text("payment", {1, payment_number_max});
  read_reason(body);
  if (call.refuse_faults(body)) return std::nullopt;
  return wanted;
}

/// The payment's part in the request; the caller has been told when there is none. What was ordered once stays as it is.
std::optional<RefundTo> part_of(const Call& call, const Wanted& wanted, const ReleaseRequest& release, bool is_known) {
  const auto& site = call.desk.site();
  const auto outside = OutsideId::parse("pay/" + wanted.payment);
  const auto order = outside ? site.orders().find(*outside) : site.orders().end();
  const auto* payment = order == site.orders().end() ? nullptr : std::get_if<cloud::Payment>(&order->second);
  if (payment == nullptr || payment->room != wanted.room) return call.refuse(problems::payment_unknown), std::nullopt;
  // What the room has now is of those who live there now.
  if (!is_known && payment->opening != release.opening) return call.refuse(problems::payment_of_other_stay), std::nullopt;
  if (!is_known && taken_of(site, wanted.payment, release.id).micros + wanted.amount.micros > payment->amount.micros)
    return call.refuse(problems::exceeds_payment), std::nullopt;
  return RefundTo{payment->provider, wanted.payment, wanted.amount};
}

std::optional<cloud::RefundPart> find_part(const cloud::Site& site, const Uid& request, std::uint32_t part) {
  const auto* parts = site.refund(request);
  return parts != nullptr && part < parts->size() ? std::optional((*parts)[part]) : std::nullopt;
}

}  // namespace

void post_refund(const Call& call, const http::Request& request) {
  const auto key = idempotency_key(call, request);
  if (!key) return;
  const auto wanted = read_refund(call, request);
  if (!wanted) return;
  const auto& site = call.desk.site();
  ReleaseRequest release;
  release.id = id_of_key(call.crypto, "release", call.caller, *key);
  release.at_most = wanted->amount;
  const auto at = site.orders().find(OutsideId("request/" + to_hex(release.id)));
  const auto* known = at == site.orders().end() ? nullptr : &std::get<cloud::Release>(at->second);
  const auto opening = known != nullptr ? std::optional(known->request.opening) : present_opening(call, wanted->room);
  if (!opening) return;
  release.opening = *opening;
  std::uint32_t to_opening = 0;
  if (wanted->to_room) {
    const auto to = known != nullptr ? std::optional(known->to_opening) : present_opening(call, *wanted->to_room, "to_room");
    if (!to) return;
    to_opening = *to;
    release.to = ReleaseTo::room;
    release.to_room = *wanted->to_room;
  } else {
    const auto part = part_of(call, *wanted, release, known != nullptr);
    if (!part) return;
    release.payments.push_back(*part);
  }
  give_order(call, cloud::Release{wanted->room, release, to_opening});
}

void post_refund_part(const Call& call, const http::Request& request) {
  const auto key = idempotency_key(call, request);
  if (!key) return;
  JsonBody body(request.body);
  auto root = body.root();
  const auto text = root.text("outcome", {1, 16});
  if (!text.empty() && text != "paid" && text != "rejected") root.fault("outcome", JsonErrc::out_of_range);
  if (call.refuse_faults(body)) return;
  const auto outcome = text == "paid" ? cloud::RefundOutcome::paid : cloud::RefundOutcome::rejected;
  const auto id = parse_order_id(request.param("order"));
  const auto order = id ? call.desk.site().orders().find(*id) : call.desk.site().orders().end();
  const auto* release = order == call.desk.site().orders().end() ? nullptr : std::get_if<cloud::Release>(&order->second);
  const auto number = request.param("part") == "0" ? std::optional<std::uint32_t>(0) : parse_number(request.param("part"));
  if (release == nullptr || !number) return call.refuse(problems::part_unknown);
  const auto part = find_part(call.desk.site(), release->request.id, *number);
  if (!part) return call.refuse(problems::part_unknown);
  const auto state = call.desk.site().refund_state(release->request.id, *number);
  if (state && *state != outcome) return call.refuse(problems::part_settled);
  const cloud::BilledRefund refund{release->request.id, *number, part->to.provider, release->room, part->amount};
  const auto by =
      id_of_key(call.crypto, "refund part", call.caller, std::string(id->text()) + "/" + std::to_string(*number) + "/" + *key);
  call.desk.settle_refund(refund, outcome, by, [call, id = *id](Desk::Answer answer) {
    if (answer == cloud::OrderAnswer::of_other) return call.refuse(problems::part_told);
    if (answer != cloud::OrderAnswer::accepted && answer != cloud::OrderAnswer::known)
      return call.refuse(problems::part_settled);
    call.answer(answer == cloud::OrderAnswer::accepted ? 201 : 200, [&desk = call.desk, id] { return order_json(desk, id); });
  });
}

}  // namespace wattle::api
