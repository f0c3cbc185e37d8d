#pragma once
// Parameters and clock of a meter of DL/T 645: how they are asked for, what an answer says, how they are written.

#include "shared/meter/dlt645_model.hpp"

namespace wattle::dlt645 {

/// The model must have the parameter.
Request parameter_read(const Model& model, Parameter parameter, const Address& at);
/// MeterErrc::value when the meter cannot hold exactly this value.
Result<Request> parameter_write(const Model& model, Parameter parameter, const Address& at, const Credentials& by,
                                const ParameterValue& value);
/// MeterErrc::value when the answer is marked as not available, or is no value of this parameter.
Result<ParameterValue> parameter_in(const Model& model, Parameter parameter, ByteView data);

/// Time, then date. The model must have a clock.
std::vector<Request> clock_reads(const Model& model, const Address& at);
Result<LocalTime> clock_in(ByteView time, ByteView date);
/// Date, then time: of a second time that comes late the date still holds.
std::vector<Request> clock_writes(const Model& model, const Address& at, const Credentials& by, const LocalTime& to);

/// What a meter holds that nobody has told anything yet.
void show_parameters(MeterImage& image, const Model& model);

/// Whether the edition has one for it at all.
bool has_identifier(Edition edition, Parameter parameter);
Contradiction contradiction_of_parameters(const Model& model);

}  // namespace wattle::dlt645
