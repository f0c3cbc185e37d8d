#pragma once
// A box speaks of its own rooms only: what it says of others' would be believed by whoever reads the site.

#include "cloud/core/site.hpp"
#include "cloud/gateway/report.hpp"

namespace wattle::cloud {

/// Of the circuits those that are open at this box, and those that it says are nobody's; of the relay log what was once open
/// there; nothing at all of a box that is fenced. How many were left out.
std::size_t keep_own(Report& report, Holder from, const Site& site);

}  // namespace wattle::cloud
