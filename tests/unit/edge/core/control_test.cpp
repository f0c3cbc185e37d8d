#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {
namespace {

using test::House;
using test::lamp;
using test::socket;

/// A dormitory socket: a kilowatt for five seconds, back after five minutes, locked at the third time.
ControlSettings dormitory_socket() {
  ControlSettings v;
  v.trip.limit = {1000};
  return v;
}

void dry_hair(House& house) {
  house.read(socket, 1800);
  house.pass(seconds(5));
  house.read(socket, 1800);
}

bool has_alarm(const House& house, Alarm alarm) {
  return std::any_of(house.alarms.begin(), house.alarms.end(), [&](const Raise& raised) { return raised.alarm == alarm; });
}

}  // namespace

TEST_CASE("from a hair dryer to a cut, back by itself, and to a lock-out that a person clears") {
  House house;
  house.pay(yuan(50));
  house.configure(control_key(socket), encode(dormitory_socket()));
  house.read(socket, 1800);
  CHECK(house.relays[socket]);  // a motor's start is no overload
  house.pass(seconds(5));
  house.read(socket, 1800);
  CHECK_FALSE(house.relays[socket]);
  CHECK(house.relays[lamp]);
  CHECK(house.reason(socket) == RelayReason::overload);
  CHECK(house.switches.back().reason == RelayReason::overload);
  const auto row = house.log().back();
  CHECK(row.power == Power{1800});
  CHECK(row.limit == Power{1000});
  CHECK(row.before == true);
  CHECK(replay(row) == row.decision);

  REQUIRE(house.sleep(minutes(4)));
  CHECK_FALSE(house.relays[socket]);
  REQUIRE(house.sleep(minutes(1)));
  CHECK(house.relays[socket]);

  dry_hair(house);
  REQUIRE(house.sleep(minutes(5)));
  dry_hair(house);
  CHECK(house.reason(socket) == RelayReason::locked_out);
  CHECK(has_alarm(house, Alarm::locked_out));
  REQUIRE(house.sleep(hours(30)));
  house.restart();
  house.read_both();
  REQUIRE(house.sleep(hours(1)));
  CHECK_FALSE(house.relays[socket]);
  CHECK(house.box->circuit_view(socket).locked);

  const auto trip = house.box->circuit_view(socket).trip;
  house.configure(clear_key(socket), encode(ClearOrder{trip ^ 2U}));  // another one's, late
  CHECK_FALSE(house.relays[socket]);
  house.configure(clear_key(socket), encode(ClearOrder{trip}));
  CHECK(house.relays[socket]);
  CHECK(house.box->circuit_view(socket).trip == 0);
}

TEST_CASE("trips of long ago do not count towards a lock-out after a restart") {
  House house;
  house.pay(yuan(50));
  house.configure(control_key(socket), encode(dormitory_socket()));
  for (int trip = 0; trip < 2; ++trip) {
    dry_hair(house);
    REQUIRE(house.sleep(minutes(6)));
  }
  house.pass(hours(24 * 10));
  house.restart();
  house.read_both();
  REQUIRE(house.sleep(hours(1)));
  dry_hair(house);
  CHECK(house.reason(socket) == RelayReason::overload);
  house.restart();  // this one is under way, and counts
  house.read_both();
  REQUIRE(house.sleep(minutes(6)));
  dry_hair(house);
  REQUIRE(house.sleep(minutes(6)));
  dry_hair(house);
  CHECK(house.reason(socket) == RelayReason::locked_out);
}

TEST_CASE("an old order to clear does not clear a newer lock-out") {
  House house;
  house.pay(yuan(50));
  auto settings = dormitory_socket();
  settings.trip.lock_after = 1;
  house.configure(control_key(socket), encode(settings));
  dry_hair(house);
  const auto first = house.box->circuit_view(socket).trip;
  house.configure(clear_key(socket), encode(ClearOrder{first}));
  CHECK(house.relays[socket]);
  house.read(socket, 0);
  dry_hair(house);
  CHECK_FALSE(house.relays[socket]);
  CHECK(house.box->circuit_view(socket).trip != first);
  house.configure(clear_key(socket), encode(ClearOrder{first}));
  house.restart();
  house.read_both();
  CHECK_FALSE(house.relays[socket]);
}

