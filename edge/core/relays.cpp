// Prepaid: a circuit is on while its room has credit. A room that has left, or that has no price yet, keeps its relays as they
// are.

#include "edge/core/engine.hpp"

namespace wattle::edge {

void Engine::decide_relays(Effects& effects) {
  if (link_.row().fenced || link_.state().prices().empty()) return;
  for (const auto& [id, room] : link_.state().rooms()) {
    if (!room.open) continue;
    const bool close = live_balance(id).micros > 0;
    for (const auto& circuit : room.circuits) {
      const auto at = relays_.find(circuit.circuit);
      if (at != relays_.end() && at->second == close) continue;
      relays_[circuit.circuit] = close;
      effects.push_back(
          SwitchRelay{id, circuit.circuit, close, close ? RelayReason::credit : RelayReason::no_credit, position()});
    }
  }
}

}  // namespace wattle::edge
