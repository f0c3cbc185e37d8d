#pragma once
// Which databases the site may go on from. What was promised to boxes, and what was fenced, stands in the file of claims
// and fences beside the backups; a database from before that would contradict it.

#include "cloud/gateway/lists.hpp"

namespace wattle::cloud {

/// older_than_fence, or older_than_promised: it lacks entries that boxes were told they need not keep.
Result<void> may_go_on(const StoreReader& store, SiteId site, const ListsFile& lists);

/// The same of a backup; and ended_branch: after it was made the site was set back to an older one, so that what it holds of
/// the time between has been written otherwise since.
Result<void> may_be_restored(const StoreReader& backup, SiteId site, Instant made, const ListsFile& lists);

}  // namespace wattle::cloud
