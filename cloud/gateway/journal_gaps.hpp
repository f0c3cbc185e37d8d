#pragma once
// A crash may come between a commit and its line in the journal, and whoever gave the order need not ask again. Then the
// database alone knows of it, and a restore would lose it. What the journal alone knows, the database has lost.

#include "cloud/core/site.hpp"
#include "cloud/gateway/journal.hpp"

namespace wattle::cloud {

/// Writes what the site knows and the journal lacks; how many lines that were. For a site that has just been loaded: all that
/// it knows is durable.
Result<std::size_t> close_gaps(JournalFile& journal, const Site& site);

/// The journal has an order that the site does not know and its database had before: a line follows its commit. False while
/// the journal is to be read after a restore that was noted.
bool has_gone_back(const Site& site, const BillsRead& journaled);

}  // namespace wattle::cloud
