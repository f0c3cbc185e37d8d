#pragma once
// A reading by DL/T 645, both ways: the questions whose answers make one, and the items in which a meter shows one. Every value
// travels in a frame of its own, so that the values of one reading are some hundred milliseconds apart.

#include "shared/meter/dlt645_meter.hpp"
#include "shared/meter/reading.hpp"

namespace wattle::dlt645 {

inline constexpr Quantity rollover{1'000'000'000};  // XXXXXX.XX kWh
inline constexpr std::int64_t energy_step_wh = 10;  // the last digit

/// Energy, power, voltage and current of phase A, and in 2007 the relay.
std::vector<Request> reading_requests(Edition edition, const Address& address);
/// The answers' data in that order, and the address that they came from, which is the number on the plate. Refuses the whole
/// reading when one value is not available or beyond what a meter can measure. A meter of 1997 has no relay: it is shown
/// closed.
Result<Reading> decode_reading(Edition edition, const Address& from, std::span<const Bytes> data, const Dialect& dialect = {});

/// Puts the reading, the clock and what else a plain single-phase meter shows into the image; the relay is the image's own.
void show(MeterImage& image, const Reading& reading, Instant now);

}  // namespace wattle::dlt645
