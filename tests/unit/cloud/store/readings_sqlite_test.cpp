#include "cloud/store/readings_sqlite.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

using namespace wattle;
using namespace wattle::cloud;

namespace {

constexpr Instant march{1'772'323'200'000'000};  // 2026-03-01T00:00:00Z
constexpr Holder box{{7}, {0xc41e}};

ArrivedChunk arrived(const ReadingChunk& chunk) {
  auto bytes = encode(chunk);
  return {box, chunk_id(SodiumCrypto(), bytes), bytes, chunk};
}

/// One quarter of an hour of one circuit, at a minute.
ReadingChunk quarter(std::uint32_t room, std::uint32_t circuit, int number, std::uint64_t meter = 7) {
  ReadingChunk chunk{{circuit}, {room}, {meter}, {}};
  for (int i = 0; i < 15; ++i) {
    const std::int64_t minute = number * 15 + i;
    chunk.readings.push_back({march + minutes(minute), {1000 + 3 * minute}, Power{minute % 700}});
  }
  return chunk;
}

struct History {
  test::Folder folder;
  std::unique_ptr<SqliteReadings> store = open();

  std::unique_ptr<SqliteReadings> open() const {
    auto opened = SqliteReadings::open(folder.path("readings.sqlite"), {1}, hours(8));
    REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  std::vector<ChunkOutcome> put(const std::vector<ReadingChunk>& chunks) const {
    std::vector<ArrivedChunk> all;
    for (const auto& chunk : chunks) all.push_back(arrived(chunk));
    const auto outcomes = store->store(all);
    REQUIRE(outcomes.has_value());
    return *outcomes;
  }
};

ReadingsQuery query_of(std::uint32_t room, Instant from, Instant to, std::size_t limit = 100'000) {
  return {{room}, std::nullopt, from, to, limit, std::nullopt};
}

/// All pages, one after the other.
std::vector<RecordedRow> all_recorded(SqliteReadings& store, ReadingsQuery query) {
  std::vector<RecordedRow> rows;
  for (;;) {
    const auto page = store.recorded(query);
    REQUIRE(page.has_value());
    REQUIRE(page->rows.size() <= query.limit);
    rows.insert(rows.end(), page->rows.begin(), page->rows.end());
    if (!page->next) return rows;
    REQUIRE(page->rows.size() == query.limit);
    query.begin = page->next;
  }
}

}  // namespace

TEST_CASE("chunks in any order, repeated, over a month's end come back as the readings in their order") {
  const History history;
  std::vector<ReadingChunk> chunks;
  std::vector<RecordedRow> expected;
  for (const std::uint32_t circuit : {1010U, 1011U})
    for (int i = 30 * 96; i < 32 * 96; ++i) {  // the last day of March, the first of April
      chunks.push_back(quarter(101, circuit, i));
      for (const auto& reading : chunks.back().readings) expected.push_back({{circuit}, {7}, reading});
    }
  auto shuffled = chunks;
  Random random(9);
  for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[random.below(i)]);
  for (std::size_t i = 0; i < shuffled.size(); i += 100) {
    const std::vector<ReadingChunk> part(shuffled.begin() + static_cast<std::ptrdiff_t>(i),
                                         shuffled.begin() + static_cast<std::ptrdiff_t>(std::min(i + 100, shuffled.size())));
    for (const auto outcome : history.put(part)) CHECK(outcome == ChunkOutcome::stored);
    for (const auto outcome : history.put(part)) CHECK(outcome == ChunkOutcome::known);
  }
  history.put({quarter(102, 1020, 30 * 96)});  // a neighbour
  const auto query = query_of(101, march, march + days(40));
  CHECK(all_recorded(*history.store, query) == expected);
  for (const std::size_t limit : {1UL, 7UL, 15UL, 1000UL}) {
    auto paged = query;
    paged.limit = limit;
    if (limit == 1) paged.to = march + days(30) + hours(1);
    const auto rows = all_recorded(*history.store, paged);
    if (limit > 1) CHECK(rows == expected);
    if (limit == 1) CHECK(rows.size() == 120);
  }
  auto one = query;
  one.circuit = CircuitId{1011};
  CHECK(all_recorded(*history.store, one).size() == expected.size() / 2);
}

TEST_CASE("a period cuts within chunks") {
  const History history;
  history.put({quarter(101, 1, 0), quarter(101, 1, 1)});
  const auto rows = all_recorded(*history.store, query_of(101, march + minutes(7), march + minutes(20)));
  REQUIRE(rows.size() == 13);
  CHECK(rows.front().reading.at == march + minutes(7));
  CHECK(rows.back().reading.at == march + minutes(19));
  CHECK(all_recorded(*history.store, query_of(103, march, march + days(1))).empty());
}

TEST_CASE("hours and days add up to what the registers show, whatever came first and twice") {
  const History history;
  std::vector<ReadingChunk> chunks;
  for (int i = 2 * 96; i-- > 0;) chunks.push_back(quarter(101, 1, i));
  history.put(chunks);
  history.put({chunks.begin(), chunks.begin() + 50});
  auto query = query_of(101, march, march + days(2));
  const auto hourly = history.store->totals(query, TotalSpan::hour).value();
  REQUIRE(hourly.rows.size() == 48);
  std::int64_t used = 0;
  for (const auto& row : hourly.rows) {
    CHECK(row.total.readings == 60);
    used += row.used.units;
  }
  CHECK(hourly.rows[0].used.units == 180);
  CHECK(hourly.rows[47].used.units == 177);  // nothing after it is known
  CHECK(used == 3 * (2 * 1440 - 1));
  const auto daily = history.store->totals(query, TotalSpan::day).value();
  REQUIRE(daily.rows.size() == 2);
  CHECK(daily.rows[0].key.start == march + hours(16));  // the site's midnight
  CHECK(daily.rows[0].used.units == 3 * 1440);
  query.limit = 5;
  std::size_t paged = 0;
  for (;;) {
    const auto page = history.store->totals(query, TotalSpan::hour).value();
    for (const auto& row : page.rows) CHECK(row.used == hourly.rows[paged++].used);
    if (!page.next) break;
    query.begin = page.next;
  }
  CHECK(paged == 48);
}

TEST_CASE("a meter that was changed has totals of its own") {
  const History history;
  auto later = quarter(101, 1, 1, 8);
  for (auto& reading : later.readings) reading.register_units = {reading.register_units.units - 1000};
  history.put({quarter(101, 1, 0, 7), later});
  const auto hourly = history.store->totals(query_of(101, march, march + hours(1)), TotalSpan::hour).value();
  REQUIRE(hourly.rows.size() == 2);
  CHECK(hourly.rows[0].used.units == 42);
  CHECK(hourly.rows[1].used.units == 42);
}

TEST_CASE("the latest reading of each circuit is the newest by its time") {
  const History history;
  history.put({quarter(101, 1, 5), quarter(101, 2, 1)});
  history.put({quarter(101, 1, 3)});
  const auto latest = history.store->latest({101}).value();
  REQUIRE(latest.size() == 2);
  CHECK(latest[0] == RecordedRow{{1}, {7}, quarter(101, 1, 5).readings.back()});
  CHECK(latest[1] == RecordedRow{{2}, {7}, quarter(101, 2, 1).readings.back()});
}

TEST_CASE("whole months are thinned out, totals stay, and what comes from then expires") {
  History history;
  history.put({quarter(101, 1, 0), quarter(101, 1, 31 * 96), quarter(101, 1, 61 * 96)});
  CHECK(history.store->thin(march + days(61), days(16)).value() == 1);  // March went, April is in use
  CHECK(all_recorded(*history.store, query_of(101, march, march + days(100))).size() == 30);
  CHECK(history.store->totals(query_of(101, march, march + days(100)), TotalSpan::hour)->rows.size() == 3);
  CHECK(history.put({quarter(101, 1, 1)}) == std::vector{ChunkOutcome::expired});
  history.store.reset();
  history.store = history.open();
  CHECK(all_recorded(*history.store, query_of(101, march, march + days(100))).size() == 30);
}

TEST_CASE(
    "a clock that is ahead gives nothing up, neither what is there nor what comes, and one that is put right is believed") {
  const History history;
  CHECK(history.store->thin(march + days(800), days(31)).value() == 0);
  CHECK(history.put({quarter(101, 1, 0)}) ==
        std::vector{ChunkOutcome::stored});  // although nothing was there to hold it against
  CHECK(history.store->thin(march + days(800), days(31)).value() == 0);
  CHECK(history.put({quarter(101, 1, 96)}) == std::vector{ChunkOutcome::stored});
  CHECK(all_recorded(*history.store, query_of(101, march, march + days(2))).size() == 30);
  history.put({quarter(101, 1, 61 * 96)});
  CHECK(history.store->thin(march + days(800), days(31)).value() == 0);  // 31 days before the newest is still March's end
  CHECK(history.put({quarter(101, 2, 10 * 96)}) == std::vector{ChunkOutcome::expired});
  CHECK(history.store->thin(march + days(31), days(31)).value() == 0);
  CHECK(history.put({quarter(101, 2, 10 * 96)}) == std::vector{ChunkOutcome::stored});
}

TEST_CASE("the same second twice, of two boxes or a clock that went back, is kept twice") {
  const History history;
  auto other = quarter(101, 1, 0);
  other.readings[3].register_units = {1};
  history.put({quarter(101, 1, 0), other});
  auto query = query_of(101, march, march + hours(1));
  CHECK(all_recorded(*history.store, query).size() == 30);
  query.limit = 4;
  CHECK(all_recorded(*history.store, query).size() == 30);
}

TEST_CASE("a file of the version before is taken up: its readings stay, and further quantities find their place") {
  History history;
  history.put({quarter(101, 1, 0)});
  history.store.reset();
  {
    auto database = Database::open(history.folder.path("readings.sqlite"), Access::read_write);
    REQUIRE(database->execute("DROP TABLE further_totals").has_value());
    for (const auto* column : {"voltages", "voltage_sum_mv", "voltage_min_mv", "voltage_max_mv", "currents", "current_sum_ma",
                               "current_min_ma", "current_max_ma"})
      REQUIRE(database->execute(("ALTER TABLE totals DROP COLUMN " + std::string(column)).c_str()).has_value());
    REQUIRE(database->execute("PRAGMA user_version = 1").has_value());
  }
  history.store = history.open();
  auto told = quarter(101, 1, 1);
  for (auto& reading : told.readings) reading.further.put(FurtherKind::frequency, 50'000);
  CHECK(history.put({told}) == std::vector{ChunkOutcome::stored});
  const auto query = query_of(101, march, march + hours(1));
  CHECK(all_recorded(*history.store, query).size() == 30);
  const auto hour = history.store->totals(query, TotalSpan::hour).value().rows.at(0);
  CHECK(hour.total.readings == 30);
  CHECK(hour.total.further.empty());  // of the frequency days alone are kept
  const auto days = history.store->totals(query_of(101, march - hours(24), march + hours(24)), TotalSpan::day).value().rows;
  CHECK(days.at(0).total.further.at(FurtherKind::frequency).readings == 15);
}

TEST_CASE("a file from before voltage and current were kept is taken up: old hours know nothing of them, new ones do") {
  History history;
  history.put({quarter(101, 1, 0)});
  history.store.reset();
  {
    auto database = Database::open(history.folder.path("readings.sqlite"), Access::read_write);
    for (const auto* column : {"voltages", "voltage_sum_mv", "voltage_min_mv", "voltage_max_mv", "currents", "current_sum_ma",
                               "current_min_ma", "current_max_ma"})
      REQUIRE(database->execute(("ALTER TABLE totals DROP COLUMN " + std::string(column)).c_str()).has_value());
    REQUIRE(database->execute("PRAGMA user_version = 2").has_value());
  }
  history.store = history.open();
  const auto query = query_of(101, march, march + hours(2));
  CHECK(history.store->totals(query, TotalSpan::hour).value().rows.at(0).total.voltage_mv == LevelTotal{});
  auto told = quarter(101, 1, 1);
  for (auto& reading : told.readings) reading.voltage_mv = 230'000;
  told.readings[3].voltage_mv = 190'000;
  CHECK(history.put({told}) == std::vector{ChunkOutcome::stored});
  const auto hour = history.store->totals(query, TotalSpan::hour).value().rows.at(0);
  CHECK(hour.total.readings == 30);
  CHECK(hour.total.voltage_mv == LevelTotal{15, 14 * 230'000 + 190'000, 190'000, 230'000});
  CHECK(hour.total.current_ma == LevelTotal{});
  history.store.reset();
  history.store = history.open();  // and only once
  CHECK(history.store->totals(query, TotalSpan::hour).value().rows.at(0).total == hour.total);
}

TEST_CASE("voltage and current join over chunks in any order as the pure totals do, at any size") {
  const History history;
  std::vector<ReadingChunk> chunks;
  Random random(3);
  for (int i = 0; i < 12; ++i) {
    chunks.push_back(quarter(101, 1, i));
    if (i % 3 == 2) continue;  // a chunk that tells neither
    for (auto& reading : chunks.back().readings) {
      reading.voltage_mv = random.between(-5, 5) * (i == 4 ? recorded_value_max / 5 : 1000);
      reading.current_ma = random.between(-20'000, 20'000);
    }
  }
  ReadingTotals expected;
  for (const auto& chunk : chunks) add_totals(chunk, hours(8), expected);
  for (std::size_t i = chunks.size(); i > 1; --i) std::swap(chunks[i - 1], chunks[random.below(i)]);
  for (const auto& chunk : chunks) history.put({chunk});
  for (const auto span : {TotalSpan::hour, TotalSpan::day}) {
    const auto page = history.store->totals(query_of(101, march - days(1), march + days(1)), span).value();
    CHECK_FALSE(page.rows.empty());
    for (const auto& row : page.rows) CHECK(row.total == expected.at(row.key));
  }
}

TEST_CASE("further quantities join over chunks in any order, and stand with their own meter and page") {
  const History history;
  std::vector<ReadingChunk> chunks;
  for (int i = 0; i < 12; ++i) {
    chunks.push_back(quarter(101, 1, i, i < 6 ? 7 : 8));  // another meter within an hour
    for (auto& reading : chunks.back().readings) {
      reading.further.put(FurtherKind::remaining_energy, 9000 - reading.register_units.units);
      reading.further.put(FurtherKind::reactive_energy, reading.register_units.units / 3);
    }
  }
  ReadingTotals expected;
  for (const auto& chunk : chunks) add_totals(chunk, hours(8), expected);
  for (auto i = chunks.size(); i-- > 0;) history.put({chunks[i]});
  auto query = query_of(101, march, march + hours(3));
  std::size_t seen = 0;
  for (const std::size_t limit : {100UL, 1UL}) {
    query.limit = limit;
    query.begin.reset();
    do {
      const auto page = history.store->totals(query, TotalSpan::hour).value();
      for (const auto& row : page.rows) {
        CHECK(row.total == expected.at(row.key));
        const auto& counter = row.total.further.at(FurtherKind::reactive_energy);
        const bool is_last_of_meter = row.key.start == march + (row.key.meter.value == 7 ? hours(1) : hours(2));
        CHECK(row.further_used.at(FurtherKind::reactive_energy) == counter.last - counter.first + (is_last_of_meter ? 0 : 1));
        ++seen;
      }
      query.begin = page.next;
    } while (query.begin);
  }
  CHECK(seen == 2 * 4);
}

TEST_CASE("totals of kinds that this program does not know, of a newer one that ran here before, are passed over") {
  History history;
  auto chunk = quarter(101, 1, 0);
  for (auto& reading : chunk.readings) {
    reading.further.put(FurtherKind::reactive_energy, reading.register_units.units);
    reading.further.put(FurtherKind::remaining_energy, 9'000);
  }
  history.put({chunk});
  const auto query = query_of(101, march, march + hours(1));
  const auto before = history.store->totals(query, TotalSpan::hour).value();
  REQUIRE(before.rows.size() == 1);
  REQUIRE(before.rows[0].total.further.size() == 2);
  const auto kind_becomes = [&](const std::string& kind) {
    history.store.reset();
    auto database = Database::open(history.folder.path("readings.sqlite"), Access::read_write);
    const auto from = std::to_string(static_cast<int>(FurtherKind::reactive_energy));
    const auto sql = "INSERT INTO further_totals SELECT site, room, circuit, span, start, meter, " + kind +
                     ", readings, sum, least, most, first_at, first, last_at, last FROM further_totals WHERE kind = " + from;
    REQUIRE(database->execute(sql.c_str()).has_value());
    history.store = history.open();
  };
  kind_becomes(std::to_string(further_kinds));
  kind_becomes("200");
  const auto after = history.store->totals(query, TotalSpan::hour).value();
  REQUIRE(after.rows.size() == 1);
  CHECK(after.rows[0].total == before.rows[0].total);
  CHECK(after.rows[0].further_used == before.rows[0].further_used);
  kind_becomes("-1");  // of no program
  CHECK(history.store->totals(query, TotalSpan::hour).error() == StoreErrc::corrupt);
}

TEST_CASE("a file of another program or a later version is refused and not touched") {
  const test::Folder folder;
  const auto path = folder.path("other.sqlite");
  {
    auto database = Database::open(path, Access::read_write);
    REQUIRE(database->execute("PRAGMA application_id = 5; CREATE TABLE t (a)").has_value());
  }
  CHECK(SqliteReadings::open(path, {1}, {}).error() == StoreErrc::schema);
}
