// What people order about what a circuit was charged: a held reading is true, or a consumption is given back or charged again.
// Each is a register of the configuration with an id of its own; the ledger's entry of that id says that it was carried out,
// the box's report why it was not.

#include <algorithm>

#include "cloud/api/control_routes.hpp"
#include "cloud/api/settings.hpp"
#include "shared/api/money_text.hpp"

namespace wattle::api {
namespace {

constexpr std::array<std::string_view, 2> way_names = {"back", "charge"};

using RefusedOrder = std::optional<std::pair<std::uint32_t, LedgerErrc>>;

bool is_carried_out(const cloud::Site& site, const Uid& id) { return site.index().has(OutsideId("order/" + to_hex(id))); }

/// What its box says of this very order.
std::optional<LedgerErrc> refusal_of(const Uid& id, const RefusedOrder& reported) {
  return reported && reported->first == mark_of(id) ? std::optional(reported->second) : std::nullopt;
}

struct OrderOutcome {
  std::string_view outcome;
  std::optional<LedgerErrc> why = {};
};

/// For these a box goes on waiting; any other reason is its last word.
bool may_pass(LedgerErrc why) {
  return why == LedgerErrc::price_unknown || why == LedgerErrc::room_not_open || why == LedgerErrc::detail;
}

/// "passed": the circuit has another meter since.
OrderOutcome outcome_of(const Desk& desk, CircuitId circuit, const AcceptOrder& order) {
  if (is_carried_out(desk.site(), order.id)) return {"done"};
  const auto figures = figures_of(desk.site(), circuit);
  if (figures && figures->meter != order.meter) return {"passed"};
  const auto now = desk.circuit_now(circuit);
  const auto why = now ? refusal_of(order.id, now->accept_refused) : std::nullopt;
  return {why && !may_pass(*why) ? "refused" : "waiting", why};
}

/// A room that has left its box took with it all that the box had carried out before.
OrderOutcome outcome_of(const Desk& desk, CircuitId circuit, const CorrectionOrder& order) {
  const auto& site = desk.site();
  if (is_carried_out(site, order.id)) return {"done"};
  const auto place = place_of(site, circuit);
  const auto* chain = place ? site.index().room(place->room) : nullptr;
  if (chain == nullptr || chain->open_at() != order.box) return {"refused", LedgerErrc::room_not_open};
  const auto now = desk.circuit_now(circuit);
  const auto why = now ? refusal_of(order.id, now->correction_refused) : std::nullopt;
  return why ? OrderOutcome{"refused", why} : OrderOutcome{"waiting"};
}

void put_outcome(const Desk& desk, const OrderOutcome& outcome, const std::string& key,
                 const std::optional<SettingNow>& reported, boost::json::object& out) {
  out["outcome"] = outcome.outcome;
  if (outcome.why) out["why"] = word(*outcome.why);
  put_order(desk.site(), newest_order(desk.site(), key), out);
  out["reported"] = reported ? boost::json::value(setting_json(*reported)) : boost::json::value(nullptr);
}

template <class T>
std::optional<T> newest_of_key(const cloud::Site& site, const std::string& key, std::optional<T> (*decode)(ByteView)) {
  const auto* order = newest_order(site, key);
  return order == nullptr ? std::nullopt : decode(order->value);
}

/// The order of this id, also when another was given since.
std::optional<CorrectionOrder> given_correction(const cloud::Site& site, const std::string& key, const Uid& id) {
  for (const auto& [name, order] : site.orders()) {
    const auto* config = std::get_if<cloud::ConfigOrder>(&order);
    if (config == nullptr || config->key != key) continue;
    if (const auto known = decode_correction(config->value); known && known->id == id) return known;
  }
  return std::nullopt;
}

struct CorrectionWanted {
  Holder box;
  std::uint64_t number = 0;
  CorrectionWay way{};
  Money amount;
  bool supersedes = false;  // the one before need not have been carried out
};

std::optional<CorrectionWanted> read_correction(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  auto entry = root.object("entry");
  CorrectionWanted wanted;
  wanted.box.edge = {static_cast<std::uint32_t>(entry.integer("edge", {1, UINT32_MAX}))};
  const auto incarnation = parse_incarnation(entry.text("incarnation", {1, 8}));
  if (entry.has("incarnation") && !incarnation) entry.fault("incarnation", JsonErrc::out_of_range);
  wanted.box.incarnation = incarnation.value_or(Incarnation{});
  wanted.number = static_cast<std::uint64_t>(entry.integer("number", {1, INT64_MAX}));
  const auto way = root.text("way", {1, 8});
  const auto at = std::find(way_names.begin(), way_names.end(), way);
  if (at == way_names.end() && !way.empty()) root.fault("way", JsonErrc::out_of_range);
  wanted.way = at == way_names.begin() ? CorrectionWay::back : CorrectionWay::charge;
  wanted.amount = root.amount("amount", correction_max);
  wanted.supersedes = root.boolean("supersede", false);
  root.text("reason", {1, reason_max});
  if (call.refuse_faults(body)) return std::nullopt;
  return wanted;
}

/// Null: it may be given. The box judges again, with all that it has corrected before.
const http::ProblemKind* objection(const Desk& desk, CircuitId circuit, RoomId room, const CorrectionWanted& wanted) {
  const auto& site = desk.site();
  const auto record = desk.store().entry({desk.site_id(), wanted.box, Direction::up}, wanted.number);
  const auto slice = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  const auto used = slice && slice->kind == Kind::consumption ? detail_of<Consumption>(*slice) : std::nullopt;
  if (!used || used->circuit != circuit || slice->room != room) return &problems::correction_entry;
  const auto* chain = site.index().room(room);
  const auto link = chain == nullptr ? decltype(chain->links.end()){} : chain->links.find(wanted.box);
  if (chain == nullptr || chain->open_at() != wanted.box || link == chain->links.end()) return &problems::correction_stay;
  std::uint32_t opening = 0;
  for (const auto& open : link->second.opens)
    if (open.place.direction == Direction::down && open.place.number <= slice->seen.number) opening = open.opening;
  if (opening != chain->opening()) return &problems::correction_stay;
  Money cost;
  for (const auto& line : slice->lines) cost = add(cost, line.amount).value_or(Money{INT64_MAX});
  return wanted.amount > cost ? &problems::correction_amount : nullptr;
}

/// Of two at once only one becomes the register. The other is never carried out, so that nobody must be told it will be.
FollowUp unless_passed(const Call& call, const std::string& key, const Uid& id) {
  return [call, key, id](const std::function<void()>& done) {
    const auto newest = newest_of_key(call.desk.site(), key, decode_correction);
    const bool stands = newest && newest->id == id;
    return stands || is_carried_out(call.desk.site(), id) ? done() : call.refuse(problems::correction_passed);
  };
}

bool is_same_correction(const CorrectionOrder& order, const CorrectionWanted& wanted) {
  return order.box == wanted.box && order.consumption == wanted.number && order.way == wanted.way &&
         order.amount == wanted.amount;
}

}  // namespace

void put_charge_orders(const Desk& desk, CircuitId circuit, boost::json::object& out) {
  const auto& site = desk.site();
  const auto now = desk.circuit_now(circuit);
  out["held_reading"] = nullptr;
  if (now && now->held) out["held_reading"] = {{"after", now->held_after.units}, {"register", now->held_shown.units}};
  out["acceptance"] = nullptr;
  if (const auto order = newest_of_key(site, accept_key(circuit), decode_accept)) {
    boost::json::object told = {{"meter", order->meter.value}, {"after", order->after.units}, {"register", order->shown.units}};
    put_outcome(desk, outcome_of(desk, circuit, *order), accept_key(circuit), now ? std::optional(now->accept) : std::nullopt,
                told);
    out["acceptance"] = std::move(told);
  }
  out["correction"] = nullptr;
  if (const auto order = newest_of_key(site, correction_key(circuit), decode_correction)) {
    auto entry = holder_json(order->box);
    entry["number"] = order->consumption;
    boost::json::object told = {{"entry", std::move(entry)},
                                {"way", way_names.at(static_cast<std::size_t>(order->way) - 1)},
                                {"amount", money_text(order->amount)}};
    put_outcome(desk, outcome_of(desk, circuit, *order), correction_key(circuit),
                now ? std::optional(now->correction) : std::nullopt, told);
    out["correction"] = std::move(told);
  }
}

void post_acceptance(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const MeterId meter{static_cast<std::uint64_t>(root.integer("meter", {1, meter_number_max}))};
  const Quantity shown{root.integer("register", {0, register_max})};
  root.text("reason", {1, reason_max});
  if (call.refuse_faults(body)) return;
  const auto& site = call.desk.site();
  const auto circuit = circuit_param(request);
  const auto place = place_of(site, circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  const auto figures = figures_of(site, circuit);
  if (!figures) return call.refuse(problems::room_not_open);
  if (figures->meter != meter)
    return call.refuse(problems::meter_other, "the circuit has meter " + std::to_string(figures->meter.value));
  const auto key = accept_key(circuit);
  const auto now = call.desk.circuit_now(circuit);
  const bool is_held = now && now->held;
  auto order = newest_of_key(site, key, decode_accept);
  const auto* chain = site.index().room(place->room);
  const auto opening = chain == nullptr ? 0U : chain->opening();
  const bool is_its = order && order->meter == meter && order->shown == shown && order->opening == opening;
  const bool again =
      is_its && (!is_held || (order->after == now->held_after && outcome_of(call.desk, circuit, *order).outcome == "waiting"));
  if (!again) {
    if (!is_held) return call.refuse(problems::reading_not_held);
    const auto behind = now->held_shown.units - shown.units;
    if (behind < 0 || behind > accepted_behind_max || now->held_after.units < 0 || shown == now->held_after)
      return call.refuse(problems::reading_other, "the box has read " + std::to_string(now->held_shown.units) + " after " +
                                                      std::to_string(now->held_after.units));
    const auto* newest = newest_order(site, key);
    const auto name = key + "/" + std::to_string(newest == nullptr ? 1 : newest->number + 1) + "/" +
                      std::to_string(now->held_after.units) + "/" + std::to_string(shown.units);
    order = AcceptOrder{id_of_key(call.crypto, "acceptance", call.caller, name), meter, now->held_after, shown, opening};
  }
  give_setting(call, request, key, place->slot, encode(*order),
               [&desk = call.desk, circuit] { return meter_json(desk, circuit); });
}

void post_correction(const Call& call, const http::Request& request) {
  const auto idempotency = idempotency_key(call, request);
  if (!idempotency) return;
  const auto wanted = read_correction(call, request);
  if (!wanted) return;
  const auto circuit = circuit_param(request);
  const auto& site = call.desk.site();
  const auto place = place_of(site, circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  const auto key = correction_key(circuit);
  const auto body = [&desk = call.desk, circuit] { return meter_json(desk, circuit); };
  const auto name = std::to_string(circuit.value) + "/" + *idempotency;
  const auto id = id_of_key(call.crypto, "correction", call.caller, name);
  if (const auto known = given_correction(site, key, id)) {
    if (!is_same_correction(*known, *wanted)) return call.refuse(problems::key_reused);
    return unless_passed(call, key, id)([call, body] { call.answer(200, body); });
  }
  if (const auto* why = objection(call.desk, circuit, place->room, *wanted)) return call.refuse(*why);
  const auto before = newest_of_key(site, key, decode_correction);
  if (!wanted->supersedes && before && outcome_of(call.desk, circuit, *before).outcome == "waiting")
    return call.refuse(problems::correction_waiting);
  const CorrectionOrder order{id, wanted->box, wanted->number, wanted->way, wanted->amount};
  give_setting(call, request, key, place->slot, encode(order), body, unless_passed(call, key, id));
}

}  // namespace wattle::api