TEST_CASE("a trip that never ends by itself stays over a restart, and one that does begins anew") {
  House house;
  house.pay(yuan(50));
  auto settings = dormitory_socket();
  house.configure(control_key(socket), encode(settings));
  dry_hair(house);
  REQUIRE(house.sleep(minutes(4)));
  house.restart();
  house.read_both();
  REQUIRE(house.sleep(minutes(4)));
  CHECK_FALSE(house.relays[socket]);
  REQUIRE(house.sleep(minutes(1)));
  CHECK(house.relays[socket]);
  settings.trip.restore_minutes = 0;
  house.configure(control_key(socket), encode(settings));
  dry_hair(house);
  REQUIRE(house.sleep(hours(100)));
  CHECK_FALSE(house.relays[socket]);
}

TEST_CASE("a room whose stay has ended is dark until the next one has money, and nobody pays for the time between") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  REQUIRE(house.relays[lamp]);
  house.leave({});
  house.read_both();
  REQUIRE_FALSE(house.box->link().state().find(test::room)->open);
  CHECK_FALSE(house.relays[lamp]);
  CHECK_FALSE(house.relays[socket]);
  CHECK(house.reason(lamp) == RelayReason::stay_over);
  const auto row = house.log().back();
  CHECK(row.facts.is_over);
  CHECK(replay(row) == row.decision);

  house.relays[lamp] = true;  // somebody pushes the meter's own key
  house.read(lamp, 40);
  CHECK_FALSE(house.relays[lamp]);
  house.relays[lamp] = true;
  house.restart();
  house.read_both();
  CHECK_FALSE(house.relays[lamp]);

  house.come_next();
  house.read_both();
  CHECK(house.reason(lamp) == RelayReason::no_credit);
  house.pay(yuan(5), 2);
  CHECK(house.relays[lamp]);
  CHECK(house.relays[socket]);
  CHECK(house.reason(lamp) == RelayReason::credit);
  house.restart();
  house.read_both();
  CHECK(house.relays[lamp]);
}

TEST_CASE("in a room without a stay a person may force a circuit on, and safety stands over that") {
  House house;
  house.pay(yuan(50));
  auto settings = dormitory_socket();
  settings.mode = ControlMode::forced_on;
  house.configure(control_key(socket), encode(settings));
  const auto warnings = house.warnings.size();
  house.leave({});
  house.read_both();
  CHECK(house.relays[socket]);
  CHECK_FALSE(house.relays[lamp]);
  CHECK(house.warnings.size() == warnings);  // nobody is there to be warned
}

TEST_CASE("a room that leaves for another box keeps its relays") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  house.leave({8});
  house.read_both();
  REQUIRE_FALSE(house.box->link().state().find(test::room)->open);
  CHECK(house.relays[lamp]);
  house.restart();
  house.read_both();
  CHECK(house.relays[lamp]);
  CHECK(house.relays[socket]);
}

TEST_CASE("force stands over arrears, safety over force") {
  House house;
  house.read_both();
  CHECK_FALSE(house.relays[socket]);
  CHECK(house.reason(socket) == RelayReason::no_credit);
  auto settings = dormitory_socket();
  settings.mode = ControlMode::forced_on;
  house.configure(control_key(socket), encode(settings));
  CHECK(house.relays[socket]);
  CHECK_FALSE(house.relays[lamp]);
  dry_hair(house);
  CHECK(house.reason(socket) == RelayReason::overload);
  house.pay(yuan(50));
  settings.mode = ControlMode::forced_off;
  house.configure(control_key(lamp), encode(settings));
  CHECK_FALSE(house.relays[lamp]);
  settings.mode = ControlMode::prepaid;
  house.configure(control_key(lamp), encode(settings));
  CHECK(house.relays[lamp]);
}

