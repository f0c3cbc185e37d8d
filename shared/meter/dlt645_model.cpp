#include "shared/meter/dlt645_model.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_own.hpp"
#include "shared/meter/dlt645_parameters.hpp"
#include "shared/meter/dlt645_points.hpp"
#include "shared/meter/dlt645_shown.hpp"
#include "shared/meter/further_form.hpp"

namespace wattle::dlt645 {

std::vector<Part> parts_of(const Model& model, Depth depth) {
  std::vector<Part> parts;
  const auto add = [&](const ValueName& is, std::uint8_t offset, const std::optional<std::uint32_t>& di) {
    if (di) parts.push_back({is, offset, *di});
  };
  const bool full = depth == Depth::full;
  add({What::number}, 0, model.number);
  if (full) add({What::voltage}, 0, model.voltage);
  if (full) add({What::frequency}, 0, model.frequency);
  for (std::size_t n = 0; n < model.circuits.size(); ++n) {
    const auto& circuit = model.circuits[n];
    const auto offset = circuit.address_offset;
    const auto is = [&](What what, FurtherKind kind = {}) { return ValueName{what, kind, n}; };
    add(is(What::energy), offset, circuit.energy);
    add(is(What::power), offset, circuit.power);
    if (circuit.relay) add(is(What::relay), offset, circuit.relay->state);
    if (full) add(is(What::current), offset, circuit.current);
    if (full) add(is(What::power_factor), offset, circuit.power_factor);
    if (!full) continue;
    for (const auto& [kind, di] : circuit.further) add(is(What::further, kind), offset, di);
    for (const auto& [kind, di] : circuit.overdrawn) add(is(What::overdrawn, kind), offset, di);
  }
  return parts;
}

Unit unit_of(const ValueName& value) {
  switch (value.what) {
    case What::energy: return Unit::watt_hour;
    case What::power: return Unit::watt;
    case What::current: return Unit::ampere;
    case What::voltage: return Unit::volt;
    case What::frequency: return Unit::hertz;
    case What::further:
    case What::overdrawn: return form_of(value.kind).unit;
    case What::number:
    case What::power_factor:
    case What::relay: break;
  }
  return Unit::none;
}

namespace {

constexpr LocalTime far_future{2099, 12, 31, 23, 59, 59};

/// Our unit as a power of ten: mV, mA, mHz and thousandths; Wh and W.
int exponent_of(const Part& part) {
  if (part.is.what == What::further || part.is.what == What::overdrawn) return form_of(part.is.kind).exponent;
  return part.is.what == What::energy || part.is.what == What::power ? 0 : -3;
}

FurtherBounds bounds_of(const Part& part, Quantity rollover) {
  switch (part.is.what) {
    case What::energy: return {0, rollover.units - 1};
    case What::power: return {-max_power_w, max_power_w};
    case What::current: return {-max_current_ma, max_current_ma};
    case What::voltage: return {0, max_voltage_mv};
    case What::frequency: return {0, max_frequency_mhz};
    case What::power_factor: return {-unity_per_mille, unity_per_mille};
    case What::further: return bounds_of(part.is.kind);
    case What::overdrawn: return {0, bounds_of(part.is.kind).most};
    case What::number:
    case What::relay: break;
  }
  return {0, 0};
}

Error take_number(ByteView data, Reading& reading) {
  Address address;
  if (data.size() < address.bytes.size()) return WATTLE_FAIL(MeterErrc::length);
  std::copy_n(data.begin(), address.bytes.size(), address.bytes.begin());
  const auto number = number_of(address);
  if (!number || *number == 0) return WATTLE_FAIL(MeterErrc::meter_number);
  reading.meter = {*number};
  return {};
}

/// Bytes of the relay's state: a word, or of the lower bits of 1997, whose status is one, a byte.
std::size_t state_size(Edition edition, const ModelRelay& relay) {
  constexpr unsigned bits_a_byte = 8;
  return edition == Edition::v1997 && relay.bit < bits_a_byte ? 1 : 2;
}

Error take_relay(const Model& model, const ModelRelay& relay, ByteView data, CircuitReading& circuit) {
  const auto size = state_size(model.edition, relay);
  if (data.size() < size) return WATTLE_FAIL(MeterErrc::length);
  const auto word = static_cast<unsigned>(data[0] | (size > 1 ? data[1] << 8 : 0));
  if (word == (size > 1 ? 0xffffu : 0xffu)) return WATTLE_FAIL(MeterErrc::value);  // not available
  circuit.relay_closed = ((word >> relay.bit & 1) != 0) != relay.open_when_set;
  constexpr unsigned command_bit = 1u << 6;  // of status word 3: set while it is to be open
  if (model.edition == Edition::v2007 && relay.state == di::status_3) circuit.relay_commanded = (word & command_bit) == 0;
  return {};
}

Result<std::int64_t> bounded_value(const Model& model, const Part& part, Quantity rollover, ByteView data) {
  const auto measured = number_in(model, part.di, data);
  if (!measured) return measured.error();
  const auto value = scaled(*measured, exponent_of(part));
  const auto bounds = bounds_of(part, rollover);
  if (value && (*value < bounds.least || *value > bounds.most)) return WATTLE_FAIL(MeterErrc::value);
  return value;
}

Error take(const Model& model, const Part& part, Quantity rollover, ByteView data, Reading& reading) {
  if (part.is.what == What::number) return take_number(data, reading);
  auto& circuit = reading.circuits[part.is.circuit.value_or(0)];
  if (part.is.what == What::relay) return take_relay(model, *model.circuits[*part.is.circuit].relay, data, circuit);
  const auto value = bounded_value(model, part, rollover, data);
  // Meters tell a power factor of more than one at the edge of what they can measure, and none without a current; a phase that
  // is away has no voltage. Nothing rests on these, nor on the frequency or what else few models tell.
  if (part.is.what == What::overdrawn) {
    put_overdrawn(circuit.further, part.is.kind, value ? std::optional(*value) : std::nullopt);
    return {};
  }
  if (!value && !is_needed(part.is)) return {};
  if (!value) return value.error();
  switch (part.is.what) {
    case What::energy: circuit.energy = {*value}; break;
    case What::power: circuit.power = Power{*value}; break;
    case What::current: circuit.current_ma = *value; break;
    case What::power_factor: circuit.power_factor_per_mille = *value; break;
    case What::voltage: reading.voltage_mv = *value; break;
    case What::frequency: reading.frequency_mhz = *value; break;
    case What::further: circuit.further.put(part.is.kind, *value); break;
    case What::overdrawn:
    case What::number:
    case What::relay: break;
  }
  return {};
}

/// What an answering meter shows of one circuit.
struct Shown {
  const Reading& reading;
  const CircuitReading& circuit;
};

void put(MeterImage& image, const Model& model, std::uint32_t di, Measured value) {
  const auto bytes = number_bytes(model, di, value);
  WATTLE_CHECK(bytes);  // a virtual meter draws nothing that its registers could not show
  image.items[di] = {*bytes, false};
}

Measured measured_of(const Part& part, const Shown& shown) {
  const auto& circuit = shown.circuit;
  std::int64_t value = 0;
  switch (part.is.what) {
    case What::energy: value = circuit.energy.units; break;
    case What::power: value = circuit.power.value_or(Power{}).watts; break;
    case What::current: value = circuit.current_ma.value_or(0); break;
    case What::power_factor: value = circuit.power_factor_per_mille.value_or(unity_per_mille); break;
    case What::voltage: value = shown.reading.voltage_mv.value_or(0); break;
    case What::frequency: value = shown.reading.frequency_mhz.value_or(mains_mhz); break;
    case What::further: value = circuit.further.get(part.is.kind).value_or(0); break;
    case What::overdrawn: value = std::max<std::int64_t>(-circuit.further.get(part.is.kind).value_or(0), 0); break;
    case What::number:
    case What::relay: break;
  }
  return {value, exponent_of(part), unit_of(part.is)};
}

void put_part(MeterImage& image, const Model& model, const Part& part, const Shown& shown) {
  if (part.is.what == What::relay) return;
  if (part.is.what != What::number) {
    auto value = measured_of(part, shown);
    const bool is_split = part.is.what == What::further && model.circuits[*part.is.circuit].overdrawn.contains(part.is.kind);
    if (is_split) value.value = std::max<std::int64_t>(value.value, 0);
    return put(image, model, part.di, value);
  }
  const auto number = address_of(shown.reading.meter.value);
  WATTLE_CHECK(number);
  image.items[part.di] = {Bytes(number->bytes.begin(), number->bytes.end()), false};
}

void show_clock(MeterImage& image, Instant now) {
  const auto time = local_time(now + image.clock_error, image.utc_offset);
  const auto year = to_bcd(static_cast<std::uint8_t>(time.year % 100));
  const bool is_new = image.edition == Edition::v2007;
  image.items[is_new ? di::date : di_1997::date] = {{weekday(time), to_bcd(time.day), to_bcd(time.month), year}, true};
  image.items[is_new ? di::clock : di_1997::clock] = {{to_bcd(time.second), to_bcd(time.minute), to_bcd(time.hour)}, true};
}

/// A meter that switches tells its delays, and keeps what it is told of them.
void show_delays(MeterImage& image) {
  image.items.try_emplace(di::trip_delay, Cell{{0, 0}, true});
  image.items.try_emplace(di::close_delay, Cell{{0, 0}, true});
  const auto delay = [&](std::uint32_t di) {
    const auto told = number_in(image.edition, di, image.items[di].bytes);
    return told ? minutes(told->value) : Duration{};
  };
  image.trip_delay = delay(di::trip_delay);
  image.close_delay = delay(di::close_delay);
}

void show_state(MeterImage& image, const ModelRelay& relay) {
  const auto word = static_cast<std::uint16_t>((image.relay.closed != relay.open_when_set ? 1u : 0u) << relay.bit);
  Bytes bytes{static_cast<std::uint8_t>(word), static_cast<std::uint8_t>(word >> 8)};
  bytes.resize(state_size(image.edition, relay));
  image.items[relay.state] = {std::move(bytes), false};
}

}  // namespace

std::vector<Request> reading_asks(const Model& model, std::uint64_t address, Depth depth) {
  std::vector<Request> all;
  for (const auto& part : parts_of(model, depth)) {
    const auto at = address_of(model, address + part.offset);
    WATTLE_CHECK(at);
    all.push_back(read(model.edition, *at, part.di));
  }
  return all;
}

Result<Reading> decode_reading(const Model& model, Quantity rollover, std::uint64_t address, Depth depth,
                               std::span<const Bytes> answers) {
  const auto parts = parts_of(model, depth);
  if (answers.size() != parts.size()) return WATTLE_FAIL(MeterErrc::length);
  Reading reading;
  reading.meter = {address};
  reading.circuits.resize(model.circuits.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    // Refused, or lost: not told. Without what is overdrawn a zero that remains may be a debt.
    if (!is_needed(parts[i].is) && parts[i].is.what != What::overdrawn && answers[i].empty()) continue;
    if (const auto error = take(model, parts[i], rollover, answers[i], reading)) return error;
  }
  return reading;
}

std::optional<std::size_t> refused_part(const Model& model, Quantity rollover, Depth depth, std::span<const Bytes> answers) {
  const auto parts = parts_of(model, depth);
  Reading reading;
  reading.circuits.resize(model.circuits.size());
  for (std::size_t i = 0; i < std::min(parts.size(), answers.size()); ++i)
    if (is_needed(parts[i].is) && take(model, parts[i], rollover, answers[i], reading)) return i;
  return std::nullopt;
}

Request relay_ask(const Model& model, std::uint64_t address, std::size_t circuit, bool close, const Credentials& by) {
  WATTLE_CHECK(circuit < model.circuits.size() && model.circuits[circuit].relay);
  const auto& of = model.circuits[circuit];
  const auto at = address_of(address + of.address_offset);
  WATTLE_CHECK(at);
  if (of.relay->write)
    return write(model.edition, *at, of.relay->write->di, by, close ? of.relay->write->close : of.relay->write->open);
  return relay(*at, by, close ? of.relay->close : of.relay->open, far_future);
}

void show(MeterImage& image, const Model& model, const Reading& reading, std::size_t circuit, Instant now) {
  const auto& of = model.circuits[circuit];
  auto shown = reading.circuits[circuit];
  shown.energy.units -= shown.energy.units % energy_step_wh;  // a register counts whole steps
  const Shown all{reading, shown};
  show_standard(image, reading, shown);
  if (image.edition == Edition::v2007) show_delays(image);
  for (const auto& part : parts_of(model, Depth::full)) {
    if (part.offset == of.address_offset) put_part(image, model, part, all);
  }
  show_blocks(image);
  if (of.relay && of.relay->state != di::status_3) show_state(image, *of.relay);
  image.relay_write = of.relay ? of.relay->write : std::nullopt;
  show_parameters(image, model);
  show_clock(image, now);
}

}  // namespace wattle::dlt645
