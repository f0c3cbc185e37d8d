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

/// What is known of the model's clock; null: it has none that can be asked for.
const dlt645::ModelClock* clock_of(const MeterProfile& profile);
/// The model must have a clock, also in those below. Two questions.
std::vector<Exchange> clock_reads(const MeterProfile& profile, const MeterPlace& place);
Result<LocalTime> clock_in(std::span<const MeterAnswer> answers);
std::vector<Exchange> clock_writes(const MeterProfile& profile, const MeterPlace& place, const LocalTime& to);
/// To all that hear it; nobody answers. Years from 2000 to 2099.
Exchange clock_broadcast(const MeterProfile& profile, const LocalTime& to);

}  // namespace wattle
