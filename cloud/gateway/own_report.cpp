#include "cloud/gateway/own_report.hpp"

namespace wattle::cloud {

std::size_t keep_own(Report& report, Holder from, const Site& site) {
  const auto* link = site.link(from);
  if (link == nullptr || link->row().fenced) {
    const auto all = report.circuits.size() + report.settings.size() + report.rows.size();
    report = {};
    return all;
  }
  // The cloud's own entries tell it, not the state of the link: a box speaks of a room from the moment that it has its open.
  const auto is_foreign = [&](const auto& said) {
    const auto* chain = site.index().room(said.room);
    return chain == nullptr || !chain->links.contains(from) || !site.has_opened(from, said.circuit);
  };
  const auto has_left = [&](const CircuitReport& circuit) {
    if (circuit.room.value == 0) return false;  // kept apart, as this box's own word
    return is_foreign(circuit) || site.index().room(circuit.room)->open_at() != from;
  };
  return std::erase_if(report.circuits, has_left) + std::erase_if(report.rows, is_foreign);
}

}  // namespace wattle::cloud
