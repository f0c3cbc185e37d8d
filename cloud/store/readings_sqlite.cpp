// Opening, storing and thinning; queries are in readings_sqlite_read.cpp and readings_sqlite_totals.cpp.

#include "cloud/store/readings_sqlite.hpp"

#include <sqlite3.h>

#include <cstdlib>

#include "shared/base/local_time.hpp"
#include "shared/store/folder.hpp"

namespace wattle::cloud {
namespace {

constexpr std::int64_t readings_version = 3;
constexpr int busy_wait_ms = 2000;

// "Wtrd". Unsigned 64-bit numbers stand as the signed ones of the same bits.
constexpr const char* schema = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE latest (
  site INTEGER NOT NULL, room INTEGER NOT NULL, circuit INTEGER NOT NULL,
  meter INTEGER NOT NULL, at INTEGER NOT NULL, register INTEGER NOT NULL,
  power_w INTEGER, voltage_mv INTEGER, current_ma INTEGER,
  PRIMARY KEY (site, room, circuit)
) STRICT, WITHOUT ROWID;
CREATE TABLE totals (
  site INTEGER NOT NULL, room INTEGER NOT NULL, circuit INTEGER NOT NULL, span INTEGER NOT NULL, start INTEGER NOT NULL,
  meter INTEGER NOT NULL, readings INTEGER NOT NULL,
  first_at INTEGER NOT NULL, first INTEGER NOT NULL, last_at INTEGER NOT NULL, last INTEGER NOT NULL,
  powers INTEGER NOT NULL, power_sum_w INTEGER NOT NULL, power_max_w INTEGER NOT NULL,
  PRIMARY KEY (site, room, circuit, span, start, meter)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1467249252;
PRAGMA user_version = 1;
COMMIT;
)sql";
constexpr std::int64_t readings_application_id = 1467249252;

// What version 2 has beside: the quantities that few meters tell, a row for each that a span knows, so that the others' spans
// are not longer for it.
constexpr const char* schema_2 = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE further_totals (
  site INTEGER NOT NULL, room INTEGER NOT NULL, circuit INTEGER NOT NULL, span INTEGER NOT NULL, start INTEGER NOT NULL,
  meter INTEGER NOT NULL, kind INTEGER NOT NULL, readings INTEGER NOT NULL, sum INTEGER NOT NULL, least INTEGER NOT NULL,
  most INTEGER NOT NULL, first_at INTEGER NOT NULL, first INTEGER NOT NULL, last_at INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (site, room, circuit, span, start, meter, kind)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 2;
COMMIT;
)sql";

// And version 3: voltage and current, which most meters tell, in the spans' own rows: rows beside would be twice as many more.
// Spans of before know nothing of them.
constexpr const char* schema_3 = R"sql(
BEGIN IMMEDIATE;
ALTER TABLE totals ADD COLUMN voltages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN voltage_sum_mv INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN voltage_min_mv INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN voltage_max_mv INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN currents INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN current_sum_ma INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN current_min_ma INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN current_max_ma INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = 3;
COMMIT;
)sql";

constexpr const char* month_table = R"sql(
CREATE TABLE %s (
  site INTEGER NOT NULL, room INTEGER NOT NULL, circuit INTEGER NOT NULL, first_at INTEGER NOT NULL, id INTEGER NOT NULL,
  edge INTEGER NOT NULL, incarnation INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (site, room, circuit, first_at, id)
) STRICT, WITHOUT ROWID
)sql";

constexpr const char* put_latest_sql =
    "INSERT INTO latest (site, room, circuit, meter, at, register, power_w, voltage_mv, current_ma) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (site, room, circuit) DO UPDATE SET meter = excluded.meter, "
    "at = excluded.at, register = excluded.register, power_w = excluded.power_w, voltage_mv = excluded.voltage_mv, "
    "current_ma = excluded.current_ma WHERE excluded.at >= latest.at";

