#pragma once
// Faults by name, as the command line takes and prints them.

#include <optional>
#include <string>
#include <string_view>

#include "simulator/world/options.hpp"

namespace wattle::sim {

using Faults = decltype(Options::faults);

/// Names with commas between: those faults alone. With the first name a `-name`: all but those. "none" and "all" are lists too.
std::optional<Faults> parse_faults(std::string_view text);
/// The shortest list that parse_faults reads back.
std::string to_text(const Faults& faults);

}  // namespace wattle::sim
