#include <algorithm>

#include "shared/meter/modbus_parameters.hpp"
#include "shared/meter/modbus_points.hpp"
#include "shared/meter/modbus_purse.hpp"

namespace wattle::modbus {
namespace {

std::string contradiction_of_point(const ModbusModel& model, const Point& point) {
  if (point.scale.multiply <= 0 || point.scale.divide <= 0) return "a scale must be positive";
  if (is_bits(point.source) != (point.encoding == Encoding::bit))
    return "coils and discrete inputs are bits, and nothing else is";
  if (!is_mark_short(point)) return "a mark of what is not available is longer than its register";
  const auto holds = [&](const Block& block) { return contains(block, point); };
  if (!std::any_of(model.blocks.begin(), model.blocks.end(), holds)) return "lies in no block";
  return {};
}

std::string contradiction_of_state(const ModbusRelayState& state) {
  if (state.closed == state.open) return "a relay that is closed looks like one that is open";
  const bool is_small = state.closed >= 0 && state.closed <= 1 && state.open >= 0 && state.open <= 1;
  if (state.bit && (*state.bit > 15 || !is_small || state.point.encoding != Encoding::u16))
    return "a relay's bit is 0 to 15 of one register";
  return {};
}

std::string contradiction_of_command(const ModbusCircuit& circuit) {
  const auto& command = *circuit.command;
  if (!circuit.relay) return "a relay that is commanded must be read back";
  if (command.close == command.open) return "a command to close looks like one to open";
  const bool is_coil = command.function == Function::write_coil;
  if (is_coil && (command.close > 1 || command.open > 1)) return "a coil is written with 0 or 1";
  const bool is_write =
      is_coil || command.function == Function::write_register || command.function == Function::write_registers;
  return is_write ? std::string() : "a relay is commanded by a write";
}

bool overlap(const Placed& a, const Placed& b) {
  return a.offset == b.offset && a.point->source == b.point->source &&
         a.point->address < b.point->address + word_count(b.point->encoding) &&
         b.point->address < a.point->address + word_count(a.point->encoding);
}

/// Of one circuit, or of one and the meter: a register means one thing. Several relays may be bits of one.
Contradiction contradiction_of_places(const std::vector<Placed>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const bool is_of_two = all[i].is.circuit && all[k].is.circuit && all[i].is.circuit != all[k].is.circuit;
      if (!is_of_two && overlap(all[i], all[k]))
        return about(all[i].is, "is read from the register of " + std::string(key_of(all[k].is)));
    }
  }
  return {};
}

Contradiction contradiction_of_circuits(const ModbusModel& model, std::size_t n) {
  const auto& circuit = model.circuits[n];
  const auto wrong = [&](What what, std::string why, FurtherKind kind = {}) { return about({what, kind, n}, std::move(why)); };
  if (auto why = circuit.relay ? contradiction_of_state(*circuit.relay) : std::string(); !why.empty())
    return wrong(What::relay, std::move(why));
  if (auto why = circuit.command ? contradiction_of_command(circuit) : std::string(); !why.empty())
    return {std::move(why), "circuit", n, "command"};
  for (const auto& [kind, point] : circuit.overdrawn)
    if (!circuit.further.contains(kind))
      return wrong(What::overdrawn, "what is overdrawn belongs to what remains, which is not there", kind);
  for (std::size_t k = 0; k < n; ++k) {
    const auto& other = model.circuits[k];
    const bool same_place = circuit.energy.address == other.energy.address && circuit.energy.source == other.energy.source;
    if (circuit.unit_offset == other.unit_offset && same_place)
      return wrong(What::energy, "two circuits have the same energy register");
  }
  return {};
}

/// What a register tells apart from nothing on; nothing: more than any meter counts to.
std::optional<std::uint64_t> steps_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::bit: return 2;
    case Encoding::i16: return std::uint64_t{1} << 15;
    case Encoding::u16: return std::uint64_t{1} << 16;
    case Encoding::i32: return std::uint64_t{1} << 31;
    case Encoding::u32: return std::uint64_t{1} << 32;
    case Encoding::bcd32: return 100'000'000;
    case Encoding::u64:
    case Encoding::f32: break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> turns_over_at(const ModbusModel& model, std::size_t circuit) {
  const auto& energy = model.circuits[circuit].energy;
  const auto steps = steps_of(energy.encoding);
  if (!steps) return std::nullopt;
  const auto divide = static_cast<std::uint64_t>(energy.scale.divide);
  return (*steps * static_cast<std::uint64_t>(energy.scale.multiply) + divide - 1) / divide;
}

Contradiction find_contradiction(const ModbusModel& model) {
  if (model.blocks.empty()) return {"there is no block to read"};
  for (std::size_t n = 0; n < model.blocks.size(); ++n) {
    const auto& block = model.blocks[n];
    if (!is_read(block.function) || !is_valid(read(block.function, block.start, block.count)))
      return {"a block is longer than one read can carry", "block", n, "count"};
  }
  if (model.circuits.empty() || model.circuits.size() > max_meter_circuits) return {"a meter has one to four circuits"};
  const auto all = points_of(model, Depth::full);
  for (const auto& placed : all) {
    if (auto wrong = contradiction_of_point(model, *placed.point); !wrong.empty()) return about(placed.is, std::move(wrong));
  }
  for (std::size_t n = 0; n < model.circuits.size(); ++n) {
    if (auto wrong = contradiction_of_circuits(model, n); !wrong.empty()) return wrong;
  }
  if (auto wrong = contradiction_of_places(all); !wrong.empty()) return wrong;
  if (auto wrong = contradiction_of_parameters(model); !wrong.empty()) return wrong;
  return about_section("purse", contradiction_of_purse(model));
}

}  // namespace wattle::modbus
