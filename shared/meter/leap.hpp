#pragma once
// A register that shows what cannot have flowed: a bit that fell over within a meter, where no checksum sees it. It is no
// reason to refuse a reading, since a register may truly have been set back or begun again; it is one to ask again first.

#include "shared/base/time.hpp"
#include "shared/meter/reading.hpp"

namespace wattle {

inline constexpr std::int64_t leap_an_hour = 100'000;  // Wh or litres of a circuit: four times what 100 A of one phase carry
inline constexpr std::int64_t leap_at_once = 1'000;    // the step of the coarsest register
inline constexpr Duration leap_looks_back = hours(1);  // after a longer silence whatever is more than this hour's is doubted

/// Whether a register may have gone from here to there in that time.
bool may_have_flowed(Quantity from, Quantity to, Duration since);

/// Whether a register has run backwards, or on by more than can have flowed in that time, since the reading before, which is
/// the same meter's.
bool is_leap(const Reading& before, const Reading& reading, Duration since);

/// Whether a reading that was doubted is borne out by the next one of the same meter: no register is further from it, either
/// way, than can have flowed. (A register may truly run backwards, where power is fed in.)
bool goes_on(const Reading& doubted, const Reading& reading, Duration since);

}  // namespace wattle
