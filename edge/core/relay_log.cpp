#include "edge/core/relay_log.hpp"

#include <algorithm>

namespace wattle::edge {

namespace {

/// Big-endian, so that rows stand in the order of their numbers.
Bytes row_key(std::uint64_t number) {
  Bytes key(8);
  for (auto at = key.rbegin(); at != key.rend(); ++at, number >>= 8) *at = static_cast<std::uint8_t>(number);
  return key;
}

}  // namespace

RelayLog::RelayLog(const StoreReader& store) : store_(&store) {
  for (const auto& [key, value] : store.rows(Table::relay)) {
    const auto row = decode_relay_row(value);
    if (!row) continue;
    newest_ = std::max(newest_, row->number);
    if (row->event == RelayEvent::decided) found_[row->circuit] = row->decision;
  }
}

void RelayLog::write(RelayRow row, Commit& commit) {
  row.number = ++newest_;
  commit.push_back(PutRow{Table::relay, row_key(row.number), encode(row)});
  if (row.number > relay_rows_max) commit.push_back(PutRow{Table::relay, row_key(row.number - relay_rows_max), {}});
}

std::vector<RelayRow> RelayLog::rows_after(std::uint64_t number, std::size_t most) const {
  std::vector<RelayRow> rows;
  for (const auto& [key, value] : store_->rows_after(Table::relay, row_key(number))) {
    if (rows.size() == most) break;
    if (auto row = decode_relay_row(value)) rows.push_back(std::move(*row));
  }
  return rows;
}

bool RelayLog::has_noted(CircuitId circuit, MeterEvent what, Instant at) const {
  const auto rows = rows_after(0, relay_rows_max);
  return std::any_of(rows.begin(), rows.end(), [&](const RelayRow& row) {
    return row.circuit == circuit && row.noted && row.noted->what == what && row.noted->at == at;
  });
}

bool RelayLog::was_to_be_off(CircuitId circuit, Instant at, const std::optional<Decision>& decided) const {
  bool is_off = false;
  bool has_row = false;
  for (const auto& row : rows_after(0, relay_rows_max)) {
    if (row.circuit != circuit || row.event != RelayEvent::decided) continue;
    has_row = true;
    if (row.time > at + trip_slack) continue;
    is_off = !row.decision.on;
    if (is_off && row.time >= at - trip_slack) return true;
  }
  return has_row ? is_off : decided && !decided->on;
}

}  // namespace wattle::edge
