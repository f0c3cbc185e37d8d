// Queries of single readings; hours and days are in readings_sqlite_totals.cpp. A page ends at a place in the keys, so that
// what arrives meanwhile shifts nothing.

#include <algorithm>

#include "cloud/store/readings_sqlite.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t rows_reserved_max = 50'000;

std::optional<std::int64_t> number_or_none(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<std::int64_t>(row.number(column));
}

Instant instant_at(const Statement& row, int column) { return {static_cast<std::int64_t>(row.number(column))}; }
Quantity quantity_at(const Statement& row, int column) { return {static_cast<std::int64_t>(row.number(column))}; }

}  // namespace

Result<std::vector<RecordedRow>> SqliteReadings::latest(RoomId room) {
  std::vector<RecordedRow> out;
  Query query(run_->latest, site_.value, room.value);
  for (;;) {
    const auto more = query.next();
    if (!more) return more.error();
    if (!*more) return out;
    const auto& row = query.row();
    RecordedRow one{{static_cast<std::uint32_t>(row.number(0))}, {row.number(1)}, {instant_at(row, 2), quantity_at(row, 3)}};
    if (const auto watts = number_or_none(row, 4)) one.reading.power = Power{*watts};
    one.reading.voltage_mv = number_or_none(row, 5);
    one.reading.current_ma = number_or_none(row, 6);
    out.push_back(one);
  }
}

/// From the page's beginning on.
Result<std::vector<CircuitId>> SqliteReadings::circuits(const ReadingsQuery& query) {
  std::vector<CircuitId> out;
  const auto is_left = [&](CircuitId circuit) { return !query.begin || circuit >= query.begin->circuit; };
  if (query.circuit) {
    if (is_left(*query.circuit)) out.push_back(*query.circuit);
    return out;
  }
  const auto known = latest(query.room);
  if (!known) return known.error();
  for (const auto& row : *known)
    if (is_left(row.circuit)) out.push_back(row.circuit);
  return out;
}

Result<ReadingsPage<RecordedRow>> SqliteReadings::recorded(const ReadingsQuery& query) {
  ReadingsPage<RecordedRow> page;
  page.rows.reserve(std::min(query.limit, rows_reserved_max));  // growing touches every page of memory twice
  auto next = read_recorded(query, [&](CircuitId circuit, MeterId meter, const RecordedReading& reading) {
    page.rows.push_back({circuit, meter, reading});
  });
  if (!next) return next.error();
  page.next = *next;
  return page;
}

Result<std::optional<ReadingsPlace>> SqliteReadings::read_recorded(const ReadingsQuery& query, const RowTaker& take) {
  Page page{take, query.limit};
  const auto wanted = circuits(query);
  if (!wanted) return wanted.error();
  const auto first_month = month_of(query.from - chunk_span_max);
  for (const auto circuit : *wanted) {
    for (auto month = months_.lower_bound(first_month); month != months_.end() && month->first <= month_of(query.to); ++month) {
      if (auto ok = read_month(month->second, query, circuit, page); !ok) return ok.error();
      if (page.next) return page.next;
    }
  }
  return page.next;
}

/// Names the page's next place when it is full.
Result<void> SqliteReadings::read_month(Month& month, const ReadingsQuery& query, CircuitId circuit, Page& page) {
  const bool continues = query.begin && query.begin->circuit == circuit;
  const auto from = continues ? query.begin->at : query.from - chunk_span_max;
  const auto from_id = continues ? static_cast<std::int64_t>(query.begin->id) : std::int64_t{INT64_MIN};
  Query rows(month.select, site_.value, query.room.value, circuit.value, from.micros, from_id, query.to.micros);
  for (;;) {
    const auto more = rows.next();
    if (!more) return more.error();
    if (!*more) return {};
    const ReadingsPlace place{circuit, instant_at(rows.row(), 0), rows.row().number(1), 0};
    const auto chunk = decode_chunk(rows.row().bytes(2));
    if (!chunk) return WATTLE_FAIL(StoreErrc::corrupt);
    const bool begins_here = continues && place.at == query.begin->at && place.id == query.begin->id;
    for (std::uint32_t i = begins_here ? query.begin->index : 0; i < chunk->readings.size(); ++i) {
      const auto& reading = chunk->readings[i];
      if (reading.at < query.from || reading.at >= query.to) continue;
      if (page.left == 0) {
        page.next = ReadingsPlace{place.circuit, place.at, place.id, i};
        return {};
      }
      --page.left;
      page.take(circuit, chunk->meter, reading);
    }
  }
}

}  // namespace wattle::cloud
