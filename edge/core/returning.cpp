#include "edge/core/returning.hpp"

#include <algorithm>

namespace wattle::edge {

void Returning::add(CircuitId circuit, Tick now) {
  waiting_.insert(circuit);
  next_turn_ = std::max(next_turn_, now);
  until_ = now + return_patience;
}

void Returning::forget(CircuitId circuit) { waiting_.erase(circuit); }

std::vector<Returning::Place> Returning::in_order(const std::function<LoadKind(CircuitId)>& load_of) const {
  std::vector<Place> places;
  for (const auto circuit : waiting_) places.push_back({load_of(circuit), circuit});
  std::sort(places.begin(), places.end());
  return places;
}

void Returning::take_turn(CircuitId circuit, Duration pause, Tick now) {
  forget(circuit);
  next_turn_ = now + pause;
}

Tick Returning::wake_up(Tick now) const {
  if (empty()) return never;
  return now < next_turn_ ? next_turn_ : until_;
}

}  // namespace wattle::edge
