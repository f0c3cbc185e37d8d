#include "edge/report.hpp"

#include <algorithm>

namespace wattle::edge {
namespace {

constexpr std::uint8_t report_version = 1;
constexpr std::uint8_t relay_unknown = 0;
constexpr std::uint8_t relay_open = 1;
constexpr std::uint8_t relay_is_closed = 2;

}  // namespace

Bytes encode_report(const std::vector<CircuitReport>& circuits) {
  const auto count = std::min(circuits.size(), report_circuits_max);
  Bytes bytes;
  Writer out(bytes);
  out.u8(report_version);
  out.varint(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& circuit = circuits[i];
    out.varint(circuit.circuit.value);
    out.varint(circuit.room.value);
    out.u8(!circuit.relay_closed ? relay_unknown : *circuit.relay_closed ? relay_is_closed : relay_open);
    out.u8(circuit.reason ? static_cast<std::uint8_t>(*circuit.reason) : std::uint8_t{0});
    out.varint(static_cast<std::uint64_t>(circuit.reading.units));
    out.zigzag(circuit.live.micros);
  }
  return bytes;
}

}  // namespace wattle::edge
