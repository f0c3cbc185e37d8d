#include "shared/meter/modbus_model.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/further_form.hpp"
#include "shared/meter/modbus_points.hpp"

namespace wattle::modbus {

bool contains(const Block& block, const Point& point) {
  return block.function == point.source && point.address >= block.start &&
         point.address + word_count(point.encoding) <= std::size_t{block.start} + block.count;
}

std::vector<Placed> points_of(const ModbusModel& model, Depth depth) {
  std::vector<Placed> all;
  const auto add = [&](const auto& point, std::uint8_t offset, const ValueName& is) {
    if (point) all.push_back({&*point, offset, is});
  };
  const bool full = depth == Depth::full;
  add(model.number, 0, {What::number});
  if (full) add(model.voltage, 0, {What::voltage});
  if (full) add(model.frequency, 0, {What::frequency});
  for (std::size_t n = 0; n < model.circuits.size(); ++n) {
    const auto& circuit = model.circuits[n];
    const auto offset = circuit.unit_offset;
    const auto is = [&](What what, FurtherKind kind = {}) { return ValueName{what, kind, n}; };
    all.push_back({&circuit.energy, offset, is(What::energy)});
    add(circuit.power, offset, is(What::power));
    if (circuit.relay) all.push_back({&circuit.relay->point, offset, is(What::relay)});
    if (full) add(circuit.current, offset, is(What::current));
    if (full) add(circuit.power_factor, offset, is(What::power_factor));
    if (!full) continue;
    for (const auto& [kind, point] : circuit.further) all.push_back({&point, offset, is(What::further, kind)});
    for (const auto& [kind, point] : circuit.overdrawn) all.push_back({&point, offset, is(What::overdrawn, kind)});
  }
  return all;
}

namespace {

/// A block at one of the meter's units.
struct Part {
  const Block* block;
  std::uint8_t offset;
  bool operator==(const Part&) const = default;
};

std::vector<Part> parts_of(const ModbusModel& model, Depth depth) {
  const auto points = points_of(model, depth);
  std::vector<std::uint8_t> offsets;
  for (const auto& placed : points) offsets.push_back(placed.offset);
  std::sort(offsets.begin(), offsets.end());
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  std::vector<Part> parts;
  for (const auto offset : offsets) {
    for (const auto& block : model.blocks) {
      const auto is_here = [&](const Placed& p) { return p.offset == offset && contains(block, *p.point); };
      if (std::any_of(points.begin(), points.end(), is_here)) parts.push_back({&block, offset});
    }
  }
  return parts;
}

struct Answers {
  std::vector<Part> parts;
  std::span<const std::vector<std::uint16_t>> values;

