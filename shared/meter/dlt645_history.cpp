#include "shared/meter/dlt645_history.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_load.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::size_t minute_time_size = 5;  // mm hh DD MM YY
constexpr std::size_t second_time_size = 6;
constexpr std::uint32_t number_mask = 0xff;
constexpr std::uint8_t energy_bytes = 4;

std::uint32_t identifier_of(std::uint32_t newest, std::uint8_t number) {
  WATTLE_CHECK(number >= 1);
  return newest + number - 1;
}

/// [ss] mm hh DD MM YY, as many bytes as there are.
Result<LocalTime> kept_time(ByteView bytes) {
  if (!std::all_of(bytes.begin(), bytes.end(), is_bcd)) return WATTLE_FAIL(MeterErrc::value);
  const bool has_seconds = bytes.size() == second_time_size;
  const auto rest = bytes.subspan(has_seconds ? 1 : 0);
  const LocalTime time{static_cast<std::uint16_t>(2000 + from_bcd(rest[4])),
                       from_bcd(rest[3]),
                       from_bcd(rest[2]),
                       from_bcd(rest[1]),
                       from_bcd(rest[0]),
                       has_seconds ? from_bcd(bytes[0]) : std::uint8_t{0}};
  if (!is_valid(time)) return WATTLE_FAIL(MeterErrc::value);
  return time;
}

/// Readings that are filled in between must come from the register that is read.
bool is_of_forward_energy(const Model& model) {
  return std::all_of(model.circuits.begin(), model.circuits.end(),
                     [](const ModelCircuit& circuit) { return circuit.energy == di::forward_energy; });
}

/// The n-th settlement that is not behind `now`, from the newest, 1.
LocalTime settlement_before(LocalTime now, std::uint8_t day, std::uint8_t hour, std::uint8_t number) {
  constexpr unsigned months_a_year = 12;
  LocalTime at{now.year, now.month, day, hour, 0, 0};
  unsigned back = number - 1u + (at <= now ? 0u : 1u);
  for (; back > 0; --back) {
    if (at.month == 1) --at.year;
    at.month = static_cast<std::uint8_t>(at.month == 1 ? months_a_year : at.month - 1u);
  }
  return at;
}

/// What only repeats the energy of the standard's own months.
std::string contradiction_of_months(const Model& model, const ModelFreeze& freeze) {
  if (model.edition != Edition::v1997) return "months are those of the edition of 1997";
  if (freeze.keeps == 0 || freeze.keeps > months_max) return "a meter of 1997 keeps one or two months";
  const auto* time = find_item(model.edition, freeze.time);
  if (time == nullptr || time->shape != Shape::day_hour) return "months end on the settlement day, which is another identifier";
  if (freeze.energy != di_1997::last_month_energy || freeze.size != energy_bytes || freeze.step_wh != energy_step_wh)
    return "the energy of the last month is 9410";
  for (const auto& circuit : model.circuits)
    if (circuit.energy != di_1997::forward_energy)
      return "months are of forward energy in total, and the circuit counts something else";
  return {};
}

/// Of the standard's freezes DI1 says what is frozen: 00 the time, 01 forward energy, 02 reverse energy and so on.
std::string contradiction_of_standard_freeze(const Model& model, const ModelFreeze& freeze) {
  constexpr std::uint32_t kind_mask = 0xffff0000;
  const auto is_standard = [](std::uint32_t di) { return di >> 24 == 0x05; };
  const auto what_of = [](std::uint32_t di) { return di >> 8 & 0xff; };
  if (is_standard(freeze.time) && what_of(freeze.time) != 0) return "the time of a freeze is known for something else";
  if (!is_standard(freeze.energy)) return {};
  if (is_standard(freeze.time) && (freeze.time & kind_mask) != (freeze.energy & kind_mask))
    return "time and energy of a freeze are of two kinds of freezes";
  const auto what = what_of(freeze.energy);
  const bool is_energy = what == 1 || what == 2;
  for (const auto& circuit : model.circuits)
    if (!is_energy || circuit.energy != what << 16) return "the freeze is of another register than the energy of the circuit";
  return {};
}

std::string contradiction_of_freeze(const Model& model, const ModelFreeze& freeze) {
  if (freeze.keeps == 0 || freeze.keeps > freezes_max) return "a meter keeps 1 to 254 freezes of a kind";
  for (const auto di : {freeze.time, freeze.energy})
    if ((di & number_mask) + freeze.keeps - 1 > number_mask)
      return "the freezes are numbered in the last byte, which is too small";
  if (freeze.size == 0 || freeze.size > freeze_size_max) return "a frozen register has 1 to 8 bytes";
  if (freeze.step_wh <= 0) return "the step of a frozen register is whole Wh";
  const auto* time = find_item(model.edition, freeze.time);
  if (time != nullptr && time->shape != Shape::minute_time) return "the time of a freeze is known for something else";
  const auto* energy = find_item(model.edition, freeze.energy);
  if (energy != nullptr && (energy->shape != Shape::number || energy->unit != Unit::watt_hour))
    return "a freeze is known for something else than energy";
  return contradiction_of_standard_freeze(model, freeze);
}

