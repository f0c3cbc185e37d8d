#include "cloud/gateway/report.hpp"

#include "cloud/gateway/errors.hpp"

namespace wattle::cloud {
namespace {

constexpr std::uint8_t report_version = 1;
constexpr std::uint8_t enum_max = 2;  // of either enumeration

}  // namespace

Result<std::vector<CircuitReport>> read_report(ByteView bytes) {
  Reader read(bytes);
  if (read.u8() != report_version) return WATTLE_FAIL(GatewayErrc::report);
  const auto count = read.varint();
  if (count > report_circuits_max) return WATTLE_FAIL(GatewayErrc::report);
  std::vector<CircuitReport> circuits;
  for (std::uint64_t i = 0; read.ok() && i < count; ++i) {
    const auto circuit = read.varint();
    const auto room = read.varint();
    const auto relay = read.u8();
    const auto cause = read.u8();
    const auto units = read.varint();
    const auto balance = read.zigzag();
    if (circuit > UINT32_MAX || room > UINT32_MAX || relay > enum_max || cause > enum_max || units > INT64_MAX)
      return WATTLE_FAIL(GatewayErrc::report);
    circuits.push_back({{static_cast<std::uint32_t>(circuit)},
                        {static_cast<std::uint32_t>(room)},
                        static_cast<RelayState>(relay),
                        static_cast<RelayCause>(cause),
                        {static_cast<std::int64_t>(units)},
                        {balance},
                        {}});
  }
  if (!read.finished()) return WATTLE_FAIL(GatewayErrc::report);
  return circuits;
}

Bytes write_report(const std::vector<CircuitReport>& circuits) {
  Bytes bytes;
  Writer write(bytes);
  write.u8(report_version);
  write.varint(circuits.size());
  for (const auto& one : circuits) {
    write.varint(one.circuit.value);
    write.varint(one.room.value);
    write.u8(static_cast<std::uint8_t>(one.relay));
    write.u8(static_cast<std::uint8_t>(one.cause));
    write.varint(static_cast<std::uint64_t>(one.register_units.units));
    write.zigzag(one.live_balance.micros);
  }
  return bytes;
}

}  // namespace wattle::cloud
