#pragma once
// What an answering meter of DL/T 645 keeps of its past, and shows under its model's identifiers. By its own clock, right
// or wrong; the newest first.

#include <deque>

#include "shared/base/bytes.hpp"
#include "shared/base/local_time.hpp"
#include "shared/meter/dlt645_load.hpp"

namespace wattle::dlt645 {

struct KeptFreeze {
  LocalTime at;
  Quantity energy;
  bool operator==(const KeptFreeze&) const = default;
};

struct KeptLoad {
  LocalTime at;
  Bytes record;  // as it is sent, with all its groups
  bool operator==(const KeptLoad&) const = default;
};
inline constexpr std::size_t kept_loads_max = 1024;

struct Kept {
  ModelHistory as;  // what it keeps; nothing else is
  std::map<FreezeKind, std::deque<KeptFreeze>> freezes = {};
  std::map<MeterEvent, LocalTime> events = {};  // the newest of each
  std::optional<std::int64_t> hour = {};        // of its clock, since 1970, up to which it has frozen
  std::uint8_t settlement_day = 1;              // of each month, and its hour: when a month is frozen
  std::uint8_t settlement_hour = 0;
  std::deque<KeptLoad> loads = {};             // the oldest first
  std::uint8_t load_minutes = 0;               // its own interval; 0: as its model says
  std::uint8_t load_classes = 0x3f;            // that it keeps, a bit for each, as in the mode word
  std::optional<std::int64_t> load_slot = {};  // the newest interval that has begun, counted from 1970
};

/// The register as the clock shows `now`: frozen when an hour or a day has begun since the last call. Whoever counts calls it
/// at each full hour of the clock, so that the register is that moment's. A clock that is set freezes once.
void keep_freezes(Kept& kept, LocalTime now, Quantity energy);
/// Something happened.
void keep_event(Kept& kept, MeterEvent event, LocalTime now);
/// The settlement day may have been written: hh DD.
void keep_written(Kept& kept, std::uint32_t di, ByteView data);
/// Minutes between two load records; nothing where it keeps none.
std::optional<std::uint8_t> load_interval(const Kept& kept);
/// When the interval began that has begun since the last call; nothing where none has. A clock that is set back takes the
/// records with it that it has not come to.
std::optional<LocalTime> load_begun(Kept& kept, LocalTime now);
void keep_load(Kept& kept, const LoadRecord& record);
/// What a question for load records shows: `asked` is their number, and the time from which on. Nothing for other identifiers,
/// and where there are none.
std::optional<Bytes> kept_loads(const Kept& kept, std::uint32_t di, ByteView asked);
/// What a question for this identifier shows; nothing for one that is not of its history.
std::optional<Bytes> kept_bytes(const Kept& kept, std::uint32_t di);

}  // namespace wattle::dlt645
