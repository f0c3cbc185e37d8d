// What the file and the stream say of buses and meters, put together.

#include "edge/wiring_status.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "cloud/gateway/report.hpp"
#include "edge/bus_rules.hpp"
#include "edge/profile_shelf.hpp"
#include "edge/wiring_report.hpp"
#include "shared/io/files.hpp"
#include "shared/profiles/shipped.hpp"
#include "tests/unit/edge/wired_house.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::edge {

using test::at;
using test::House;
using test::house_box;
using test::lamp;
using test::room;
using test::sealed_by;
using test::Wired;

TEST_CASE(
    "without the stream the file's are wired; the stream's take the place of the same name or number, and the others stay") {
  Wired house;
  CHECK(house.wire() == "1: 5001@1; 2: 5002@1");
  house.bus("1", BusSetting{PortKind::tcp, "moxa:4001"});
  house.place(5002, at("2", 7, 1011));
  house.place(6001, at("1", 3, 1030));
  CHECK(house.wire() == "2: 5002@7; 1: 5001@1 6001@3");
  CHECK(house.wiring.buses[1].connect == TcpAddress{"moxa", 4001});
  CHECK(house.note_of("1").source == WiringSource::stream);
  CHECK(house.note_of("2").source == WiringSource::file);
  house.restart();
  CHECK(house.wire() == "2: 5002@7; 1: 5001@1 6001@3");
}

TEST_CASE("what the stream takes out is out, also of the file, and comes back by the stream") {
  Wired house;
  house.place(5001, TakenOut{});
  CHECK(house.wire() == "1:; 2: 5002@1");
  house.bus("2", TakenOut{});
  CHECK(house.wire() == "1:");
  CHECK(house.fault_of(5002) == WiringFault::bus_unknown);
  house.place(5001, at("1", 1, 1010));
  CHECK(house.wire() == "1: 5001@1");
}

TEST_CASE("a place names a profile of the site's own, once all of it has come, and goes on with it whatever comes behind") {
  Wired house;
  const wattle::test::Folder folder;
  house.file.data = folder.path("data");
  std::string text;
  for (const auto& shipped : shipped_profiles())
    if (shipped.model == "generic-relay-meter") text = shipped.text;
  const auto send = [&](const std::string& toml) {
    for (const auto& [key, value] : registers_of("own", toml, SodiumCrypto().hash(view(toml)).bytes)) {
      house.configure(key, value);
      house.wire();
    }
  };
  house.place(6001, at("1", 3, 1030, "own"));
  CHECK(house.wire() == "1: 5001@1; 2: 5002@1");
  CHECK(house.fault_of(6001) == WiringFault::profile_unknown);
  const std::string wired = "1: 5001@1 6001@3; 2: 5002@1";
  send(text);
  CHECK(house.wire() == wired);
  send("model = 3");
  CHECK(house.wire() == wired);
  house.configure(profile_key("own", 0), {1, 2, 3});
  CHECK(std::any_of(house.alarms.begin(), house.alarms.end(), [](const auto& r) { return r.alarm == Alarm::bad_setting; }));
  CHECK(house.wire() == wired);
  house.restart();
  CHECK(house.wire() == wired);
  CHECK(house.fault_of(6001) == WiringFault::none);
}

TEST_CASE("registers of another slot are none of this box's") {
  Wired house;
  house.configure(place_key({8}, {6001}), encode(PlaceRegister{at("1", 3, 1030)}));
  house.configure(bus_key({8}, "1"), encode(BusRegister{TakenOut{}}));
  CHECK(house.wire() == "1: 5001@1; 2: 5002@1");
}

TEST_CASE(
    "what cannot be used is left out under its code, where the file has something that goes on, and all others are wired") {
  Wired house;
  house.bus("2", BusSetting{PortKind::serial, "/dev/ttyS3", {}, LineFormat{1201, Parity::even, 1}});
  house.bus("3", BusSetting{PortKind::collector, "DTU-1"});
  house.bus("4", BusSetting{PortKind::serial, "/dev/ttyS1"});
  house.bus("5", BusSetting{PortKind::modbus_tcp, "gate:502"});
  house.place(5001, at("1", 1, 1010, "no-such-model"));
  house.place(6001, at("9", 3, 1031));
  house.place(6002, at("1", 248, 1032));
  house.place(6003, at("5", 4, 1033));
  house.place(6004, at("5", 4, 1034));
  house.place(6005, at("5", 5, 1033));
  house.place(6006, at("5", 6006, 1036, "generic-dlt645-2007"));
  auto four = at("5", 8, 1037);
  four.circuits.push_back({{1038}, {101}});
  house.place(6007, four);
  CHECK(house.wire() == "1: 5001@1; 5: 6003@4; 2: 5002@1");
  CHECK(house.note_of("4").fault == WiringFault::port_taken);
  CHECK(house.note_of("2").fault == WiringFault::line_format);
  CHECK(house.note_of("2").is_wired);
  CHECK(house.note_of("3").fault == WiringFault::no_collectors);
  CHECK(house.fault_of(5001) == WiringFault::profile_unknown);
  CHECK(house.fault_of(6001) == WiringFault::bus_unknown);
  CHECK(house.fault_of(6002) == WiringFault::bad_address);
  CHECK(house.fault_of(6004) == WiringFault::address_taken);
  CHECK(house.fault_of(6005) == WiringFault::circuit_taken);
  CHECK(house.fault_of(6006) == WiringFault::other_protocol);
  CHECK(house.fault_of(6007) == WiringFault::too_many_circuits);
  CHECK(house.fault_of(5002) == WiringFault::none);
}

