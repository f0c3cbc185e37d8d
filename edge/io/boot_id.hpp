#pragma once
// Whether the machine has been started since this program ran here last: then the mains may have been away with it.

#include <string>

#include "shared/base/result.hpp"

namespace wattle::edge {

enum class Boot { same, other, unknown };

/// Compares the kernel's boot id with the one noted in `folder`, and notes the present one. Unknown at the first start, and
/// where the kernel does not tell.
Result<Boot> machine_boot(const std::string& folder);

}  // namespace wattle::edge
