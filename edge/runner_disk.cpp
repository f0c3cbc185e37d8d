// The disk under the ledger, and what the runner does by it.

#include "edge/runner.hpp"

namespace wattle::edge {

/// The reserve goes first to what the ledger's log is to be copied into.
void Runner::look_at_disk() {
  if (store_->waits_for_room()) {
    disk_->give_up();
    const auto copied = store_->checkpoint();
    if (!copied && copied.error() != StoreErrc::full) throw StoreFailure(copied.error());
  }
  disk_->look();
  readings_.hold(!disk_->may_record());
}

}  // namespace wattle::edge
