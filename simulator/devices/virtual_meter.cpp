#include "simulator/devices/virtual_meter.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_purse.hpp"
#include "shared/meter/modbus_purse.hpp"
#include "shared/meter/purse.hpp"

namespace wattle::sim {
namespace {

constexpr std::int64_t mains_mv = 220'000;
constexpr std::int64_t mains_mhz = 50'000;
constexpr std::int64_t droop_mv_per_kw = 1'500;  // a long riser: a kettle dims the lamps a little
// Three phases are never alike: what is shown of B and C tells them from each other, and from A.
constexpr std::int64_t phase_b_mv = -1'300;
constexpr std::int64_t phase_c_mv = 900;
constexpr std::int64_t phase_b_percent = 35;  // of the current
constexpr std::int64_t phase_c_percent = 25;
constexpr Duration longest_count = days(400);  // a longer step is a clock that was set, not time that passed

constexpr std::int64_t least_percent = 35;
constexpr std::int64_t percent_steps = 31;
constexpr std::int64_t percent_stride = 17;  // prime to the steps, so that neighbours differ

/// The circuit whose purse the unit has; beyond them all: none.
std::size_t speaker_at(const ModbusModel& model, std::uint8_t offset) {
  std::size_t i = 0;
  while (i < model.circuits.size() && model.circuits[i].unit_offset != offset) ++i;
  return i;
}

/// The phases that a model tells of a circuit. Where it has no sum of the currents, the circuit's own is that of phase A.
void spread_over_phases(const MeterProfile& profile, std::size_t n, const Reading& reading, CircuitReading& circuit) {
  const auto tells = [&](FurtherKind kind) {
    const auto* of_modbus = std::get_if<ModbusModel>(&profile.protocol);
    const auto* of_dlt645 = std::get_if<dlt645::Model>(&profile.protocol);
    return (of_modbus != nullptr && of_modbus->circuits[n].further.contains(kind)) ||
           (of_dlt645 != nullptr && of_dlt645->circuits[n].further.contains(kind));
  };
  const auto put = [&](FurtherKind kind, std::int64_t value) {
    if (tells(kind)) circuit.further.put(kind, value);
  };
  put(FurtherKind::voltage_b, *reading.voltage_mv + phase_b_mv);
  put(FurtherKind::voltage_c, *reading.voltage_mv + phase_c_mv);
  const auto b = *circuit.current_ma * phase_b_percent / 100;
  const auto c = *circuit.current_ma * phase_c_percent / 100;
  const auto a = *circuit.current_ma - b - c;
  put(FurtherKind::current_a, a);
  put(FurtherKind::current_b, b);
  put(FurtherKind::current_c, c);
  if (tells(FurtherKind::current_b) && !tells(FurtherKind::current_a)) circuit.current_ma = a;
}

}  // namespace

VirtualMeter::VirtualMeter(VirtualMeterSettings settings, MeterMemory memory, Instant now)
    : settings_(std::move(settings)), memory_(std::move(memory)), at_(now) {
  WATTLE_CHECK(settings_.profile != nullptr && contradiction(*settings_.profile).empty());
  WATTLE_CHECK(is_address(*settings_.profile, settings_.address));
  WATTLE_CHECK(settings_.number.value <= max_plate_number(*settings_.profile));
  WATTLE_CHECK(settings_.circuits.size() == circuit_count(*settings_.profile));
  for (const auto& circuit : settings_.circuits) WATTLE_CHECK((circuit.curve != nullptr) != settings_.feed.has_value());
  WATTLE_CHECK(!settings_.feed || settings_.circuits.size() == 1);
  if (memory_.empty()) memory_.resize(settings_.circuits.size());
  WATTLE_CHECK(memory_.size() == settings_.circuits.size());
  circuits_.resize(memory_.size());
  begin_purses();
  make_images();
}

void VirtualMeter::begin_purses() {
  for (std::size_t i = 0; i < memory_.size(); ++i)
    if (const auto* form = purse_of(*settings_.profile, i)) memory_[i].purse.measure = form->measure;
}

/// Without money it opens; what it has opened by itself it closes by itself.
void VirtualMeter::obey_purse(std::size_t circuit) {
  const auto* form = purse_of(*settings_.profile, circuit);
  if (form == nullptr || form->kind == PurseKind::display) return;
  auto& purse = memory_[circuit].purse;
  if (purse.cuts()) {
    if (memory_[circuit].relay_closed) move_contact(circuit, false), purse.is_cut = true;
  } else if (std::exchange(purse.is_cut, false)) {
    move_contact(circuit, true);
  }
}

bool VirtualMeter::buy(std::size_t circuit, std::int64_t amount, Instant now) {
  const auto* form = purse_of(*settings_.profile, circuit);
  if (form == nullptr || form->kind == PurseKind::display) return false;
  advance(now);
  auto& purse = memory_.at(circuit).purse;
  if (!purse.take({PurseTrade::buy, purse.count + 1, amount})) return false;
  obey_purse(circuit);
  return true;
}

void VirtualMeter::make_images() {
  if (const auto* water = std::get_if<cjt188::Model>(&settings_.profile->protocol)) {
    water_ = {.type = water->type,
              .address = cjt188::address_of(*water, settings_.address),
              .utc_offset = china_standard_time,
              .travel = settings_.valve_travel};
    if (water->valve) water_.bits = water->valve->bits;
    water_.valve.open = water_.valve.target_open = memory_.front().relay_closed;
  }
  if (const auto* bus = std::get_if<mbus::Model>(&settings_.profile->protocol))
    mbus_.primary = bus->by_number ? settings_.primary : static_cast<std::uint8_t>(settings_.address);
  const auto* model = std::get_if<dlt645::Model>(&settings_.profile->protocol);
  if (model == nullptr) return;
  for (std::size_t i = 0; i < circuits_.size(); ++i) {
    const auto address = dlt645::address_of(settings_.address + model->circuits[i].address_offset);
    WATTLE_CHECK(address);
    auto& image = circuits_[i].image;
    image = {.address = *address, .items = {}, .accepts = settings_.accepts, .utc_offset = china_standard_time};
    image.edition = model->edition;
    if (model->clock) image.clock_tolerance = model->clock->within;
    if (!settings_.feed) image.kept.as = model->history;  // what a main meter counts is not stopped at each full hour
    image.relay.closed = memory_[i].relay_closed;
    image.relay.commanded_open = !memory_[i].relay_closed;
  }
}

bool VirtualMeter::is_at(std::uint8_t unit) const {
  const auto all = addresses_of(*settings_.profile, settings_.address);
  return is_modbus() && std::find(all.begin(), all.end(), unit) != all.end();
}

void VirtualMeter::move_contact(std::size_t circuit, bool closed) {
  auto& relay = circuits_[circuit].image.relay;
  if (std::exchange(memory_[circuit].relay_closed, closed) && !closed)
    dlt645::note(circuits_[circuit].image, MeterEvent::tripped, at_);
  relay = {.closed = closed, .commanded_open = !closed, .keeps_power = relay.keeps_power, .opens_at = {}, .ends_at = {}};
  water_.valve = {.open = closed, .stuck = water_.valve.stuck, .arrives_at = {}, .target_open = closed};
}

Power VirtualMeter::wanted_load(std::size_t circuit, Instant now) const {
  if (circuits_[circuit].fixed) return *circuits_[circuit].fixed;
  if (settings_.feed) return {settings_.feed->with_loss(settings_.feed->power(now).watts)};
  const auto& load = settings_.circuits[circuit];
  const auto minute = minute_since_monday(now, china_standard_time) + load.curve_shift_minutes;
  return {load.curve->at_minute(minute).watts * load.curve_percent / 100};
}

void VirtualMeter::count_feed(Instant now) {
  const auto fed = settings_.feed->microjoules(now);
  const auto passed = fed - fed_.value_or(fed);  // nothing for the time before this process
  if (passed > 0) memory_.front().microjoules += settings_.feed->with_loss(passed);
  fed_ = fed;
  at_ = now;
}

std::int64_t VirtualMeter::counted(Instant now) {
  advance(now);
  std::int64_t sum = 0;
  for (const auto& circuit : memory_) sum += circuit.microjoules;
  return sum;
}

Power VirtualMeter::drawn(Instant now) {
  Power sum;
  for (const auto& circuit : read(now).circuits) sum.watts += circuit.power->watts;
  return sum;
}

void VirtualMeter::advance(Instant now) {
  if (settings_.feed) return count_feed(now);
  if (now < at_ || longest_count < now - at_) {
    at_ = now;
    return;
  }
  while (at_ < now) {
    auto until = std::min(next_minute(at_), now);
    for (const auto& circuit : circuits_) {
      for (const auto& change : {circuit.image.relay.opens_at, circuit.image.relay.ends_at, water_.valve.arrives_at}) {
        if (change && at_ < *change) until = std::min(until, *change);  // a contact moves in the middle of a minute too
      }
      until = std::min(until, dlt645::next_kept(circuit.image, at_).value_or(until));
    }
    count_until(until);
  }
}

/// Nothing moves in between.
void VirtualMeter::count_until(Instant until) {
  for (std::size_t i = 0; i < circuits_.size(); ++i) {
    const auto before = memory_[i].microjoules / microjoules_per_wh;
    if (conducts(i)) memory_[i].microjoules += wanted_load(i, at_).watts * (until - at_).micros;
    const auto* form = purse_of(*settings_.profile, i);
    if (form == nullptr || form->kind == PurseKind::display) continue;  // a display shows what it was told last
    memory_[i].purse.flow(memory_[i].microjoules / microjoules_per_wh - before);
    obey_purse(i);
  }
  at_ = until;
  if (speaks<dlt645::Model>()) {
    for (std::size_t i = 0; i < circuits_.size(); ++i) {
      auto& image = circuits_[i].image;
      dlt645::advance(image, at_);
      if (!image.kept.as.freezes.empty()) dlt645::keep_freezes(image.kept, dlt645::shown_time(image, at_), register_of(i));
      memory_[i].relay_closed = circuits_[i].image.relay.closed;
      keep_load(i);
    }
  }
  if (speaks<cjt188::Model>()) {
    cjt188::advance(water_, at_);
    memory_.front().relay_closed = water_.valve.open;
  }
}

void VirtualMeter::keep_load(std::size_t circuit) {
  if (!circuits_[circuit].image.kept.as.load) return;
  dlt645::keep_load(circuits_[circuit].image, at_, [&](dlt645::MeterImage& image) {
    dlt645::show(image, std::get<dlt645::Model>(settings_.profile->protocol), read(at_), circuit, at_);
  });
}

Quantity VirtualMeter::register_of(std::size_t circuit) const {
  return {memory_[circuit].microjoules / microjoules_per_wh % settings_.profile->rollover.units};
}

Reading VirtualMeter::read(Instant now) {
  advance(now);
  Reading reading;
  reading.meter = settings_.number;
  std::int64_t total_w = 0;
  for (std::size_t i = 0; i < circuits_.size(); ++i) {
    CircuitReading circuit;
    circuit.energy = register_of(i);
    circuit.power = conducts(i) ? wanted_load(i, now) : Power{0};
    circuit.power_factor_per_mille = unity_per_mille;
    circuit.relay_closed = memory_[i].relay_closed;
    total_w += circuit.power->watts;
    reading.circuits.push_back(circuit);
  }
  reading.voltage_mv = mains_mv - total_w * droop_mv_per_kw / 1000;
  reading.frequency_mhz = mains_mhz;
  for (std::size_t i = 0; i < circuits_.size(); ++i) {
    auto& circuit = reading.circuits[i];
    circuit.current_ma = circuit.power->watts * 1'000'000 / *reading.voltage_mv;
    spread_over_phases(*settings_.profile, i, reading, circuit);
  }
  return reading;
}

void VirtualMeter::tear(const ModbusModel& model, std::uint8_t unit_offset, modbus::RegisterImage& image) {
  for (std::size_t i = 0; i < circuits_.size(); ++i) {
    const auto& point = model.circuits[i].energy;
    const auto size = word_count(point.encoding);
    if (model.circuits[i].unit_offset != unit_offset || size == 1) continue;
    auto& cells = point.source == modbus::Function::read_input ? image.input : image.holding;
    std::vector<std::uint16_t> words;
    for (std::size_t k = 0; k < size; ++k) words.push_back(cells.at(static_cast<std::uint16_t>(point.address + k)).value);
    const auto before = std::exchange(circuits_[i].shown, words);
    const bool is_low_first = point.order == WordOrder::cdab || point.order == WordOrder::dcba;
    const auto low = is_low_first ? 0 : size - 1;
    const auto without_low = [low](std::vector<std::uint16_t> all) {
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(low));
      return all;
    };
    if (before.empty() || without_low(before) == without_low(words)) continue;
    low_first_ = !low_first_;
    for (std::size_t k = 0; k < size; ++k) {
      auto& value = cells.at(static_cast<std::uint16_t>(point.address + k)).value;
      if (k == low)
        value = low_first_ ? 0 : UINT16_MAX;
      else if (low_first_)
        value = before[k];
    }
  }
}