TEST_CASE("what goes first is cut above zero, and an overdraft goes below") {
  House house;
  house.pay(yuan(3));
  house.read_both();
  ControlSettings first;
  first.cut_at = yuan(2);
  house.configure(control_key(socket), encode(first));
  ControlSettings granted;
  granted.cut_at = yuan(-2);
  house.configure(control_key(lamp), encode(granted));
  house.pass(minutes(10));
  house.use(lamp, 2000);  // one yuan
  house.read_both();
  CHECK_FALSE(house.relays[socket]);
  CHECK(house.relays[lamp]);
  house.pass(hours(1));
  house.use(lamp, 7999);
  house.read_both();
  CHECK(house.relays[lamp]);
  house.use(lamp, 1);
  house.read_both();
  CHECK_FALSE(house.relays[lamp]);
}

TEST_CASE("a circuit without a register of its own is treated as the site says") {
  House house;
  house.pay(yuan(50));
  SiteDefaults defaults;
  defaults.circuit = dormitory_socket();
  house.configure(std::string(defaults_key), encode(defaults));
  dry_hair(house);
  CHECK(house.reason(socket) == RelayReason::overload);
}

TEST_CASE("lights out by local time, on working days") {
  House house;  // Monday noon
  house.pay(yuan(50));
  Timetable timetable{{{{1, 1}, {{23 * 60, minutes_a_day, of(DayKind::working), TimeAction::off, {}}}}}};
  house.configure(timetable_key(1), encode(timetable));
  ControlSettings settings;
  settings.timetable = 1;
  house.configure(control_key(lamp), encode(settings));
  REQUIRE(house.sleep(seconds(11 * 3600 - 1)));
  CHECK(house.relays[lamp]);
  REQUIRE(house.sleep(seconds(1)));
  CHECK_FALSE(house.relays[lamp]);
  CHECK(house.reason(lamp) == RelayReason::timetable);
  REQUIRE(house.sleep(hours(1)));
  CHECK(house.relays[lamp]);
  Calendar calendar;
  calendar.exceptions[{2026, 3, 3}] = DayKind::holiday;
  house.configure(std::string(calendar_key), encode(calendar));
  REQUIRE(house.sleep(minutes(23 * 60 + 30)));
  CHECK(house.relays[lamp]);
}

TEST_CASE("what the cloud says of the time counts at once") {
  House house;  // Monday noon
  house.pay(yuan(50));
  Timetable timetable{{{{1, 1}, {{23 * 60, minutes_a_day, every_day, TimeAction::off, {}}}}}};
  house.configure(timetable_key(1), encode(timetable));
  ControlSettings settings;
  settings.timetable = 1;
  house.configure(control_key(lamp), encode(settings));
  REQUIRE(house.relays[lamp]);
  house.switches.clear();
  house.box_clock_error = seconds(11 * 3600 + 1800);  // 23:30, and nobody there yet who knows better
  house.restart_alone(house.now.wall);
  house.read_both();  // before that nothing is closed for its money
  house.give(Connected{});
  std::vector<bool> lamp_told;
  for (const auto& order : house.switches)
    if (order.circuit == lamp) lamp_told.push_back(order.close);
  CHECK(lamp_told == std::vector<bool>{false, true});
}

TEST_CASE("the hour lowers the limit") {
  House house;
  house.pay(yuan(50));
  Timetable timetable{{{{1, 1}, {{12 * 60, 13 * 60, every_day, TimeAction::limit, {100}}}}}};
  house.configure(timetable_key(1), encode(timetable));
  ControlSettings settings;
  settings.timetable = 1;
  settings.trip.patience = {};
  house.configure(control_key(socket), encode(settings));
  house.read(socket, 100);
  CHECK(house.relays[socket]);
  house.read(socket, 101);
  CHECK(house.reason(socket) == RelayReason::overload);
}

TEST_CASE("a register that cannot be read leaves the last good one, also after a restart") {
  House house;
  house.pay(yuan(50));
  auto settings = dormitory_socket();
  settings.mode = ControlMode::forced_off;
  house.configure(control_key(socket), encode(settings));
  house.configure(control_key(socket), {2, 9, 9});
  CHECK(has_alarm(house, Alarm::bad_setting));
  CHECK_FALSE(house.relays[socket]);
  house.restart();
  house.read_both();
  CHECK_FALSE(house.relays[socket]);
  CHECK_FALSE(house.box->settings().applied().at(control_key(socket)).good);
  house.configure(control_key(socket), encode(dormitory_socket()));
  CHECK(house.relays[socket]);
  house.restart();
  CHECK(house.box->settings().applied().at(control_key(socket)).good);
}

