#include "shared/meter/modbus_naming.hpp"

#include "shared/meter/further_form.hpp"
#include "shared/meter/measured.hpp"

namespace wattle::modbus {
namespace {

constexpr int milli = -3;

/// What was asked for, and came.
class Naming {
 public:
  Naming(const Request& asked, std::span<const std::uint16_t> values) : asked_(asked), values_(values) {}

  void put(const std::string& name, const std::optional<Point>& point, int exponent, Unit unit) {
    if (const auto words = point ? words_of(*point) : Words{}; !words.empty()) put_number(name, *point, words, exponent, unit);
  }
  void put_relay(const std::string& name, const std::optional<ModbusRelayState>& state) {
    const auto words = state ? words_of(state->point) : Words{};
    if (words.empty()) return;
    const auto value = decode_value(state->point, words);
    const auto shown = !value ? std::int64_t{-1} : state->bit ? *value >> *state->bit & 1 : *value;
    const bool is_known = value && (shown == state->closed || shown == state->open);
    if (!is_known) return fields_.push_back({name, NotAvailable{}});
    fields_.push_back({name, std::string(shown == state->closed ? "closed" : "open")});
  }
  Fields take() { return std::move(fields_); }

 private:
  using Words = std::span<const std::uint16_t>;

  void put_number(const std::string& name, const Point& point, Words words, int exponent, Unit unit) {
    const auto value = decode_value(point, words);
    if (value) fields_.push_back({name, Measured{*value, exponent, unit}});
    if (!value) fields_.push_back({name, NotAvailable{}});
  }
  Words words_of(const Point& point) const {
    const std::size_t count = word_count(point.encoding);
    if (point.source != asked_.function || point.address < asked_.start) return {};
    const std::size_t at = std::size_t{point.address} - asked_.start;
    return at + count <= values_.size() ? values_.subspan(at, count) : Words{};
  }

  const Request& asked_;
  Words values_;
  Fields fields_;
};

std::string circuit_name(std::size_t n) { return "circuit_" + std::to_string(n + 1); }

}  // namespace

Fields name_values(const ModbusModel& model, const Request& asked, std::span<const std::uint16_t> values) {
  Naming out(asked, values);
  out.put("number", model.number, 0, Unit::none);
  out.put("voltage", model.voltage, milli, Unit::volt);
  out.put("frequency", model.frequency, milli, Unit::hertz);
  for (std::size_t n = 0; n < model.circuits.size(); ++n) {
    const auto& circuit = model.circuits[n];
    if (circuit.unit_offset != 0) continue;
    out.put(circuit_name(n) + ".energy", circuit.energy, 0, Unit::watt_hour);
    out.put(circuit_name(n) + ".power", circuit.power, 0, Unit::watt);
    out.put(circuit_name(n) + ".current", circuit.current, milli, Unit::ampere);
    out.put(circuit_name(n) + ".power_factor", circuit.power_factor, milli, Unit::none);
    for (const auto& [kind, point] : circuit.further) {
      const auto form = form_of(kind);
      out.put(circuit_name(n) + '.' + std::string(name_of(kind).name), point, form.exponent, form.unit);
    }
    out.put_relay(circuit_name(n) + ".relay", circuit.relay);
  }
  return out.take();
}

Fields name_order(const ModbusModel& model, const Request& request) {
  Fields fields;
  for (std::size_t n = 0; n < model.circuits.size(); ++n) {
    const auto& command = model.circuits[n].command;
    const bool is_it = command && model.circuits[n].unit_offset == 0 && command->function == request.function &&
                       command->address == request.start && request.values.size() == 1;
    if (!is_it) continue;
    const auto value = request.values.front();
    const bool is_coil = command->function == Function::write_coil;
    const bool closes = is_coil ? (value != 0) == (command->close != 0) : value == command->close;
    if (closes) fields.push_back({circuit_name(n) + ".command", std::string("close")});
    if (!closes && (is_coil || value == command->open)) fields.push_back({circuit_name(n) + ".command", std::string("open")});
  }
  return fields;
}

}  // namespace wattle::modbus
