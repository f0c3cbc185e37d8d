// Whether a circuit is on: with money it is, without it is not, by what the box itself has read. Shares no code with the
// engine's own reckoning, so between the cheapest and the dearest price that the box knows either is right.

#include <algorithm>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

struct Rates {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

std::optional<Rates> rates_of(const LinkState& state) {
  std::optional<Rates> rates;
  for (const auto& [version, plan] : state.prices())
    for (const auto& band : plan.bands)
      for (const auto& tier : band.tiers) {
        if (!rates) rates = Rates{tier.rate, tier.rate};
        rates->least = std::min(rates->least, tier.rate);
        rates->most = std::max(rates->most, tier.rate);
      }
  return rates;
}

}  // namespace

/// After each reading, of the room that was read: as the box has last ordered, or seen, each relay. What another circuit has
/// used may not have a price before that one is read again.
void World::check_control(const BoxNode& box, RoomId id, CircuitId just_read) const {
  if (!box.engine || box.engine->link().row().fenced) return;
  const auto& state = box.engine->link().state();
  const auto* room = state.find(id);
  const auto rates = rates_of(state);
  if (room == nullptr || !room->open || !rates) return;
  std::int64_t used = 0;
  std::int64_t used_here = 0;
  for (const auto& circuit : room->circuits) {
    const auto told = box.told.find(circuit.circuit);
    if (told == box.told.end() || told->second.first != circuit.meter) continue;
    const auto units = std::max<std::int64_t>(0, told->second.second.units - circuit.reading.units);
    used += units;
    if (circuit.circuit == just_read) used_here = units;
  }
  const auto money = room->balance.micros + room->allowance().micros;
  const auto circuits = static_cast<std::int64_t>(room->circuits.size());
  const bool surely_paid = money - used * rates->most / 1000 - circuits > 0;
  const auto* read = room->find(just_read);
  const bool priced = read != nullptr && has_price(box, *read, now_of(box));
  const bool surely_spent = money <= 0 || (priced && money + circuits - used_here * rates->least / 1000 <= 0);
  for (const auto& circuit : room->circuits) {
    const auto at = box.ordered.find(circuit.circuit);
    if (at == box.ordered.end()) continue;
    const auto text = "circuit " + std::to_string(circuit.circuit.value) + " with " + std::to_string(money) + " micros and " +
                      std::to_string(used) + " units open";
    require(at->second || !surely_paid, "control", text + " is off");
    require(!at->second || !surely_spent, "control", text + " is on");
  }
}

/// At rest the meters agree.
void World::check_relays() const {
  for (const auto& box : boxes_) {
    if (!box->engine || box->engine->link().row().fenced || box->engine->link().state().prices().empty()) continue;
    for (const auto& [id, room] : box->engine->link().state().rooms()) {
      if (!room.open) continue;
      const bool paid = room.balance.micros + room.allowance().micros > 0;
      for (const auto& circuit : room.circuits)
        require(facts_.meters.at(circuit.circuit).relay_closed == paid, "control",
                "at rest circuit " + std::to_string(circuit.circuit.value) + (paid ? " is off" : " is on"));
    }
  }
}

}  // namespace wattle::sim
