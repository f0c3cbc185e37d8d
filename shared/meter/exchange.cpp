#include "shared/meter/exchange.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/modbus_tcp.hpp"

namespace wattle {
namespace {

constexpr std::size_t dlt645_identifier = 4;
constexpr std::size_t longest_value = 14;  // of one item that a reading asks for; the block of status words

template <class Ask>
std::vector<Exchange> exchanges_of(std::vector<Ask> asks) {
  std::vector<Exchange> out;
  for (auto& ask : asks) out.push_back({std::move(ask)});
  return out;
}

std::size_t answer_size(const Exchange& exchange) {
  if (const auto* ask = std::get_if<ModbusAsk>(&exchange.ask))
    return modbus::answer_size(ask->request) + modbus_rtu::frame_overhead;
  return dlt645::master_preamble + dlt645::frame_overhead + dlt645_identifier + longest_value;
}

}  // namespace

std::vector<Exchange> reading_exchanges(const MeterProfile& profile, const MeterPlace& place, Depth depth) {
  WATTLE_CHECK(is_address(profile, place.address));
  if (const auto* model = std::get_if<ModbusModel>(&profile.protocol))
    return exchanges_of(modbus::reading_asks(*model, static_cast<std::uint8_t>(place.address), depth));
  return exchanges_of(dlt645::reading_asks(std::get<dlt645::Model>(profile.protocol), place.address, depth));
}

Exchange relay_exchange(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, bool close) {
  WATTLE_CHECK(is_address(profile, place.address));
  if (const auto* model = std::get_if<ModbusModel>(&profile.protocol))
    return {modbus::relay_ask(*model, static_cast<std::uint8_t>(place.address), circuit, close)};
  return {dlt645::relay_ask(std::get<dlt645::Model>(profile.protocol), place.address, circuit, close, place.by)};
}

Result<Reading> decode_reading(const MeterProfile& profile, const MeterPlace& place, Depth depth,
                               std::span<const MeterAnswer> answers) {
  if (const auto* model = std::get_if<ModbusModel>(&profile.protocol)) {
    std::vector<std::vector<std::uint16_t>> values;
    for (const auto& answer : answers) values.push_back(answer.values);
    return modbus::decode_reading(*model, profile.rollover, place.number, depth, values);
  }
  std::vector<Bytes> data;
  for (const auto& answer : answers) data.push_back(answer.data);
  const auto& model = std::get<dlt645::Model>(profile.protocol);
  return dlt645::decode_reading(model, profile.rollover, place.address, depth, data);
}

Bytes request_bytes(const Exchange& exchange, Carriage carriage) {
  if (const auto* request = std::get_if<dlt645::Request>(&exchange.ask)) return dlt645::encode_request(*request);
  const auto& ask = std::get<ModbusAsk>(exchange.ask);
  if (carriage.modbus_tcp) return modbus_tcp::encode_request(carriage.transaction, ask.unit, ask.request);
  return modbus_rtu::encode_request(ask.unit, ask.request);
}

Received receive(const Exchange& exchange, ByteView heard, Wire wire, Carriage carriage) {
  if (const auto* ask = std::get_if<ModbusAsk>(&exchange.ask)) {
    if (carriage.modbus_tcp) return modbus_tcp::decode_answer(carriage.transaction, ask->unit, ask->request, heard, wire);
    return modbus_rtu::decode_answer(ask->unit, ask->request, heard, wire);
  }
  auto outcome = dlt645::decode_answer(std::get<dlt645::Request>(exchange.ask), heard, wire);
  if (auto* answer = std::get_if<dlt645::Answer>(&outcome)) return MeterAnswer{{}, answer->offset, std::move(answer->data)};
  if (const auto* bad = std::get_if<Bad>(&outcome)) return *bad;
  return NeedMore{};
}

Duration answer_timeout(const MeterProfile& profile, const Exchange& exchange, const LineFormat& line) {
  const auto on_wire = static_cast<std::int64_t>(request_bytes(exchange).size() + answer_size(exchange));
  return {wire_time(line, on_wire).micros + profile.timings.answers_within.micros};
}

Duration gap_before(const MeterProfile& profile, const LineFormat& line) {
  const auto seven_half_characters = wire_time(line, 7).micros;
  constexpr auto fixed = microseconds(1750);  // V1.02 §2.5.1.1, above 19200 bit/s
  const auto silent = line.baud > 19'200 ? fixed : microseconds((seven_half_characters + 1) / 2);
  return std::max(profile.timings.gap, silent);
}

}  // namespace wattle
