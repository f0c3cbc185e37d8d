#include <algorithm>
#include <set>

#include "cloud/api/control_routes.hpp"
#include "cloud/api/orders.hpp"
#include "cloud/api/room_routes.hpp"

namespace wattle::api {
namespace {

constexpr std::size_t circuits_max = 8;        // cloud::is_valid
constexpr std::int64_t bus_address_max = 247;  // Modbus

Circuits read_circuits(JsonObject& root) {
  Circuits circuits;
  auto items = root.objects("circuits");
  if (root.has("circuits") && (items.empty() || items.size() > circuits_max)) root.fault("circuits", JsonErrc::out_of_range);
  std::set<std::int64_t> seen;
  for (auto& item : items) {
    CircuitFigures figures;
    figures.circuit = {static_cast<std::uint32_t>(item.integer("circuit", {1, UINT32_MAX}))};
    figures.meter = {static_cast<std::uint64_t>(item.integer("meter", {1, meter_number_max}))};
    figures.reading = {item.integer("first_reading", {0, register_max})};
    const auto utility = parse_utility(item.text("utility", {1, 16}, "electricity"));
    if (!utility) item.fault("utility", JsonErrc::out_of_range);
    figures.utility = utility.value_or(Utility::electricity);
    item.integer("bus_address", {1, bus_address_max}, 1);  // the box's own configuration has it (api-spec/openapi.yaml)
    if (!seen.insert(figures.circuit.value).second) item.fault("circuit", JsonErrc::out_of_range);
    circuits.push_back(figures);
  }
  return circuits;
}

/// A circuit or a meter that another room's fitting names.
bool is_taken(const cloud::Site& site, const cloud::Fitting& wanted) {
  for (const auto& [id, order] : site.orders()) {
    const auto* other = std::get_if<cloud::Fitting>(&order);
    if (other == nullptr || other->room == wanted.room) continue;
    for (const auto& theirs : other->circuits)
      for (const auto& ours : wanted.circuits)
        if (theirs.circuit == ours.circuit || theirs.meter == ours.meter) return true;
  }
  return false;
}

/// A meter that another room has by now, whatever was fitted there.
bool is_elsewhere(const cloud::Site& site, const cloud::Fitting& wanted) {
  return std::any_of(wanted.circuits.begin(), wanted.circuits.end(),
                     [&](const CircuitFigures& ours) { return is_meter_of_other(site, ours.meter, wanted.room); });
}

}  // namespace

void post_room(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  cloud::Fitting fitting;
  fitting.room = {static_cast<std::uint32_t>(root.integer("room", {1, UINT32_MAX}))};
  fitting.slot = {static_cast<std::uint32_t>(root.integer("edge", {1, UINT32_MAX}))};
  fitting.circuits = read_circuits(root);
  if (call.refuse_faults(body)) return;
  const auto& site = call.desk.site();
  const bool is_known = site.orders().contains(cloud::id_of(fitting));
  if (is_taken(site, fitting) || (!is_known && is_elsewhere(site, fitting))) return call.refuse(problems::circuit_taken);
  give_order(call, std::move(fitting), problems::fitted_differently);
}

}  // namespace wattle::api
