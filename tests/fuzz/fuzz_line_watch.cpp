// Any bytes as what is heard for a question and beside it: each question counts once at most, and each frame lies within what
// was heard.

#include "shared/base/check.hpp"
#include "shared/meter/line_watch.hpp"

using namespace wattle;

namespace {

Exchange question_in(Protocol protocol) {
  switch (protocol) {
    case Protocol::modbus_rtu:
    case Protocol::modbus_tcp: return {ModbusAsk{7, modbus::read(modbus::Function::read_holding, 0, 2)}};
    case Protocol::dlt645_1997: return {dlt645::read(dlt645::Edition::v1997, dlt645::wildcard, 0x9010)};
    case Protocol::dlt645_2007: return {dlt645::read(dlt645::Edition::v2007, dlt645::wildcard, 0x00010000)};
    case Protocol::cjt188: return {cjt188::read(cjt188::cold_water, cjt188::wildcard, cjt188::di::current, 0, {})};
    case Protocol::mbus: break;
  }
  return {mbus::read(mbus::everyone, true)};
}

std::uint64_t all_counts(const LineWatch& watch) {
  std::uint64_t sum = 0;
  for (const auto fault : all_line_faults) sum += watch.count(fault);
  return sum;
}

void check_places(Protocol protocol, const Exchange& exchange, ByteView heard) {
  std::size_t at = 0;
  for (const auto& frame : frames_on_line(protocol, heard)) {
    WATTLE_CHECK(frame.offset >= at && frame.size > 0 && frame.offset + frame.size <= heard.size());
    at = frame.offset + frame.size;
  }
  for (const auto& head : answer_heads(exchange, heard)) WATTLE_CHECK(head.offset < heard.size() && head.size > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t longest = 2048;
  if (size < 2 || size > longest) return 0;
  const auto protocol = all_protocols[data[0] % std::size(all_protocols)];
  const ByteView heard(data + 2, size - 2);
  const auto split = std::min<std::size_t>(data[1], heard.size());
  const auto exchange = question_in(protocol);
  check_places(protocol, exchange, heard);
  LineWatch watch({protocol, Protocol::modbus_rtu});
  const Carriage carriage{protocol == Protocol::modbus_tcp, 1};
  watch.answered(exchange, carriage, heard.first(split), heard.subspan(split), {});
  WATTLE_CHECK(all_counts(watch) <= 2);  // silence, and what came too late
  watch.answered(exchange, carriage, heard, {}, {});
  watch.unasked(heard, {});
  WATTLE_CHECK(all_counts(watch) <= 4);
  return 0;
}