TEST_CASE("a model whose purse contradicts itself is refused, and the other meters go on") {
  const wattle::test::Folder folder;
  const std::string wrong = R"(model = "wrong-purse"
protocol = "modbus"
rollover_wh = 1000000
[[block]]
start = 0
count = 2
[[circuit]]
energy = { register = 0, encoding = "u32", unit = "Wh" }
[purse]
kind = "purchase"
remaining = { register = 16, encoding = "f32", unit = "yuan" }
)";
  REQUIRE(write_file(folder.path("wrong-purse.toml"), wrong, FileAccess::owner_only).has_value());
  Wired house;
  house.file.profiles = folder.path();
  house.place(6001, at("1", 3, 1031, "wrong-purse"));
  CHECK(house.wire() == "1: 5001@1; 2: 5002@1");
  CHECK(house.fault_of(6001) == WiringFault::profile_unknown);
  const auto faults = ProfileShelf(folder.path()).find("wrong-purse").faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].find("a purse lies in whole holding registers") != std::string::npos);
}

TEST_CASE("a place that the box cannot use leaves the file's in its place") {
  Wired house;
  house.place(5001, at("1", 248, 1010));
  CHECK(house.wire() == "1: 5001@1; 2: 5002@1");
  CHECK(house.fault_of(5001) == WiringFault::bad_address);
}

TEST_CASE("a whole device is wired behind Modbus-TCP alone") {
  Wired house;
  house.bus("5", BusSetting{PortKind::modbus_tcp, "gate:502"});
  house.bus("6", BusSetting{PortKind::tcp, "moxa:4001"});
  house.place(6001, at("5", 255, 1030));
  house.place(6002, at("5", 0, 1031));
  house.place(6003, at("6", 255, 1032));
  house.place(6004, at("6", 0, 1033));
  house.wire();
  CHECK(house.fault_of(6001) == WiringFault::none);
  CHECK(house.fault_of(6002) == WiringFault::none);
  CHECK(house.fault_of(6003) == WiringFault::bad_address);
  CHECK(house.fault_of(6004) == WiringFault::bad_address);
}

TEST_CASE("what comes to it does not stop what runs from the file") {
  Wired house;
  house.place(4001, at("1", 1, 1039));
  house.place(4002, at("2", 9, 1011));
  CHECK(house.wire() == "1: 5001@1; 2: 5002@1");
  CHECK(house.fault_of(4001) == WiringFault::address_taken);
  CHECK(house.fault_of(4002) == WiringFault::circuit_taken);
}

TEST_CASE("a box whose file has no bus takes all of it from the stream") {
  Wired house;
  house.file.buses.clear();
  CHECK(house.wire().empty());
  CHECK(house.wiring.bus_notes.empty());
  house.bus("new", BusSetting{PortKind::tcp, "moxa:4001"});
  house.place(6001, at("new", 3, 1030));
  CHECK(house.wire() == "new: 6001@3");
}

