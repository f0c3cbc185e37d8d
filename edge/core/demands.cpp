#include "edge/core/demands.hpp"

#include <algorithm>

namespace wattle::edge {

bool Demands::begin(const ReadQuestion& question, const std::vector<CircuitId>& circuits, Tick now) {
  const bool is_busy = under_.size() >= demands_max;
  if (is_busy || circuits.empty() || circuits.size() > demand_circuits_max) {
    done_.push_back({question.id, is_busy ? ReadStatus::busy : ReadStatus::not_here, {}, question.version});
    return false;
  }
  Under under{question.id, question.version, now + demand_patience, {}};
  for (const auto circuit : circuits) under.circuits[circuit];
  under_.push_back(std::move(under));
  return true;
}

void Demands::heard(const DemandedReading& reading) {
  for (auto& under : under_)
    if (const auto at = under.circuits.find(reading.circuit); at != under.circuits.end()) at->second = reading;
}

std::vector<ReadAnswer> Demands::take_done(Tick now) {
  auto done = std::exchange(done_, {});
  std::erase_if(under_, [&](const Under& under) {
    const auto is_waited_for = [](const auto& item) { return !item.second; };
    const bool waits = std::any_of(under.circuits.begin(), under.circuits.end(), is_waited_for);
    if (waits && now < under.until) return false;
    ReadAnswer answer{under.id, ReadStatus::answered, {}, under.version};
    for (const auto& [circuit, reading] : under.circuits)
      answer.circuits.push_back(reading.value_or(DemandedReading{circuit, ReadOutcome::late}));
    done.push_back(std::move(answer));
    return true;
  });
  return done;
}

Tick Demands::wake_up() const {
  Tick next = never;
  for (const auto& under : under_) next = std::min(next, under.until);
  return next;
}

}  // namespace wattle::edge
