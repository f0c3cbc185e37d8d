#include "edge/core/meter_changes.hpp"

namespace wattle::edge {
namespace {

/// What may be different a moment later, without another order.
bool may_pass(LedgerErrc why) { return why == LedgerErrc::before_grant || why == LedgerErrc::price_unknown; }

}  // namespace

std::vector<MeterReplaced> MeterChanges::due(const LinkState& state, const SettingsBook& settings, Tick now) {
  std::vector<MeterReplaced> all;
  std::erase_if(tried_, [&](const auto& item) { return !settings.meters().contains(item.first); });
  if (settings.meters().empty()) return all;
  for (const auto& [id, room] : state.rooms()) {
    if (!room.open) continue;
    for (const auto& circuit : room.circuits) {
      const auto order = settings.meters().find(circuit.circuit);
      if (order == settings.meters().end()) continue;
      const auto known = tried_.find(circuit.circuit);
      const bool is_known = known != tried_.end() && known->second.order == order->second;
      if (circuit.meter == order->second.after) {  // done, by this box or by one before it
        if (is_known) tried_.erase(known);
        continue;
      }
      if (is_known && known->second.refused &&
          (!may_pass(*known->second.refused) || now < known->second.at + meter_change_again))
        continue;
      tried_[circuit.circuit] = {order->second, now};
      if (circuit.meter != order->second.before) {
        refused(circuit.circuit, LedgerErrc::reading_chain);
        continue;
      }
      all.push_back({id, circuit.circuit, count_(circuit, order->second.last), order->second.after, order->second.first});
    }
  }
  return all;
}

void MeterChanges::refused(CircuitId circuit, LedgerErrc why) {
  if (const auto at = tried_.find(circuit); at != tried_.end()) at->second.refused = why;
}

std::optional<LedgerErrc> MeterChanges::refusal(CircuitId circuit) const {
  const auto at = tried_.find(circuit);
  return at == tried_.end() ? std::nullopt : at->second.refused;
}

}  // namespace wattle::edge
