// Meters that the configuration puts elsewhere or takes out. Who is not read any more closes no slice by being read: so what it
// has counted is booked in the commit that brings the change, before the shell acts on it.

#include "edge/core/engine.hpp"

namespace wattle::edge {

void Engine::note_wiring(const std::vector<std::string>& keys) {
  for (const auto& key : keys) {
    if (const auto place = parse_place_key(key)) rewired_.insert(place->number);
    if (parse_bus_key(key)) buses_rewired_ = true;
  }
}

/// What may not be written yet, or has no price yet, waits for an event at which that is otherwise. What the ledger does not
/// take stays open, and waits in the register.
void Engine::settle_rewired() {
  const auto rewired = std::exchange(rewired_, {});
  const bool all = std::exchange(buses_rewired_, false);
  if (all || !rewired.empty())
    for (const auto& [id, room] : link_.state().rooms())
      for (const auto& circuit : room.circuits)
        if (room.open && (all || rewired.contains(circuit.meter))) unbooked_.emplace(circuit.circuit, id);
  std::erase_if(unbooked_, [this](const auto& item) { return book_rewired(item.second, item.first); });
}

/// False: it is to be tried again.
bool Engine::book_rewired(RoomId id, CircuitId circuit) {
  const auto* room = link_.state().find(id);
  const auto* figures = room->open ? room->find(circuit) : nullptr;
  const auto open = accruals_.find(circuit);
  if (figures == nullptr || open == accruals_.end() || open->second.begun != figures->reading) return true;
  if (!may_mint()) return false;
  place(*figures, open->second);
  if (open->second.has_rest()) return false;
  close_slice(id, circuit);
  return true;
}

std::optional<bool> Engine::relay_ordered(CircuitId circuit) const {
  const auto at = circuits_.find(circuit);
  return at == circuits_.end() ? std::nullopt : at->second.ordered;
}

}  // namespace wattle::edge
