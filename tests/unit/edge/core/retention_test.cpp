// When a quiet box settles: by the month. (By entries it does so in the simulation, which drops what is old.)

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/ordering_house.hpp"

namespace wattle::edge {

namespace {

using test::entries_of;
using test::OrderingHouse;

std::size_t settlements(const OrderingHouse& house) { return entries_of(house, Kind::settlement); }

/// So that there are entries which no backup needs, below a settlement that the cloud has countersigned.
void settle_over_backups(OrderingHouse& house) {
  house.use_a_slice();
  house.use_a_slice();
  house.keep_backups();
  house.pass(days(31));
  house.read_both();
  REQUIRE(house.box->link().state().countersigned());
}

}  // namespace

TEST_CASE("a quiet box settles once a month, and the cloud agrees") {
  OrderingHouse house;
  house.use_a_slice();
  house.pass(days(29));
  house.read_both();
  CHECK(settlements(house) == 0);
  house.pass(days(1));
  house.read_both();
  REQUIRE(settlements(house) == 1);
  REQUIRE(house.box->link().state().countersigned());
  CHECK(house.box->link().state().countersigned()->settlement.number == house.box->link().state().settlement().number);

  house.restart();
  house.pass(days(29));
  house.use_a_slice();
  CHECK(settlements(house) == 1);
  house.pass(days(1));
  house.read_both();
  CHECK(settlements(house) == 2);
}

TEST_CASE("a settlement that was written by a clock far ahead does not put off the next") {
  OrderingHouse house;
  house.use_a_slice();
  const auto ahead = days(12 * 365);
  house.box_clock_error = ahead;
  house.use_a_slice();
  REQUIRE(settlements(house) == 1);
  house.use_a_slice();
  CHECK(settlements(house) == 1);  // none behind each entry while that clock goes on
  house.box_clock_error = {};
  house.use_a_slice();
  CHECK(settlements(house) == 2);
  house.use_a_slice();
  CHECK(settlements(house) == 2);
  house.pass(days(30));
  house.use_a_slice();
  CHECK(settlements(house) == 3);
}

TEST_CASE("a clock that has fallen behind settles no sooner") {
  OrderingHouse house;
  house.use_a_slice();
  house.pass(days(31));
  house.read_both();
  REQUIRE(settlements(house) == 1);
  house.box_clock_error = {-house.now.wall.micros};
  house.use_a_slice();
  house.use_a_slice();
  CHECK(settlements(house) == 1);
}

TEST_CASE("a box that has written nothing since its last settlement does not settle again") {
  OrderingHouse house;
  house.use_a_slice();
  house.pass(days(31));
  house.read_both();
  REQUIRE(settlements(house) == 1);
  const auto head = house.head();
  house.pass(days(100));
  house.give(Woke{});
  CHECK(house.head() == head);
}

TEST_CASE("what is dropped lies below what both are known to have, though the disk has forgotten that") {
  OrderingHouse house;
  settle_over_backups(house);
  const auto settlement = house.box->link().state().countersigned()->settlement.number;
  auto row = house.box->link().row();
  row.agreed = 0;
  REQUIRE(house.box_store.commit({PutRow{Table::link, to_bytes(test::house_box), to_bytes(row)}}));
  house.restart_alone(house.now.wall + days(399));
  CHECK(house.box->link().down().first() == 1);
  CHECK(house.box->link().row().agreed == 0);

  house.restart_alone(house.now.wall + days(1));
  CHECK(house.box->link().up().first() > 1);
  CHECK(house.box->link().down().first() > 1);
  CHECK(house.box->link().row().agreed == settlement);
}

TEST_CASE("nothing is dropped while a copy or the evidence of a fence begins below it") {
  OrderingHouse house;
  settle_over_backups(house);
  auto row = house.box->link().row();
  row.agreed = 1;
  (GENERATE(true, false) ? row.asking : row.fenced) = true;
  REQUIRE(house.box_store.commit({PutRow{Table::link, to_bytes(test::house_box), to_bytes(row)}}));
  house.restart_alone(house.now.wall + days(400));
  CHECK(house.box->link().up().first() == 1);
  CHECK(house.box->link().down().first() == 1);
  CHECK(house.box->link().row().agreed == 1);
}

TEST_CASE("a box that settles month after month drops what is older than is kept") {
  OrderingHouse house;
  const auto first = [&] { return house.box->link().up().first(); };
  house.use_a_slice();
  for (int month = 0; month < 13; ++month) {
    house.use_a_slice();
    house.keep_backups();
    house.pass(days(31));
    house.read_both();
    CHECK(first() == 1);
  }
  REQUIRE(settlements(house) == 13);
  house.pass(days(31));
  house.read_both();
  const auto dropped = first();
  CHECK(dropped > 1);
  house.restart();
  for (int month = 0; month < 12; ++month) house.use_a_slice(), house.keep_backups(), house.pass(days(31)), house.read_both();
  CHECK(first() == dropped);
  house.pass(days(62));
  house.read_both();
  CHECK(first() > dropped);
}

TEST_CASE("what is old is dropped in parts, between which the box does its work") {
  OrderingHouse house;
  settle_over_backups(house);
  const auto last = house.box->link().state().countersigned()->keep_down_from;
  REQUIRE(last > 3);
  house.drop_at_once = 1;
  house.restart_alone(house.now.wall + days(400));
  for (std::uint64_t first = 2; first <= last; ++first) {
    CHECK(house.box->link().down().first() == first);
    CHECK(house.box->link().up().first() <= first);
    house.restart_alone(house.now.wall);  // also a start goes on with it
  }
  CHECK(house.box->link().down().first() == last);
}

TEST_CASE("nothing is dropped below a settlement whose state cannot be read, at which the next start would begin") {
  OrderingHouse house;
  settle_over_backups(house);
  const auto kept = house.box_store.rows(Table::kept);
  REQUIRE(!kept.empty());
  for (const auto& [key, state] : kept) REQUIRE(house.box_store.commit({PutRow{Table::kept, key, {1, 2, 3}}}));
  house.restart_alone(house.now.wall + days(400));
  CHECK(house.box->link().up().first() == 1);
  CHECK(house.box->link().down().first() == 1);
  house.restart_alone(house.now.wall);
  CHECK(house.head() > 1);
}

TEST_CASE("one clock that runs ahead drops nothing") {
  OrderingHouse house;
  settle_over_backups(house);
  house.box_clock_error = days(3650);
  house.restart();
  house.read_both();
  CHECK(house.box->link().up().first() == 1);
}

TEST_CASE("a cloud's clock that was years behind for a moment drops nothing") {
  OrderingHouse house;
  settle_over_backups(house);
  const auto behind = days(7 * 365);
  house.now.wall = {house.now.wall.micros - behind.micros};
  house.box_clock_error = behind;
  house.pass(minutes(5));
  house.restart();
  house.read_both();
  house.now.wall = house.now.wall + behind;
  house.box_clock_error = {};
  house.restart();
  house.read_both();
  house.pass(minutes(5));
  house.read_both();
  CHECK(house.box->link().up().first() == 1);
}

}  // namespace wattle::edge
