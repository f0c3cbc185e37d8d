// Held readings that a person has found true, and corrections: by orders of the cloud's, each once.

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {
namespace {

using test::House;
using test::house_box;
using test::lamp;
using test::room;
using test::socket;

constexpr MeterId lamp_meter{5001};
constexpr std::int64_t leaped = register_step_max + 500;

Uid order_id(std::uint8_t number) {
  Uid id;
  id.bytes.fill(number);
  return id;
}

struct OrderingHouse : House {
  OrderingHouse() { pay(yuan(20'000)); }
  /// The lamp's meter says so.
  void shows(std::int64_t units, MeterId meter = lamp_meter) { give(MeterRead{room, lamp, meter, {units}, true, Power{}}); }
  void shows_next_hour(std::int64_t units) { pass(hours(1)), shows(units), give(Swept{}); }
  void accept(std::uint8_t id, std::int64_t after, std::int64_t shown, MeterId meter = lamp_meter) {
    configure(accept_key(lamp), encode(AcceptOrder{order_id(id), meter, {after}, {shown}}));
  }
  void correct(std::uint8_t id, std::uint64_t number, std::int64_t micros, CorrectionWay way = CorrectionWay::back) {
    configure(correction_key(lamp), encode(CorrectionOrder{order_id(id), house_box, number, way, {micros}}));
  }
  bool held() const { return box->circuit_view(lamp).held; }
  static std::optional<LedgerErrc> why_of(const std::optional<OrderRefusal>& refused) {
    return refused ? std::optional(refused->why) : std::nullopt;
  }
  std::optional<LedgerErrc> why() const { return why_of(box->circuit_view(lamp).accept_refused); }
  std::optional<LedgerErrc> not_corrected(CircuitId circuit = lamp) const {
    return why_of(box->circuit_view(circuit).correction_refused);
  }
  Money left() const { return box->live_balance(room); }
  std::uint64_t head() const { return box->link().up().head().number; }
  const CircuitFigures& figures() const { return *box->link().state().find(room)->find(lamp); }
  Entry at(std::uint64_t number) const { return decode_entry(box->link().up().at(number)->bytes).value(); }
  /// The number of the newest consumption of the lamp.
  std::uint64_t newest_slice() const {
    for (auto number = head(); number > 0; --number) {
      const auto entry = at(number);
      const auto slice = entry.kind == Kind::consumption ? detail_of<Consumption>(entry) : std::nullopt;
      if (slice && slice->circuit == lamp) return number;
    }
    return 0;
  }
  /// A slice of 1,000 Wh, half a yuan.
  std::uint64_t use_a_slice() {
    shows_next_hour(counted_ += 1000);
    shows_next_hour(counted_);
    return newest_slice();
  }
  void leave() { order(cloud::Move{order_id(200), room, 1, {}}), read_both(); }
  void next_students() {
    Circuits circuits;
    for (const auto& circuit : box->link().state().find(room)->circuits) circuits.push_back(circuit);
    order(cloud::Fitting{room, 2, house_box.edge, circuits});
  }

 private:
  std::int64_t counted_ = 0;
};

}  // namespace

TEST_CASE("a leap that is true is charged whole, once, and the circuit goes on from there") {
  OrderingHouse house;
  house.shows(100);
  house.shows(leaped);
  REQUIRE(house.held());
  CHECK(house.box->circuit_view(lamp).held_after == Quantity{100});
  CHECK(house.box->circuit_view(lamp).held_shown == Quantity{leaped});
  const auto before = house.left();
  house.accept(1, 100, leaped);
  CHECK_FALSE(house.held());
  CHECK_FALSE(house.why());
  CHECK(house.left().micros == before.micros - (leaped - 100) * 500);
  CHECK(house.figures().reading == Quantity{leaped});
  CHECK(house.at(house.head()).outside == OutsideId("order/" + to_hex(order_id(1))));
  house.shows(leaped + 10);
  CHECK(house.left().micros == before.micros - (leaped - 90) * 500);
}

TEST_CASE("a register that ran back goes on from where it is, and nothing is charged for it") {
  OrderingHouse house;
  house.shows(5000);
  house.shows(40);
  REQUIRE(house.held());
  const auto before = house.left();
  house.accept(1, 5000, 30);
  CHECK_FALSE(house.held());
  CHECK(house.figures().reading == Quantity{30});
  CHECK(house.left() == before);
  house.shows(45);
  CHECK(house.left().micros == before.micros - 15 * 500);
}

TEST_CASE("an order is carried out once: not when it comes again, not after a restart, not when the same happens again") {
  OrderingHouse house;
  house.shows(5000);
  house.shows(40);
  house.accept(1, 5000, 40);
  const auto entries = house.head();
  house.accept(1, 5000, 40);
  CHECK(house.head() == entries);
  house.restart();
  for (int times = 0; times < 2; ++times) {
    house.shows(5000);
    house.shows(40);
    CHECK(house.held());
    CHECK(house.figures().reading.units >= 40);
    house.restart();
    house.shows(5000);
  }
  // Another order is needed.
  house.shows(40);
  REQUIRE(house.held());
  house.accept(2, 5000, 40);
  CHECK_FALSE(house.held());
}

TEST_CASE("an order is of one meter and one reading; what is not held so waits, and its reason is told") {
  OrderingHouse house;
  house.shows(5000);
  house.accept(1, 5000, 40);
  CHECK(house.why() == LedgerErrc::reading_chain);  // nothing is held
  house.shows(10);
  CHECK(house.held());  // below what the person saw
  house.accept(2, 4999, 5);
  CHECK(house.held());
  house.accept(3, 5000, 5, {4711});
  CHECK(house.held());
  CHECK(house.why() == LedgerErrc::reading_chain);
  house.shows(10, {4711});
  house.accept(4, 5000, 5);
  CHECK(house.held());  // another meter answers
  house.shows(10);
  CHECK_FALSE(house.held());
  CHECK(house.figures().reading == Quantity{5});
}

TEST_CASE("more than a slice may have is not taken, and leaves all as it was") {
  OrderingHouse house;
  const auto before = house.left();
  house.shows(slice_units_max + 1);
  house.accept(1, 0, slice_units_max + 1);
  CHECK(house.held());
  CHECK(house.why() == LedgerErrc::price_unknown);
  CHECK(house.left() == before);
  CHECK(house.figures().reading == Quantity{0});
  house.accept(2, 0, slice_units_max);
  CHECK_FALSE(house.held());
  CHECK(house.left().micros == before.micros - slice_units_max * 500);
}

TEST_CASE("a reading far behind the accepted one stays held") {
  OrderingHouse house;
  house.shows(5000);
  house.shows(4999);
  house.shows(3 * register_step_max);
  house.accept(1, 5000, register_step_max + 5000);
  CHECK(house.held());
  CHECK(house.why() == LedgerErrc::reading_chain);
}

TEST_CASE("an order that comes before its reading, or while the box may not write, is carried out when it can be") {
  OrderingHouse house;
  house.shows(5000);
  house.shows_next_hour(5000);
  house.accept(1, 5000, 40);
  house.restart_alone(house.now.wall);
  house.shows(40);
  CHECK(house.held());
  house.pass(patience_for_status);
  house.shows(41);
  CHECK_FALSE(house.held());
  CHECK(house.figures().reading == Quantity{40});
}

TEST_CASE("no register goes on from elsewhere without the order that the cloud gave") {
  OrderingHouse house;
  house.shows(5000);
  house.shows_next_hour(5000);
  const auto admits = [&](std::uint8_t id) {
    Entry made;
    made.stream = {test::house_site, house_box, Direction::up};
    made.kind = Kind::meter_change;
    made.room = room;
    made.after = house.box->link().state().after(room);
    made.outside = OutsideId("order/" + to_hex(order_id(id)));
    set_detail(made, MeterChange{lamp, lamp_meter, {5000}, lamp_meter, {7}});
    auto state = house.box->link().state();
    return state.apply(made).has_value();
  };
  CHECK_FALSE(admits(9));
  house.accept(9, 5000, 7);
  CHECK(admits(9));
  CHECK_FALSE(admits(8));
  house.give(ConfigOverridden{accept_key(lamp), encode(AcceptOrder{order_id(8), lamp_meter, {5000}, {7}})});
  CHECK_FALSE(admits(8));
  CHECK_FALSE(admits(9));
}

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

/// The box's disk is as it was in `before`, and it comes up without a network.
void go_on_alone(OrderingHouse& house, const wattle::test::MemoryStore& before) {
  house.box.reset();
  house.box_store = before;
  house.restart_alone(house.now.wall);
  house.pass(patience_for_status);
}

std::size_t entries_of(const OrderingHouse& house, Kind kind) {
  std::size_t count = 0;
  for (auto number = house.head(); number > 0; --number) count += house.at(number).kind == kind ? 1U : 0U;
  return count;
}

TEST_CASE("a correction on a branch that is set aside is not written again for the next students") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  const auto before = house.box_store;
  house.leave();
  house.next_students();
  REQUIRE(house.box->link().state().find(room)->opening == 2);
  go_on_alone(house, before);
  const CorrectionOrder order{order_id(1), house_box, slice, CorrectionWay::back, {1000}};
  house.give(ConfigOverridden{correction_key(lamp), encode(order)});
  house.read(socket);
  REQUIRE(entries_of(house, Kind::correction) == 1);
  house.alarms.clear();
  house.give(Connected{});
  REQUIRE(house.box->link().state().find(room)->opening == 2);
  CHECK(entries_of(house, Kind::correction) == 0);
  CHECK(house.box->link().state().find(room)->balance == Money{});
  CHECK(std::any_of(house.alarms.begin(), house.alarms.end(), [](const Raise& raised) {
    return raised.alarm == Alarm::refused_event && raised.count == static_cast<std::uint64_t>(LedgerErrc::opening);
  }));
  house.read(socket);
  CHECK(entries_of(house, Kind::correction) == 0);
}

TEST_CASE("a correction on a branch that is set aside is written again in the same stay, once") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  const auto before = house.box_store;
  house.use(socket, 3000);
  house.read(socket);
  house.pass(hours(1));
  house.read(socket);
  house.give(Swept{});
  const auto left = house.left();
  go_on_alone(house, before);
  const CorrectionOrder order{order_id(1), house_box, slice, CorrectionWay::back, {1000}};
  house.give(ConfigOverridden{correction_key(lamp), encode(order)});
  house.read(socket);
  REQUIRE(entries_of(house, Kind::correction) == 1);
  house.give(Connected{});
  house.read(socket);
  CHECK(entries_of(house, Kind::correction) == 1);
  CHECK(house.left().micros == left.micros + 1000);
}

TEST_CASE("an accepted reading on a branch that is set aside is accepted again, once") {
  OrderingHouse house;
  house.shows(5000);
  house.shows_next_hour(5000);
  house.accept(1, 5000, 40);
  const auto before = house.box_store;
  house.use(socket, 3000);
  house.read(socket);
  house.pass(hours(1));
  house.read(socket);
  house.give(Swept{});
  const auto left = house.left();
  go_on_alone(house, before);
  house.shows(40);
  house.shows(41);
  REQUIRE(house.figures().reading == Quantity{40});
  house.give(Connected{});
  CHECK(house.figures().reading == Quantity{40});
  CHECK(entries_of(house, Kind::meter_change) == 1);
  house.read(socket);
  house.shows(41);
  CHECK(house.left().micros == left.micros - 500);
  CHECK_FALSE(house.held());
}

}  // namespace wattle::edge
