#include "edge/core/meter_changes.hpp"

#include "edge/core/order_outcomes.hpp"

namespace wattle::edge {
namespace {

constexpr std::uint8_t refusal_version = 1;

/// Else it may be different a moment later, without another order.
bool is_final(const std::optional<LedgerErrc>& refused) {
  return refused && *refused != LedgerErrc::before_grant && *refused != LedgerErrc::price_unknown;
}

Bytes row_key(CircuitId circuit) {
  const auto text = "outcome/" + meter_key(circuit);
  return {text.begin(), text.end()};
}

}  // namespace

std::vector<MeterReplaced> MeterChanges::due(const LinkState& state, const SettingsBook& settings, Tick now, Commit& commit) {
  std::vector<MeterReplaced> all;
  std::erase_if(tried_, [&](const auto& item) { return !settings.meters().contains(item.first); });
  if (settings.meters().empty()) return all;
  for (const auto& [id, room] : state.rooms()) {
    if (!room.open) continue;
    for (const auto& circuit : room.circuits) {
      const auto order = settings.meters().find(circuit.circuit);
      if (order == settings.meters().end()) continue;
      const bool is_done = circuit.meter == order->second.after;  // by this box or by one before it
      const auto setting = settings.applied().find(meter_key(circuit.circuit));
      const auto version = setting == settings.applied().end() ? 0 : setting->second.version;
      const auto& known = newest(circuit.circuit);
      const bool is_refused = known.version == version && known.order == order->second && known.refused;
      if (is_refused && !is_done && (is_final(known.refused) || now < known.at + meter_change_again)) continue;
      note(circuit.circuit, {order->second, version, now}, commit);
      if (is_done) continue;
      if (circuit.meter != order->second.before) {
        refused(circuit.circuit, LedgerErrc::reading_chain, commit);
        continue;
      }
      all.push_back({id, circuit.circuit, count_(circuit, order->second.last), order->second.after, order->second.first});
    }
  }
  return all;
}

/// What was tried last, by this process or by one before it.
const MeterChanges::Tried& MeterChanges::newest(CircuitId circuit) {
  const auto [at, fresh] = tried_.try_emplace(circuit);
  const auto row = fresh ? store_->row(Table::box, row_key(circuit)) : std::nullopt;
  if (!row) return at->second;
  Reader in(*row);
  const bool is_known = in.u8() == refusal_version;
  const auto why = in.u8();
  const auto version = in.varint();
  const auto order = decode_meter(in.blob(register_bytes_max));
  if (is_known && in.finished() && order) at->second = {*order, version, {}, refusal_of(why)};
  return at->second;
}

void MeterChanges::note(CircuitId circuit, const Tried& tried, Commit& commit) {
  const auto before = std::exchange(tried_[circuit], tried);
  if (!is_final(before.refused) && !is_final(tried.refused)) return;
  Bytes row;
  Writer out(row);
  if (is_final(tried.refused)) {
    out.u8(refusal_version);
    out.u8(static_cast<std::uint8_t>(*tried.refused));
    out.varint(tried.version);
    out.blob(encode(tried.order));
  }
  commit.push_back(PutRow{Table::box, row_key(circuit), row});
}

void MeterChanges::refused(CircuitId circuit, LedgerErrc why, Commit& commit) {
  const auto at = tried_.find(circuit);
  if (at != tried_.end()) note(circuit, {at->second.order, at->second.version, at->second.at, why}, commit);
}

std::optional<LedgerErrc> MeterChanges::refusal(CircuitId circuit) const {
  const auto at = tried_.find(circuit);
  return at == tried_.end() ? std::nullopt : at->second.refused;
}

}  // namespace wattle::edge
