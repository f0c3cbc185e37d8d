#include "cloud/api/money_routes.hpp"
#include "cloud/api/orders.hpp"

namespace wattle::api {
namespace {

constexpr std::size_t payment_number_max = 32;

/// What refunds that were asked for have taken of a payment, or may still take.
Money taken_of(const cloud::Site& site, std::string_view payment, const Uid& but) {
  Money sum;
  for (const auto& [id, order] : site.orders()) {
    const auto* release = std::get_if<cloud::Release>(&order);
    if (release == nullptr || release->request.id == but) continue;
    const auto* request = site.index().request(release->request.id);
    for (const auto& to : release->request.payments)
      if (to.payment == payment)
        sum.micros += (request && request->answered ? min(request->released, to.at_most) : to.at_most).micros;
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

/// The payment's part in the request; the caller has been told when there is none.
std::optional<RefundTo> part_of(const Call& call, const Wanted& wanted, const Uid& id) {
  const auto& site = call.desk.site();
  const auto outside = OutsideId::parse("pay/" + wanted.payment);
  const auto order = outside ? site.orders().find(*outside) : site.orders().end();
  const auto* payment = order == site.orders().end() ? nullptr : std::get_if<cloud::Payment>(&order->second);
  if (payment == nullptr || payment->room != wanted.room) return call.refuse(problems::payment_unknown), std::nullopt;
  if (taken_of(site, wanted.payment, id).micros + wanted.amount.micros > payment->amount.micros)
    return call.refuse(problems::exceeds_payment), std::nullopt;
  return RefundTo{payment->provider, wanted.payment, wanted.amount};
}

/// A part of a refund as it is stored.
std::optional<cloud::RefundPart> find_part(const Desk& desk, const Uid& request, std::uint32_t part) {
  const auto bytes = desk.store().row(Table::refund, to_bytes(request));
  const auto parts = bytes ? from_bytes<std::vector<cloud::RefundPart>>(*bytes) : std::nullopt;
  if (!parts || part >= parts->size()) return std::nullopt;
  return (*parts)[part];
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
  const auto known = site.orders().find(OutsideId("request/" + to_hex(release.id)));
  const auto opening = opening_of(site, wanted->room);
  if (known != site.orders().end())
    release.opening = std::get<cloud::Release>(known->second).request.opening;
  else if (opening)
    release.opening = *opening;
  else
    return call.refuse(problems::room_unknown);
  if (wanted->to_room) {
    if (!opening_of(site, *wanted->to_room)) return call.refuse(problems::room_unknown, "to_room");
    release.to = ReleaseTo::room;
    release.to_room = *wanted->to_room;
  } else {
    const auto part = part_of(call, *wanted, release.id);
    if (!part) return;
    release.payments.push_back(*part);
  }
  give_order(call, cloud::Release{wanted->room, release});
}

void post_refund_part(const Call& call, const http::Request& request) {
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
  const auto part = find_part(call.desk, release->request.id, *number);
  if (!part) return call.refuse(problems::part_unknown);
  if (part->state != 0 && part->state != static_cast<std::uint8_t>(outcome)) return call.refuse(problems::part_settled);
  const cloud::BilledRefund refund{release->request.id, *number, part->to.provider, release->room, part->amount};
  call.desk.settle_refund(refund, outcome,
                          [call, id = *id] { call.answer(200, [&desk = call.desk, id] { return order_json(desk, id); }); });
}

}  // namespace wattle::api
