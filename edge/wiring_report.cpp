#include "edge/wiring_report.hpp"

#include <set>

namespace wattle::edge {

LineFaultsTold faults_told(const LineWatch& watch, Tick now) {
  LineFaultsTold out;
  for (const auto fault : all_line_faults)
    if (const auto seen = watch.seen(fault); seen.count > 0)
      out.push_back({fault, seen.count, now - seen.last, seen.is_on && now - seen.last < line_fault_over_after});
  return out;
}

BusReport bus_report(const BusNote& note, const SettingReport& setting, const MeterLine* line, Tick now) {
  BusReport bus{note.name, setting, note.source, WiringState::applied, note.fault};
  const auto* its = note.is_wired ? line : nullptr;
  if (its != nullptr) bus.faults = faults_told(its->watch(), now);
  if (note.fault != WiringFault::none)
    bus.state = WiringState::refused;
  else if (its != nullptr && its->is_away())
    bus.state = WiringState::pending, bus.fault = WiringFault::bus_away;
  else if (its != nullptr && !its->is_open())
    bus.state = WiringState::pending;
  return bus;
}

std::size_t circuits_unread(const Engine& engine, const std::vector<BusConfig>& buses) {
  std::set<CircuitId> read;
  for (const auto& bus : buses)
    for (const auto& meter : bus.meters)
      for (const auto& circuit : meter.circuits) read.insert(circuit.circuit);
  std::size_t unread = 0;
  for (const auto& [id, room] : engine.link().state().rooms())
    for (const auto& circuit : room.circuits) unread += room.open && !read.contains(circuit.circuit);
  return unread;
}

}  // namespace wattle::edge
