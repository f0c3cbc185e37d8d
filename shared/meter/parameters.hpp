#pragma once
// What is written into a meter, read back and compared, whatever it speaks: its parameters and its clock.

#include "shared/base/parameter.hpp"
#include "shared/meter/exchange.hpp"

namespace wattle {

/// Whether the n-th circuit's meter takes it. Of circuits at one address the first speaks for the meter.
bool has_parameter(const MeterProfile& profile, std::size_t circuit, Parameter parameter);
/// The circuit must have the parameter, also in those below.
Exchange parameter_read(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, Parameter parameter);
/// MeterErrc::value when the meter cannot hold exactly this value.
Result<Exchange> parameter_write(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, Parameter parameter,
                                 const ParameterValue& value);
Result<ParameterValue> parameter_in(const MeterProfile& profile, Parameter parameter, const MeterAnswer& answer);

struct MeterClock {
  bool writable = false;
  Duration within;  // further away it is wrong: no broadcast helps there
};
/// Nothing: the model has no clock that can be asked for.
std::optional<MeterClock> clock_of(const MeterProfile& profile);
/// The model must have a clock, also in those below. One question, or two: for the time, and for the date.
std::vector<Exchange> clock_reads(const MeterProfile& profile, const MeterPlace& place);
/// As many answers as there are questions. MeterErrc::value when they are no time.
Result<LocalTime> clock_in(const MeterProfile& profile, std::span<const MeterAnswer> answers);
/// One, or two: the date, and the time.
std::vector<Exchange> clock_writes(const MeterProfile& profile, const MeterPlace& place, const LocalTime& to);
/// To all that hear it; nobody answers. The clock must hear a broadcast. Years from 2000 to 2099.
Exchange clock_broadcast(const MeterProfile& profile, const LocalTime& to);

}  // namespace wattle
