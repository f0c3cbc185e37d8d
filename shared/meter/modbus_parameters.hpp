#pragma once
// Parameters of a meter that speaks Modbus: registers of their own, asked for and written one parameter at a time.

#include "shared/meter/modbus_model.hpp"

namespace wattle::modbus {

/// The model must have the parameter.
ModbusAsk parameter_read(const ModbusModel& model, Parameter parameter, std::uint8_t unit);
/// MeterErrc::value when the register cannot hold exactly this value.
Result<ModbusAsk> parameter_write(const ModbusModel& model, Parameter parameter, std::uint8_t unit,
                                  const ParameterValue& value);
Result<ParameterValue> parameter_in(const ModbusModel& model, Parameter parameter, std::span<const std::uint16_t> words);

/// Parameters' registers by address, as a virtual meter keeps them.
using ParameterRegisters = std::map<std::uint16_t, std::uint16_t>;
/// Puts what is kept into the image; a register that was never written holds the least value.
void show_parameters(RegisterImage& image, const ModbusModel& model, const ParameterRegisters& kept);
/// What a master has written into the image.
void keep_parameters(const RegisterImage& image, const ModbusModel& model, ParameterRegisters& kept);

Contradiction contradiction_of_parameters(const ModbusModel& model);

}  // namespace wattle::modbus