// As join() in reading_totals.cpp.
constexpr const char* put_total_sql =
    "INSERT INTO totals (site, room, circuit, span, start, meter, readings, first_at, first, last_at, last, powers, "
    "power_sum_w, power_max_w, voltages, voltage_sum_mv, voltage_min_mv, voltage_max_mv, currents, current_sum_ma, "
    "current_min_ma, current_max_ma) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
    "?19, ?20, ?21, ?22) "
    "ON CONFLICT (site, room, circuit, span, start, meter) DO UPDATE SET readings = totals.readings + excluded.readings, "
    "first = CASE WHEN excluded.first_at < totals.first_at THEN excluded.first ELSE totals.first END, "
    "first_at = min(totals.first_at, excluded.first_at), "
    "last = CASE WHEN excluded.last_at > totals.last_at THEN excluded.last ELSE totals.last END, "
    "last_at = max(totals.last_at, excluded.last_at), "
    "power_max_w = CASE WHEN totals.powers = 0 THEN excluded.power_max_w WHEN excluded.powers = 0 THEN totals.power_max_w "
    "ELSE max(totals.power_max_w, excluded.power_max_w) END, "
    "powers = totals.powers + excluded.powers, "
    "voltage_min_mv = CASE WHEN totals.voltages = 0 THEN excluded.voltage_min_mv WHEN excluded.voltages = 0 "
    "THEN totals.voltage_min_mv ELSE min(totals.voltage_min_mv, excluded.voltage_min_mv) END, "
    "voltage_max_mv = CASE WHEN totals.voltages = 0 THEN excluded.voltage_max_mv WHEN excluded.voltages = 0 "
    "THEN totals.voltage_max_mv ELSE max(totals.voltage_max_mv, excluded.voltage_max_mv) END, "
    "voltages = totals.voltages + excluded.voltages, "
    "voltage_sum_mv = CAST(totals.voltage_sum_mv + excluded.voltage_sum_mv AS INTEGER), "
    "current_min_ma = CASE WHEN totals.currents = 0 THEN excluded.current_min_ma WHEN excluded.currents = 0 "
    "THEN totals.current_min_ma ELSE min(totals.current_min_ma, excluded.current_min_ma) END, "
    "current_max_ma = CASE WHEN totals.currents = 0 THEN excluded.current_max_ma WHEN excluded.currents = 0 "
    "THEN totals.current_max_ma ELSE max(totals.current_max_ma, excluded.current_max_ma) END, "
    "currents = totals.currents + excluded.currents, "
    "current_sum_ma = CAST(totals.current_sum_ma + excluded.current_sum_ma AS INTEGER), "
    "power_sum_w = CAST(totals.power_sum_w + excluded.power_sum_w AS INTEGER)";  // the cast of what is too large saturates

constexpr const char* put_further_sql =
    "INSERT INTO further_totals AS old (site, room, circuit, span, start, meter, kind, readings, sum, least, most, first_at, "
    "first, last_at, last) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
    "ON CONFLICT (site, room, circuit, span, start, meter, kind) DO UPDATE SET readings = old.readings + excluded.readings, "
    "sum = CAST(old.sum + excluded.sum AS INTEGER), least = min(old.least, excluded.least), "
    "most = max(old.most, excluded.most), "
    "first = CASE WHEN excluded.first_at < old.first_at THEN excluded.first ELSE old.first END, "
    "first_at = min(old.first_at, excluded.first_at), "
    "last = CASE WHEN excluded.last_at > old.last_at THEN excluded.last ELSE old.last END, "
    "last_at = max(old.last_at, excluded.last_at)";

std::string table_of(std::uint32_t month) { return "chunks_" + std::to_string(month); }

std::string in_table(std::string sql, std::uint32_t month) { return sql.replace(sql.find("%s"), 2, table_of(month)); }

void bind_or_null(Statement& statement, int at, const std::optional<std::int64_t>& value) {
  if (value)
    statement.bind(at, *value);
  else
    statement.bind_null(at);
}

}  // namespace

std::uint32_t month_of(Instant at) {
  const auto time = local_time(at, {});
  return static_cast<std::uint32_t>(time.year) * 100 + static_cast<std::uint32_t>(time.month);
}

SqliteReadings::SqliteReadings(SiteId site, Duration utc_offset, Database database)
    : site_(site), utc_offset_(utc_offset), database_(std::move(database)) {}

SqliteReadings::~SqliteReadings() = default;

Result<std::unique_ptr<SqliteReadings>> SqliteReadings::open(const std::string& path, SiteId site, Duration utc_offset) {
  if (auto ok = make_folder_of(path); !ok) return ok.error();
  auto database = Database::open(path, Access::read_write);
  if (!database) return database.error();
  std::unique_ptr<SqliteReadings> store(new SqliteReadings(site, utc_offset, std::move(*database)));
  auto ok = store->configure();
  if (ok) ok = store->read_months();
  if (!ok) {
    store->database_.leave_files_alone();
    return ok.error();
  }
  return store;
}