Bytes VirtualMeter::answer(std::uint8_t unit, ByteView request_pdu, Instant now) {
  const auto* model = std::get_if<ModbusModel>(&settings_.profile->protocol);
  WATTLE_CHECK(model != nullptr);
  const auto offset = static_cast<std::uint8_t>(unit - settings_.address);
  auto image = modbus::encode_reading(*model, read(now), offset);
  WATTLE_CHECK(image);
  if (tears_) tear(*model, offset, *image);
  auto& kept = parameters_[offset];
  modbus::show_parameters(*image, *model, kept);
  const auto speaker = speaker_at(*model, offset);
  auto* purse = speaker < memory_.size() ? &memory_[speaker].purse : nullptr;
  if (purse != nullptr) modbus::show_purse(*image, *model, *purse);
  auto after = *image;
  auto traded = purse == nullptr ? std::nullopt : modbus::answer_trade(*model, request_pdu, *purse);
  auto bytes = traded ? std::move(*traded) : modbus::answer(request_pdu, after);
  modbus::keep_parameters(after, *model, kept);
  if (purse != nullptr && !traded) modbus::keep_purse(after, *model, *purse);
  for (std::size_t i = 0; i < circuits_.size(); ++i) {
    if (model->circuits[i].unit_offset != offset) continue;
    if (const auto close = modbus::commanded(*model, i, *image, after)) obey_command(i, *close);
    obey_purse(i);
  }
  return bytes;
}

