#pragma once
// Registers that were read while the meter was writing them. A Modbus meter that counts between two words of one value gives
// the high word of one moment with the low word of another: 65,535 units too many, or as many too few, in a sound frame.
// Nothing in it tells; that it does not go on as the meter would, does.

#include "shared/meter/profile.hpp"
#include "shared/meter/reading.hpp"

namespace wattle {

/// Whether the reading may be torn, and a second one, asked for at once, has to bear it out. `before` is the newest good one of
/// the same meter, or nullptr. Doubted is a register that carried into its higher words or ran backwards since then; and when
/// nothing is known from before, one close to such an edge. Of models whose registers cannot be torn, nothing is.
bool may_be_torn(const MeterProfile& profile, const Reading* before, const Reading& reading);

/// Whether the second reading bears out the doubted first: it is the same meter's, no register has run backwards, and none has
/// carried again.
bool bears_out(const MeterProfile& profile, const Reading& first, const Reading& second);

}  // namespace wattle