TEST_CASE("a box takes 64 buses, those of its file among them, and no more") {
  Wired house;
  for (std::size_t i = 0; i + 2 <= box_buses_max; ++i)
    house.bus("b" + std::to_string(i), BusSetting{PortKind::modbus_tcp, "gate:" + std::to_string(1000 + i)});
  house.wire();
  CHECK(house.wiring.buses.size() == box_buses_max);
  const auto refused = std::count_if(house.wiring.bus_notes.begin(), house.wiring.bus_notes.end(),
                                     [](const BusNote& note) { return note.fault == WiringFault::too_many; });
  CHECK(refused == 1);
  Report report;
  for (const auto& note : house.wiring.bus_notes) report.buses.push_back(bus_report(note, {1, false, true}, nullptr, {}));
  const auto read = cloud::read_report(encode_report(report));
  REQUIRE(read.has_value());
  REQUIRE(read->buses.size() == box_buses_max + 1);
  const auto is_one_too_many = [](const cloud::BusReport& bus) { return bus.fault == WiringFault::too_many; };
  CHECK(std::count_if(read->buses.begin(), read->buses.end(), is_one_too_many) == 1);
  const auto told = std::find_if(read->buses.begin(), read->buses.end(), is_one_too_many);
  CHECK(told->state == WiringState::refused);
  CHECK(told->source == WiringSource::stream);
  CHECK(told->setting == cloud::SettingReport{1, false, true});
  house.bus("2", TakenOut{});
  house.wire();
  CHECK(house.wiring.buses.size() == box_buses_max);
  CHECK(house.note_of("b0").fault == WiringFault::none);
}

TEST_CASE("at what pace a box works is said by its own register, and where that says nothing by its file") {
  Wired house;
  house.file.poll_every = seconds(7);
  house.file.record_every = minutes(30);
  house.wire();
  CHECK(house.wiring.pace.poll_every == seconds(7));
  CHECK(house.wiring.buses[0].every == seconds(7));
  CHECK(house.wiring.buses[0].clock.broadcast_minute == 190);
  const auto before = house.wiring.buses[1];
  CHECK(are_same(house.wiring.buses[1], before));
  house.configure(pace_key({8}), encode(BoxPace{seconds(1), {}, {}}));  // another slot's
  house.wire();
  CHECK(house.wiring.pace.poll_every == seconds(7));
  const auto changes = house.box->settings().wiring_changes();
  house.configure(pace_key(house_box.edge), encode(BoxPace{seconds(2), minutes(1), ClockBroadcast{}}));
  CHECK(house.box->settings().wiring_changes() > changes);
  house.wire();
  CHECK(house.wiring.pace.poll_every == seconds(2));
  CHECK(house.wiring.pace.record_every == minutes(1));
  CHECK(house.wiring.buses[1].every == seconds(2));
  CHECK_FALSE(house.wiring.buses[1].clock.broadcast_minute);
  CHECK(house.wiring.buses[1].clock.utc_offset == hours(8));
  CHECK_FALSE(are_same(house.wiring.buses[1], before));
  house.configure(pace_key(house_box.edge), from_hex("0101"));  // cannot be read: what was before goes on
  house.wire();
  CHECK(house.wiring.pace.poll_every == seconds(2));
  house.configure(pace_key(house_box.edge), encode(BoxPace{{}, minutes(1), {}}));
  house.wire();
  CHECK(house.wiring.pace.poll_every == seconds(7));
  CHECK(house.wiring.pace.record_every == minutes(1));
  CHECK(are_same(house.wiring.buses[1], before));
}

TEST_CASE("readings are kept by the circuit's plan, by the box's, or by the site's") {
  Wired house;
  const auto minutes_of = [&](std::uint32_t circuit) {
    const auto* plan = house.box->settings().plan_of({circuit}, house_box.edge);
    return plan == nullptr ? 0 : int{plan->rules.at(0).every};
  };
  const auto each = [](std::uint16_t n) { return encode(ReadingPlan{{{ReadingRuleKind::interval, n}}}); };
  CHECK(minutes_of(1010) == 0);
  house.configure(std::string(site_plan_key), each(30));
  house.configure(box_plan_key({8}), each(5));  // another slot's
  CHECK(minutes_of(1010) == 30);
  house.configure(box_plan_key(house_box.edge), each(15));
  CHECK(minutes_of(1010) == 15);
  CHECK(minutes_of(4711) == 15);  // whatever is fitted later
  house.configure(plan_key({1010}), each(1));
  CHECK(minutes_of(1010) == 1);
  CHECK(minutes_of(1011) == 15);
  house.configure(box_plan_key(house_box.edge), encode(ReadingPlan{}));
  CHECK(minutes_of(1011) == 30);
}