TEST_CASE("the caretaker's override holds until the cloud says something newer") {
  House house;
  house.pay(yuan(50));
  auto settings = dormitory_socket();
  settings.mode = ControlMode::forced_off;
  house.give(ConfigOverridden{control_key(socket), encode(settings)});
  CHECK_FALSE(house.relays[socket]);
  house.give(ConfigOverridden{control_key(socket), {7}});
  CHECK(has_alarm(house, Alarm::refused_event));
  CHECK_FALSE(house.relays[socket]);
  house.configure(control_key(socket), encode(dormitory_socket()));
  CHECK(house.relays[socket]);
}

TEST_CASE("after a mains failure circuits return one after the other, lamps first") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  ControlSettings light;
  light.load = LoadKind::lighting;
  house.configure(control_key(lamp), encode(light));
  SiteDefaults defaults;
  defaults.return_pause = seconds(7);
  house.configure(std::string(defaults_key), encode(defaults));
  house.relays[lamp] = house.relays[socket] = false;
  house.switches.clear();
  house.give(MainsReturned{{socket, lamp}});
  CHECK(house.switches.empty());
  house.read(lamp);
  REQUIRE(house.switches.size() == 1);
  CHECK(house.switches[0].circuit == lamp);
  house.read(socket);
  CHECK(house.reason(socket) == RelayReason::returning);
  REQUIRE(house.sleep(seconds(6)));
  CHECK_FALSE(house.relays[socket]);
  REQUIRE(house.sleep(seconds(1)));
  CHECK(house.relays[socket]);
}

TEST_CASE("a mains failure that takes the box too: lamps first, and a room that is not read yet takes nobody's turn") {
  House house;
  house.pay(yuan(50));
  ControlSettings light;
  light.load = LoadKind::lighting;
  house.configure(control_key(lamp), encode(light));
  house.relays[lamp] = house.relays[socket] = false;
  house.restart();
  house.switches.clear();
  house.give(MainsReturned{{socket, lamp}});
  house.read(socket);  // what its room has is not known before the lamp's meter has been read
  CHECK(house.switches.empty());
  house.read(lamp);
  REQUIRE(house.switches.size() == 1);
  CHECK(house.switches[0].circuit == lamp);
  CHECK_FALSE(house.relays[socket]);
}

TEST_CASE("a circuit that stayed on through the failure is left alone, and one without money does not wait") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  ControlSettings off;
  off.mode = ControlMode::forced_off;
  house.configure(control_key(socket), encode(off));
  house.switches.clear();
  house.give(MainsReturned{{socket, lamp}});
  house.read_both();
  CHECK(std::none_of(house.switches.begin(), house.switches.end(), [](const auto& s) { return s.circuit == lamp; }));
  CHECK(house.reason(socket) == RelayReason::forced_off);
}

