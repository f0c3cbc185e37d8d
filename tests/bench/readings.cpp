// Recorded readings: how small they are, how fast the cloud makes them durable beside a bare loop (the same tables, rows,
// commit size, cache and sync setting, without any work of ours), and how long a month of a room takes to read out of the
// store. What people see of that month is in readings_http.cpp.

#include <sqlite3.h>

#include <algorithm>
#include <map>

#include "cloud/store/readings_sqlite.hpp"
#include "shared/base/check.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/history.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::bench {

namespace {

using namespace wattle::cloud;

constexpr double share_target = 0.5;
constexpr std::size_t chunks_in_commit = 1000;  // chunks

/// Writes what the store writes, from values that were worked out beforehand.
class BareChunkLoop {
 public:
  BareChunkLoop(const std::string& path, std::uint32_t month) {
    WATTLE_CHECK(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK);
    run(("PRAGMA synchronous = FULL; PRAGMA cache_size = -" + std::to_string(readings_cache_kib) +
         "; PRAGMA wal_autocheckpoint = " + std::to_string(readings_checkpoint_pages))
            .c_str());
    chunk_ = prepare("INSERT INTO chunks_" + std::to_string(month) + " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    total_ = prepare(
        "INSERT OR REPLACE INTO totals VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
        "?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)");
    latest_ = prepare("INSERT OR REPLACE INTO latest VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  }
  BareChunkLoop(const BareChunkLoop&) = delete;
  BareChunkLoop& operator=(const BareChunkLoop&) = delete;
  ~BareChunkLoop() {
    for (auto* statement : {chunk_, total_, latest_}) sqlite3_finalize(statement);
    sqlite3_close(handle_);
  }
  void commit(const ArrivedChunk* chunks, std::size_t count, const ReadingTotals& totals) {
    run("BEGIN IMMEDIATE");
    std::map<CircuitId, const ReadingChunk*> newest;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& one = chunks[i];
      newest[one.chunk.circuit] = &one.chunk;
      bind(chunk_, {1, one.chunk.room.value, one.chunk.circuit.value, one.chunk.readings.front().at.micros,
                    static_cast<std::int64_t>(one.id.value), one.from.edge.value, one.from.incarnation.value});
      sqlite3_bind_blob(chunk_, 8, one.bytes.data(), static_cast<int>(one.bytes.size()), SQLITE_STATIC);
      step(chunk_);
    }
    for (const auto& [key, total] : totals) {
      bind(total_, {1,
                    key.room.value,
                    key.circuit.value,
                    static_cast<std::int64_t>(key.span),
                    key.start.micros,
                    static_cast<std::int64_t>(key.meter.value),
                    total.readings,
                    total.first_at.micros,
                    total.first.units,
                    total.last_at.micros,
                    total.last.units,
                    total.powers,
                    total.power_sum_w,
                    total.power_max_w,
                    total.voltage_mv.readings,
                    total.voltage_mv.sum,
                    total.voltage_mv.least,
                    total.voltage_mv.most,
                    total.current_ma.readings,
                    total.current_ma.sum,
                    total.current_ma.least,
                    total.current_ma.most});
      step(total_);
    }
    for (const auto& [circuit, chunk] : newest) {
      const auto& reading = chunk->readings.back();
      bind(latest_, {1, chunk->room.value, circuit.value, static_cast<std::int64_t>(chunk->meter.value), reading.at.micros,
                     reading.register_units.units, reading.power->watts, *reading.voltage_mv, *reading.current_ma});
      step(latest_);
    }
    run("COMMIT");
  }

 private:
  void run(const char* sql) { WATTLE_CHECK(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK); }
  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    WATTLE_CHECK(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
    return statement;
  }
  static void bind(sqlite3_stmt* statement, std::initializer_list<std::int64_t> values) {
    int at = 0;
    for (const auto value : values) sqlite3_bind_int64(statement, ++at, value);
  }
  static void step(sqlite3_stmt* statement) {
    WATTLE_CHECK(sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_reset(statement);
  }
  sqlite3* handle_ = nullptr;
  sqlite3_stmt* chunk_ = nullptr;
  sqlite3_stmt* total_ = nullptr;
  sqlite3_stmt* latest_ = nullptr;
};

/// All circuits' chunks of one quarter after the other, as boxes close them; in one month.
std::vector<ArrivedChunk> arrivals(std::size_t circuits, std::size_t quarters) {
  const SodiumCrypto crypto;
  std::vector<Room> rooms;
  for (std::size_t i = 0; i < circuits; ++i) rooms.emplace_back(static_cast<std::uint32_t>(i));
  std::vector<ArrivedChunk> out;
  for (std::size_t quarter = 0; quarter < quarters; ++quarter) {
    for (auto& room : rooms) {
      auto chunk = room.next_quarter(history_begins + minutes(15 * static_cast<std::int64_t>(quarter)));
      auto bytes = encode(chunk);
      out.push_back({{{7}, {0xc41e}}, chunk_id(crypto, bytes), std::move(bytes), std::move(chunk)});
    }
  }
  return out;
}

double bytes_with_all_further(const std::vector<ArrivedChunk>& chunks) {
  std::map<CircuitId, TellsAll> meters;
  std::size_t bytes = 0, readings = 0;
  for (const auto& one : chunks) {
    auto chunk = one.chunk;
    meters.try_emplace(chunk.circuit, chunk.circuit.value).first->second.put(chunk);
    bytes += encode(chunk).size();
    readings += chunk.readings.size();
  }
  return static_cast<double>(bytes) / static_cast<double>(readings);
}

void measure_writing(const std::vector<ArrivedChunk>& chunks, const Report& report) {
  const test::Folder folder;
  const auto month = month_of(history_begins);
  auto bare_store = SqliteReadings::open(folder.path("bare.db"), {1}, hours(8));
  WATTLE_CHECK(bare_store.has_value() && (*bare_store)->store({chunks.data(), 1}).has_value());  // makes the tables
  bare_store->reset();
  auto store = SqliteReadings::open(folder.path("store.db"), {1}, hours(8));
  WATTLE_CHECK(store.has_value());
  BareChunkLoop bare(folder.path("bare.db"), month);
  double ours = 0;
  double theirs = 0;
  std::size_t readings = 0;
  for (std::size_t at = 1; at + chunks_in_commit <= chunks.size(); at += chunks_in_commit) {
    ReadingTotals totals;
    for (std::size_t i = at; i < at + chunks_in_commit; ++i) {
      add_totals(chunks[i].chunk, hours(8), totals);
      readings += chunks[i].chunk.readings.size();
    }
    const auto begin = wall_seconds();
    WATTLE_CHECK((*store)->store({&chunks[at], chunks_in_commit}).has_value());
    const auto middle = wall_seconds();
    bare.commit(&chunks[at], chunks_in_commit, totals);
    ours += middle - begin;
    theirs += wall_seconds() - middle;
  }
  const auto count = static_cast<double>(readings);
  report({"readings.cloud_durable", count / ours, "readings/s", count / theirs, theirs / ours, share_target});
}

void measure_month(std::size_t rooms, std::size_t queries, const Report& report) {
  constexpr std::size_t days_of_month = 30;
  const test::Folder folder;
  auto store = SqliteReadings::open(folder.path("month.db"), {1}, hours(8));
  WATTLE_CHECK(store.has_value());
  const auto chunks = arrivals(rooms, days_of_month * 96);
  for (std::size_t at = 0; at < chunks.size(); at += chunks_in_commit)
    WATTLE_CHECK((*store)->store({&chunks[at], std::min(chunks_in_commit, chunks.size() - at)}).has_value());
  const auto spans = {std::pair{"raw", false}, std::pair{"hourly", true}};
  for (const auto& [name, hourly] : spans) {
    std::vector<double> times;
    for (std::size_t i = 0; i < queries; ++i) {
      const ReadingsQuery query{{room_of(static_cast<std::uint32_t>(i % rooms))},
                                std::nullopt,
                                history_begins,
                                history_begins + days(days_of_month),
                                50'000,
                                std::nullopt};
      const auto begin = wall_seconds();
      const auto rows = hourly ? (*store)->totals(query, TotalSpan::hour)->rows.size() : (*store)->recorded(query)->rows.size();
      times.push_back((wall_seconds() - begin) * 1000);
      WATTLE_CHECK(rows == days_of_month * 24 * (hourly ? 1 : 60));
    }
    const auto figure = std::string("readings.month_in_store_") + name;
    report({figure + "_p50", percentile(times, 0.5), "ms"});
    report({figure + "_p99", percentile(times, 0.99), "ms", {}, {}, month_target_ms, true});
  }
}

}  // namespace

void measure_readings(Effort effort, const Report& report) {
  const bool small = effort == Effort::small;
  const auto chunks = arrivals(small ? 50 : 500, small ? 21 : 96);
  std::size_t bytes = 0;
  std::size_t readings = 0;
  for (const auto& one : chunks) bytes += one.bytes.size(), readings += one.chunk.readings.size();
  report({"readings.packed", static_cast<double>(bytes) / static_cast<double>(readings), "bytes/reading", {}, {}, 11, true});
  report({"readings.packed_with_all_further", bytes_with_all_further(chunks), "bytes/reading"});
  measure_writing(chunks, report);
  measure_month(small ? 1 : 40, small ? 3 : 200, report);
  measure_readings_over_http(effort, report);
}

}  // namespace wattle::bench