Result<void> SqliteReadings::configure() {
  sqlite3_busy_timeout(database_.handle(), busy_wait_ms);
  const auto application = database_.number("PRAGMA application_id");
  if (!application) return application.error();
  const auto version = database_.number("PRAGMA user_version");
  if (!version) return version.error();
  const bool fresh = *application == 0 && *version == 0;
  if (!fresh && (*application != readings_application_id || *version < 1 || *version > readings_version))
    return WATTLE_FAIL(StoreErrc::schema);
  const auto mode = database_.text("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  // FULL: the box gives up what is acknowledged.
  const auto settings = "PRAGMA synchronous = FULL; PRAGMA cache_size = -" + std::to_string(readings_cache_kib) +
                        "; PRAGMA wal_autocheckpoint = " + std::to_string(readings_checkpoint_pages);
  if (auto ok = database_.execute(settings.c_str()); !ok) return ok;
  if (fresh)
    if (auto ok = database_.execute(schema); !ok) return ok;
  if (*version < 2)
    if (auto ok = database_.execute(schema_2); !ok) return ok;
  if (*version < 3)
    if (auto ok = database_.execute(schema_3); !ok) return ok;
  run_ = std::make_unique<Statements>();
  const std::pair<Statement Statements::*, const char*> texts[] = {
      {&Statements::begin, "BEGIN IMMEDIATE"},
      {&Statements::commit, "COMMIT"},
      {&Statements::rollback, "ROLLBACK"},
      {&Statements::put_latest, put_latest_sql},
      {&Statements::latest,
       "SELECT circuit, meter, at, register, power_w, voltage_mv, current_ma FROM latest WHERE site = ?1 AND room = ?2 "
       "ORDER BY circuit"},
      {&Statements::put_total, put_total_sql},
      {&Statements::totals,
       "SELECT start, meter, readings, first_at, first, last_at, last, powers, power_sum_w, power_max_w, voltages, "
       "voltage_sum_mv, voltage_min_mv, voltage_max_mv, currents, current_sum_ma, current_min_ma, current_max_ma FROM totals "
       "WHERE site = ?1 AND room = ?2 AND circuit = ?3 AND span = ?4 AND (start, meter) >= (?5, ?6) AND start < ?7 "
       "ORDER BY start, meter LIMIT ?8"},
      {&Statements::put_further, put_further_sql},
      {&Statements::further,
       "SELECT start, meter, kind, readings, sum, least, most, first_at, first, last_at, last FROM further_totals "
       "WHERE site = ?1 AND room = ?2 AND circuit = ?3 AND span = ?4 AND (start, meter) >= (?5, ?6) AND start <= ?7 "
       "ORDER BY start, meter, kind"},
  };
  for (const auto& [member, sql] : texts) {
    auto statement = database_.prepare(sql);
    if (!statement) return statement.error();
    (*run_).*member = std::move(*statement);
  }
  return {};
}

Result<void> SqliteReadings::read_months() {
  std::vector<std::uint32_t> found;
  {
    auto statement =
        database_.prepare("SELECT substr(name, 8) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'chunks_%'");
    if (!statement) return statement.error();
    Query query(*statement);
    for (;;) {
      const auto row = query.next();
      if (!row) return row.error();
      if (!*row) break;
      found.push_back(static_cast<std::uint32_t>(std::strtoul(std::string(query.row().text(0)).c_str(), nullptr, 10)));
    }
  }
  for (const auto month : found)
    if (auto ok = add_month(month, false); !ok) return ok;
  return {};
}

Result<void> SqliteReadings::add_month(std::uint32_t month, bool is_new) {
  if (is_new)
    if (auto ok = database_.execute(in_table(month_table, month).c_str()); !ok) return ok;
  Month statements;
  const auto prepare = [&](Statement& into, const char* sql) -> Result<void> {
    auto statement = database_.prepare(in_table(sql, month).c_str());
    if (!statement) return statement.error();
    into = std::move(*statement);
    return {};
  };
  if (auto ok = prepare(statements.insert,
                        "INSERT INTO %s (site, room, circuit, first_at, id, edge, incarnation, bytes) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING RETURNING 1");
      !ok)
    return ok;
  if (auto ok = prepare(statements.select,
                        "SELECT first_at, id, bytes FROM %s WHERE site = ?1 AND room = ?2 AND circuit = ?3 "
                        "AND (first_at, id) >= (?4, ?5) AND first_at < ?6 ORDER BY first_at, id");
      !ok)
    return ok;
  months_[month] = std::move(statements);
  return {};
}

/// What was there before, whole.
void SqliteReadings::roll_back() {
  const auto ignored = Query(run_->rollback).run();  // fails when SQLite has rolled back by itself
  static_cast<void>(ignored);
}

Result<std::vector<ChunkOutcome>> SqliteReadings::store(std::span<const ArrivedChunk> chunks) {
  // A table cannot be made while statements of the transaction run; and an empty one harms nobody.
  for (const auto& arrived : chunks) {
    const auto first = arrived.chunk.readings.front().at;
    const auto month = month_of(first);
    if (first < keep_from_ || months_.contains(month)) continue;
    if (auto ok = add_month(month, true); !ok) return ok.error();
  }
  std::vector<ChunkOutcome> outcomes;
  if (auto ok = Query(run_->begin).run(); !ok) return ok.error();
  auto done = put(chunks, outcomes);
  if (done) done = Query(run_->commit).run();
  if (done) return outcomes;
  roll_back();
  return done.error();
}

Result<void> SqliteReadings::put(std::span<const ArrivedChunk> chunks, std::vector<ChunkOutcome>& outcomes) {
  ReadingTotals totals;
  std::map<std::pair<RoomId, CircuitId>, const ReadingChunk*> newest;
  for (const auto& arrived : chunks) {
    const auto outcome = put_chunk(arrived);
    if (!outcome) return outcome.error();
    outcomes.push_back(*outcome);
    if (*outcome != ChunkOutcome::stored) continue;
    add_totals(arrived.chunk, utc_offset_, totals);
    auto& known = newest[{arrived.chunk.room, arrived.chunk.circuit}];
    if (known == nullptr || arrived.chunk.readings.back().at >= known->readings.back().at) known = &arrived.chunk;
  }
  if (auto ok = put_totals(totals); !ok) return ok;
  for (const auto& [circuit, chunk] : newest)
    if (auto ok = put_latest(*chunk); !ok) return ok;
  return {};
}

Result<ChunkOutcome> SqliteReadings::put_chunk(const ArrivedChunk& arrived) {
  const auto& chunk = arrived.chunk;
  const auto first = chunk.readings.front().at;
  if (first < keep_from_) return ChunkOutcome::expired;
  auto& month = months_.at(month_of(first));
  Query query(month.insert, site_.value, chunk.room.value, chunk.circuit.value, first.micros,
              static_cast<std::int64_t>(arrived.id.value), arrived.from.edge.value, arrived.from.incarnation.value,
              ByteView(arrived.bytes));
  const auto inserted = query.next();
  if (!inserted) return inserted.error();
  if (!*inserted) return ChunkOutcome::known;
  if (const auto end = query.next(); !end) return end.error();
  return ChunkOutcome::stored;
}

Result<void> SqliteReadings::put_totals(const ReadingTotals& totals) {
  for (const auto& [key, total] : totals) {
    const auto& volts = total.voltage_mv;
    const auto& amps = total.current_ma;
    if (auto ok = Query(run_->put_total, site_.value, key.room.value, key.circuit.value, static_cast<std::uint32_t>(key.span),
                        key.start.micros, key.meter.value, total.readings, total.first_at.micros, total.first.units,
                        total.last_at.micros, total.last.units, total.powers, total.power_sum_w, total.power_max_w,
                        volts.readings, volts.sum, volts.least, volts.most, amps.readings, amps.sum, amps.least, amps.most)
                      .run();
        !ok)
      return ok;
    for (const auto& [kind, further] : total.further)
      if (auto ok =
              Query(run_->put_further, site_.value, key.room.value, key.circuit.value, static_cast<std::uint32_t>(key.span),
                    key.start.micros, key.meter.value, static_cast<std::uint32_t>(kind), further.readings, further.sum,
                    further.least, further.most, further.first_at.micros, further.first, further.last_at.micros, further.last)
                  .run();
          !ok)
        return ok;
  }
  return {};
}

Result<void> SqliteReadings::put_latest(const ReadingChunk& chunk) {
  const auto& reading = chunk.readings.back();
  auto& statement = run_->put_latest;
  bind_or_null(statement, 7, reading.power ? std::optional(reading.power->watts) : std::nullopt);
  bind_or_null(statement, 8, reading.voltage_mv);
  bind_or_null(statement, 9, reading.current_ma);
  return Query(statement, site_.value, chunk.room.value, chunk.circuit.value, chunk.meter.value, reading.at.micros,
               reading.register_units.units)
      .run();
}

Result<std::size_t> SqliteReadings::thin(Instant now, Duration keep) {
  // That half of all circuits have reached: what one box recorded by a clock far ahead stays the newest of its circuits.
  const auto newest = database_.number(
      "SELECT coalesce((SELECT at FROM latest ORDER BY at LIMIT 1 OFFSET (SELECT count(*) / 2 FROM latest)), 0)");
  if (!newest) return newest.error();
  keep_from_ = std::min(now, Instant{*newest}) - keep;  // not what was said before: the clock may have been put right
  const auto kept = month_of(keep_from_);
  std::size_t gone = 0;
  while (!months_.empty() && months_.begin()->first < kept) {
    const auto month = months_.begin()->first;
    months_.erase(months_.begin());  // with its statements, which would hold the table
    if (auto ok = database_.execute(("DROP TABLE " + table_of(month)).c_str()); !ok) return ok.error();
    ++gone;
  }
  return gone;
}

}  // namespace wattle::cloud
