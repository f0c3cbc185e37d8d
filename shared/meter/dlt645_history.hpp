#pragma once
// The history that a meter of DL/T 645 keeps: how it is asked for, and what an answer says.

#include "shared/meter/dlt645_model.hpp"

namespace wattle::dlt645 {

/// `number`: 1 for the newest, at most `keeps`.
Request freeze_time_read(const ModelFreeze& freeze, const Address& at, std::uint8_t number);
Request freeze_energy_read(const ModelFreeze& freeze, const Address& at, std::uint8_t number);
/// The same of 1997's months.
Request settlement_day_read(const ModelFreeze& freeze, const Address& at);
Request month_energy_read(const ModelFreeze& freeze, const Address& at, std::uint8_t number);
/// By the meter's clock. MeterErrc::value where it keeps none (zeros, or marked as not available), length for a short answer.
Result<LocalTime> freeze_time_in(ByteView data);
/// When the n-th last month ended, asked for at `now`. MeterErrc::value for what is no settlement day, and where `now` is
/// within settlement_margin of one.
Result<LocalTime> month_end_in(ByteView data, std::uint8_t number, const LocalTime& now);
/// MeterErrc::value when it is not available or beyond the register's end. Bytes behind it are tolerated: tariffs follow there.
Result<Quantity> freeze_energy_in(const ModelFreeze& freeze, Quantity rollover, ByteView data);

Request event_read(const ModelEvent& event, const Address& at);
/// When the newest one happened, by the meter's clock. MeterErrc::value where there was none.
Result<LocalTime> event_time_in(const ModelEvent& event, ByteView data);

/// What contradicts itself; empty when nothing does.
std::string contradiction_of_history(const Model& model);

}  // namespace wattle::dlt645
