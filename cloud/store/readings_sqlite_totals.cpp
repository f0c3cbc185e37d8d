// Hours and days, and what was used in them. A span's usage goes up to its meter's next reading, however far that is: the spans
// of one meter add up to what its register shows, whatever gaps lie between them.

#include <algorithm>

#include "cloud/store/readings_sqlite.hpp"

namespace wattle::cloud {
namespace {

// Rows behind a span in which the next one of its meter is looked for, also beyond the page and the period. More meters than
// that have never stood behind one circuit within a day.
constexpr std::size_t look_ahead = 16;

Instant time_in(const Statement& row, int column) { return {static_cast<std::int64_t>(row.number(column))}; }
Quantity register_in(const Statement& row, int column) { return {static_cast<std::int64_t>(row.number(column))}; }
/// In this column and the three behind.
LevelTotal level_in(const Statement& row, int column) {
  const auto value = [&](int at) { return static_cast<std::int64_t>(row.number(column + at)); };
  return {static_cast<std::uint32_t>(value(0)), value(1), value(2), value(3)};
}

ReadingTotal total_in(const Statement& row) {
  const auto count = [&](int column) { return static_cast<std::uint32_t>(row.number(column)); };
  return {count(2),
          time_in(row, 3),
          register_in(row, 4),
          time_in(row, 5),
          register_in(row, 6),
          count(7),
          static_cast<std::int64_t>(row.number(8)),
          static_cast<std::int64_t>(row.number(9)),
          level_in(row, 10),
          level_in(row, 14)};
}

/// Where the meter of this row goes on. Null: nowhere that is known, or another meter has been read on its circuit meanwhile;
/// what flowed in between is then no register's.
const TotalRow* next_of(const std::vector<TotalRow>& rows, std::size_t index) {
  const auto& row = rows[index];
  std::optional<Instant> other;  // where another meter was read
  const auto end = std::min(rows.size(), index + 1 + look_ahead);
  for (auto i = index + 1; i < end; ++i) {
    const auto& next = rows[i];
    if (next.key.meter == row.key.meter) return other && *other < next.total.first_at ? nullptr : &next;
    const bool is_same_span = next.key.start == row.key.start;
    const auto at = is_same_span ? next.total.last_at : next.total.first_at;
    if (at > row.total.last_at && (!other || at < *other)) other = at;
  }
  return nullptr;
}

/// A register that fell by more than half of what it can show has come to its end and begun again. By less: it ran back.
Quantity turned_on(Quantity from, Quantity to, std::optional<Quantity> ends) {
  const auto rise = to.units - from.units;
  if (!ends || rise >= -(ends->units / 2) || from >= *ends || to.units < 0) return {rise};
  return {rise + ends->units};
}

void book(TotalRow& row, const TotalRow* next, const RegisterEnds* register_ends) {
  std::optional<Quantity> ends;
  if (register_ends != nullptr)
    if (const auto known = register_ends->find(row.key.meter); known != register_ends->end()) ends = known->second;
  row.used = turned_on(row.total.first, next == nullptr ? row.total.last : next->total.first, ends);
  if (next == nullptr) return;
  row.continued = Continued{next->key.start, next->total.first_at};
  for (auto& [kind, used] : row.further_used)
    if (const auto its = next->total.further.find(kind); its != next->total.further.end())
      used = its->second.first - row.total.further.at(kind).first;
}

}  // namespace

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
    while (i < rows.size() && (rows[i].key.start != time_in(row, 0) || rows[i].key.meter != meter)) ++i;
    if (i == rows.size()) return {};  // behind the page
    if (value(2) < 0) return WATTLE_FAIL(StoreErrc::corrupt);
    if (value(2) >= static_cast<std::int64_t>(further_kinds)) continue;  // of a newer program that ran here before
    const auto kind = static_cast<FurtherKind>(value(2));
    const auto readings = static_cast<std::uint32_t>(value(3));
    const FurtherTotal total{readings, value(4), value(5), value(6), time_in(row, 7), value(8), time_in(row, 9), value(10)};
    rows[i].total.further[kind] = total;
    if (is_counter(kind)) rows[i].further_used[kind] = total.last - total.first;
  }
}

/// By their key: from `from` on, as many as asked for, and none that begins at `to` or later.
Result<void> SqliteReadings::read_spans(const SpansQuery& query, std::vector<TotalRow>& rows) {
  Query found(run_->totals, site_.value, query.room.value, query.circuit.value, static_cast<std::uint32_t>(query.span),
              query.from.micros, query.from_meter, query.to.micros, std::uint64_t{query.limit});
  for (;;) {
    const auto more = found.next();
    if (!more) return more.error();
    if (!*more) return {};
    const auto& row = found.row();
    rows.push_back({{query.room, query.circuit, query.span, time_in(row, 0), {row.number(1)}}, total_in(row), {}});
  }
}

/// Names the page's next place when it is full.
Result<void> SqliteReadings::read_totals(const ReadingsQuery& query, TotalSpan span, CircuitId circuit,
                                         ReadingsPage<TotalRow>& page) {
  const bool continues = query.begin && query.begin->circuit == circuit;
  SpansQuery wanted{query.room, circuit, span, query.from, INT64_MIN, query.to, query.limit - page.rows.size() + look_ahead};
  if (continues) wanted.from = query.begin->at, wanted.from_meter = static_cast<std::int64_t>(query.begin->id);
  std::vector<TotalRow> found;
  if (auto ok = read_spans(wanted, found); !ok) return ok;
  const auto in_period = found.size();
  if (in_period > 0 && in_period < wanted.limit) {  // where the last ones go on, however far behind the period
    const SpansQuery behind{query.room, circuit, span, query.to, INT64_MIN, {INT64_MAX}, look_ahead};
    if (auto ok = read_spans(behind, found); !ok) return ok;
  }
  if (auto ok = read_further(query, span, circuit, found); !ok) return ok;
  for (std::size_t i = 0; i < in_period; ++i) {
    if (page.rows.size() == query.limit) {
      page.next = {circuit, found[i].key.start, found[i].key.meter.value, 0};
      return {};
    }
    book(found[i], next_of(found, i), query.register_ends.get());
    page.rows.push_back(found[i]);
  }
  return {};
}

}  // namespace wattle::cloud