/// A command ends what the purse had opened by itself: what closes next is a command.
void VirtualMeter::obey_command(std::size_t circuit, bool close) {
  memory_[circuit].purse.is_cut = false;
  if (close != memory_[circuit].relay_closed) move_contact(circuit, close);
}

Bytes VirtualMeter::answer(const dlt645::Frame& heard, Instant now) {
  const auto* model = std::get_if<dlt645::Model>(&settings_.profile->protocol);
  if (model == nullptr) return {};
  const auto reading = read(now);
  for (std::size_t i = 0; i < circuits_.size(); ++i) {
    auto& image = circuits_[i].image;
    auto& purse = memory_[i].purse;
    dlt645::show(image, *model, reading, i, now);
    dlt645::show_purse(image, *model, purse);
    const auto before = image.relay;
    auto traded = dlt645::answer_trade(heard, image, *model, purse);
    auto bytes = traded ? std::move(*traded) : dlt645::answer(heard, image, now);
    if (!traded) dlt645::keep_purse(image, *model, purse);
    if (image.relay != before) purse.is_cut = false;  // a command ends what the purse had opened by itself
    memory_[i].relay_closed = image.relay.closed;
    obey_purse(i);
    if (!bytes.empty()) return bytes;  // of a wildcard, its first circuit's
  }
  return {};
}

