#pragma once
// What an answering meter of DL/T 645 keeps of its past, and shows under its model's identifiers. By its own clock, right
// or wrong; the newest first.

#include <deque>

#include "shared/base/bytes.hpp"
#include "shared/base/local_time.hpp"
#include "shared/meter/dlt645_history_model.hpp"

namespace wattle::dlt645 {

struct KeptFreeze {
  LocalTime at;
  Quantity energy;
  bool operator==(const KeptFreeze&) const = default;
};

struct Kept {
  ModelHistory as;  // what it keeps; nothing else is
  std::map<FreezeKind, std::deque<KeptFreeze>> freezes = {};
  std::map<MeterEvent, LocalTime> events = {};  // the newest of each
  std::optional<std::int64_t> hour = {};        // of its clock, since 1970, up to which it has frozen
  std::uint8_t settlement_day = 1;              // of each month, and its hour: when a month is frozen
  std::uint8_t settlement_hour = 0;
};

/// The register as the clock shows `now`: frozen when an hour or a day has begun since the last call. Whoever counts calls it
/// at each full hour of the clock, so that the register is that moment's. A clock that is set freezes once.
void keep_freezes(Kept& kept, LocalTime now, Quantity energy);
/// Something happened.
void keep_event(Kept& kept, MeterEvent event, LocalTime now);
/// The settlement day may have been written: hh DD.
void keep_written(Kept& kept, std::uint32_t di, ByteView data);
/// What a question for this identifier shows; nothing for one that is not of its history.
std::optional<Bytes> kept_bytes(const Kept& kept, std::uint32_t di);

}  // namespace wattle::dlt645
