// What people order about meters: another one is there, or its register has come to its end. Each is a register of the
// configuration that names its instance; the box carries it out, and its entry, or what it reports, tells what became of it.

#include <algorithm>

#include "cloud/api/control_routes.hpp"
#include "cloud/api/room_state.hpp"
#include "cloud/api/settings.hpp"
#include "cloud/api/wiring_routes.hpp"

namespace wattle::api {
namespace {

/// Its first opening was there, and so its circuits are as they were fitted until that box has said more.
bool is_fitted_at(const cloud::Site& site, RoomId room, Holder box) {
  const auto* fitted = site.index().find(cloud::id_of(cloud::Fitting{room, 1, {}, {}}));
  return fitted != nullptr && fitted->link == box;
}

template <class T>
std::optional<T> newest_of(const cloud::Site& site, const std::string& key, std::optional<T> (*decode)(ByteView)) {
  const auto* order = newest_order(site, key);
  return order == nullptr ? std::nullopt : decode(order->value);
}

/// "passed": the circuit has gone on without it, so that it does nothing any more.
std::string_view outcome_of(const MeterOrder& order, const std::optional<CircuitFigures>& figures, bool is_refused) {
  if (!figures) return "waiting";
  if (figures->meter == order.after) return "done";
  if (figures->meter != order.before) return "passed";
  return is_refused ? "refused" : "waiting";
}

std::string_view outcome_of(const RolloverOrder& order, const std::optional<CircuitFigures>& figures) {
  if (!figures) return "waiting";
  if (figures->meter != order.meter) return "passed";
  return figures->reading.units / order.ends.units >= order.turn ? "done" : "waiting";
}

/// The order itself when it is given again: its old meter is then no more what the circuit has.
std::optional<MeterOrder> given_before(const cloud::Site& site, CircuitId circuit, const MeterOrder& wanted,
                                       const CircuitFigures& figures) {
  const auto newest = newest_of(site, meter_key(circuit), decode_meter);
  const bool same = newest && newest->last == wanted.last && newest->after == wanted.after && newest->first == wanted.first;
  return same && (figures.meter == newest->after || figures.meter == newest->before) ? newest : std::nullopt;
}

/// The newest order, as the box that has it says.
bool is_change_refused(const Desk& desk, CircuitId circuit) {
  const auto* given = newest_order(desk.site(), meter_key(circuit));
  const auto now = desk.circuit_now(circuit);
  return given != nullptr && now && now->meter_refused && desk.site().is_done(*given);
}

/// Null: it may be given.
const http::ProblemKind* objection(const cloud::Site& site, RoomId room, const MeterOrder& wanted, bool has_turned,
                                   const CircuitFigures& figures) {
  if (wanted.after == figures.meter) return &problems::meter_same;
  if (is_meter_of_other(site, wanted.after, room)) return &problems::circuit_taken;
  return wanted.last < figures.reading && !has_turned ? &problems::meter_below_charged : nullptr;
}

/// The turn that is meant: the present order's while that is under way, or was just done; else the next one. Whether the
/// register has turned the box's report says alone: an entry that is newer than the report would stand above any register.
/// Where none is held it is the last turn that was, which lets nothing be charged that was not, and tells a box that does not
/// know it where the register ends; none when there was none.
std::optional<std::uint32_t> turn_of(const std::optional<RolloverOrder>& newest, const RolloverOrder& wanted,
                                     const CircuitFigures& figures, const std::optional<CircuitNow>& now) {
  const auto ends = wanted.ends.units;
  const bool is_behind = now && now->held && now->held_shown.units < now->held_after.units % ends;
  const auto turned = (is_behind ? now->held_after.units : figures.reading.units) / ends;
  const bool again = newest && newest->meter == wanted.meter && newest->ends == wanted.ends;
  if (again && (newest->turn > turned || !is_behind)) return newest->turn;
  if (turned >= turns_max) return std::nullopt;
  if (!is_behind) return turned > 0 ? std::optional(static_cast<std::uint32_t>(turned)) : std::nullopt;
  return static_cast<std::uint32_t>(turned + 1);
}

}  // namespace

std::optional<CircuitFigures> figures_of(const cloud::Site& site, CircuitId circuit) {
  const auto place = place_of(site, circuit);
  const auto* chain = place ? site.index().room(place->room) : nullptr;
  const auto at = chain == nullptr ? std::nullopt : chain->open_at();
  const auto* link = at ? site.link(*at) : nullptr;
  if (link == nullptr) return std::nullopt;
  const auto* room = link->state().find(place->room);
  if (room == nullptr && !is_fitted_at(site, place->room, *at))
    return std::nullopt;  // its box has yet to say that it came there
  const auto circuits = circuits_of(site, place->room, link);
  const auto figures =
      std::find_if(circuits.begin(), circuits.end(), [&](const CircuitFigures& c) { return c.circuit == circuit; });
  return figures == circuits.end() ? std::nullopt : std::optional(*figures);
}

bool is_meter_of_other(const cloud::Site& site, MeterId meter, RoomId room) {
  for (const auto other : fitted_rooms(site)) {
    if (other == room) continue;
    const auto* chain = site.index().room(other);
    const auto at = chain == nullptr ? std::nullopt : chain->open_at();
    const auto circuits = circuits_of(site, other, at ? site.link(*at) : nullptr);
    if (std::any_of(circuits.begin(), circuits.end(), [&](const CircuitFigures& c) { return c.meter == meter; })) return true;
  }
  return false;
}

boost::json::object meter_json(const Desk& desk, CircuitId circuit) {
  const auto& site = desk.site();
  const auto place = place_of(site, circuit);
  const auto figures = figures_of(site, circuit);
  const auto now = desk.circuit_now(circuit);
  boost::json::object out = {{"circuit", circuit.value}, {"room", place ? place->room.value : 0}};
  if (figures) {
    out["meter"] = figures->meter.value;
    out["charged_to"] = figures->reading.units;
  }
  if (now) {
    out["register"] = now->register_units.units;
    out["held"] = now->held;
  }
  out["change"] = nullptr;
  if (const auto order = newest_of(site, meter_key(circuit), decode_meter)) {
    boost::json::object change = {{"before", order->before.value},
                                  {"last", order->last.units},
                                  {"after", order->after.value},
                                  {"first", order->first.units},
                                  {"outcome", outcome_of(*order, figures, is_change_refused(desk, circuit))}};
    put_order(site, newest_order(site, meter_key(circuit)), change);
    if (change.at("outcome") == "refused") change["why"] = word(*now->meter_refused);
    change["reported"] = now ? boost::json::value(setting_json(now->meter)) : boost::json::value(nullptr);
    out["change"] = std::move(change);
  }
  out["rollover"] = nullptr;
  if (const auto order = newest_of(site, rollover_key(circuit), decode_rollover)) {
    boost::json::object rollover = {{"meter", order->meter.value},
                                    {"ends", order->ends.units},
                                    {"turn", order->turn},
                                    {"outcome", outcome_of(*order, figures)}};
    put_order(site, newest_order(site, rollover_key(circuit)), rollover);
    rollover["reported"] = now ? boost::json::value(setting_json(now->rollover)) : boost::json::value(nullptr);
    out["rollover"] = std::move(rollover);
  }
  put_charge_orders(desk, circuit, out);
  return out;
}

void get_meter(const Call& call, const http::Request& request) {
  const auto circuit = circuit_param(request);
  if (!place_of(call.desk.site(), circuit)) return call.refuse(problems::circuit_unknown);
  call.answer(200, [&desk = call.desk, circuit] { return meter_json(desk, circuit); });
}

void post_meter_change(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  MeterOrder wanted;
  wanted.last = {root.integer("last", {0, register_max})};
  wanted.after = {static_cast<std::uint64_t>(root.integer("meter", {1, meter_number_max}))};
  wanted.first = {root.integer("first", {0, register_max})};
  const bool has_turned = root.boolean("rolled_over", false);
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto& site = call.desk.site();
  const auto circuit = circuit_param(request);
  const auto place = place_of(site, circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  const auto figures = figures_of(site, circuit);
  if (!figures) return call.refuse(problems::room_not_open);
  if (const auto known = given_before(site, circuit, wanted, *figures)) {
    wanted = *known;
  } else {
    wanted.before = figures->meter;
    if (const auto* why = objection(site, place->room, wanted, has_turned, *figures))
      return call.refuse(*why, "the circuit has meter " + std::to_string(figures->meter.value) + ", charged up to " +
                                   std::to_string(figures->reading.units));
    if (const auto* why = objection_to_handing_on(call.desk, place->slot, circuit, wanted.after))
      return call.refuse(*why, "the new meter would have the circuit's place");
  }
  // Whoever wires the new one by hand as well does nothing more than this. Of two at once only one becomes the register.
  const auto follow_up = [call, slot = place->slot, circuit, wanted](std::function<void()> done) {
    const auto* newest = newest_order(call.desk.site(), meter_key(circuit));
    if (newest == nullptr || newest->value != encode(wanted)) return call.refuse(problems::setting_changed);
    hand_on_place(call, slot, circuit, wanted.after, std::move(done));
  };
  give_setting(
      call, request, meter_key(circuit), place->slot, encode(wanted),
      [&desk = call.desk, circuit] { return meter_json(desk, circuit); }, follow_up,
      is_change_refused(call.desk, circuit) ? Renewal::yes : Renewal::no);
}

void post_rollover(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  RolloverOrder wanted;
  wanted.meter = {static_cast<std::uint64_t>(root.integer("meter", {1, meter_number_max}))};
  wanted.ends = {root.integer("ends", {register_ends_min, register_max})};
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto& site = call.desk.site();
  const auto circuit = circuit_param(request);
  const auto place = place_of(site, circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  const auto figures = figures_of(site, circuit);
  if (!figures) return call.refuse(problems::room_not_open);
  if (figures->meter != wanted.meter)
    return call.refuse(problems::meter_other, "the circuit has meter " + std::to_string(figures->meter.value));
  const auto now = call.desk.circuit_now(circuit);
  const auto* given = newest_order(site, rollover_key(circuit));
  // Taken back by its box, it is as if it had never been given.
  const auto newest = given == nullptr || is_overridden(site, *given) ? std::nullopt : decode_rollover(given->value);
  const auto turn = turn_of(newest, wanted, *figures, now);
  if (!turn) return call.refuse(problems::meter_not_behind, "charged up to " + std::to_string(figures->reading.units));
  wanted.turn = *turn;
  give_setting(call, request, rollover_key(circuit), place->slot, encode(wanted),
               [&desk = call.desk, circuit] { return meter_json(desk, circuit); });
}

}  // namespace wattle::api
