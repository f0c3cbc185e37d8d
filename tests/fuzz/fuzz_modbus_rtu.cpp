// Everything that may come along a Modbus line: at the master's end (answers to several questions, and a reading made of them)
// and at the meter's end (requests). Random bytes seldom have a CRC, so each input is also tried as a PDU in a sound frame.

#include "shared/base/check.hpp"
#include "shared/meter/exchange.hpp"
#include "shared/meter/modbus_tcp.hpp"

using namespace wattle;
using modbus::Function;

namespace {

constexpr std::uint8_t unit = 1;
const MeterPlace place{unit, MeterId{4711}, {}};

const ModbusModel& model() {
  static const auto model = std::get<ModbusModel>(generic_relay_meter().protocol);
  return model;
}

const std::vector<modbus::Request>& questions() {
  static const std::vector<modbus::Request> all{
      modbus::read(Function::read_holding, 0, 2),
      modbus::read(Function::read_input, 0, 125),
      modbus::read(Function::read_coils, 0, 9),
      modbus::read(Function::read_discrete, 0, 9),
      modbus::write_coil(0, true),
      modbus::write_register(10, 2),
      modbus::write_registers(0x16, {0x3f80, 0}),
      {Function::write_coils, 0, 3, {1, 0, 1}},
      std::get<ModbusAsk>(reading_exchanges(generic_relay_meter(), place, Depth::full).front().ask).request,
  };
  return all;
}

void check_values(const modbus::Request& question, const std::vector<std::uint16_t>& values) {
  WATTLE_CHECK(values.size() == (question.values.empty() ? question.count : 0u));
  const auto reading = decode_reading(generic_relay_meter(), place, Depth::full, std::vector<MeterAnswer>{{values, 0, {}}});
  if (!reading) return;
  WATTLE_CHECK(reading->meter.value > 0 && reading->meter.value <= max_meter_number);
  const auto energy = reading->circuits.at(0).energy;
  WATTLE_CHECK(energy.units >= 0 && energy < generic_relay_meter().rollover);
  WATTLE_CHECK(modbus::encode_reading(model(), *reading, 0).has_value());
}

void check_received(const modbus::Request& question, ByteView heard, const Received& open, const Received& quiet) {
  WATTLE_CHECK(!std::holds_alternative<NeedMore>(quiet));
  WATTLE_CHECK(std::holds_alternative<NeedMore>(open) || open.index() == quiet.index());
  if (const auto* bad = std::get_if<Bad>(&quiet)) {
    WATTLE_CHECK(bad->error.category() == meter_category() && bad->offset <= heard.size());
  }
  if (const auto* answer = std::get_if<MeterAnswer>(&quiet)) {
    WATTLE_CHECK(answer->offset < heard.size());
    check_values(question, answer->values);
  }
}

void at_master(ByteView heard) {
  for (const auto& question : questions()) {
    check_received(question, heard, modbus_rtu::decode_answer(unit, question, heard, Wire::open),
                   modbus_rtu::decode_answer(unit, question, heard, Wire::quiet));
    check_received(question, heard, modbus_tcp::decode_answer(1, unit, question, heard, Wire::open),
                   modbus_tcp::decode_answer(1, unit, question, heard, Wire::quiet));
  }
}

modbus::RegisterImage meter_image() {
  auto image = modbus::encode_reading(model(), {MeterId{4711}, 220'000, {}, {{{1}, Power{2}, 4'000, {}, true}}}, 0).value();
  for (std::uint16_t i = 20; i < 150; ++i) image.holding[i] = {i, true};
  for (std::uint16_t i = 1; i < 40; ++i) image.coils[i] = image.discrete[i] = {static_cast<std::uint16_t>(i & 1), true};
  return image;
}

/// Whatever is asked, the answer is one that a master understands.
void answer_as_meter(ByteView pdu) {
  auto image = meter_image();
  const auto cells = image.holding.size() + image.input.size() + image.coils.size();
  const auto answered = modbus::answer(pdu, image);
  WATTLE_CHECK(answered.size() >= 2 && answered.size() <= modbus::max_pdu);
  WATTLE_CHECK(cells == image.holding.size() + image.input.size() + image.coils.size());
  const auto request = modbus::decode_request(pdu);
  if (!request) return;
  WATTLE_CHECK(modbus::is_valid(*request) && modbus::decode_request(modbus::encode_request(*request)).value() == *request);
  const auto values = modbus::decode_answer(*request, answered);
  WATTLE_CHECK(values ? values->size() == (request->values.empty() ? request->count : 0u)
                      : values.error() == exception_errc(2));
}

void at_meter(ByteView heard, Wire wire) {
  for (;;) {
    const auto scan = modbus_rtu::find_request(heard, wire);
    WATTLE_CHECK(scan.used <= heard.size());
    if (!scan.request) {
      WATTLE_CHECK(heard.size() - scan.used <= modbus_rtu::max_frame);
      return;
    }
    answer_as_meter(scan.request->pdu);
    heard = heard.subspan(scan.used);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  at_master(input);
  for (const auto wire : {Wire::open, Wire::quiet}) at_meter(input, wire);
  if (input.empty() || input.size() > modbus::max_pdu) return 0;
  at_master(modbus_rtu::frame(unit, input));
  at_master(modbus_tcp::frame(1, unit, input));
  for (const auto wire : {Wire::open, Wire::quiet}) at_meter(modbus_rtu::frame(unit, input), wire);
  answer_as_meter(input);
  return 0;
}
