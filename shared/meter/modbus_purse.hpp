#pragma once
// The purse of a meter that speaks Modbus: registers of their own, asked for one item at a time; a purchase is one write.

#include "shared/meter/meter_purse.hpp"
#include "shared/meter/modbus_model.hpp"

namespace wattle::modbus {

/// The model's purse must have the item, or the trade, in all of these.
ModbusAsk purse_read(const ModbusModel& model, PurseItem item, std::uint8_t unit);
/// MeterErrc::value when the register cannot hold exactly this value.
Result<ModbusAsk> purse_write(const ModbusModel& model, PurseItem item, std::uint8_t unit, std::int64_t value);
Result<ModbusAsk> purse_trade(const ModbusModel& model, const PurseOrder& order, std::uint8_t unit);
Result<std::int64_t> purse_in(const ModbusModel& model, PurseItem item, std::span<const std::uint16_t> words);
/// In our units; 1 where the register is finer.
std::int64_t purse_step(const ModbusModel& model, PurseItem item);
/// Whether it shows a debt below zero; else what is overdrawn is an item of its own, or shows as nothing.
bool has_sign(const ModbusModel& model, PurseItem item);

/// Puts what the meter's purse shows into the image.
void show_purse(RegisterImage& image, const ModbusModel& model, const MeterPurse& purse);
/// What a master has written into the image.
void keep_purse(const RegisterImage& image, const ModbusModel& model, MeterPurse& purse);
/// The answer to a purchase; nothing when the PDU is none. A purchase that the purse does not take is an illegal value.
std::optional<Bytes> answer_trade(const ModbusModel& model, ByteView request_pdu, MeterPurse& purse);

std::string contradiction_of_purse(const ModbusModel& model);

}  // namespace wattle::modbus
