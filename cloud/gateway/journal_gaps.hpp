#pragma once
// A crash may come between a commit and its line in the journal, and whoever gave the order need not ask again. Then the
// database alone knows of it, and a restore would lose it.

#include "cloud/core/site.hpp"
#include "cloud/gateway/journal.hpp"

namespace wattle::cloud {

/// Writes what the site knows and the journal lacks; how many lines that were. For a site that has just been loaded: all that
/// it knows is durable.
Result<std::size_t> close_gaps(JournalFile& journal, const Site& site);

}  // namespace wattle::cloud
