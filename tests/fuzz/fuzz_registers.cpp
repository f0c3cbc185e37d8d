// Registers of the configuration, and rows of the relay log: the first byte says which. Whatever is read must be valid, and
// writing it again must give the same bytes; a row's decision must be found again from what was read.

#include "shared/base/check.hpp"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes(data + 1, size - 1);
  switch (data[0] % 6) {
    case 0: again(decode_control(bytes), bytes); break;
    case 1: again(decode_defaults(bytes), bytes); break;
    case 2:
      again(decode_timetable(bytes), bytes);
      look_at(decode_timetable(bytes));
      break;
    case 3: again(decode_calendar(bytes), bytes); break;
    case 4: again(decode_clear(bytes), bytes); break;
    default: read_row(bytes); break;
  }
  const std::string_view key(reinterpret_cast<const char*>(data), size);
  if (const auto parsed = parse_register_key(key); parsed && parsed->kind == RegisterKind::control)
    WATTLE_CHECK(control_key({parsed->number}) == key);
  return 0;
}
