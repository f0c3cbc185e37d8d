#include "edge/told_rows.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "edge/report.hpp"
#include "tests/support/memory_store.hpp"

namespace wattle::edge {

namespace {

struct Telling {
  void write(int rows) {
    Commit commit;
    for (int row = 0; row < rows; ++row) log.write(decided, commit);
    REQUIRE(store.commit(commit));
  }
  /// How many rows the cloud has when all is told.
  std::size_t tell(ToldRows& told) {
    for (int report = 0; report < 100; ++report) {
      const auto rows = told.next();
      CHECK(rows.size() <= report_rows_max);
      for (const auto& row : rows) heard.insert(row.number);
      if (!told.has_more()) break;
    }
    CHECK_FALSE(told.has_more());
    return heard.size();
  }

  RelayRow decided = [] {
    RelayRow row;
    row.decision = {true, RelayReason::credit};
    return row;
  }();
  test::MemoryStore store;
  RelayLog log{store};
  std::set<std::uint64_t> heard;
};

}  // namespace

TEST_CASE("what is decided between two reports is told whole, in several of them where one does not hold it") {
  Telling house;
  ToldRows told(house.log);
  house.write(1000);
  CHECK(told.has_more());
  CHECK(house.tell(told) == 1000);
  house.write(1);
  const auto rows = told.next();
  REQUIRE(rows.size() == 1 + report_rows_again);
  CHECK(rows.back().number == 1001);
}

TEST_CASE("a cloud that has none yet is told the newest") {
  Telling house;
  house.write(1000);
  ToldRows told(house.log);
  CHECK(house.tell(told) == report_rows_max);
  CHECK(*house.heard.begin() == 1000 - report_rows_max + 1);
  house.heard.clear();
  told.begin_anew();
  CHECK(house.tell(told) == report_rows_max);
}

TEST_CASE("rows that have left the ring are passed over") {
  Telling house;
  ToldRows told(house.log);
  house.write(static_cast<int>(relay_rows_max) + 500);
  CHECK(house.tell(told) == relay_rows_max);
}

TEST_CASE("a row that is not on disk yet is told by a later report") {
  Telling house;
  ToldRows told(house.log);
  Commit commit;
  house.log.write(house.decided, commit);
  CHECK(told.next().empty());
  CHECK(told.has_more());
  REQUIRE(house.store.commit(commit));
  CHECK(told.next().size() == 1);
  CHECK_FALSE(told.has_more());
}

}  // namespace wattle::edge
