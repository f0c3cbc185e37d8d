#pragma once
// The history that a meter keeps, in whatever protocol its profile names one: so far DL/T 645. What CJ/T 188 and makers of
// Modbus meters keep, no public source lays out.

#include "shared/meter/dlt645_load.hpp"
#include "shared/meter/exchange.hpp"

namespace wattle {

using dlt645::FreezeKind;
using dlt645::LoadReading;

/// What the profile names; nothing that is empty. It is each circuit's own, at its address.
const dlt645::ModelHistory* history_of(const MeterProfile& profile);

/// The profile must name it. `number`: 1 for the newest.
Exchange freeze_time_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, FreezeKind kind,
                          std::uint8_t number);
Exchange freeze_energy_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, FreezeKind kind,
                            std::uint8_t number);
/// The first ones that are not before `from`, by the meter's clock.
Exchange load_records_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, const LocalTime& from);
Exchange event_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, MeterEvent event);

/// By the meter's clock. MeterErrc::value: there is none. `now`: when it was asked, by which the ends of months are known.
Result<LocalTime> freeze_time_in(FreezeKind kind, std::uint8_t number, const MeterAnswer& answer, const LocalTime& now);
Result<Quantity> freeze_energy_in(const MeterProfile& profile, FreezeKind kind, const MeterAnswer& answer);
struct LoadReadings {
  std::vector<LoadReading> readings;
  Error error;  // what ended them, as of dlt645::LoadRecords
};
LoadReadings load_readings_in(const MeterProfile& profile, const MeterAnswer& answer);
Result<LocalTime> event_time_in(const MeterProfile& profile, MeterEvent event, const MeterAnswer& answer);

}  // namespace wattle
