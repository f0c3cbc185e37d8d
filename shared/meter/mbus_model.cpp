#include "shared/meter/mbus_model.hpp"

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"

namespace wattle::mbus {
namespace {

constexpr int litres = -3;  // of a cubic metre
constexpr std::uint8_t vif_litres = 0x13;
constexpr std::uint8_t vif_watt_hours = 0x03;
constexpr std::uint8_t vif_watts = 0x2b;
constexpr std::uint8_t medium_electricity = 0x02;
constexpr std::uint8_t medium_water = 0x07;

SecondaryAddress numbered(std::uint64_t number) {
  Bytes pairs;
  SecondaryAddress address;
  WATTLE_CHECK(number <= max_number && put_bcd(pairs, static_cast<std::int64_t>(number), address.id.size()));
  std::copy(pairs.begin(), pairs.end(), address.id.begin());
  return address;
}

/// Up to the present register; refused when that is not to be trusted.
Error take_register(const Model& model, Quantity rollover, const Data& data, CircuitReading& circuit) {
  const auto measured = present(data, model.counts);
  if (!measured) return measured.error();
  const auto value = scaled(*measured, model.counts == Unit::cubic_metre ? litres : 0);
  if (!value) return value.error();
  if (*value < 0 || *value >= rollover.units) return WATTLE_FAIL(MeterErrc::value);
  circuit.energy = {*value};
  return {};
}

/// Not every meter of energy tells its power.
Error take_power(const Data& data, CircuitReading& circuit) {
  const auto measured = present(data, Unit::watt);
  if (measured.has_error()) return {};
  const auto value = scaled(*measured, 0);
  if (!value) return value.error();
  if (*value > max_power_w || *value < -max_power_w) return WATTLE_FAIL(MeterErrc::value);
  circuit.power = Power{*value};
  return {};
}

}  // namespace

std::vector<Request> reading_asks(const Model& model, std::uint64_t address) {
  // After a reset, and after a selection, the first question has the frame count bit set (EN 13757-2 §5.5.6).
  if (model.by_number) return {select(numbered(address), false), read(selected, true)};
  const auto primary = static_cast<std::uint8_t>(address);
  return {reset_link(primary), read(primary, true)};
}

std::size_t answer_size(const Request& request) { return request.command == Command::read ? max_frame : 1; }

Bytes data_of(const Answer& answer) {
  if (!answer.has_data) return {};
  Bytes out{answer.ci};
  Writer(out).raw(answer.data);
  return out;
}

Result<Reading> decode_reading(const Model& model, Quantity rollover, std::span<const Bytes> answers) {
  if (answers.empty() || answers.back().empty()) return WATTLE_FAIL(MeterErrc::length);
  const auto& telegram = answers.back();
  if (telegram.front() != ci_variable) return WATTLE_FAIL(MeterErrc::data);
  const auto data = decode_variable(ByteView(telegram).subspan(1));
  if (!data) return data.error();
  const auto number = bcd_value(data->header.own.id);
  if (!number || *number == 0) return WATTLE_FAIL(MeterErrc::meter_number);
  Reading reading{MeterId{static_cast<std::uint64_t>(*number)}, {}, {}, {{}}};
  auto& circuit = reading.circuits.front();
  if (const auto error = take_register(model, rollover, *data, circuit)) return error;
  if (model.counts != Unit::watt_hour) return reading;
  if (const auto error = take_power(*data, circuit)) return error;
  return reading;
}

void show(MeterImage& image, const Model& model, const Reading& reading) {
  const auto& circuit = reading.circuits.front();
  const bool is_water = model.counts == Unit::cubic_metre;
  image.header.own = numbered(reading.meter.value);
  image.header.own.manufacturer = 0;
  image.header.own.version = 1;
  image.header.own.medium = is_water ? medium_water : medium_electricity;
  Bytes records;
  WATTLE_CHECK(put_record(records, RecordShape::digits, is_water ? vif_litres : vif_watt_hours, circuit.energy.units));
  if (!is_water) WATTLE_CHECK(put_record(records, RecordShape::integer, vif_watts, circuit.power.value_or(Power{}).watts));
  image.telegrams = {std::move(records)};
}

std::string contradiction(const Model& model) {
  if (model.counts != Unit::cubic_metre && model.counts != Unit::watt_hour) return "a meter counts water or energy";
  return {};
}

}  // namespace wattle::mbus
