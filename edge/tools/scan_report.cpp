#include "edge/tools/scan_report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "edge/tools/fields_json.hpp"

namespace wattle::edge {

const char* word(Parity parity) {
  switch (parity) {
    case Parity::none: return "none";
    case Parity::even: return "even";
    case Parity::odd: return "odd";
  }
  return "unknown";
}

std::string to_text(const LineFormat& line) {
  const char parity = line.parity == Parity::none ? 'N' : line.parity == Parity::even ? 'E' : 'O';
  return std::to_string(line.baud) + " 8" + parity + std::to_string(line.stop_bits);
}

std::string to_json(const FoundMeter& meter, bool has_line) {
  boost::json::object out{{"protocol", word(meter.protocol)}};
  if (has_line) {
    out["baud"] = meter.line.baud;
    out["parity"] = word(meter.line.parity);
    out["stop_bits"] = meter.line.stop_bits;
  }
  out["address"] = meter.address;
  if (meter.is_garbled) out["garbled"] = true;
  if (!meter.told.empty()) out["told"] = json_of(meter.told);
  boost::json::array profiles;
  for (const auto& profile : meter.profiles) profiles.emplace_back(profile);
  out["profiles"] = std::move(profiles);
  return boost::json::serialize(out);
}

std::string to_text(const ScanProgress& progress, bool has_line) {
  const auto seconds = (progress.remains.micros + 999'999) / 1'000'000;
  const auto time = seconds < 60 ? std::to_string(seconds) + " s"
                                 : std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  return (has_line ? to_text(progress.line) + ' ' : std::string()) + word(progress.protocol) + ", " +
         std::to_string(progress.asked) + " asked, at most " + time + " remain";
}

}  // namespace wattle::edge
