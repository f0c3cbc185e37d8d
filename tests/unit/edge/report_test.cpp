#include "edge/report.hpp"

#include <catch2/catch.hpp>

#include "cloud/gateway/report.hpp"

namespace wattle::edge {

TEST_CASE("a report has the bytes of api-spec/provisioning.md") {
  Report report;
  CircuitReport known{{1010}, {101}, true, {300}, {-1}, Power{40}, {}, {3, true, true}};
  known.view = {ControlMode::prepaid, Decision{false, RelayReason::locked_out}, 300, true, Warning::second};
  report.circuits = {known, CircuitReport{{1}, {2}, std::nullopt, {}, {}, std::nullopt, {}, {}}};
  report.settings = {{"calendar", {1, false, false}}};
  CHECK(to_hex(encode_report(report)) ==
        "0202"        // version, count
        "f20765"      // circuit 1010, room 101
        "0207"        // closed, locked out
        "ac0201"      // 300 Wh, -1 micro-unit
        "0150"        // 40 W
        "0002ac0201"  // prepaid, second warning, trip 300, locked
        "0301"        // version 3 of its register, overridden
        "01020000000000000000000000"
        "01"
        "0863616c656e646172"
        "0102"  // version 1, which cannot be read
        "00");
  CHECK(to_hex(encode_report({})) == "02000000");
}

TEST_CASE("the cloud reads what a box reports") {
  Report report;
  report.circuits = {{{1010}, {101}, false, {300}, {-1}, Power{40}, {}, {3, true, false}}};
  report.circuits[0].view = {ControlMode::forced_off, Decision{false, RelayReason::forced_off}, 0, false, Warning::first};
  report.settings = {{"calendar", {1, false, true}}, {"timetable/2", {9, true, true}}};
  RelayRow row;
  row.number = 4;
  row.decision = {true, RelayReason::credit};
  report.rows.push_back(row);
  const auto read = cloud::read_report(encode_report(report));
  REQUIRE(read.has_value());
  REQUIRE(read->circuits.size() == 1);
  CHECK(read->circuits[0].relay == cloud::RelayState::open);
  CHECK(read->circuits[0].reason == RelayReason::forced_off);
  CHECK(read->circuits[0].mode == ControlMode::forced_off);
  CHECK(read->circuits[0].warning == Warning::first);
  CHECK(read->circuits[0].power == Power{40});
  CHECK(read->circuits[0].control == cloud::SettingReport{3, true, false});
  REQUIRE(read->settings.size() == 2);
  CHECK(read->settings[1].first == "timetable/2");
  REQUIRE(read->rows.size() == 1);
  CHECK(read->rows[0].number == 4);
  CHECK(cloud::write_report(*read) == encode_report(report));
}

}  // namespace wattle::edge
