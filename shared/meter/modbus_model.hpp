#pragma once
// A model that speaks Modbus: which registers to read, where its values are in them, which register or coil moves a relay. One
// meter may answer at several units, one for each circuit (Acrel's multi-user boxes do).

#include <map>
#include <string>

#include "shared/base/parameter.hpp"
#include "shared/base/purse.hpp"
#include "shared/meter/contradiction.hpp"
#include "shared/meter/limits.hpp"
#include "shared/meter/point.hpp"
#include "shared/meter/reading.hpp"

namespace wattle {

/// One read request; its answer carries `count` registers or coils from `start` on.
struct Block {
  modbus::Function function = modbus::Function::read_holding;
  std::uint16_t start = 0;
  std::uint16_t count = 1;
  bool operator==(const Block&) const = default;
};

struct ModbusRelayState {
  Point point;
  std::optional<std::uint8_t> bit;  // of that register, 0 the lowest; nothing: its whole value
  std::int64_t closed = 1;          // any value but these two refuses the reading
  std::int64_t open = 0;
  bool operator==(const ModbusRelayState&) const = default;
};

struct ModbusRelayCommand {
  modbus::Function function = modbus::Function::write_coil;  // or write_register, or write_registers with one
  std::uint16_t address = 0;
  std::uint16_t close = 1;
  std::uint16_t open = 0;
  bool operator==(const ModbusRelayCommand&) const = default;
};

struct ModbusCircuit {
  std::uint8_t unit_offset = 0;  // this circuit answers at the meter's unit and so many on
  Point energy;                  // Wh
  std::optional<Point> power;    // W
  std::optional<Point> current;  // mA
  std::optional<Point> power_factor;
  std::map<FurtherKind, Point> further;
  std::map<FurtherKind, Point> overdrawn;  // below zero, of a remaining that shows no debt itself
  std::optional<ModbusRelayState> relay;
  std::optional<ModbusRelayCommand> command;
  bool operator==(const ModbusCircuit&) const = default;
};

/// A register that holds a parameter, and is asked for alone.
struct ModbusParameter {
  Point point;
  modbus::Function write = modbus::Function::write_registers;  // or write_register
  bool operator==(const ModbusParameter&) const = default;
};

/// A purchase: amount and count in one write of registers that follow each other, so that a meter has both or neither.
struct ModbusTrade {
  Point amount;
  Point count;
  bool operator==(const ModbusTrade&) const = default;
};

/// A purse in holding registers of their own. Each item is asked for alone.
struct ModbusPurse {
  PurseForm form;
  std::map<PurseItem, Point> items;
  std::map<PurseTrade, ModbusTrade> trades;
  bool operator==(const ModbusPurse&) const = default;
};

struct ModbusModel {
  std::vector<Block> blocks;
  std::optional<Point> number;     // at the meter's own unit; nothing: whoever answers there is taken for the meter
  std::optional<Point> voltage;    // mV
  std::optional<Point> frequency;  // mHz
  std::vector<ModbusCircuit> circuits;
  std::map<Parameter, ModbusParameter> parameters;  // of each unit
  std::optional<ModbusPurse> purse;                 // of each unit
  bool operator==(const ModbusModel&) const = default;
};

struct ModbusAsk {
  std::uint8_t unit = 0;
  modbus::Request request;
  bool operator==(const ModbusAsk&) const = default;
};

namespace modbus {

/// The questions whose answers make up a reading, in order.
std::vector<ModbusAsk> reading_asks(const ModbusModel& model, std::uint8_t unit, Depth depth);
/// Their answers' values in that order. Refuses the whole reading when energy, power, relay or number is out of range: energy
/// without a trustworthy number, or power without a relay state, would be used wrongly. Everything else, on which nothing
/// rests, is only not told then. `plate` is the number of a model that tells none.
Result<Reading> decode_reading(const ModbusModel& model, Quantity rollover, MeterId plate, Depth depth,
                               std::span<const std::vector<std::uint16_t>> answers);
/// The circuit must have a command.
ModbusAsk relay_ask(const ModbusModel& model, std::uint8_t unit, std::size_t circuit, bool close);

/// The registers in which a meter of this model shows the reading at that unit offset. MeterErrc::value when one does not fit.
Result<RegisterImage> encode_reading(const ModbusModel& model, const Reading& reading, std::uint8_t unit_offset);
/// Where the image shows that a circuit was commanded after encode_reading; nothing when it was not.
std::optional<bool> commanded(const ModbusModel& model, std::size_t circuit, const RegisterImage& before,
                              const RegisterImage& after);

/// What contradicts itself; empty when nothing does.
Contradiction find_contradiction(const ModbusModel& model);
/// Where the energy register of the circuit begins again, in Wh; nothing when its kind says nothing of that.
std::optional<std::uint64_t> turns_over_at(const ModbusModel& model, std::size_t circuit);
/// Where it can begin again is a multiple of this, in Wh: whole steps, and whole Wh.
std::int64_t step_of_energy(const ModbusModel& model, std::size_t circuit);

}  // namespace modbus
}  // namespace wattle
