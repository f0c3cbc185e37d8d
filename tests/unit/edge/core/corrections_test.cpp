// Corrections of what was charged: by orders of the cloud's, each decided once.

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/ordering_house.hpp"

namespace wattle::edge {

namespace {

using test::House;
using test::house_box;
using test::lamp;
using test::order_id;
using test::OrderingHouse;
using test::room;
using test::socket;

}  // namespace

TEST_CASE("a correction gives a slice's money back, once however often it is ordered, and bounded by what it cost") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  const auto before = house.left();
  house.correct(1, slice, 200'000);
  CHECK(house.left().micros == before.micros + 200'000);
  CHECK(house.at(house.head()).kind == Kind::correction);
  CHECK(house.at(house.head()).cause == Place{house_box, Direction::up, slice});
  const auto entries = house.head();
  house.correct(1, slice, 200'000);
  house.restart();
  house.read(socket);
  CHECK(house.head() == entries);
  house.correct(2, slice, 300'001);  // one more than is left of half a yuan
  CHECK(house.not_corrected() == LedgerErrc::amount);
  CHECK(house.head() == entries);
  house.correct(3, slice, 300'000);
  CHECK_FALSE(house.not_corrected());
  CHECK(house.left().micros == before.micros + 500'000);
}

TEST_CASE("what was refused does not take effect later") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  house.correct(1, slice, 500'001);
  REQUIRE(house.not_corrected() == LedgerErrc::amount);
  house.restart();
  CHECK(house.not_corrected() == LedgerErrc::amount);
  const auto alarms = house.alarms.size();
  house.use_a_slice();
  CHECK(house.alarms.size() == alarms);  // told once
}

TEST_CASE("a slice is charged again at most once, and never more than the room has") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  const auto before = house.left();
  house.correct(1, slice, 500'001, CorrectionWay::charge);
  CHECK(house.not_corrected() == LedgerErrc::amount);
  house.correct(2, slice, 400'000, CorrectionWay::charge);
  CHECK(house.left().micros == before.micros - 400'000);
  house.correct(3, slice, 100'001, CorrectionWay::charge);
  CHECK(house.not_corrected() == LedgerErrc::amount);
  house.correct(4, slice, correction_max.micros);
  CHECK(house.not_corrected() == LedgerErrc::amount);

  House poor;
  poor.pay(fen(1));
  poor.use(lamp, 1000);
  poor.read_both();
  poor.pass(hours(1));
  poor.read_both();
  poor.give(Swept{});
  const auto number = poor.box->link().up().head().number;
  REQUIRE(decode_entry(poor.box->link().up().at(number)->bytes)->kind == Kind::consumption);
  poor.configure(correction_key(lamp),
                 encode(CorrectionOrder{order_id(1), house_box, number, CorrectionWay::charge, {100'000}}));
  CHECK(OrderingHouse::why_of(poor.box->circuit_view(lamp).correction_refused) == LedgerErrc::not_covered);
  poor.pay(yuan(5));
  poor.restart();
  CHECK(poor.box->link().state().find(room)->balance.micros == 5'010'000 - 500'000);  // not taken when money comes
}

TEST_CASE("what has been used and not yet booked is not charged a second time from the same money") {
  House house;
  house.pay(yuan(1));
  house.use(lamp, 1000);
  house.read_both();
  house.pass(hours(1));
  house.read_both();
  house.give(Swept{});
  const auto number = house.box->link().up().head().number;
  REQUIRE(house.box->link().state().find(room)->balance == Money{500'000});
  house.use(lamp, 500);
  house.read(lamp);
  const auto charge = [&](std::uint8_t id, std::int64_t micros) {
    house.configure(correction_key(lamp),
                    encode(CorrectionOrder{order_id(id), house_box, number, CorrectionWay::charge, {micros}}));
    return OrderingHouse::why_of(house.box->circuit_view(lamp).correction_refused);
  };
  CHECK(charge(1, 250'001) == LedgerErrc::not_covered);
  CHECK_FALSE(charge(2, 250'000));
  CHECK(house.box->live_balance(room) == Money{});
}

TEST_CASE("a correction is not looked for among all that its box ever wrote") {
  OrderingHouse house;
  for (int slices = 0; slices < 160; ++slices) house.use_a_slice();
  const auto slice = house.use_a_slice();
  REQUIRE(slice > tail_records_max);
  const auto asked = house.box_store.entries_asked();
  house.correct(1, slice, 1000);
  house.configure(correction_key(lamp), encode(CorrectionOrder{order_id(2), {{7}, {1}}, 1, CorrectionWay::back, {1}}));
  CHECK(house.box_store.entries_asked() - asked <= 20);
  CHECK(house.not_corrected() == LedgerErrc::misplaced);
  CHECK(house.at(house.head()).kind == Kind::correction);
}

TEST_CASE("a correction names a slice of its circuit, at this box") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  const auto entries = house.head();
  house.correct(1, house.head() + 1, 1);
  CHECK(house.not_corrected() == LedgerErrc::request_unknown);
  house.configure(correction_key(socket), encode(CorrectionOrder{order_id(2), house_box, slice, CorrectionWay::back, {1}}));
  CHECK(house.not_corrected(socket) == LedgerErrc::circuit_unknown);
  house.configure(correction_key(lamp), encode(CorrectionOrder{order_id(3), {{7}, {1}}, slice, CorrectionWay::back, {1}}));
  CHECK(house.not_corrected() == LedgerErrc::misplaced);
  CHECK(house.head() == entries);
}

TEST_CASE("a correction goes to those in whose time the energy was charged, or to nobody") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  house.leave();
  REQUIRE_FALSE(house.box->link().state().find(room)->open);
  house.correct(1, slice, 1);
  CHECK(house.not_corrected() == LedgerErrc::room_not_open);
  house.next_students();
  REQUIRE(house.box->link().state().find(room)->opening == 2);
  REQUIRE(house.box->link().state().find(room)->open);
  house.correct(2, slice, 1);
  CHECK(house.not_corrected() == LedgerErrc::opening);
  house.correct(3, slice, 1, CorrectionWay::charge);
  CHECK(house.not_corrected() == LedgerErrc::opening);
  CHECK(house.box->link().state().find(room)->balance == Money{});
}

TEST_CASE("a correction that came before the room was closed is paid before it is") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  house.restart();  // nothing is answered before the meters are read
  house.correct(1, slice, 500'000);
  house.order(cloud::Move{order_id(200), room, 1, {}});
  house.shows(1000);
  house.read(socket);
  REQUIRE_FALSE(house.box->link().state().find(room)->open);
  CHECK_FALSE(house.not_corrected());
}

}  // namespace wattle::edge