  /// The point's registers; nothing where the meter refused its block, or for a model that check() refuses.
  std::span<const std::uint16_t> words(const Point& point, std::uint8_t offset) const {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (values[i].empty() || parts[i].offset != offset || !contains(*parts[i].block, point)) continue;
      return std::span(values[i]).subspan(std::size_t{point.address} - parts[i].block->start, word_count(point.encoding));
    }
    return {};
  }
  /// Refused outside of [low, high].
  Result<std::int64_t> take(const Point& point, std::uint8_t offset, std::int64_t low, std::int64_t high) const {
    const auto found = words(point, offset);
    if (found.empty()) return WATTLE_FAIL(MeterErrc::profile);
    const auto value = decode_value(point, found);
    if (!value) return value;
    if (*value < low || *value > high) return WATTLE_FAIL(MeterErrc::value);
    return value;
  }
  /// Of what is only recorded: nothing when the model has no such point, its block was not told, or the meter tells what it
  /// marks as none or what cannot be.
  std::optional<std::int64_t> told(const std::optional<Point>& point, std::uint8_t offset, std::int64_t low,
                                   std::int64_t high) const {
    if (!point) return std::nullopt;
    const auto value = take(*point, offset, low, high);
    return value ? std::optional(*value) : std::nullopt;
  }
  Error take_relay(const ModbusRelayState& state, std::uint8_t offset, std::optional<bool>& closed) const {
    const auto value = take(state.point, offset, INT64_MIN, INT64_MAX);
    if (!value) return value.error();
    const auto shown = state.bit ? *value >> *state.bit & 1 : *value;
    if (shown != state.closed && shown != state.open) return WATTLE_FAIL(MeterErrc::value);
    closed = shown == state.closed;
    return {};
  }
};

Error take_circuit(const Answers& answers, const ModbusCircuit& circuit, Quantity rollover, bool full, CircuitReading& out) {
  const auto offset = circuit.unit_offset;
  const auto energy = answers.take(circuit.energy, offset, 0, rollover.units - 1);
  if (!energy) return energy.error();
  out.energy = {*energy};
  if (circuit.power) {  // limits and relays rest on it: one that is marked as none refuses the reading too
    const auto watts = answers.take(*circuit.power, offset, -max_power_w, max_power_w);
    if (!watts) return watts.error();
    out.power = Power{*watts};
  }
  if (full) {
    // Of a phase that is away meters tell no number, and of a power factor more than one at the edge of what they can measure.
    // Nothing rests on these.
    out.current_ma = answers.told(circuit.current, offset, -max_current_ma, max_current_ma);
    out.power_factor_per_mille = answers.told(circuit.power_factor, offset, -unity_per_mille, unity_per_mille);
    for (const auto& [kind, point] : circuit.further) {
      const auto bounds = bounds_of(kind);
      if (const auto value = answers.told(point, offset, bounds.least, bounds.most)) out.further.put(kind, *value);
    }
    for (const auto& [kind, point] : circuit.overdrawn) {
      if (answers.words(point, offset).empty()) continue;
      put_overdrawn(out.further, kind, answers.told(point, offset, 0, bounds_of(kind).most));
    }
  }
  return circuit.relay ? answers.take_relay(*circuit.relay, offset, out.relay_closed) : Error{};
}

Result<MeterId> take_number(const Answers& answers, const ModbusModel& model, MeterId plate) {
  if (!model.number) return plate;
  const auto number = answers.take(*model.number, 0, 1, static_cast<std::int64_t>(max_meter_number));
  if (!number) return WATTLE_FAIL(MeterErrc::meter_number);
  return MeterId{static_cast<std::uint64_t>(*number)};
}

std::map<std::uint16_t, Cell>& bank(RegisterImage& image, Function function) {
  if (function == Function::read_discrete) return image.discrete;
  if (is_bits(function)) return image.coils;
  return function == Function::read_input ? image.input : image.holding;
}

Error place(RegisterImage& image, const Point& point, std::int64_t value) {
  const auto words = encode_value(point, value);
  if (!words) return words.error();
  auto& cells = bank(image, point.source);
  for (std::size_t i = 0; i < words->size(); ++i) cells[static_cast<std::uint16_t>(point.address + i)].value = (*words)[i];
  return {};
}

Error place_if(RegisterImage& image, const std::optional<Point>& point, std::optional<std::int64_t> value) {
  return point ? place(image, *point, value.value_or(0)) : Error{};
}

/// Several circuits may show their relays in bits of one register.
Error place_relay(RegisterImage& image, const ModbusCircuit& circuit, bool closed) {
  if (circuit.relay) {
    const auto& state = *circuit.relay;
    auto shown = closed ? state.closed : state.open;
    if (state.bit) {
      const std::int64_t others = bank(image, state.point.source)[state.point.address].value;
      shown = (others & ~(std::int64_t{1} << *state.bit)) | shown << *state.bit;
    }
    if (const auto error = place(image, state.point, shown)) return error;
  }
  if (!circuit.command) return {};
  auto& cell = bank(image, circuit.command->function)[circuit.command->address];
  // A register that is also a state shows what it shows; one that is written only stands at what was last ordered.
  const bool is_state = circuit.relay && circuit.relay->point.address == circuit.command->address && !circuit.relay->bit &&
                        &bank(image, circuit.relay->point.source) == &bank(image, circuit.command->function);
  if (!is_state) cell.value = closed ? circuit.command->close : circuit.command->open;
  cell.writable = true;
  return {};
}

}  // namespace

std::vector<ModbusAsk> reading_asks(const ModbusModel& model, std::uint8_t unit, Depth depth) {
  std::vector<ModbusAsk> asks;
  for (const auto& part : parts_of(model, depth)) {
    const auto at = static_cast<std::uint8_t>(unit + part.offset);
    asks.push_back({at, read(part.block->function, part.block->start, part.block->count)});
  }
  return asks;
}

Result<Reading> decode_reading(const ModbusModel& model, Quantity rollover, MeterId plate, Depth depth,
                               std::span<const std::vector<std::uint16_t>> values) {
  const Answers answers{parts_of(model, depth), values};
  if (values.size() != answers.parts.size()) return WATTLE_FAIL(MeterErrc::length);
  const auto needed = parts_of(model, Depth::control);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& part = answers.parts[i];
    const bool may_lack = values[i].empty() && std::find(needed.begin(), needed.end(), part) == needed.end();
    if (values[i].size() != part.block->count && !may_lack) return WATTLE_FAIL(MeterErrc::length);
  }
  Reading reading;
  const auto number = take_number(answers, model, plate);
  if (!number) return number.error();
  reading.meter = *number;
  const bool full = depth == Depth::full;
  if (full) {
    reading.voltage_mv = answers.told(model.voltage, 0, 0, max_voltage_mv);
    reading.frequency_mhz = answers.told(model.frequency, 0, 0, max_frequency_mhz);
  }
  for (const auto& circuit : model.circuits) {
    CircuitReading out;
    if (const auto error = take_circuit(answers, circuit, rollover, full, out)) return error;
    reading.circuits.push_back(out);
  }
  return reading;
}

