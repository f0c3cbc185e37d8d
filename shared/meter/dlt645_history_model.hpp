#pragma once
// Which history a meter of DL/T 645 keeps, and under which identifiers: registers frozen at moments of its own clock, and
// the times of what has happened to it. What printings and makers do not agree about is a model's own.

#include <map>
#include <optional>

#include "shared/base/meter_event.hpp"
#include "shared/base/time.hpp"
#include "shared/base/units.hpp"

namespace wattle::dlt645 {

/// Monthly: of 1997, whose registers of the last months carry no time. They are frozen on the settlement day, which is asked
/// for in its stead.
enum class FreezeKind : std::uint8_t { hourly, daily, monthly };

/// Numbered from the newest, 1, in the last byte of both identifiers; of a monthly one in the upper byte, by fours (9410,
/// 9810).
struct ModelFreeze {
  std::uint32_t time = 0;     // of the newest one: mm hh DD MM YY; of a monthly one the settlement day: hh DD
  std::uint32_t energy = 0;   // its register, BCD, the first `size` bytes of the answer
  std::uint8_t keeps = 0;     // so many at most
  std::uint8_t size = 4;      // of the register
  std::int32_t step_wh = 10;  // its last digit
  bool operator==(const ModelFreeze&) const = default;
};
inline constexpr std::uint8_t freezes_max = 254;
inline constexpr std::uint8_t months_max = 2;
inline constexpr std::uint8_t last_settlement_day = 28;  // one that each month has
inline constexpr std::uint32_t month_stride = 0x0400;
/// So near to a settlement nobody can tell which month's the newest is: the meter's clock may be a little off.
inline constexpr Duration settlement_margin = minutes(5);
inline constexpr std::uint8_t freeze_size_max = 8;

/// The newest record of one kind.
struct ModelEvent {
  std::uint32_t record = 0;
  std::uint8_t size = 6;     // of the whole record; a shorter one is none
  std::uint8_t time_at = 0;  // where in it the time is at which it happened
  bool has_seconds = true;   // ss mm hh DD MM YY, else mm hh DD MM YY
  std::size_t time_size() const { return has_seconds ? 6 : 5; }
  bool operator==(const ModelEvent&) const = default;
};

/// Records that are asked for by time (dlt645_load.hpp). How often a meter keeps one is its own setting: where it keeps them
/// oftener, these are some of them.
struct ModelLoad {
  std::uint32_t records = 0;  // from a given time on
  std::uint8_t minutes = 60;  // between two that are asked for, from the full hour on
  std::uint8_t blocks = 1;    // at once; below ten, so that a meter takes it for the same number in binary and BCD
  bool operator==(const ModelLoad&) const = default;
};
inline constexpr std::uint8_t load_blocks_max = 6;  // of the energies alone, in one frame

struct ModelHistory {
  std::map<FreezeKind, ModelFreeze> freezes;
  std::map<MeterEvent, ModelEvent> events;
  std::optional<ModelLoad> load = {};
  bool empty() const { return freezes.empty() && events.empty() && !load; }
  bool operator==(const ModelHistory&) const = default;
};

}  // namespace wattle::dlt645