TEST_CASE("no bus has more than 128 meters") {
  Wired house;
  house.bus("3", BusSetting{PortKind::modbus_tcp, "gate:502"});
  for (std::uint32_t i = 1; i <= wired_meters_max + 1; ++i) house.place(70'000 + i, at("3", i, 20'000 + i));
  house.wire();
  const auto& bus =
      *std::find_if(house.wiring.buses.begin(), house.wiring.buses.end(), [](const auto& b) { return b.name == "3"; });
  CHECK(bus.meters.size() == wired_meters_max);
  CHECK(house.fault_of(70'000 + wired_meters_max + 1) == WiringFault::bus_full);
}

TEST_CASE("a password that was sealed for this box is used and told to nobody; one for a box before it is refused") {
  Wired house;
  auto place = at("2", 202311000161, 1040, "generic-dlt645-2007");
  place.password = sealed_by(8, 9, {2, 0, 0, 0x31, 9, 9, 9, 9});
  house.bus("2", BusSetting{PortKind::tcp, "moxa:4002"});
  house.place(5002, TakenOut{});
  house.place(202311000161, place);
  CHECK(house.wire() == "1: 5001@1; 2: 202311000161@202311000161");
  const auto& by = house.wiring.buses[1].meters[0].place.by;
  CHECK(by.password == std::array<std::uint8_t, 4>{2, 0, 0, 0x31});
  CHECK(by.operator_code == std::array<std::uint8_t, 4>{9, 9, 9, 9});
  std::string shown = wiring_reply(statuses(house.wiring));
  for (const auto& status : statuses(house.wiring)) shown += to_text(status);
  CHECK(shown.find("has_password\":true") != std::string::npos);
  CHECK(shown.find("02000031") == std::string::npos);
  CHECK(shown.find("09090909") == std::string::npos);
  place.password = sealed_by(8, 10, {2, 0, 0, 0x31, 9, 9, 9, 9});
  house.place(202311000161, place);
  CHECK(house.wire() == "1: 5001@1; 2:");
  CHECK(house.fault_of(202311000161) == WiringFault::password_unreadable);
}

TEST_CASE("a meter of the file that was changed by an order is read as the new one, without any editing") {
  Wired house;
  house.configure(meter_key(lamp), encode(MeterOrder{{5001}, {0}, {6001}, {7}}));
  CHECK(house.wire() == "1: 5001@1; 2: 5002@1");  // not carried out yet
  house.give(MeterReplaced{room, lamp, {0}, {6001}, {7}});
  CHECK(house.wire() == "1: 6001@1; 2: 5002@1");
  house.configure(meter_key(lamp), encode(MeterOrder{{6001}, {9}, {6002}, {0}}));
  house.give(MeterReplaced{room, lamp, {9}, {6002}, {0}});
  CHECK(house.wire() == "1: 6002@1; 2: 5002@1");
  house.restart();
  CHECK(house.wire() == "1: 6002@1; 2: 5002@1");
  // And the same of one of the stream, until its register has the new number.
  house.place(6002, at("1", 5, 1010));
  CHECK(house.wire() == "1: 6002@5; 2: 5002@1");
  house.place(6002, TakenOut{});
  house.place(6001, at("1", 6, 1010));
  CHECK(house.wire() == "1: 6002@6; 2: 5002@1");
}

TEST_CASE("a meter that the circuit never had is read as itself, not as the one that the ledger has") {
  Wired house;
  house.configure(meter_key(lamp), encode(MeterOrder{{5001}, {0}, {6001}, {7}}));
  house.give(MeterReplaced{room, lamp, {0}, {6001}, {7}});
  house.file.buses[0].meters[0].place.number = {6009};  // put in and written down, and its change not told yet
  CHECK(house.wire() == "1: 6009@1; 2: 5002@1");
  house.place(6008, at("1", 5, 1010));
  house.place(6009, TakenOut{});
  CHECK(house.wire() == "1: 6008@5; 2: 5002@1");
  // One of the stream is handed on with each change: an earlier number was set by somebody, and means that meter.
  house.configure(meter_key(lamp), encode(MeterOrder{{6001}, {9}, {6002}, {0}}));
  house.give(MeterReplaced{room, lamp, {9}, {6002}, {0}});
  house.place(6008, TakenOut{});
  house.place(5001, at("1", 5, 1010));
  CHECK(house.wire() == "1: 5001@5; 2: 5002@1");
}

TEST_CASE("the meter before does not come back while another change waits, or is refused, or when the room is closed") {
  Wired house;
  house.configure(meter_key(lamp), encode(MeterOrder{{5001}, {0}, {6001}, {7}}));
  house.give(MeterReplaced{room, lamp, {0}, {6001}, {7}});
  house.configure(meter_key(lamp), encode(MeterOrder{{6001}, {9}, {6002}, {0}}));
  CHECK(house.wire() == "1: 6001@1; 2: 5002@1");
  house.place(6001, TakenOut{});
  CHECK(house.wire() == "1:; 2: 5002@1");
  house.read_both();
  house.order(cloud::Move{Uid{{7}}, room, 1, {}});
  CHECK_FALSE(house.box->link().state().find(room)->open);
  CHECK(house.wire() == "1:; 2: 5002@1");
}

}  // namespace wattle::edge
