// Registers of the configuration, and rows of the relay log: the first byte says which. Whatever is read must be valid, and
// writing it again must give the same bytes; a row's decision must be found again from what was read.

#include "shared/base/check.hpp"
#include "shared/ledger/accepted_reading.hpp"
#include "shared/meter/health.hpp"
#include "shared/meter/parameters.hpp"
#include "shared/policy/meter_purse.hpp"
#include "shared/policy/registers.hpp"
#include "shared/policy/relay_row.hpp"

using namespace wattle;

namespace {

template <class T>
void again(const std::optional<T>& value, ByteView bytes) {
  if (!value) return;
  const auto written = encode(*value);
  WATTLE_CHECK(std::equal(written.begin(), written.end(), bytes.begin(), bytes.end()));
}

/// What a box tells of a meter, as the cloud reads it.
void read_told(ByteView bytes) {
  Reader in(bytes);
  const auto told = read_parameters_told(in);
  const auto clock = read_clock_told(in);
  if (!in.finished()) return;
  Bytes written;
  Writer out(written);
  write(out, told);
  write(out, clock);
  WATTLE_CHECK(std::equal(written.begin(), written.end(), bytes.begin(), bytes.end()));
}

/// How lines and meters stand, likewise.
void read_health(ByteView bytes) {
  Reader in(bytes);
  const auto faults = read_line_faults(in);
  const auto health = read_meter_health(in);
  if (!in.finished()) return;
  Bytes written;
  Writer out(written);
  write(out, faults);
  write(out, health);
  WATTLE_CHECK(std::equal(written.begin(), written.end(), bytes.begin(), bytes.end()));
}

/// What a meter says of a parameter or its clock: valid, and what is written for it says the same again.
void read_parameter(ByteView bytes) {
  static const auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  for (const auto& what : all_parameters()) {
    if (!has_parameter(profile, 0, what.parameter)) continue;
    const auto value = parameter_in(profile, what.parameter, {{}, 0, Bytes(bytes.begin(), bytes.end())});
    if (!value) continue;
    WATTLE_CHECK(is_valid(what.parameter, *value));
    const auto write = parameter_write(profile, {1, {1}, {}}, 0, what.parameter, *value);
    if (!write) continue;                            // a longer table than one write carries
    if (what.kind == ParameterKind::flag) continue;  // written by a command, and read in a word of status
    const auto again = parameter_in(profile, what.parameter, {{}, 0, std::get<dlt645::Request>(write->ask).payload});
    WATTLE_CHECK(again && *again == *value);
  }
  const auto half = bytes.size() / 2;
  const MeterAnswer time{{}, 0, Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(half))};
  const MeterAnswer date{{}, 0, Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(half), bytes.end())};
  if (const auto clock = clock_in(profile, std::vector{time, date})) WATTLE_CHECK(is_valid(*clock));
}

/// As the box reads it, and as the ledger does that holds what the box makes of it against it.
void read_accept(ByteView bytes) {
  const auto order = decode_accept(bytes);
  const auto accepted = read_accepted(bytes);
  again(order, bytes);
  if (!order) return;
  WATTLE_CHECK(accepted && accepted->id == order->id && accepted->meter == order->meter);
  WATTLE_CHECK(accepted->after == order->after && accepted->shown == order->shown);
}

void read_row(ByteView bytes) {
  const auto row = decode_relay_row(bytes);
  again(row, bytes);
  if (row) WATTLE_CHECK(replay(*row).on == replay(*decode_relay_row(encode(*row))).on);
}

/// What a timetable says at any minute, and when it says something else, lies within the day.
void look_at(const std::optional<Timetable>& timetable) {
  if (!timetable) return;
  WATTLE_CHECK(is_valid(*timetable));
  for (std::uint16_t minute = 0; minute < minutes_a_day; minute = next_change(*timetable, minute)) {
    const LocalTime time{2026, 2, 28, static_cast<std::uint8_t>(minute / 60), static_cast<std::uint8_t>(minute % 60), 0};
    if (const auto* period = period_at(*timetable, {}, time)) WATTLE_CHECK(period->from <= minute && minute < period->to);
    WATTLE_CHECK(next_change(*timetable, minute) > minute);
  }
}

/// Each moment lies in one slot, and the next one begins where it ends.
void look_at(const std::optional<ReadingPlan>& plan) {
  if (!plan) return;
  WATTLE_CHECK(is_valid(*plan));
  constexpr Instant now{1'772'424'123'456'789};
  const auto slot = slot_at(*plan, now, hours(8));
  WATTLE_CHECK(slot.has_value() == !plan->rules.empty());
  if (!slot) return;
  WATTLE_CHECK(slot->from <= now && now < slot->until);
  WATTLE_CHECK(slot_at(*plan, slot->until, hours(8))->from == slot->until);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes(data + 1, size - 1);
  switch (data[0] % 23) {
    case 0: again(decode_control(bytes), bytes); break;
    case 1: again(decode_defaults(bytes), bytes); break;
    case 2:
      again(decode_timetable(bytes), bytes);
      look_at(decode_timetable(bytes));
      break;
    case 3: again(decode_calendar(bytes), bytes); break;
    case 4: again(decode_clear(bytes), bytes); break;
    case 5: read_row(bytes); break;
    case 6:
      again(decode_plan(bytes), bytes);
      look_at(decode_plan(bytes));
      break;
    case 7: again(decode_meter(bytes), bytes); break;
    case 8: again(decode_rollover(bytes), bytes); break;
    case 9: again(decode_parameters(bytes), bytes); break;
    case 10: read_told(bytes); break;
    case 11: read_parameter(bytes); break;
    case 12: again(decode_bus(bytes), bytes); break;
    case 18: again(decode_profile_head(bytes), bytes); break;
    case 19: again(decode_profile_part(bytes), bytes); break;
    case 14: read_accept(bytes); break;
    case 15: again(decode_correction(bytes), bytes); break;
    case 13: again(decode_purse(bytes), bytes); break;
    case 16: again(decode_purse_told(bytes), bytes); break;
    case 17: again(decode_purse_book(bytes), bytes); break;
    case 21: read_health(bytes); break;
    case 22: again(decode_pace(bytes), bytes); break;
    default: again(decode_place(bytes), bytes); break;
  }
  const std::string_view key(reinterpret_cast<const char*>(data), size);
  if (const auto parsed = parse_register_key(key); parsed && parsed->kind == RegisterKind::control)
    WATTLE_CHECK(control_key({parsed->number}) == key);
  if (const auto bus = parse_bus_key(key)) WATTLE_CHECK(bus_key(bus->slot, bus->name) == key);
  if (const auto profile = parse_profile_key(key)) WATTLE_CHECK(profile_key(profile->name, profile->part) == key);
  if (const auto place = parse_place_key(key)) WATTLE_CHECK(place_key(place->slot, place->number) == key);
  return 0;
}
