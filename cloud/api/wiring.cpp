#include "cloud/api/wiring_routes.hpp"

#include <algorithm>

namespace wattle::api {

std::optional<Holder> slot_holder(const Call& call, const http::Request& request) {
  const EdgeId slot{parse_number(request.param("slot")).value_or(0)};
  for (const auto& [holder, box] : call.desk.site().boxes()) {
    const auto* link = call.desk.site().link(holder);
    if (holder.edge == slot && link != nullptr && !link->row().fenced) return holder;
  }
  call.refuse(problems::edge_unknown);
  return std::nullopt;
}

std::string slot_prefix(std::string_view prefix, EdgeId slot) { return std::string(prefix) + std::to_string(slot.value) + '/'; }

std::map<std::string, BusRegister> wanted_buses(const cloud::Site& site, EdgeId slot) {
  std::map<std::string, BusRegister> out;
  for (const auto& [key, order] : newest_orders(site, slot_prefix(bus_prefix, slot))) {
    const auto parsed = parse_bus_key(key);
    auto bus = decode_bus(order->value);
    if (parsed && bus) out.emplace(parsed->name, *std::move(bus));
  }
  return out;
}

std::map<PlaceKey, PlaceRegister> wanted_places(const cloud::Site& site) {
  std::map<PlaceKey, PlaceRegister> out;
  for (const auto& [key, order] : newest_orders(site, place_prefix)) {
    const auto parsed = parse_place_key(key);
    auto place = decode_place(order->value);
    if (parsed && place) out.emplace(*parsed, *std::move(place));
  }
  return out;
}

std::optional<PlaceSetting> wanted_place(const cloud::Site& site, EdgeId slot, MeterId number) {
  const auto* order = newest_order(site, place_key(slot, number));
  const auto place = order == nullptr ? std::nullopt : decode_place(order->value);
  const auto* setting = place ? std::get_if<PlaceSetting>(&*place) : nullptr;
  return setting == nullptr ? std::nullopt : std::optional(*setting);
}

PlaceSetting handed_on(PlaceSetting place, MeterId before, MeterId after) {
  if (place.address == before.value) place.address = after.value;
  return place;
}

bool has_circuit(const PlaceSetting& place, CircuitId circuit) {
  return std::any_of(place.circuits.begin(), place.circuits.end(),
                     [&](const WiredCircuit& wired) { return wired.circuit == circuit; });
}

std::optional<MeterId> wired_number(const cloud::Site& site, EdgeId slot, CircuitId circuit, MeterId after) {
  for (const auto& [key, value] : wanted_places(site)) {
    const auto* place = std::get_if<PlaceSetting>(&value);
    if (place == nullptr || key.slot != slot || key.number == after) continue;
    if (has_circuit(*place, circuit)) return key.number;
  }
  return std::nullopt;
}

/// The new one first: between the two the place is somebody's. Once the old one is out there is nothing more to do.
void hand_on_place(const Call& call, EdgeId slot, CircuitId circuit, MeterId after, std::function<void()> done) {
  const auto& site = call.desk.site();
  const auto before = wired_number(site, slot, circuit, after);
  const auto place = before ? wanted_place(site, slot, *before) : std::nullopt;
  const auto there = wanted_place(site, slot, after);
  if (!place || (there && !has_circuit(*there, circuit))) return done();
  const auto take_out = [call, slot, before = *before, done = std::move(done)] {
    give_register(call, place_key(slot, before), slot, encode(PlaceRegister{TakenOut{}}), done);
  };
  if (there) return take_out();  // somebody has wired it already
  give_register(call, place_key(slot, after), slot, encode(PlaceRegister{handed_on(*place, *before, after)}), take_out);
}

}  // namespace wattle::api
