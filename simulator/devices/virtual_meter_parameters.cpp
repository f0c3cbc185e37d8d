#include "shared/meter/dlt645_parameters.hpp"
#include "shared/meter/parameters.hpp"
#include "simulator/devices/virtual_meter.hpp"

namespace wattle::sim {

std::optional<ParameterValue> VirtualMeter::parameter(std::size_t circuit, Parameter parameter) {
  if (!has_parameter(*settings_.profile, circuit, parameter)) return std::nullopt;
  Result<ParameterValue> value = WATTLE_FAIL(MeterErrc::value);
  if (const auto* model = std::get_if<dlt645::Model>(&settings_.profile->protocol)) {
    auto& image = circuits_.at(circuit).image;
    dlt645::show_parameters(image, *model);
    const auto di = model->parameters.at(parameter).di;
    const auto at = image.items.find(di);
    const auto bytes = di == dlt645::di::status_3 ? dlt645::status_3(image.relay)
                       : at != image.items.end()  ? at->second.bytes
                                                  : Bytes{};
    value = dlt645::parameter_in(*model, parameter, bytes);
  } else {
    const auto& registers = std::get<ModbusModel>(settings_.profile->protocol);
    const auto& point = registers.parameters.at(parameter).point;
    modbus::RegisterImage image;
    modbus::show_parameters(image, registers, parameters_[registers.circuits[circuit].unit_offset]);
    std::vector<std::uint16_t> words;
    for (std::size_t i = 0; i < word_count(point.encoding); ++i)
      words.push_back(image.holding.at(static_cast<std::uint16_t>(point.address + i)).value);
    value = modbus::parameter_in(registers, parameter, words);
  }
  return value ? std::optional(*value) : std::nullopt;
}

}  // namespace wattle::sim