Bytes VirtualMeter::answer(const cjt188::Frame& heard, Instant now) {
  if (!speaks<cjt188::Model>()) return {};
  cjt188::show(water_, read(now));
  auto bytes = cjt188::answer(heard, water_, now);
  memory_.front().relay_closed = water_.valve.open;
  return bytes;
}

Bytes VirtualMeter::answer(const mbus::Frame& heard, Instant now) {
  const auto* model = std::get_if<mbus::Model>(&settings_.profile->protocol);
  if (model == nullptr) return {};
  mbus::show(mbus_, *model, read(now));
  return mbus::answer(heard, mbus_);
}

void VirtualMeter::set_load(std::size_t circuit, std::optional<Power> fixed, Instant now) {
  advance(now);
  circuits_.at(circuit).fixed = fixed;
}

void VirtualMeter::set_relay(std::size_t circuit, bool closed, Instant now) {
  advance(now);
  move_contact(circuit, closed);
}

void VirtualMeter::happens(std::size_t circuit, MeterEvent event, Instant now) {
  advance(now);
  dlt645::note(circuits_.at(circuit).image, event, now);
  if (event == MeterEvent::overloaded || event == MeterEvent::overdrawn) move_contact(circuit, false);
}

void VirtualMeter::weld(std::size_t circuit, bool is_welded, Instant now) {
  advance(now);
  if (speaks<cjt188::Model>())
    water_.valve.stuck = is_welded;
  else
    circuits_.at(circuit).welded = is_welded;
}

void VirtualMeter::set_energy(std::size_t circuit, Quantity wh, Instant now) {
  advance(now);
  memory_.at(circuit).microjoules = wh.units * microjoules_per_wh;
}

void VirtualMeter::replace(MeterId number, Instant now) {
  advance(now);
  if (is_asked_by_number(*settings_.profile)) settings_.address = number.value;
  settings_.number = number;
  memory_.assign(memory_.size(), {});
  begin_purses();
  parameters_.clear();
  make_images();
}

VirtualCircuit room_circuit(std::size_t n, std::shared_ptr<const LoadCurve> curve) {
  const auto room = static_cast<std::int64_t>(n);
  const auto weeks = std::max<std::int64_t>(1, static_cast<std::int64_t>(curve->minutes()) / week_minutes);
  return {.curve = std::move(curve),
          .curve_percent = least_percent + room * percent_stride % percent_steps,
          .curve_shift_minutes = room % weeks * week_minutes};
}

}  // namespace wattle::sim
