#include "shared/profiles/sections.hpp"
#include "shared/profiles/units.hpp"

namespace wattle {
namespace {

constexpr std::int64_t u16_max = UINT16_MAX;
constexpr std::size_t blocks_max = 16;

modbus::Function read_source(ConfigSection& section) {
  const auto source = section.choice("source", {"holding", "input", "coil", "discrete"}, "holding");
  if (source == "coil") return modbus::Function::read_coils;
  if (source == "discrete") return modbus::Function::read_discrete;
  return source == "input" ? modbus::Function::read_input : modbus::Function::read_holding;
}

std::uint16_t read_u16(ConfigSection& section, std::string_view key, std::optional<std::int64_t> otherwise = std::nullopt) {
  return static_cast<std::uint16_t>(section.integer(key, {0, u16_max}, otherwise));
}

Point read_place(ConfigSection& section) {
  Point point;
  point.source = read_source(section);
  point.address = read_u16(section, "register");
  if (is_bits(point.source)) {
    point.encoding = Encoding::bit;
    return point;
  }
  const auto encoding = section.choice("encoding", {"u16", "i16", "u32", "i32", "u64", "f32", "bcd32"}, "u16");
  point.encoding = encoding == "i16"     ? Encoding::i16
                   : encoding == "u32"   ? Encoding::u32
                   : encoding == "i32"   ? Encoding::i32
                   : encoding == "u64"   ? Encoding::u64
                   : encoding == "f32"   ? Encoding::f32
                   : encoding == "bcd32" ? Encoding::bcd32
                                         : Encoding::u16;
  const auto order = section.choice("order", {"ABCD", "CDAB", "BADC", "DCBA"}, "ABCD");
  point.order = order == "CDAB"   ? WordOrder::cdab
                : order == "BADC" ? WordOrder::badc
                : order == "DCBA" ? WordOrder::dcba
                                  : WordOrder::abcd;
  if (section.has("invalid")) point.invalid = static_cast<std::uint64_t>(section.integer("invalid", {0, INT64_MAX}));
  return point;
}

std::optional<Point> read_point(ConfigSection& in, std::string_view key, Measure measure) {
  auto section = in.section(key);
  if (!section.present()) return std::nullopt;
  auto point = read_place(section);
  const auto step = parse_step(measure, section.text("unit"));
  if (!step) section.fault("unit", "must be a step like \"0.01 kWh\", in " + std::string(units_of(measure)));
  point.scale = step.value_or(Scale{});
  return point;
}

std::optional<ModbusRelayState> read_relay(ConfigSection& in) {
  auto section = in.section("relay");
  if (!section.present()) return std::nullopt;
  ModbusRelayState state;
  state.point = read_place(section);
  const auto bit = section.integer("bit", {0, 15}, -1);
  if (bit >= 0) state.bit = static_cast<std::uint8_t>(bit);
  state.closed = section.integer("closed", {0, u16_max}, 1);
  state.open = section.integer("open", {0, u16_max}, 0);
  return state;
}

std::optional<ModbusRelayCommand> read_command(ConfigSection& in) {
  auto section = in.section("command");
  if (!section.present()) return std::nullopt;
  ModbusRelayCommand command;
  const auto write = section.choice("write", {"coil", "register", "registers"});
  command.function = write == "coil"       ? modbus::Function::write_coil
                     : write == "register" ? modbus::Function::write_register
                                           : modbus::Function::write_registers;
  command.address = read_u16(section, "register");
  command.close = read_u16(section, "close", 1);
  command.open = read_u16(section, "open", 0);
  return command;
}

std::map<FurtherKind, Point> read_further(ConfigSection& section) {
  std::map<FurtherKind, Point> out;
  const auto put = [&](FurtherKind kind, const std::optional<Point>& point) {
    if (point) out[kind] = *point;
  };
  put(FurtherKind::reactive_energy, read_point(section, "reactive_energy", Measure::reactive_energy));
  put(FurtherKind::reactive_power, read_point(section, "reactive_power", Measure::reactive_power));
  put(FurtherKind::remaining_energy, read_point(section, "remaining_energy", Measure::energy));
  put(FurtherKind::remaining_money, read_point(section, "remaining_money", Measure::money));
  put(FurtherKind::voltage_b, read_point(section, "voltage_b", Measure::voltage));
  put(FurtherKind::voltage_c, read_point(section, "voltage_c", Measure::voltage));
  put(FurtherKind::current_a, read_point(section, "current_a", Measure::current));
  put(FurtherKind::current_b, read_point(section, "current_b", Measure::current));
  put(FurtherKind::current_c, read_point(section, "current_c", Measure::current));
  return out;
}

std::map<FurtherKind, Point> read_overdrawn(ConfigSection& section) {
  std::map<FurtherKind, Point> out;
  if (const auto energy = read_point(section, "overdrawn_energy", Measure::energy))
    out[FurtherKind::remaining_energy] = *energy;
  if (const auto money = read_point(section, "overdrawn_money", Measure::money)) out[FurtherKind::remaining_money] = *money;
  return out;
}

ModbusCircuit read_circuit(ConfigSection& section) {
  ModbusCircuit circuit;
  circuit.unit_offset = static_cast<std::uint8_t>(section.integer("address_offset", {0, 15}, 0));
  const auto energy = read_point(section, "energy", Measure::energy);
  if (!energy) section.fault("energy", "must be there");
  circuit.energy = energy.value_or(Point{});
  circuit.power = read_point(section, "power", Measure::power);
  circuit.current = read_point(section, "current", Measure::current);
  circuit.power_factor = read_point(section, "power_factor", Measure::power_factor);
  circuit.further = read_further(section);
  circuit.overdrawn = read_overdrawn(section);
  circuit.relay = read_relay(section);
  circuit.command = read_command(section);
  return circuit;
}

Measure measure_of(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::money: return Measure::money;
    case ParameterKind::energy: return Measure::energy;
    case ParameterKind::power: return Measure::power;
    case ParameterKind::voltage: return Measure::voltage;
    case ParameterKind::delay: return Measure::delay;
    case ParameterKind::day_hour:
    case ParameterKind::flag:
    case ParameterKind::number:
    case ParameterKind::table:
    case ParameterKind::zones: break;
  }
  return Measure::power_factor;  // never: these have no unit
}

std::map<Parameter, ModbusParameter> read_parameters(ConfigSection& root) {
  std::map<Parameter, ModbusParameter> parameters;
  auto section = root.section("parameters");
  for (const auto& what : all_parameters()) {
    if (is_table(what.kind)) continue;
    auto inner = section.section(what.name);
    if (!inner.present()) continue;
    ModbusParameter parameter;
    const bool is_bare =
        what.kind == ParameterKind::flag || what.kind == ParameterKind::day_hour || what.kind == ParameterKind::number;
    parameter.point = read_place(inner);
    if (!is_bare) {
      const auto step = parse_step(measure_of(what.kind), inner.text("unit"));
      if (!step) inner.fault("unit", "must be a step like \"0.01 kWh\", in " + std::string(units_of(measure_of(what.kind))));
      parameter.point.scale = step.value_or(Scale{});
    }
    if (inner.choice("write", {"register", "registers"}, "registers") == "register")
      parameter.write = modbus::Function::write_register;
    parameters[what.parameter] = parameter;
  }
  return parameters;
}

/// The unit says what the purse counts in; that of what remains says it for all.
Point read_amount(ConfigSection& section, PurseMeasure& measure, bool decides) {
  auto point = read_place(section);
  const auto unit = section.text("unit");
  auto step = parse_step(Measure::money, unit);
  if (decides) measure = step ? PurseMeasure::money : PurseMeasure::energy;
  if (measure == PurseMeasure::energy) step = parse_step(Measure::energy, unit);
  if (!step) section.fault("unit", "must be a step like \"0.01 yuan\" or \"0.01 kWh\", the same of all amounts");
  point.scale = step.value_or(Scale{});
  return point;
}

std::optional<ModbusTrade> read_trade(ConfigSection& in, std::string_view key, PurseMeasure measure) {
  auto section = in.section(key);
  if (!section.present()) return std::nullopt;
  ModbusTrade trade;
  auto amount = section.section("amount");
  if (!amount.present()) section.fault("amount", "must be there");
  if (amount.present()) trade.amount = read_amount(amount, measure, false);
  auto count = section.section("count");
  if (!count.present()) section.fault("count", "must be there");
  if (count.present()) trade.count = read_place(count);
  return trade;
}

std::optional<ModbusPurse> read_purse(ConfigSection& root) {
  auto section = root.section("purse");
  if (!section.present()) return std::nullopt;
  ModbusPurse purse;
  purse.form.kind = read_purse_kind(section, "kind");
  purse.form.settles = section.duration("settles", {milliseconds(0), minutes(10)}, purse.form.settles);
  auto remaining = section.section("remaining");
  if (!remaining.present()) section.fault("remaining", "must be there");
  if (remaining.present()) purse.items[PurseItem::remaining] = read_amount(remaining, purse.form.measure, true);
  const auto amount = [&](PurseItem item, ConfigSection inner) {
    if (inner.present()) purse.items[item] = read_amount(inner, purse.form.measure, false);
  };
  amount(PurseItem::overdrawn, section.section("overdrawn"));
  amount(PurseItem::total, section.section("total"));
  if (auto count = section.section("count"); count.present()) purse.items[PurseItem::count] = read_place(count);
  if (const auto price = read_point(section, "price", Measure::money)) purse.items[PurseItem::price] = *price;
  if (const auto used = read_point(section, "used", Measure::energy)) purse.items[PurseItem::used] = *used;
  if (const auto buy = read_trade(section, "buy", purse.form.measure)) purse.trades[PurseTrade::buy] = *buy;
  if (const auto refund = read_trade(section, "refund", purse.form.measure)) purse.trades[PurseTrade::refund] = *refund;
  return purse;
}

}  // namespace

ModbusModel read_modbus_model(ConfigSection& root) {
  ModbusModel model;
  auto blocks = root.sections("block");
  if (blocks.empty()) root.fault("block", "must be there at least once, written as [[block]]");
  if (blocks.size() > blocks_max) root.fault("block", "is there too often");
  for (auto& section : blocks) {
    const auto function = read_source(section);
    const auto start = read_u16(section, "start");
    model.blocks.push_back({function, start, static_cast<std::uint16_t>(section.integer("count", {1, 2000}))});
  }
  if (auto number = root.section("number"); number.present()) model.number = read_place(number);
  model.voltage = read_point(root, "voltage", Measure::voltage);
  model.frequency = read_point(root, "frequency", Measure::frequency);
  model.parameters = read_parameters(root);
  model.purse = read_purse(root);
  auto circuits = root.sections("circuit");
  if (circuits.empty() || circuits.size() > max_meter_circuits)
    root.fault("circuit", "must be there one to four times, written as [[circuit]]");
  for (auto& section : circuits) model.circuits.push_back(read_circuit(section));
  return model;
}

}  // namespace wattle
