#include "shared/meter/cjt188_model.hpp"

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"

namespace wattle::cjt188 {
namespace {

constexpr int litres = -3;  // of a cubic metre
constexpr std::size_t number_pairs = 5;

constexpr std::uint8_t unnumbered = 0;  // the master counts: see Carriage

}  // namespace

Address address_of(const Model& model, std::uint64_t number) {
  Bytes pairs;
  WATTLE_CHECK(number <= max_number && put_bcd(pairs, static_cast<std::int64_t>(number), number_pairs));
  Address address;
  std::copy(pairs.begin(), pairs.end(), address.bytes.begin());
  address.bytes[number_pairs] = static_cast<std::uint8_t>(model.maker);
  address.bytes[number_pairs + 1] = static_cast<std::uint8_t>(model.maker >> 8);
  return address;
}

Request reading_ask(const Model& model, std::uint64_t number) {
  return read(model.type, address_of(model, number), di::current, unnumbered, model.order);
}

Result<Reading> decode_reading(const Model& model, Quantity rollover, std::uint64_t number, ByteView data) {
  const auto current = decode_current(data);
  if (!current) return current.error();
  if (!current->total || current->total->unit != Unit::cubic_metre) return WATTLE_FAIL(MeterErrc::value);
  const auto total = scaled(*current->total, litres);
  if (!total) return total.error();
  if (*total < 0 || *total >= rollover.units) return WATTLE_FAIL(MeterErrc::value);
  Reading reading{MeterId{number}, {}, {}, {{}}};
  auto& circuit = reading.circuits.front();
  circuit.energy = {*total};
  const auto bits = model.valve ? model.valve->bits : StatusBits{};
  reading.status.battery_low = (current->status & bits.battery_low) != 0;
  if (!model.valve) return reading;
  const auto state = valve_state(current->status, model.valve->bits);
  if (state == ValveState::open || state == ValveState::closed) circuit.relay_closed = state == ValveState::open;
  reading.status.valve_fault = state == ValveState::fault;
  return reading;
}

Request valve_ask(const Model& model, std::uint64_t number, bool open) {
  WATTLE_CHECK(model.valve);
  const auto command = open ? model.valve->open : model.valve->close;
  return move_valve(model.type, address_of(model, number), command, unnumbered, model.order);
}

Result<LocalTime> clock_in(ByteView data) {
  const auto current = decode_current(data);
  if (!current) return current.error();
  if (!current->clock || current->clock->year < clock_first_year || current->clock->year > clock_last_year)
    return WATTLE_FAIL(MeterErrc::value);
  return *current->clock;
}

Request clock_write(const Model& model, std::uint64_t number, const LocalTime& to) {
  WATTLE_CHECK(model.clock);
  return set_clock(model.type, address_of(model, number), to, unnumbered, model.order);
}

void show(MeterImage& image, const Reading& reading) {
  const auto total = reading.circuits.front().energy.units;
  image.total = {total / volume_step_l, -2, Unit::cubic_metre};
}

std::string contradiction(const Model& model) {
  if (!model.valve) return {};
  const auto& bits = model.valve->bits;
  if (((bits.open | bits.closed | bits.fault) & ~bits.valve_mask) != 0) return "a state of the valve lies outside of its mask";
  if (bits.open == bits.closed || bits.fault == bits.open || bits.fault == bits.closed)
    return "two states of the valve look alike";
  if (model.valve->open == model.valve->close) return "a command to open looks like one to close";
  return {};
}

}  // namespace wattle::cjt188