std::string contradiction_of_loads(const Model& model) {
  if (!model.history.load) return {};
  if (!is_of_forward_energy(model)) return "load records are of forward energy in total, and the circuit counts something else";
  return contradiction_of_load(*model.history.load);
}

bool has_part_at(const Item& record, std::size_t at, Shape shape) {
  std::size_t begins = 0;
  for (const auto& part : record_parts(record)) {
    if (begins == at) return part.shape == shape;
    begins += part.size;
  }
  return false;
}

std::string contradiction_of_event(const Model& model, MeterEvent what, const ModelEvent& event) {
  const auto name = std::string(word(what));
  if (event.time_at + event.time_size() > event.size || event.size > max_data - di_size(model.edition))
    return "the time of " + name + " does not lie in its record";
  const auto* item = find_item(model.edition, event.record);
  if (item == nullptr) return {};
  const auto shape = event.has_seconds ? Shape::second_time : Shape::minute_time;
  if (item->shape == Shape::record ? !has_part_at(*item, event.time_at, shape) : item->shape != shape)
    return "the record of " + name + " is known for something else";
  return {};
}

}  // namespace

Request freeze_time_read(const ModelFreeze& freeze, const Address& at, std::uint8_t number) {
  return needing(read(Edition::v2007, at, identifier_of(freeze.time, number)), minute_time_size);
}

Request freeze_energy_read(const ModelFreeze& freeze, const Address& at, std::uint8_t number) {
  return needing(read(Edition::v2007, at, identifier_of(freeze.energy, number)), freeze.size);
}

Request settlement_day_read(const ModelFreeze& freeze, const Address& at) { return read(Edition::v1997, at, freeze.time); }

Request month_energy_read(const ModelFreeze& freeze, const Address& at, std::uint8_t number) {
  WATTLE_CHECK(number >= 1);
  return read(Edition::v1997, at, freeze.energy + (number - 1u) * month_stride);
}

Result<LocalTime> month_end_in(ByteView data, std::uint8_t number, const LocalTime& now) {
  if (data.size() < 2) return WATTLE_FAIL(MeterErrc::length);
  if (!is_bcd(data[0]) || !is_bcd(data[1])) return WATTLE_FAIL(MeterErrc::value);
  const auto hour = from_bcd(data[0]);
  const auto day = from_bcd(data[1]);
  if (hour > 23 || day < 1 || day > last_settlement_day) return WATTLE_FAIL(MeterErrc::value);
  const auto at = *instant_of(now, {});
  for (const auto& margin : {settlement_margin, Duration{-settlement_margin.micros}})
    if (settlement_before(local_time(at + margin, {}), day, hour, 1) != settlement_before(now, day, hour, 1))
      return WATTLE_FAIL(MeterErrc::value);
  return settlement_before(now, day, hour, number);
}

Result<LocalTime> freeze_time_in(ByteView data) {
  if (data.size() < minute_time_size) return WATTLE_FAIL(MeterErrc::length);
  return kept_time(data.first(minute_time_size));
}

Result<Quantity> freeze_energy_in(const ModelFreeze& freeze, Quantity rollover, ByteView data) {
  if (data.size() < freeze.size) return WATTLE_FAIL(MeterErrc::length);
  const auto digits = bcd_value(data.first(freeze.size));
  if (!digits || *digits >= rollover.units / freeze.step_wh + 1) return WATTLE_FAIL(MeterErrc::value);
  const Quantity energy{*digits * freeze.step_wh};
  if (energy >= rollover) return WATTLE_FAIL(MeterErrc::value);
  return energy;
}

Request event_read(const ModelEvent& event, const Address& at) {
  return needing(read(Edition::v2007, at, event.record), event.size);
}

Result<LocalTime> event_time_in(const ModelEvent& event, ByteView data) {
  if (data.size() < event.size) return WATTLE_FAIL(MeterErrc::length);
  return kept_time(data.subspan(event.time_at, event.time_size()));
}

std::string contradiction_of_history(const Model& model) {
  if (model.history.empty()) return {};
  const bool is_old = model.edition == Edition::v1997;
  if (is_old && !model.history.events.empty()) return "the edition of 1997 keeps no events";
  if (is_old && model.history.load) return "load records of the edition of 1997 are laid out nowhere";
  // By a clock that nobody looks at no reading can be put into a gap.
  if (!model.clock) return "history needs the clock that it is written by";
  for (const auto& [kind, freeze] : model.history.freezes) {
    const bool is_month = kind == FreezeKind::monthly;
    if (is_old && !is_month) return "the edition of 1997 keeps the ends of months alone";
    auto wrong = is_month ? contradiction_of_months(model, freeze) : contradiction_of_freeze(model, freeze);
    if (!wrong.empty()) return wrong;
  }
  if (auto wrong = contradiction_of_loads(model); !wrong.empty()) return wrong;
  for (const auto& [what, event] : model.history.events)
    if (auto wrong = contradiction_of_event(model, what, event); !wrong.empty()) return wrong;
  return {};
}

}  // namespace wattle::dlt645
