#pragma once
// Whether power, voltage and current of one reading belong together. A meter is asked for them one after another (under DL/T
// 645 some hundred milliseconds apart) or measures them so, and what is switched in between is in one of them and not in
// another.

#include "shared/meter/profile.hpp"
#include "shared/meter/reading.hpp"

namespace wattle {

/// Whether the power of the n-th circuit is more than its voltage and current can carry, or, where it tells its power factor,
/// less than half of what they say: beyond what steps, errors and wave forms explain. Never where one of the three was not
/// told, nor of a model whose profile does not say that they are of one phase.
bool figures_disagree(const MeterProfile& profile, const Reading& reading, std::size_t circuit);

}  // namespace wattle
