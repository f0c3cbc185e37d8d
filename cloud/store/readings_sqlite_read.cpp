// Queries of recorded readings. A page ends at a place in the keys, so that what arrives meanwhile shifts nothing.

#include <algorithm>

#include "cloud/store/readings_sqlite.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t rows_reserved_max = 50'000;
constexpr std::size_t look_ahead = 16;  // rows beyond a page in which the next span of the same meter is looked for

std::optional<std::int64_t> number_or_none(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return static_cast<std::int64_t>(row.number(column));
}

Instant instant_at(const Statement& row, int column) { return {static_cast<std::int64_t>(row.number(column))}; }
/// In this column and the three behind.
LevelTotal level_at(const Statement& row, int column) {
  const auto value = [&](int at) { return static_cast<std::int64_t>(row.number(column + at)); };
  return {static_cast<std::uint32_t>(value(0)), value(1), value(2), value(3)};
}
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

Result<ReadingsPage<TotalRow>> SqliteReadings::totals(const ReadingsQuery& query, TotalSpan span) {
  ReadingsPage<TotalRow> page;
  const auto wanted = circuits(query);
  if (!wanted) return wanted.error();
  for (const auto circuit : *wanted) {
    if (auto ok = read_totals(query, span, circuit, page); !ok) return ok.error();
    if (page.next) break;
  }
  return page;
}

/// Both come by start and meter; what few meters tell stands beside.
Result<void> SqliteReadings::read_further(const ReadingsQuery& query, TotalSpan span, CircuitId circuit,
                                          std::vector<TotalRow>& rows) {
  if (rows.empty()) return {};
  const auto& first = rows.front().key;
  Query found(run_->further, site_.value, query.room.value, circuit.value, static_cast<std::uint32_t>(span), first.start.micros,
              static_cast<std::int64_t>(first.meter.value), rows.back().key.start.micros);
  for (std::size_t i = 0;;) {
    const auto more = found.next();
    if (!more) return more.error();
    if (!*more) return {};
    const auto& row = found.row();
    const auto value = [&](int column) { return static_cast<std::int64_t>(row.number(column)); };
    const MeterId meter{row.number(1)};
    while (i < rows.size() && (rows[i].key.start != instant_at(row, 0) || rows[i].key.meter != meter)) ++i;
    if (i == rows.size()) return {};  // behind the page
    if (value(2) < 0) return WATTLE_FAIL(StoreErrc::corrupt);
    if (value(2) >= static_cast<std::int64_t>(further_kinds)) continue;  // of a newer program that ran here before
    const auto kind = static_cast<FurtherKind>(value(2));
    const auto readings = static_cast<std::uint32_t>(value(3));
    const FurtherTotal total{readings,           value(4), value(5),           value(6),
                             instant_at(row, 7), value(8), instant_at(row, 9), value(10)};
    rows[i].total.further[kind] = total;
    if (is_counter(kind)) rows[i].further_used[kind] = total.last - total.first;
  }
}

/// Names the page's next place when it is full.
Result<void> SqliteReadings::read_totals(const ReadingsQuery& query, TotalSpan span, CircuitId circuit,
                                         ReadingsPage<TotalRow>& page) {
  const auto length = seconds(static_cast<std::int64_t>(span));
  const bool continues = query.begin && query.begin->circuit == circuit;
  const auto from = continues ? query.begin->at : query.from;
  const auto from_meter = continues ? static_cast<std::int64_t>(query.begin->id) : std::int64_t{INT64_MIN};
  std::vector<TotalRow> found;
  Query rows(run_->totals, site_.value, query.room.value, circuit.value, static_cast<std::uint32_t>(span), from.micros,
             from_meter, (query.to + length).micros, std::uint64_t{query.limit - page.rows.size() + look_ahead});
  for (;;) {
    const auto more = rows.next();
    if (!more) return more.error();
    if (!*more) break;
    const auto& row = rows.row();
    const auto count = [&](int column) { return static_cast<std::uint32_t>(row.number(column)); };
    const ReadingTotal total{count(2),
                             instant_at(row, 3),
                             quantity_at(row, 4),
                             instant_at(row, 5),
                             quantity_at(row, 6),
                             count(7),
                             static_cast<std::int64_t>(row.number(8)),
                             static_cast<std::int64_t>(row.number(9)),
                             level_at(row, 10),
                             level_at(row, 14)};
    found.push_back(
        {{query.room, circuit, span, instant_at(row, 0), {row.number(1)}}, total, {total.last.units - total.first.units}});
  }
  if (auto ok = read_further(query, span, circuit, found); !ok) return ok;
  for (std::size_t i = 0; i < found.size() && found[i].key.start < query.to; ++i) {
    if (page.rows.size() == query.limit) {
      page.next = {circuit, found[i].key.start, found[i].key.meter.value, 0};
      return {};
    }
    auto row = found[i];
    for (std::size_t j = i + 1; j < found.size() && found[j].key.start <= row.key.start + length; ++j) {
      const auto& next = found[j];
      if (next.key.meter != row.key.meter || next.key.start != row.key.start + length) continue;
      row.used = {next.total.first.units - row.total.first.units};
      for (auto& [kind, used] : row.further_used)
        if (const auto its = next.total.further.find(kind); its != next.total.further.end())
          used = its->second.first - row.total.further.at(kind).first;
    }
    page.rows.push_back(row);
  }
  return {};
}

}  // namespace wattle::cloud
