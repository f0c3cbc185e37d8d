// A register that has come to its end, at the product's own engine: held until it is believed, charged once and whole.

#include "edge/core/counting.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {

using test::House;
using test::lamp;

namespace {

constexpr Quantity five_digits{100'000'000};  // 99999.999 kWh
constexpr MeterId plate{5001};

Register register_at(std::int64_t from, Quantity ends = five_digits, const RolloverOrder* order = nullptr) {
  return {plate, {from}, ends, order};
}

std::int64_t units(std::int64_t shown, const Register& of) { return counted({shown}, of).units.units; }

/// The shell's part: what the meter shows is counted on before it is given.
struct CountingHouse : House {
  explicit CountingHouse(Quantity register_ends = five_digits) : ends(register_ends) { pay(yuan(1'000'000)); }

  void show(std::int64_t shown) {
    last_shown = shown;
    const auto& circuit = figures();
    const MeterRead read{test::room, lamp, plate, {shown}, true, Power{}, {}, {}, ends};
    const Register of{circuit.meter, box->counted_to(circuit), read.register_ends, box->settings().rollover_of(lamp)};
    if (const auto counted = counting.count(read, of)) give(*counted);
  }
  /// An hour later the meter shows the same, and what it showed before is booked.
  void close_slices() {
    pass(hours(1));
    show(last_shown);
    give(Swept{});
  }
  /// By steps that a meter may make, so that the register stands near its end.
  void go_to(std::int64_t shown) {
    for (auto at = charged(); at < shown; show(at)) at = std::min(at + register_step_max, shown);
    close_slices();
    REQUIRE(charged() == shown);
  }
  void say_turned(std::uint32_t turn) { configure(rollover_key(lamp), encode(RolloverOrder{plate, ends, turn})); }
  void restart_box() {
    counting = {};
    restart();
  }
  const CircuitFigures& figures() const { return *box->link().state().find(test::room)->find(lamp); }
  std::int64_t charged() const { return figures().reading.units; }
  /// All lines of the room's consumption in micro-units: half a yuan a kWh is 500 a Wh.
  std::int64_t paid() const {
    std::int64_t sum = 0;
    const auto& log = box->link().up();
    for (std::uint64_t number = 1; number <= log.head().number; ++number) {
      const auto entry = decode_entry(log.at(number)->bytes);
      for (const auto& line : entry->lines)
        if (entry->kind == Kind::consumption) sum += line.amount.micros;
    }
    return sum;
  }

  Quantity ends;
  Counting counting;
  std::int64_t last_shown = 0;
};

}  // namespace

TEST_CASE("what is not behind the ledger, or is no end of a register, stays as it is shown") {
  CHECK(units(99'999'000, register_at(99'999'000)) == 99'999'000);
  CHECK(units(99'999'500, register_at(99'999'000)) == 99'999'500);
  CHECK(units(500, register_at(99'999'990, {})) == 500);               // nobody knows where it ends
  CHECK(units(100'000'001, register_at(100'000'002)) == 100'000'001);  // shows more than it can
}

TEST_CASE("a small step over a register's end may be one, a large one back or forth is what it is shown as") {
  const auto turned = counted({500}, register_at(99'999'000));
  CHECK(turned.units == Quantity{100'000'500});
  CHECK(turned.has_turned);
  CHECK_FALSE(turned.is_sure);
  CHECK(units(0, register_at(99'900'000)) == 100'000'000);          // one part in a thousand
  CHECK(units(1, register_at(99'900'000)) == 1);                    // and more
  CHECK(units(99'998'999, register_at(99'999'000)) == 99'998'999);  // backwards by one
  CHECK(units(0, register_at(50'000'000)) == 0);                    // set back to zero
}

TEST_CASE("after a turn a register goes on behind its end, also over the next one") {
  const auto on = counted({700}, register_at(100'000'500));
  CHECK(on.units == Quantity{100'000'700});
  CHECK(on.is_sure);
  CHECK(units(9'000'000, register_at(100'000'500)) == 109'000'000);
  CHECK(units(400, register_at(100'000'500)) == 400);  // backwards within the turn
  CHECK(units(100, register_at(199'999'950)) == 200'000'100);
}

