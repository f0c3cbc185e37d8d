// What hours and days say was used: over any gap they add up to what the register shows.

#include <catch2/catch.hpp>

#include "cloud/store/readings_sqlite.hpp"
#include "shared/base/random.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

using namespace wattle;
using namespace wattle::cloud;

namespace {

constexpr Instant midnight{1'772'380'800'000'000};  // 2026-03-02, a Monday, at 00:00 of a site eight hours east of Greenwich
constexpr MeterId old_meter{7};
constexpr MeterId new_meter{3};  // its rows stand before the old one's

constexpr Duration at(std::int64_t day, std::int64_t hour) { return hours(24 * day + hour); }

struct Read {
  Duration at;  // from midnight on
  std::int64_t shows = 0;
  MeterId meter = old_meter;
};

struct Past {
  test::Folder folder;
  std::unique_ptr<SqliteReadings> store =
      std::move(*SqliteReadings::open(folder.path("readings.sqlite"), {1}, hours(8)));  // NOLINT: it opens, or the test ends

  void put(const std::vector<Read>& all) const {
    std::vector<ArrivedChunk> arrived;
    for (const auto& read : all) {
      ReadingChunk chunk{{1}, {101}, read.meter, {{midnight + read.at, {read.shows}}}};
      for (auto& reading : chunk.readings) reading.further.put(FurtherKind::reactive_energy, read.shows / 2);
      auto bytes = encode(chunk);
      arrived.push_back({{{7}, {1}}, chunk_id(SodiumCrypto(), bytes), bytes, chunk});
    }
    REQUIRE(store->store(arrived).has_value());
  }
  /// All pages, one after the other.
  std::vector<TotalRow> rows(TotalSpan span, Duration from, Duration to, std::size_t limit = 1000,
                             const RegisterEnds& ends = {}) const {
    ReadingsQuery query{
        {101}, std::nullopt, midnight + from, midnight + to, limit, {}, std::make_shared<const RegisterEnds>(ends)};
    std::vector<TotalRow> all;
    do {
      const auto page = store->totals(query, span);
      REQUIRE(page.has_value());
      REQUIRE(page->rows.size() <= limit);
      all.insert(all.end(), page->rows.begin(), page->rows.end());
      query.begin = page->next;
    } while (query.begin);
    return all;
  }
};

std::vector<std::int64_t> used(const std::vector<TotalRow>& rows) {
  std::vector<std::int64_t> all;
  all.reserve(rows.size());
  for (const auto& row : rows) all.push_back(row.used.units);
  return all;
}

using Figures = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("what flowed on a silent day stands with the day before it, and is marked so") {
  const Past past;
  past.put({{hours(0), 0},
            {hours(23), 990},
            {days(1), 1000},
            {at(1, 23), 1990},
            {days(3), 3000},
            {at(3, 23), 3990},
            {days(4), 4000}});
  const auto rows = past.rows(TotalSpan::day, {}, days(5));
  CHECK(used(rows) == Figures{1000, 2000, 1000, 0});
  CHECK_FALSE(covers_gap(rows[0]));
  CHECK(covers_gap(rows[1]));
  CHECK(covered_to(rows[1]) == midnight + days(3));
  CHECK_FALSE(covers_gap(rows[2]));
  CHECK_FALSE(rows[3].continued);
  CHECK(rows[1].further_used.at(FurtherKind::reactive_energy) == 1000);
}

TEST_CASE("a plan of three days a week leaves nothing out") {
  const Past past;
  std::vector<Read> reads;
  for (std::int64_t week = 0; week < 4; ++week)
    for (const std::int64_t day : {0, 2, 4}) reads.push_back({at(7 * week + day, 8), 1000 * (7 * week + day)});
  past.put(reads);
  const auto rows = past.rows(TotalSpan::day, {}, days(21));
  CHECK(used(rows) == Figures{2000, 2000, 3000, 2000, 2000, 3000, 2000, 2000, 3000});
  for (const auto& row : rows) CHECK(covers_gap(row));
}

TEST_CASE("hours of a circuit that is read every two hours leave nothing out") {
  const Past past;
  std::vector<Read> reads;
  for (std::int64_t i = 0; i <= 12; ++i) reads.push_back({hours(2 * i), 50 * i});
  past.put(reads);
  CHECK(used(past.rows(TotalSpan::hour, {}, days(1))) == Figures(12, 50));
}

TEST_CASE("the edge of a page or of the period may lie in a gap of any length") {
  const Past past;
  past.put({{hours(0), 0}, {hours(1), 10}, {days(90), 500}, {at(90, 1), 510}, {days(200), 900}});
  for (const std::size_t limit : {1UL, 2UL, 100UL}) {
    CHECK(used(past.rows(TotalSpan::hour, {}, days(300), limit)) == Figures{10, 490, 10, 390, 0});
    CHECK(used(past.rows(TotalSpan::day, {}, days(300), limit)) == Figures{500, 400, 0});
    CHECK(used(past.rows(TotalSpan::day, {}, days(10), limit)) == Figures{500});
    CHECK(used(past.rows(TotalSpan::day, days(1), days(91), limit)) == Figures{400});
  }
  CHECK(past.rows(TotalSpan::day, days(1), days(90)).empty());
}

TEST_CASE("a gap in which the meter was changed is no register's") {
  const Past past;
  SECTION("after it the new one is read") {
    past.put({{hours(0), 100}, {hours(5), 150}, {days(3), 7, new_meter}, {days(4), 27, new_meter}});
    const auto rows = past.rows(TotalSpan::day, {}, days(5));
    CHECK(used(rows) == Figures{50, 20, 0});
    CHECK_FALSE(rows[0].continued);
  }
  SECTION("the old one comes back later") {
    past.put({{hours(0), 100}, {hours(5), 150}, {days(3), 7, new_meter}, {days(6), 5000}});
    CHECK(used(past.rows(TotalSpan::day, {}, days(7))) == Figures{50, 0, 0});
  }
  SECTION("on a day that both were read") {
    past.put({{hours(0), 100}, {at(2, 5), 150}, {at(2, 9), 7, new_meter}, {days(3), 20, new_meter}});
    for (const std::size_t limit : {1UL, 10UL}) {
      const auto rows = past.rows(TotalSpan::day, {}, days(4), limit);
      CHECK(used(rows) == Figures{50, 13, 0, 0});  // the new one's number is the smaller one
      CHECK(covers_gap(rows[0]));
    }
  }
}

TEST_CASE("a register that turned over goes on where it is known where it ends, and else falls") {
  const Past past;
  past.put({{hours(0), 999'900}, {hours(5), 999'950}, {hours(20), 30}, {days(3), 130}, {days(5), 110}});
  CHECK(used(past.rows(TotalSpan::day, {}, days(4))) == Figures{130 - 999'900, -20});
  const RegisterEnds ends = {{old_meter, {1'000'000}}};
  CHECK(used(past.rows(TotalSpan::day, {}, days(4), 1000, ends)) == Figures{230, -20});  // the second ran back
  const RegisterEnds too_short = {{old_meter, {500'000}}};
  CHECK(used(past.rows(TotalSpan::day, {}, days(4), 1000, too_short)) == Figures{130 - 999'900, -20});
}

TEST_CASE("whatever was missed, the spans of a meter add up to its register") {
  Random random(5);
  for (int round = 0; round < 50; ++round) {
    const Past past;
    std::vector<Read> reads;
    std::int64_t shows = 0;
    for (std::int64_t minute = 0; minute < 30 * 1440; minute += 1 + static_cast<std::int64_t>(random.below(4000)))
      reads.push_back({minutes(minute), shows += static_cast<std::int64_t>(random.below(500))});
    past.put(reads);
    for (const auto span : {TotalSpan::hour, TotalSpan::day}) {
      std::int64_t sum = 0;
      for (const auto figure : used(past.rows(span, {}, days(31), 1 + random.below(20)))) sum += figure;
      CHECK(sum == reads.back().shows - reads.front().shows);
    }
  }
}
