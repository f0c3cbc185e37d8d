#pragma once
// One transaction for everything that waits: the site handles events one after another, their commits gather here, and after
// one sync all that they were waiting with leaves, in the order of the events.
//
// Between add() and flush() the site is ahead of the store. It may handle further events, since its logs hold what is not yet
// durable; committed() and catch_up() are for after the flush.

#include <vector>

#include "cloud/core/effect.hpp"
#include "shared/store/ledger_store.hpp"

namespace wattle::cloud {

inline constexpr std::size_t group_writes_max = 4096;  // beyond that waiting gains nothing more
inline constexpr std::size_t group_effects_max = 4096;

class GroupCommit {
 public:
  explicit GroupCommit(LedgerStore& store) : store_(&store) {}

  /// All effects of one event, as the core gave them.
  void add(Effects effects);
  bool empty() const { return commits_.empty() && waiting_.empty(); }
  bool is_full() const { return writes_ >= group_writes_max || waiting_.size() >= group_effects_max; }
  /// Makes everything durable and hands over what may happen now; Persist is done and not among it, nor a status that a later
  /// one replaces. After an error nothing may happen, and the process starts again.
  Result<Effects> flush();

 private:
  LedgerStore* store_;
  std::vector<Commit> commits_;
  Effects waiting_;
  std::size_t writes_ = 0;
};

}  // namespace wattle::cloud
