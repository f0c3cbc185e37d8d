#include "shared/meter/modbus_parameters.hpp"

#include "shared/base/check.hpp"

namespace wattle::modbus {
namespace {

/// Of a settlement day the register holds the day; the hour is 0.
std::int64_t unit_of_register(Parameter parameter) {
  return info(parameter).kind == ParameterKind::day_hour ? hours_of_day : 1;
}

Result<std::vector<std::uint16_t>> words_of(const ModbusParameter& of, Parameter parameter, const ParameterValue& value) {
  const auto step = unit_of_register(parameter);
  if (value.number % step != 0) return WATTLE_FAIL(MeterErrc::value);
  auto words = encode_value(of.point, value.number / step);
  if (!words) return words.error();
  const auto again = decode_value(of.point, *words);  // never rounded
  if (!again || *again * step != value.number) return WATTLE_FAIL(MeterErrc::value);
  return words;
}

std::uint16_t count_of(const ModbusParameter& of) { return static_cast<std::uint16_t>(word_count(of.point.encoding)); }

}  // namespace

ModbusAsk parameter_read(const ModbusModel& model, Parameter parameter, std::uint8_t unit) {
  const auto& of = model.parameters.at(parameter);
  return {unit, read(of.point.source, of.point.address, count_of(of))};
}

Result<ModbusAsk> parameter_write(const ModbusModel& model, Parameter parameter, std::uint8_t unit,
                                  const ParameterValue& value) {
  WATTLE_CHECK(is_valid(parameter, value));
  const auto& of = model.parameters.at(parameter);
  auto words = words_of(of, parameter, value);
  if (!words) return words.error();
  if (of.write == Function::write_register) return ModbusAsk{unit, write_register(of.point.address, words->front())};
  return ModbusAsk{unit, write_registers(of.point.address, std::move(*words))};
}

Result<ParameterValue> parameter_in(const ModbusModel& model, Parameter parameter, std::span<const std::uint16_t> words) {
  const auto& of = model.parameters.at(parameter);
  if (words.size() != word_count(of.point.encoding)) return WATTLE_FAIL(MeterErrc::length);
  const auto number = decode_value(of.point, words);
  if (!number) return number.error();
  const auto& bounds = info(parameter);
  if (*number > bounds.most) return WATTLE_FAIL(MeterErrc::value);
  ParameterValue value{*number * unit_of_register(parameter), {}};
  if (!is_valid(parameter, value)) return WATTLE_FAIL(MeterErrc::value);
  return value;
}

void show_parameters(RegisterImage& image, const ModbusModel& model, const ParameterRegisters& kept) {
  for (const auto& [parameter, of] : model.parameters) {
    const auto least = words_of(of, parameter, {info(parameter).least, {}});
    for (std::uint16_t i = 0; i < count_of(of); ++i) {
      const auto address = static_cast<std::uint16_t>(of.point.address + i);
      const auto at = kept.find(address);
      const auto fresh = least ? (*least)[i] : std::uint16_t{0};
      image.holding[address] = {at == kept.end() ? fresh : at->second, true};
    }
  }
}

void keep_parameters(const RegisterImage& image, const ModbusModel& model, ParameterRegisters& kept) {
  for (const auto& [parameter, of] : model.parameters)
    for (std::uint16_t i = 0; i < count_of(of); ++i) {
      const auto address = static_cast<std::uint16_t>(of.point.address + i);
      kept[address] = image.holding.at(address).value;
    }
}

namespace {

std::string contradiction_of_parameter(const ModbusParameter& of, const ParameterInfo& what) {
  const auto name = std::string(what.name);
  if (is_table(what.kind)) return name + " is not written over Modbus";
  if (!is_mark_short(of.point)) return name + ": a mark of what is not available is longer than its register";
  if (of.point.source != Function::read_holding) return name + " lies in a holding register";
  if (!is_valid(read(of.point.source, of.point.address, count_of(of)))) return name + " lies beyond the last register";
  if (of.write != Function::write_register && of.write != Function::write_registers) return name + " is written as a register";
  if (of.write == Function::write_register && word_count(of.point.encoding) != 1)
    return name + " takes more registers than one write of one";
  return {};
}

}  // namespace

Contradiction contradiction_of_parameters(const ModbusModel& model) {
  for (const auto& [parameter, of] : model.parameters) {
    const auto& what = info(parameter);
    if (auto wrong = contradiction_of_parameter(of, what); !wrong.empty())
      return {std::move(wrong), "parameters", {}, std::string(what.name)};
  }
  return {};
}

}  // namespace wattle::modbus
