#include "shared/meter/dlt645_history.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::size_t minute_time_size = 5;  // mm hh DD MM YY
constexpr std::size_t second_time_size = 6;
constexpr std::uint32_t number_mask = 0xff;

std::uint32_t numbered(std::uint32_t newest, std::uint8_t number) {
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

bool is_family_of(const Item* item, std::uint32_t di) {
  return item != nullptr && (item->di & item->mask) == (di & item->mask);
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
  if (energy == nullptr) return {};
  if (energy->shape != Shape::number || energy->unit != Unit::watt_hour)
    return "a freeze is known for something else than energy";
  // Readings that are filled in between must come from the register that is read.
  for (const auto& circuit : model.circuits)
    if (!is_family_of(find_item(model.edition, di::forward_energy), circuit.energy) || circuit.energy != di::forward_energy)
      return "the freeze is of forward energy in total, and the circuit counts something else";
  return {};
}

std::string contradiction_of_event(const Model& model, MeterEvent what, const ModelEvent& event) {
  const auto name = std::string(word(what));
  if (event.time_at + event.time_size() > event.size || event.size > max_data - di_size(model.edition))
    return "the time of " + name + " does not lie in its record";
  const auto* item = find_item(model.edition, event.record);
  if (item == nullptr) return {};
  const bool is_time = item->shape == Shape::second_time || item->shape == Shape::minute_time;
  if (!is_time || (item->shape == Shape::second_time) != event.has_seconds)
    return "the record of " + name + " is known for something else";
  return {};
}

}  // namespace

Request freeze_time_read(const ModelFreeze& freeze, const Address& at, std::uint8_t number) {
  return read(Edition::v2007, at, numbered(freeze.time, number));
}

Request freeze_energy_read(const ModelFreeze& freeze, const Address& at, std::uint8_t number) {
  return read(Edition::v2007, at, numbered(freeze.energy, number));
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

Request event_read(const ModelEvent& event, const Address& at) { return read(Edition::v2007, at, event.record); }

Result<LocalTime> event_time_in(const ModelEvent& event, ByteView data) {
  if (data.size() < event.size) return WATTLE_FAIL(MeterErrc::length);
  return kept_time(data.subspan(event.time_at, event.time_size()));
}

std::string contradiction_of_history(const Model& model) {
  if (model.history.empty()) return {};
  if (model.edition != Edition::v2007) return "the edition of 1997 keeps no history";
  // By a clock that nobody looks at no reading can be put into a gap.
  if (!model.clock) return "history needs the clock that it is written by";
  for (const auto& [kind, freeze] : model.history.freezes)
    if (auto wrong = contradiction_of_freeze(model, freeze); !wrong.empty()) return wrong;
  for (const auto& [what, event] : model.history.events)
    if (auto wrong = contradiction_of_event(model, what, event); !wrong.empty()) return wrong;
  return {};
}

}  // namespace wattle::dlt645
