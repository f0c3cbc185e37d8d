// What a box says of its circuits, buses and meters, as the cloud reads it: whole, of any version. What was read stays within
// the limits, and is read again from what is written of it, the same.

#include <algorithm>
#include <tuple>

#include "cloud/gateway/report.hpp"
#include "shared/base/check.hpp"

using namespace wattle;
using namespace wattle::cloud;

namespace {

void check_limits(const Report& report) {
  WATTLE_CHECK(report.circuits.size() <= report_circuits_max && report.settings.size() <= report_settings_max);
  WATTLE_CHECK(report.rows.size() <= report_rows_max && report.buses.size() <= report_buses_max);
  WATTLE_CHECK(report.meters.size() <= report_meters_max);
  for (const auto& [key, setting] : report.settings) WATTLE_CHECK(key.size() <= setting_key_bytes_max);
  for (const auto& circuit : report.circuits) WATTLE_CHECK(circuit.register_units.units >= 0);
  for (const auto& meter : report.meters) WATTLE_CHECK(!meter.heard_ago || meter.heard_ago->micros >= 0);
}

/// But for the moment, which is not in the bytes.
auto all_of(const CircuitReport& c) {
  return std::tie(c.circuit, c.room, c.relay, c.reason, c.register_units, c.live_balance, c.power, c.mode, c.warning, c.trip,
                  c.locked, c.control, c.held, c.plan, c.meter, c.meter_refused, c.rollover, c.parameters, c.told, c.clock,
                  c.accept, c.accept_refused, c.correction, c.correction_refused, c.held_after, c.held_shown, c.purse,
                  c.purse_told);
}
auto all_of(const BusReport& b) { return std::tie(b.name, b.setting, b.source, b.state, b.fault, b.faults); }
auto all_of(const MeterReport& m) {
  return std::tie(m.number, m.bus, m.address, m.setting, m.source, m.state, m.fault, m.heard_ago, m.health);
}
template <class Report>
bool are_same(const std::vector<Report>& a, const std::vector<Report>& b) {
  return std::ranges::equal(a, b, [](const Report& x, const Report& y) { return all_of(x) == all_of(y); });
}

/// What an older box does not tell is written as nothing to tell.
Report as_written(Report report) {
  for (auto& bus : report.buses) bus.faults = bus.faults.value_or(LineFaultsTold{});
  for (auto& meter : report.meters) meter.health = meter.health.value_or(MeterHealth{});
  return report;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto report = read_report({data, size});
  if (!report) return 0;
  check_limits(*report);
  const auto written = write_report(*report);
  const auto again = read_report(written);
  WATTLE_CHECK(again.has_value());
  check_limits(*again);
  const auto meant = as_written(*report);
  WATTLE_CHECK(again->version == report_version && again->settings == meant.settings && again->pace == meant.pace);
  WATTLE_CHECK(are_same(again->circuits, meant.circuits));
  WATTLE_CHECK(are_same(again->buses, meant.buses) && are_same(again->meters, meant.meters));
  const auto is_same_row = [](const RelayRow& a, const RelayRow& b) { return encode(a) == encode(b); };
  WATTLE_CHECK(std::ranges::equal(again->rows, meant.rows, is_same_row));
  WATTLE_CHECK(write_report(*again) == written);
  return 0;
}
