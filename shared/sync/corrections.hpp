#pragma once
// What corrections have made of a consumption since: both ends reckon it from the edge's stream, since the state does not keep
// what has been charged entry by entry.

#include <functional>
#include <map>
#include <set>

#include "shared/ledger/link_state.hpp"
#include "shared/sync/log.hpp"

namespace wattle {

struct Corrections {
  std::optional<std::uint32_t> opening;  // for which the consumption was charged; none: the room has not left since
  std::set<OutsideId> by;                // the orders that were carried out
  std::map<Pocket, Money> back;          // given back, by the pocket that got it
  Money charged;                         // taken once more
};

/// An entry of the edge's stream; none when it is dropped, or there is none.
using EdgeEntries = std::function<std::optional<Entry>(std::uint64_t)>;
/// Of the log, and of what has arrived behind its head; both are to outlive it.
EdgeEntries entries_of(const Log& log, const std::vector<Record>& arriving);

/// By the entries behind `slice` up to number `last`.
Corrections corrections_of(const Entry& slice, std::uint64_t last, const EdgeEntries& entries);

/// A correction names a consumption of its own room and stay, gives back no more than that took from each pocket, the room's
/// first, or charges as much again at most. `state` is the one at (n, seen); entries are those before it.
Result<void> check_correction(const Entry& correction, const LinkState& state, const EdgeEntries& entries);

}  // namespace wattle