std::optional<Placed> refused_point(const ModbusModel& model, Quantity rollover, Depth depth,
                                    std::span<const std::vector<std::uint16_t>> values) {
  const Answers answers{parts_of(model, depth), values};
  if (values.size() != answers.parts.size()) return std::nullopt;
  const auto can_be = [&](const Placed& placed) {
    const auto in = [&](std::int64_t low, std::int64_t high) {
      return answers.take(*placed.point, placed.offset, low, high).has_value();
    };
    switch (placed.is.what) {
      case What::number: return take_number(answers, model, {}).has_value();
      case What::energy: return in(0, rollover.units - 1);
      case What::power: return in(-max_power_w, max_power_w);
      case What::relay: {
        std::optional<bool> closed;
        return !answers.take_relay(*model.circuits[*placed.is.circuit].relay, placed.offset, closed);
      }
      default: return true;
    }
  };
  for (const auto& placed : points_of(model, Depth::control))
    if (!can_be(placed)) return placed;
  return std::nullopt;
}

ModbusAsk relay_ask(const ModbusModel& model, std::uint8_t unit, std::size_t circuit, bool close) {
  WATTLE_CHECK(circuit < model.circuits.size() && model.circuits[circuit].command);
  const auto& command = *model.circuits[circuit].command;
  const auto value = close ? command.close : command.open;
  const auto at = static_cast<std::uint8_t>(unit + model.circuits[circuit].unit_offset);
  if (command.function == Function::write_coil) return {at, write_coil(command.address, value != 0)};
  if (command.function == Function::write_register) return {at, write_register(command.address, value)};
  return {at, write_registers(command.address, {value})};
}

Result<RegisterImage> encode_reading(const ModbusModel& model, const Reading& reading, std::uint8_t unit_offset) {
  if (reading.circuits.size() != model.circuits.size()) return WATTLE_FAIL(MeterErrc::length);
  RegisterImage image;
  for (const auto& block : model.blocks) {
    auto& cells = bank(image, block.function);
    for (std::size_t i = 0; i < block.count; ++i) cells.try_emplace(static_cast<std::uint16_t>(block.start + i));
  }
  if (const auto error = place_if(image, model.number, static_cast<std::int64_t>(reading.meter.value))) return error;
  if (const auto error = place_if(image, model.voltage, reading.voltage_mv)) return error;
  if (const auto error = place_if(image, model.frequency, reading.frequency_mhz)) return error;
  for (std::size_t i = 0; i < model.circuits.size(); ++i) {
    const auto& circuit = model.circuits[i];
    const auto& shown = reading.circuits[i];
    if (circuit.unit_offset != unit_offset) continue;
    if (const auto error = place(image, circuit.energy, shown.energy.units)) return error;
    if (const auto error = place_if(image, circuit.power, shown.power.value_or(Power{}).watts)) return error;
    if (const auto error = place_if(image, circuit.current, shown.current_ma)) return error;
    const auto power_factor = shown.power_factor_per_mille.value_or(unity_per_mille);
    if (const auto error = place_if(image, circuit.power_factor, power_factor)) return error;
    for (const auto& [kind, point] : circuit.further) {
      const auto value = shown.further.get(kind).value_or(0);
      const bool is_split = circuit.overdrawn.contains(kind);
      if (const auto error = place(image, point, is_split ? std::max<std::int64_t>(value, 0) : value)) return error;
    }
    for (const auto& [kind, point] : circuit.overdrawn)
      if (const auto error = place(image, point, std::max<std::int64_t>(-shown.further.get(kind).value_or(0), 0))) return error;
    if (const auto error = place_relay(image, circuit, shown.relay_closed.value_or(true))) return error;
  }
  return image;
}

std::optional<bool> commanded(const ModbusModel& model, std::size_t circuit, const RegisterImage& before,
                              const RegisterImage& after) {
  WATTLE_CHECK(circuit < model.circuits.size());
  const auto& command = model.circuits[circuit].command;
  if (!command) return std::nullopt;
  const auto is_coil = command->function == Function::write_coil;
  const auto& old_cells = is_coil ? before.coils : before.holding;
  const auto& new_cells = is_coil ? after.coils : after.holding;
  const auto old_cell = old_cells.find(command->address);
  const auto new_cell = new_cells.find(command->address);
  if (old_cell == old_cells.end() || new_cell == new_cells.end()) return std::nullopt;
  const auto value = new_cell->second.value;
  if (value == old_cell->second.value || (value != command->close && value != command->open)) return std::nullopt;
  return value == command->close;
}

}  // namespace wattle::modbus