TEST_CASE("two warnings on the way down, none at all on a small way up, and again after a recharge") {
  House house;
  house.pay(yuan(12));
  const auto levels = [&] {
    std::vector<Warning> out;
    for (const auto& warned : std::exchange(house.warnings, {})) out.push_back(warned.level);
    return out;
  };
  levels();
  house.pass(hours(1));
  house.use(socket, 4000);
  house.read(socket);
  CHECK(levels() == std::vector{Warning::first});
  house.read(socket);
  house.restart();
  house.read_both();
  CHECK(levels().empty());
  house.pass(hours(1));
  house.use(socket, 10'000);
  house.read(socket);
  CHECK(levels() == std::vector{Warning::second});
  house.pay(yuan(50));
  CHECK(levels() == std::vector{Warning::none});
}

TEST_CASE("electricity is not kept on by an allowance for water") {
  House house;
  house.read_both();
  REQUIRE_FALSE(house.relays[socket]);
  house.order(cloud::AllowanceGrant{test::room, 1, Utility::hot_water, yuan(20), "autumn"});
  house.read_both();
  CHECK(house.box->live_balance(test::room) == yuan(20));
  CHECK(house.box->available(test::room, Utility::electricity) == Money{});
  CHECK(house.box->available(test::room, Utility::hot_water) == yuan(20));
  CHECK(house.reason(socket) == RelayReason::no_credit);
  CHECK_FALSE(house.relays[socket]);
  CHECK(house.box->circuit_view(socket).warning == Warning::second);
  house.order(cloud::AllowanceGrant{test::room, 1, Utility::electricity, yuan(2), "autumn"});
  CHECK(house.relays[socket]);
}

TEST_CASE("the log survives a restart without repeating itself, and tells of relays that others move") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  const auto rows = house.log().size();
  house.restart();
  house.read_both();
  CHECK(house.log().size() == rows);
  house.give(RelayNoticed{test::room, socket, RelayEvent::strayed});
  REQUIRE(house.log().size() == rows + 1);
  CHECK(house.log().back().event == RelayEvent::strayed);
  CHECK(house.log().back().number == rows + 1);
}

TEST_CASE("a meter's own trip is a row with its reason, once, also over a restart; one that was ordered is none") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  house.pass(hours(1));
  const auto rows = house.log().size();
  const MeterEventFound trip{test::room, socket, MeterEvent::tripped, MeterEvent::overloaded, house.now.wall - minutes(20)};
  house.give(trip);
  REQUIRE(house.log().size() == rows + 1);
  CHECK(house.log().back().event == RelayEvent::meter);
  CHECK(house.log().back().noted == MeterEventNote{MeterEvent::tripped, MeterEvent::overloaded, trip.at});
  CHECK(house.log().back().decision == Decision{true, RelayReason::credit});
  CHECK(house.told == std::vector{trip});
  house.restart();
  house.read_both();
  house.give(trip);
  CHECK(house.log().size() == rows + 1);
  CHECK(house.told.size() == 1);
  const MeterEventFound cover{test::room, socket, MeterEvent::cover_opened, {}, trip.at};
  house.give(cover);
  CHECK(house.log().size() == rows + 2);
  const MeterEventFound bought{test::room, socket, MeterEvent::purchased, {}, trip.at};
  house.give(bought);
  CHECK(house.log().size() == rows + 2);
  CHECK(house.told == std::vector{trip, cover, bought});

  ControlSettings off;
  off.mode = ControlMode::forced_off;
  house.configure(control_key(socket), encode(off));
  REQUIRE_FALSE(house.relays.at(socket));
  const auto before = house.log().size();
  for (const auto after : {seconds(-30), seconds(1), minutes(30)})
    house.give(MeterEventFound{test::room, socket, MeterEvent::tripped, {}, house.now.wall + after});
  CHECK(house.log().size() == before);
  CHECK(house.told.size() == 3);
}

TEST_CASE("a trip that was ordered so long ago that the relay log does not tell is none of the meter's own either") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  ControlSettings off;
  off.mode = ControlMode::forced_off;
  house.configure(control_key(socket), encode(off));
  REQUIRE_FALSE(house.relays.at(socket));
  for (std::uint64_t n = 0; n <= relay_rows_max; ++n) house.give(RelayNoticed{test::room, socket, RelayEvent::strayed});
  const auto told = house.told.size();
  house.give(MeterEventFound{test::room, socket, MeterEvent::tripped, {}, house.now.wall - seconds(1)});
  CHECK(house.told.size() == told);
}

TEST_CASE("a box never wants to be woken at once again and again") {
  House house;
  house.pay(yuan(50));
  house.configure(control_key(socket), encode(dormitory_socket()));
  dry_hair(house);
  house.give(Disconnected{});
  REQUIRE(house.sleep(hours(2)));
  house.restart();
  house.give(Disconnected{});
  house.give(MainsReturned{{socket, lamp}});
  REQUIRE(house.sleep(hours(2)));
}

}  // namespace wattle::edge
