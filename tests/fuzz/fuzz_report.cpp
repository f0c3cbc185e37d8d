// What a box says of its circuits, buses and meters, as the cloud reads it: whole, of any version. What was read stays within
// the limits, and is read again from what is written of it, the same.

#include <algorithm>

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto report = read_report({data, size});
  if (!report) return 0;
  check_limits(*report);
  const auto written = write_report(*report);
  const auto again = read_report(written);
  WATTLE_CHECK(again.has_value());
  WATTLE_CHECK(again->circuits.size() == report->circuits.size() && again->settings == report->settings);
  WATTLE_CHECK(again->buses.size() == report->buses.size() && again->meters.size() == report->meters.size());
  WATTLE_CHECK(write_report(*again) == written);
  WATTLE_CHECK(again->pace == report->pace && again->rows.size() == report->rows.size());
  for (std::size_t i = 0; i < report->buses.size(); ++i)
    WATTLE_CHECK(again->buses[i].faults == report->buses[i].faults.value_or(LineFaultsTold{}));
  for (std::size_t i = 0; i < report->meters.size(); ++i)
    WATTLE_CHECK(again->meters[i].health == report->meters[i].health.value_or(MeterHealth{}));
  return 0;
}
