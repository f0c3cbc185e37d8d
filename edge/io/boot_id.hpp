#pragma once
// Whether the machine has been started since this program ran here last: then the mains may have been away with it. Noted only
// once what follows from that is done, since the program may end before.

#include <string>

#include "shared/base/result.hpp"

namespace wattle::edge {

enum class Boot { same, other, unknown };

/// Compares the kernel's boot id with the one noted in `folder`. Unknown before the first note, and where the kernel does not
/// tell.
Boot machine_boot(const std::string& folder);

/// The present one, in `folder`.
Result<void> note_boot(const std::string& folder);

}  // namespace wattle::edge
