#include <algorithm>
#include <functional>
#include <numeric>

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

/// Registers or coils that follow each other.
struct Span {
  Function source;
  std::size_t first;
  std::size_t end;
};
Span span_of(const Point& point) { return {point.source, point.address, point.address + word_count(point.encoding)}; }
Span span_of(const ModbusRelayCommand& command) {
  const auto source = command.function == Function::write_coil ? Function::read_coils : Function::read_holding;
  return {source, command.address, command.address + std::size_t{1}};
}

bool meet(const Span& a, const Span& b) { return a.source == b.source && a.first < b.end && b.first < a.end; }
bool overlap(const Placed& a, const Placed& b) { return a.offset == b.offset && meet(span_of(*a.point), span_of(*b.point)); }

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

/// What else is in one of these registers; empty when nothing is. Parameters and the purse are of each of the meter's units.
std::string value_at(const std::vector<Placed>& all, const Span& at, const std::function<bool(const Placed&)>& counts) {
  const auto is_there = [&](const Placed& p) { return counts(p) && meet(span_of(*p.point), at); };
  const auto found = std::find_if(all.begin(), all.end(), is_there);
  return found == all.end() ? std::string() : std::string(key_of(found->is));
}
std::string parameter_at(const ModbusModel& model, const Span& at, std::optional<Parameter> before = {}) {
  for (const auto& [parameter, of] : model.parameters)
    if ((!before || parameter < *before) && meet(span_of(of.point), at)) return std::string(info(parameter).name);
  return {};
}
bool is_in_purse(const ModbusModel& model, const Span& at) {
  if (!model.purse) return false;
  for (const auto& [item, point] : model.purse->items)
    if (meet(span_of(point), at)) return true;
  for (const auto& [what, trade] : model.purse->trades)
    if (meet(span_of(trade.amount), at) || meet(span_of(trade.count), at)) return true;
  return false;
}

/// What is written must be nothing that is measured: the meter would be told its own figures, or figures would be taken for
/// settings.
Contradiction contradiction_of_settings(const ModbusModel& model, const std::vector<Placed>& all) {
  for (const auto& [parameter, of] : model.parameters) {
    const auto name = std::string(info(parameter).name);
    auto other = value_at(all, span_of(of.point), [](const Placed&) { return true; });
    if (other.empty()) other = parameter_at(model, span_of(of.point), parameter);
    if (other.empty() && is_in_purse(model, span_of(of.point))) other = "the purse";
    if (!other.empty()) return {"lies in the register of " + other, "parameters", {}, name};
  }
  return {};
}

Contradiction contradiction_of_purse_places(const ModbusModel& model, const std::vector<Placed>& all) {
  if (!model.purse) return {};
  const auto wrong = [](const std::string& other) {
    return about_section("purse", other.empty() ? other : "something of the purse lies in the register of " + other);
  };
  const auto is_no_amount = [](const Placed& p) {  // what remains may be recorded too
    const bool remains =
        p.is.what == What::further && (p.is.kind == FurtherKind::remaining_energy || p.is.kind == FurtherKind::remaining_money);
    return !remains && p.is.what != What::overdrawn;
  };
  const auto& items = model.purse->items;
  for (auto item = items.begin(); item != items.end(); ++item) {
    if (auto fault = wrong(value_at(all, span_of(item->second), is_no_amount)); !fault.empty()) return fault;
    for (auto other = items.begin(); other != item; ++other)
      if (meet(span_of(item->second), span_of(other->second))) return wrong("something else of it");
  }
  for (const auto& [what, trade] : model.purse->trades)
    for (const auto* point : {&trade.amount, &trade.count})
      if (auto fault = wrong(value_at(all, span_of(*point), [](const Placed&) { return true; })); !fault.empty()) return fault;
  return {};
}

/// A relay may be commanded where it is read.
Contradiction contradiction_of_commands(const ModbusModel& model, const std::vector<Placed>& all) {
  for (std::size_t n = 0; n < model.circuits.size(); ++n) {
    const auto& circuit = model.circuits[n];
    if (!circuit.command) continue;
    const auto at = span_of(*circuit.command);
    const auto wrong = [&](std::string why) { return Contradiction{std::move(why), "circuit", n, "command"}; };
    auto other =
        value_at(all, at, [&](const Placed& p) { return p.is.what != What::relay && p.offset == circuit.unit_offset; });
    if (other.empty()) other = parameter_at(model, at);
    if (other.empty() && is_in_purse(model, at)) other = "the purse";
    if (!other.empty()) return wrong("writes the register of " + other);
    for (std::size_t k = 0; k < n; ++k)
      if (model.circuits[k].unit_offset == circuit.unit_offset && model.circuits[k].command == circuit.command)
        return wrong("two relays have the same command");
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

std::int64_t step_of_energy(const ModbusModel& model, std::size_t circuit) {
  const auto& energy = model.circuits[circuit].energy;
  if (energy.encoding == Encoding::f32) return 1;  // which has no steps
  return energy.scale.multiply / std::gcd(energy.scale.multiply, energy.scale.divide);
}

Contradiction find_contradiction(const ModbusModel& model) {
  if (model.blocks.empty()) return {"there is no block to read"};
  for (std::size_t n = 0; n < model.blocks.size(); ++n) {
    const auto& block = model.blocks[n];
    if (std::size_t{block.start} + block.count > std::size_t{UINT16_MAX} + 1)
      return {"a block goes beyond the last register, 65535", "block", n, "count"};
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
  if (auto wrong = contradiction_of_settings(model, all); !wrong.empty()) return wrong;
  if (auto wrong = contradiction_of_purse(model); !wrong.empty()) return about_section("purse", std::move(wrong));
  if (auto wrong = contradiction_of_purse_places(model, all); !wrong.empty()) return wrong;
  return contradiction_of_commands(model, all);
}

}  // namespace wattle::modbus
