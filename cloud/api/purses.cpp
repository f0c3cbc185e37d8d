// Whether the purse in a circuit's meter is kept, and how it stands: a register of the configuration. What the meter has is
// never money of the room: the ledger is.

#include <algorithm>

#include "cloud/api/control_routes.hpp"
#include "cloud/api/settings.hpp"
#include "shared/api/money_text.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

constexpr std::array<std::string_view, 3> purse_modes = {"off", "display", "purse"};
constexpr std::array<std::string_view, 7> purse_states = {"pending", "agrees",      "differs",  "excess",
                                                          "refused", "unsupported", "unsettled"};
static_assert(purse_states.size() == static_cast<std::size_t>(purse_state_last) + 1);

PurseMode read_purse_mode(JsonObject& root) {
  const auto text = root.text("mode", {1, 24});
  const auto at = std::find(purse_modes.begin(), purse_modes.end(), text);
  if (at != purse_modes.end()) return static_cast<PurseMode>(at - purse_modes.begin());
  if (!text.empty()) root.fault("mode", JsonErrc::out_of_range);
  return PurseMode::off;
}

/// Money as text under the name, energy as Wh under the name with its unit.
void put_amount(boost::json::object& out, std::string_view name, PurseMeasure measure, std::int64_t amount) {
  if (measure == PurseMeasure::money)
    out[name] = money_text({amount});
  else
    out[std::string(name) + "_wh"] = amount;
}

boost::json::object purse_told_json(const PurseTold& told) {
  boost::json::object out = {{"state", purse_states.at(static_cast<std::size_t>(told.state))},
                             {"measure", told.measure == PurseMeasure::money ? "money" : "energy"}};
  out["in_meter"] = nullptr;
  if (told.in_meter) {
    boost::json::object shown;
    put_amount(shown, "remaining", told.measure, told.in_meter->remaining);
    put_amount(shown, "total", told.measure, told.in_meter->total);
    shown["count"] = told.in_meter->count;
    out["in_meter"] = std::move(shown);
  }
  if (told.wanted) put_amount(out, "wanted", told.measure, *told.wanted);
  put_amount(out, "foreign", told.measure, told.foreign);
  out["read"] = told.read.micros == 0 ? boost::json::value(nullptr) : boost::json::value(time_text(told.read));
  out["why"] = told.why == 0 ? boost::json::value(nullptr) : boost::json::value(meter_why_text(told.why));
  return out;
}

boost::json::object purse_json(const Desk& desk, CircuitId circuit) {
  const auto& site = desk.site();
  const auto place = place_of(site, circuit);
  boost::json::object out = {{"circuit", circuit.value}, {"room", place ? place->room.value : 0}};
  const auto* order = newest_order(site, purse_key(circuit));
  const auto mode = order == nullptr ? std::nullopt : decode_purse(order->value);
  out["desired"] = {{"mode", purse_modes.at(static_cast<std::size_t>(mode.value_or(PurseMode::off)))}};
  put_order(site, order, out);
  out["reported"] = nullptr;
  if (const auto now = desk.circuit_now(circuit)) {
    auto reported = setting_json(now->purse);
    reported["purse"] = nullptr;
    if (now->purse_told) reported["purse"] = purse_told_json(*now->purse_told);
    out["reported"] = std::move(reported);
  }
  return out;
}

}  // namespace

void get_purse(const Call& call, const http::Request& request) {
  const auto circuit = circuit_param(request);
  if (!place_of(call.desk.site(), circuit)) return call.refuse(problems::circuit_unknown);
  show_setting(call, purse_key(circuit), [&desk = call.desk, circuit] { return purse_json(desk, circuit); });
}

void put_purse(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto mode = read_purse_mode(root);
  if (call.refuse_faults(body)) return;
  const auto circuit = circuit_param(request);
  const auto place = place_of(call.desk.site(), circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  give_setting(call, request, purse_key(circuit), place->slot, encode(mode),
               [&desk = call.desk, circuit] { return purse_json(desk, circuit); });
}

}  // namespace wattle::api
