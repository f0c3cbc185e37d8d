#include "edge/report.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "cloud/gateway/report.hpp"
#include "shared/base/random.hpp"

namespace wattle::edge {

TEST_CASE("a report has the bytes of api-spec/provisioning.md") {
  Report report;
  CircuitReport known{{1010}, {101}, true, {300}, {-1}, Power{40}, CircuitView{}, {3, true, true}};
  known.view = {ControlMode::prepaid, Decision{false, RelayReason::locked_out}, 300, true, Warning::second, false, {}, {}};
  known.view.held = true;
  known.plan = {4, false, true};
  known.meter = {5, false, true};
  known.meter_refused = LedgerErrc::reading_chain;
  known.rollover = {6, false, true};
  known.parameters = {7, false, true};
  known.told[Parameter::power_limit] = {ParameterState::written, ParameterValue{3'000, {}}, {7}, 0};
  known.clock = ClockTold{seconds(-40), {8}, false};
  known.accept = {8, false, true};
  known.view.accept_refused = {1, LedgerErrc::reading_chain};
  known.correction = {9, false, true};
  known.view.correction_refused = {2, LedgerErrc::amount};
  known.view.held_after = {320};
  known.view.held_shown = {300};
  known.purse = {8, false, true};
  known.purse_told =
      PurseTold{PurseState::agrees, PurseMeasure::money, PurseShown{20'000'000, 30'000'000, 3}, 20'000'000, 0, {9}, 0};
  report.circuits = {known, CircuitReport{{1}, {2}, std::nullopt, {}, {}, std::nullopt, CircuitView{}, {}}};
  report.settings = {{"calendar", {1, false, false}}};
  report.buses = {{"1",
                   {2, false, true},
                   WiringSource::stream,
                   WiringState::pending,
                   WiringFault::bus_full,
                   {{LineFault::checksum, 3, seconds(9), true}}}};
  report.meters = {{{5001}, "1", 12, {}, WiringSource::file, WiringState::applied, WiringFault::none, seconds(10), {}}};
  report.meters[0].health.torn = 2;
  report.meters[0].health.failure = MeterFailure{1, seconds(8)};
  report.pace = {seconds(5), minutes(15), ClockBroadcast{std::uint16_t{190}}};
  CHECK(to_hex(encode_report(report)) ==
        "0602"                          // version, count
        "f20765"                        // circuit 1010, room 101
        "0207"                          // closed, locked out
        "ac0201"                        // 300 Wh, -1 micro-unit
        "0150"                          // 40 W
        "0002ac0201"                    // prepaid, second warning, trip 300, locked
        "0301"                          // version 3 of its register, overridden
        "01"                            // held
        "0400"                          // version 4 of its plan
        "050014"                        // version 5 of an order for another meter, and why it is not carried out
        "0600"                          // version 6 of an order about its register's end
        "0700"                          // version 7 of what its meter is told
        "01070101f02e0700000000000000"  // the power limit is written: 3,000 W, read at 7
        "014f0800000000000000"          // its clock is 40 s behind, read at 8
        "08001401000000"                // version 8 of an order to go on from a held reading, and why it waits
        "09000402000000"                // version 9 of a correction, and why it is refused
        "8005d804"                      // held: it was counted up to 320, and shows 300
        "0800"                          // version 8 of how its purse is kept
        "1901010380b48913808ece1c03"
        "80b4891300"
        "0900000000000000"  // it agrees: 20 yuan remain, of 30, bought three times; read at 9
        "01020000000000000000000000"
        "000000000000000000000000"
        "0000000000000000"
        "000000"
        "01"
        "0863616c656e646172"
        "0102"  // version 1, which cannot be read
        "00"
        "01"
        "0131"
        "0200"
        "020207"      // bus 1, version 2; of the stream, pending, and why
        "0101030901"  // three bad checksums, the last one 9 s ago, and it goes on
        "01"
        "8927"
        "0131"
        "0c"
        "0000"
        "0101"
        "00"
        "010a"                  // meter 5001 on bus 1 at 12, of the file, applied, heard 10 s ago
        "2002010008"            // two torn readings; 8 s ago it did not answer
        "08010788278407be01");  // reads each 5 s, records each 15 min, tells the time at 03:10
  CHECK(to_hex(encode_report({})) == "060000000000020100");
}

TEST_CASE("a report is never longer than an envelope, and what is short is told before what is long") {
  Report report;
  const std::string name(report_name_max, 'b');
  CircuitReport told{{UINT32_MAX}, {UINT32_MAX}, true, {INT64_MAX}, {INT64_MIN}, Power{INT32_MAX}, CircuitView{}, {UINT64_MAX}};
  for (std::uint8_t i = 1; i <= 4; ++i)
    told.told[static_cast<Parameter>(i)] = {ParameterState::written, ParameterValue{3'000, {}}, {7}, 0};
  report.circuits.assign(report_circuits_max, told);
  RelayRow row;
  row.number = 4;
  row.decision = {true, RelayReason::credit};
  report.rows.assign(report_rows_max, row);
  report.buses.assign(report_buses_max, BusReport{name, {}, WiringSource::file, WiringState::applied});
  const MeterReport meter{{UINT64_MAX}, name,          UINT64_MAX, {UINT64_MAX}, WiringSource::file, WiringState::applied,
                          {},           seconds(3600), {}};
  report.meters.assign(report_meters_max, meter);
  auto bytes = encode_report(report);
  CHECK(bytes.size() <= max_envelope_body_bytes);
  auto read = cloud::read_report(bytes);
  REQUIRE(read.has_value());
  CHECK(read->circuits.size() < report_circuits_max);
  CHECK(read->circuits.size() > report_circuits_max / 4);
  CHECK(read->rows.size() == report_rows_max);
  CHECK(read->buses.size() == report_buses_max);
  CHECK(read->meters.size() < 4);  // what a circuit more would have taken
  // One more meter than there are bytes for: all circuits, and the meters up to the last byte.
  report.circuits.resize(500);
  bytes = encode_report(report);
  read = cloud::read_report(bytes);
  REQUIRE(read.has_value());
  CHECK(read->circuits.size() == 500);
  REQUIRE(read->meters.size() < report_meters_max);
  const auto fits = read->meters.size();
  report.meters.resize(fits);
  CHECK(encode_report(report) == bytes);
  Report one;
  one.meters = {meter};
  const auto of_meter = encode_report(one).size() - encode_report({}).size();
  CHECK(bytes.size() + of_meter > max_envelope_body_bytes - 16 - pace_bytes_max);
}

TEST_CASE("of a large box all circuits are told, and the tables in its meters only where there are bytes for them") {
  Report report;
  CircuitReport circuit{{1010}, {101}, true, {INT64_MAX}, {INT64_MIN}, Power{INT32_MAX}, CircuitView{}, {UINT64_MAX}};
  ParameterValue table;
  for (std::uint16_t i = 0; i < table_entries_max; ++i) table.entries.push_back({static_cast<std::uint16_t>(i * 100), 63});
  ParameterValue zones;
  for (std::uint16_t i = 1; i <= table_entries_max; ++i) zones.entries.push_back({static_cast<std::uint16_t>(1100 + i), 8});
  for (const auto& what : all_parameters()) {
    const auto value = what.kind == ParameterKind::table   ? table
                       : what.kind == ParameterKind::zones ? zones
                                                           : ParameterValue{what.most, {}};
    circuit.told[what.parameter] = {ParameterState::differs, value, {1'790'000'000'000'000}, 1};
  }
  MeterReport meter{{UINT64_MAX},
                    std::string(report_name_max, 'b'),
                    UINT64_MAX,
                    {UINT64_MAX},
                    WiringSource::file,
                    WiringState::applied,
                    {},
                    seconds(3600),
                    {}};
  report.circuits.assign(300, circuit);
  report.meters.assign(300, meter);
  RelayRow row;
  row.number = 4;
  row.decision = {true, RelayReason::credit};
  report.rows.assign(report_rows_max, row);
  auto read = cloud::read_report(encode_report(report));
  REQUIRE(read.has_value());
  REQUIRE(read->circuits.size() == 300);
  CHECK(read->meters.size() == 300);
  for (const auto& told : read->circuits) {
    CHECK(told.relay == cloud::RelayState::closed);
    CHECK(told.live_balance == Money{INT64_MIN});
    REQUIRE(told.told.size() == all_parameters().size());
    CHECK(told.told.at(Parameter::close_delay).in_meter);
    CHECK(told.told.at(Parameter::zone_table).state == ParameterState::differs);
    CHECK_FALSE(told.told.at(Parameter::zone_table).in_meter);
  }
  report.circuits.assign(900, circuit);
  read = cloud::read_report(encode_report(report));
  REQUIRE(read.has_value());
  REQUIRE(read->circuits.size() == 900);
  CHECK(read->circuits.back().relay == cloud::RelayState::closed);
  CHECK(read->circuits.back().told.empty());
  report.circuits.assign(20, circuit);
  read = cloud::read_report(encode_report(report));
  REQUIRE(read.has_value());
  CHECK(read->circuits.back().told.at(Parameter::day_table_8).in_meter == table);
}

TEST_CASE("a long name of a bus is cut between two characters") {
  Report report;
  const auto told = [&](const std::string& name) {
    report.buses = {BusReport{name, {}, WiringSource::file, WiringState::applied}};
    const auto read = cloud::read_report(encode_report(report));
    return read ? read->buses.at(0).name : std::string();
  };
  const std::string letters(report_name_max - 1, 'b');
  CHECK(told(letters + "\xE6\xA5\xBC") == letters);
  CHECK(told(letters + "bb") == letters + 'b');
  CHECK(told(letters.substr(2) + "\xE6\xA5\xBC\xE6") == letters.substr(2) + "\xE6\xA5\xBC");
}

TEST_CASE("the cloud reads what a box reports") {
  Report report;
  report.circuits = {{{1010}, {101}, false, {300}, {-1}, Power{40}, CircuitView{}, {3, true, false}}};
  report.circuits[0].view = {
      ControlMode::forced_off, Decision{false, RelayReason::forced_off}, 0, false, Warning::first, false, {}, {}};
  report.circuits[0].view.held = true;
  report.circuits[0].plan = {7, false, true};
  report.circuits[0].meter = {8, true, true};
  report.circuits[0].meter_refused = LedgerErrc::reading_chain;
  report.circuits[0].rollover = {9, false, false};
  report.circuits[0].parameters = {2, false, true};
  report.circuits[0].told[Parameter::power_limit] = {ParameterState::written, ParameterValue{3'000, {}}, {7}, 0};
  report.circuits[0].clock = ClockTold{seconds(-40), {8}, false};
  report.circuits[0].accept = {3, false, true};
  report.circuits[0].view.accept_refused = {UINT32_MAX, LedgerErrc::room_not_open};
  report.circuits[0].correction = {4, false, true};
  report.circuits[0].view.correction_refused = {7, LedgerErrc::opening};
  report.circuits[0].view.held_after = {400};
  report.circuits[0].view.held_shown = {300};
  report.circuits[0].purse = {4, true, true};
  report.circuits[0].purse_told = PurseTold{PurseState::excess, PurseMeasure::energy, {}, {}, 7, {9}, 21};
  report.settings = {{"calendar", {1, false, true}}, {"timetable/2", {9, true, true}}};
  RelayRow row;
  row.number = 4;
  row.decision = {true, RelayReason::credit};
  report.rows.push_back(row);
  report.buses = {{"far",
                   {4, false, true},
                   WiringSource::stream,
                   WiringState::pending,
                   WiringFault::bus_away,
                   {{LineFault::silent, 300, hours(1), false}}}};
  report.meters = {{{6001},
                    "far",
                    6001,
                    {3, true, true},
                    WiringSource::stream,
                    WiringState::refused,
                    WiringFault::address_taken,
                    seconds(90),
                    {}},
                   {{6002}, std::string(80, 'b'), 1, {}, WiringSource::file, WiringState::pending, WiringFault::none, {}, {}}};
  report.meters[0].health.foreign = true;
  report.meters[0].health.answers_as = {999};
  report.pace = {milliseconds(200), days(1), ClockBroadcast{}};
  const auto read = cloud::read_report(encode_report(report));
  REQUIRE(read.has_value());
  REQUIRE(read->circuits.size() == 1);
  CHECK(read->circuits[0].relay == cloud::RelayState::open);
  CHECK(read->circuits[0].reason == RelayReason::forced_off);
  CHECK(read->circuits[0].mode == ControlMode::forced_off);
  CHECK(read->circuits[0].warning == Warning::first);
  CHECK(read->circuits[0].power == Power{40});
  CHECK(read->circuits[0].control == cloud::SettingReport{3, true, false});
  CHECK(read->circuits[0].held);
  CHECK(read->circuits[0].plan == cloud::SettingReport{7, false, true});
  CHECK(read->circuits[0].meter == cloud::SettingReport{8, true, true});
  CHECK(read->circuits[0].meter_refused == LedgerErrc::reading_chain);
  CHECK(read->circuits[0].rollover == cloud::SettingReport{9, false, false});
  CHECK(read->circuits[0].parameters == cloud::SettingReport{2, false, true});
  CHECK(read->circuits[0].told == report.circuits[0].told);
  CHECK(read->circuits[0].clock == report.circuits[0].clock);
  CHECK(read->circuits[0].accept == cloud::SettingReport{3, false, true});
  CHECK(read->circuits[0].accept_refused == cloud::OrderRefusal{UINT32_MAX, LedgerErrc::room_not_open});
  CHECK(read->circuits[0].correction == cloud::SettingReport{4, false, true});
  CHECK(read->circuits[0].correction_refused == cloud::OrderRefusal{7, LedgerErrc::opening});
  CHECK(read->circuits[0].held_after == Quantity{400});
  CHECK(read->circuits[0].held_shown == Quantity{300});
  CHECK(read->circuits[0].purse == cloud::SettingReport{4, true, true});
  CHECK(read->circuits[0].purse_told == report.circuits[0].purse_told);
  REQUIRE(read->settings.size() == 2);
  CHECK(read->settings[1].first == "timetable/2");
  REQUIRE(read->rows.size() == 1);
  CHECK(read->rows[0].number == 4);
  CHECK(cloud::write_report(*read) == encode_report(report));
  REQUIRE(read->buses.size() == 1);
  CHECK(read->version == cloud::report_version);
  CHECK(read->pace == report.pace);
  CHECK(read->buses[0].faults == report.buses[0].faults);
  CHECK(read->meters.at(0).health == report.meters[0].health);
  CHECK(read->meters.at(1).health == MeterHealth{});
  CHECK(read->buses[0].name == "far");
  CHECK(read->buses[0].setting == cloud::SettingReport{4, false, true});
  CHECK(read->buses[0].fault == WiringFault::bus_away);
  REQUIRE(read->meters.size() == 2);
  CHECK(read->meters[0].number == MeterId{6001});
  CHECK(read->meters[0].state == WiringState::refused);
  CHECK(read->meters[0].heard_ago == seconds(90));
  CHECK(read->meters[1].bus == std::string(64, 'b'));
  CHECK_FALSE(read->meters[1].heard_ago);
}

TEST_CASE("the cloud reads the report of a box that does not know of plans and orders about meters yet") {
  const auto older = cloud::read_report(from_hex("0201f207650207ac020101500002ac020103010000"));
  REQUIRE(older.has_value());
  REQUIRE(older->circuits.size() == 1);
  CHECK(older->circuits[0].control == cloud::SettingReport{3, true, true});
  CHECK_FALSE(older->circuits[0].held);
  const auto before_parameters =
      cloud::read_report(from_hex("0301f207650207ac020101500002ac02010301010400050014060000"
                                  "00"));
  REQUIRE(before_parameters.has_value());
  CHECK(before_parameters->circuits[0].rollover == cloud::SettingReport{6, false, true});
  CHECK(before_parameters->circuits[0].parameters == cloud::SettingReport{});
  CHECK(older->circuits[0].plan == cloud::SettingReport{});
}

TEST_CASE("the cloud reads the report of a box that does not know of orders about what is charged yet") {
  const auto older =
      cloud::read_report(from_hex("0401f207650207ac020101500002ac020103010104000500140600070000"
                                  "0000000000"));
  REQUIRE(older.has_value());
  REQUIRE(older->circuits.size() == 1);
  CHECK(older->circuits[0].parameters == cloud::SettingReport{7, false, true});
  CHECK(older->circuits[0].held);
  CHECK(older->circuits[0].accept == cloud::SettingReport{});
  CHECK_FALSE(older->circuits[0].correction_refused);
}

TEST_CASE("the cloud reads the report of a box that does not tell how lines and meters stand yet") {
  const auto older =
      cloud::read_report(from_hex("05000000"
                                  "01013100000101000189270131"
                                  "0c0000010100010a"));
  REQUIRE(older.has_value());
  CHECK(older->version == 5);
  CHECK_FALSE(older->buses.at(0).faults);
  CHECK_FALSE(older->meters.at(0).health);
  CHECK(older->meters.at(0).heard_ago == seconds(10));
  CHECK_FALSE(older->pace);
  CHECK_FALSE(cloud::read_report(from_hex("070000000000020100")).has_value());
  const auto odd = cloud::read_report(from_hex("060000000000020200"));  // a pace of a newer box costs nothing else
  REQUIRE(odd.has_value());
  CHECK_FALSE(odd->pace);
}

TEST_CASE("whatever the bytes are, a report is read or refused, and what is read can be written again") {
  Report report;
  report.circuits = {{{1010}, {101}, false, {300}, {-1}, Power{40}, CircuitView{}, {3, true, false}},
                     {{9010}, {}, std::nullopt, {7}, {}, std::nullopt, CircuitView{}, {}}};
  report.settings = {{"calendar", {1, false, true}}};
  report.buses = {{"far", {4}, WiringSource::stream, WiringState::applied, {}, {{LineFault::unfit, 300, hours(1), false}}}};
  report.meters = {{{6001}, "far", 6001, {3}, WiringSource::file, WiringState::applied, {}, seconds(90), {}}};
  report.meters[0].health.failure = MeterFailure{2, seconds(90)};
  report.pace = {milliseconds(200), days(1), ClockBroadcast{}};
  const auto right = encode_report(report);
  Random random(21);
  std::size_t refused = 0;
  for (int i = 0; i < 40'000; ++i) {
    auto bytes = right;
    for (auto changes = random.between(1, 3); changes > 0; --changes)
      bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
    if (random.chance(1, 8)) bytes.resize(random.below(bytes.size() + 1));
    const auto read = cloud::read_report(bytes);
    if (!read) {
      ++refused;
      continue;
    }
    const auto again = cloud::read_report(cloud::write_report(*read));
    REQUIRE(again.has_value());
    CHECK(again->circuits.size() == read->circuits.size());
    CHECK(again->meters.size() == read->meters.size());
  }
  CHECK(refused > 1000);
  CHECK(refused < 39'000);
}

TEST_CASE("no amount of a purse, no threshold and no state of a newer box costs a whole report") {
  Report report;
  CircuitReport one{{1010}, {101}, true, {300}, {INT64_MIN}, Power{40}, {}, {3}};
  one.told[Parameter::alarm_money_first] = {ParameterState::written, ParameterValue{yuan(1'000'000).micros, {}}, {7}, 0};
  REQUIRE(is_valid(Parameter::alarm_money_first, {yuan(1'000'000).micros, {}}));
  for (const auto amount : {INT64_MIN, -yuan(1'000'000).micros, yuan(1'000'000).micros, INT64_MAX}) {
    one.purse_told = PurseTold{
        PurseState::refused, PurseMeasure::money, PurseShown{amount, amount, UINT32_MAX}, amount, amount, {amount}, UINT16_MAX};
    report.circuits = {one, one};
    const auto read = cloud::read_report(encode_report(report));
    REQUIRE(read.has_value());
    CHECK(read->circuits.at(1).purse_told == one.purse_told);
    CHECK(read->circuits.at(1).told == one.told);
  }
  auto bytes = encode_report(report);
  const auto told = encode(*one.purse_told);
  const auto at = std::search(bytes.begin(), bytes.end(), told.begin(), told.end());
  REQUIRE(at != bytes.end());
  *at = 0x77;  // a state that this cloud does not know
  const auto read = cloud::read_report(bytes);
  REQUIRE(read.has_value());
  CHECK_FALSE(read->circuits.at(0).purse_told);
  CHECK(read->circuits.at(1).purse_told == one.purse_told);
}

TEST_CASE("the cloud reads the report of a box that says nothing of its wiring yet") {
  const auto older = cloud::read_report(from_hex("03000000"));
  REQUIRE(older.has_value());
  CHECK(older->buses.empty());
  CHECK(cloud::read_report(from_hex("040000000000")).has_value());
  CHECK_FALSE(cloud::read_report(from_hex("04000000")).has_value());
  CHECK_FALSE(cloud::read_report(from_hex("0400000001013100000401000000")).has_value());  // of no source that there is
}

}  // namespace wattle::edge
