// What a box reports, as its cloud reads it: of this version and of those before. What is read can be written again, and means
// the same then.

#include "cloud/gateway/report.hpp"
#include "shared/base/check.hpp"

using namespace wattle;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto report = cloud::read_report({data, size});
  if (!report) return 0;
  const auto again = cloud::read_report(cloud::write_report(*report));
  WATTLE_CHECK(again.has_value());
  WATTLE_CHECK(again->circuits.size() == report->circuits.size() && again->settings == report->settings);
  WATTLE_CHECK(again->pace == report->pace && again->rows.size() == report->rows.size());
  WATTLE_CHECK(again->buses.size() == report->buses.size() && again->meters.size() == report->meters.size());
  for (std::size_t i = 0; i < report->buses.size(); ++i)
    WATTLE_CHECK(again->buses[i].faults == report->buses[i].faults.value_or(LineFaultsTold{}));
  for (std::size_t i = 0; i < report->meters.size(); ++i)
    WATTLE_CHECK(again->meters[i].health == report->meters[i].health.value_or(MeterHealth{}));
  return 0;
}