TEST_CASE("a person's word is for one meter and one turn") {
  const RolloverOrder order{plate, five_digits, 1};
  const auto said = counted({900'000}, register_at(95'000'000, five_digits, &order));
  CHECK(said.units == Quantity{100'900'000});
  CHECK(said.is_sure);
  CHECK(units(900'000, register_at(95'000'000, {}, &order)) == 100'900'000);        // whatever the profile says
  CHECK(units(900'000, register_at(195'000'000, five_digits, &order)) == 900'000);  // of the turn before
  const RolloverOrder of_another{{7}, five_digits, 1};
  CHECK(units(900'000, register_at(95'000'000, five_digits, &of_another)) == 900'000);
}

TEST_CASE("a register that turns is charged over its end, and no Wh is charged twice or lost") {
  CountingHouse house;
  house.go_to(99'999'900);
  const auto before = house.paid();
  house.show(99'999'990);
  house.show(40);
  CHECK(house.box->counted_to(house.figures()) == Quantity{99'999'990});  // not before another reading says so
  house.show(60);
  house.close_slices();
  CHECK(house.charged() == 100'000'060);
  CHECK(house.paid() - before == 160 * 500);
  CHECK_FALSE(house.box->circuit_view(lamp).held);
  house.restart_box();
  house.show(100);
  house.close_slices();
  CHECK(house.charged() == 100'000'100);
  CHECK(house.paid() - before == 200 * 500);
}

TEST_CASE("one reading of nought near a register's end charges nothing") {
  CountingHouse house;
  house.go_to(99'999'900);
  const auto before = house.paid();
  house.show(0);
  house.show(99'999'910);
  house.show(0);
  house.show(99'999'920);
  house.close_slices();
  CHECK(house.charged() == 99'999'920);
  CHECK(house.paid() - before == 20 * 500);
}

TEST_CASE("one reading of nought before a stay's end and one after the next one's begin are not two") {
  const Register of{plate, {99'999'900}, five_digits, nullptr};
  const MeterRead nought{test::room, lamp, plate, {0}, true, Power{}, {}, {}, five_digits};
  Counting counting;
  CHECK_FALSE(counting.count(nought, of));
  counting.forget(lamp);  // the stay ends
  CHECK_FALSE(counting.count(nought, of));
  CHECK(counting.count(nought, of)->register_units == Quantity{100'000'000});
}

TEST_CASE("a larger step over the end is held until a person has said that the register turned") {
  CountingHouse house;
  house.go_to(95'000'000);
  const auto before = house.paid();
  house.show(900'000);
  house.show(900'000);
  house.close_slices();
  CHECK(house.charged() == 95'000'000);
  CHECK(house.box->circuit_view(lamp).held);
  house.say_turned(1);
  house.show(900'000);
  house.close_slices();
  CHECK(house.charged() == 100'900'000);
  CHECK(house.paid() - before == std::int64_t{5'900'000} * 500);
  CHECK_FALSE(house.box->circuit_view(lamp).held);
  // The same order again, and after a restart, does nothing more.
  house.say_turned(1);
  house.restart_box();
  house.show(900'000);
  house.close_slices();
  CHECK(house.charged() == 100'900'000);
  // And a register that is set back later is held as ever.
  house.show(0);
  house.show(0);
  CHECK(house.box->circuit_view(lamp).held);
  CHECK(house.paid() - before == std::int64_t{5'900'000} * 500);
}

TEST_CASE("whatever the steps, false readings, restarts and turns, what is charged is what has flowed") {
  Random random(11);
  for (int run = 0; run < 20; ++run) {
    CountingHouse house({20'000'000});
    const auto ends = house.ends.units;
    std::int64_t flowed = 0;
    for (int step = 0; step < 60; ++step) {
      const bool is_long = random.chance(1, 3);  // an outage
      const auto before = flowed;
      flowed += is_long ? random.between(20'001, register_step_max) : random.between(0, 20'000);
      const bool has_turned = flowed / ends > before / ends;
      if (random.chance(1, 2)) house.show(flowed % ends);
      if (has_turned && is_long) house.say_turned(static_cast<std::uint32_t>(flowed / ends));
      house.show(flowed % ends);
      house.show(flowed % ends);
      if (random.chance(1, 3)) house.show(random.between(0, flowed % ends));  // one that cannot be
      house.show(flowed % ends);
      if (random.chance(1, 3)) house.close_slices();
      if (random.chance(1, 8)) house.close_slices(), house.restart_box();  // what is not booked it would read again
      house.show(flowed % ends);
      CHECK(house.box->counted_to(house.figures()) == Quantity{flowed});
    }
    house.close_slices();
    CHECK(flowed > 3 * ends);
    CHECK(house.charged() == flowed);
    CHECK(house.paid() == flowed * 500);
  }
}

TEST_CASE("a turn that a person has taken back with a lower reading is not believed a second time") {
  CountingHouse house;
  house.go_to(99'000'000);
  house.say_turned(1);
  house.show(500);
  house.close_slices();
  REQUIRE(house.charged() == 100'000'500);
  house.show(40);
  REQUIRE(house.box->circuit_view(lamp).held);
  Uid id;
  id.bytes.fill(1);
  house.configure(accept_key(lamp), encode(AcceptOrder{id, plate, {100'000'500}, {40}, 1}));
  REQUIRE(house.charged() == 40);
  house.go_to(95'000'000);
  const auto paid = house.paid();
  house.show(30);
  house.show(31);
  CHECK(house.box->circuit_view(lamp).held);
  house.close_slices();
  CHECK(house.paid() == paid);
  // Where it truly turns, a person may say so again.
  house.say_turned(1);
  house.show(31);
  house.close_slices();
  CHECK(house.charged() == 100'000'031);
}

}  // namespace wattle::edge
