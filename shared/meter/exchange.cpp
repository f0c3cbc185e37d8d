#include "shared/meter/exchange.hpp"

namespace wattle {
namespace {

constexpr std::int64_t bits_per_character = 11;  // V1.02 §2.5.1: start, eight data, parity or second stop, stop

Duration wire_time(std::size_t bytes, std::uint32_t baud) {
  return microseconds(static_cast<std::int64_t>(bytes) * bits_per_character * 1'000'000 / baud);
}

}  // namespace

std::vector<Exchange> reading_exchanges(const MeterProfile& profile, std::uint8_t unit) {
  std::vector<Exchange> exchanges;
  for (const auto& block : profile.blocks) {
    exchanges.push_back({unit, modbus::read(block.function, block.start, block.count)});
  }
  return exchanges;
}

Exchange relay_exchange(const MeterProfile& profile, std::uint8_t unit, bool close) {
  return {unit, modbus::write_coil(profile.relay_coil, close)};
}

Bytes request_bytes(const Exchange& exchange) { return modbus_rtu::encode_request(exchange.unit, exchange.request); }

Received receive(const Exchange& exchange, ByteView heard, Wire wire) {
  return modbus_rtu::decode_answer(exchange.unit, exchange.request, heard, wire);
}

Duration answer_timeout(const MeterProfile& profile, const Exchange& exchange, std::uint32_t baud) {
  const auto on_wire = request_bytes(exchange).size() + modbus::answer_size(exchange.request) + modbus_rtu::frame_overhead;
  return {wire_time(on_wire, baud).micros + profile.answers_within.micros};
}

}  // namespace wattle
