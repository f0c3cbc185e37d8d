#pragma once
// The disk under the ledger: its reserve, and what is told of both. It begins before the store is opened, which may need the
// room already.

#include "edge/config.hpp"
#include "edge/store/disk_reserve.hpp"
#include "shared/io/metrics.hpp"

namespace wattle::edge {

class DiskWatch {
 public:
  DiskWatch(const EdgeConfig& config, Metrics& metrics);
  /// With another disk than the real one.
  DiskWatch(DiskReserve reserve, Metrics& metrics);

  void look();
  /// The process ends on a store that failed with this; when room may have been wanting, the next one has the reserve's.
  void store_failed(const Error& error);
  /// Now, not when the disk has come to its end.
  void give_up();

  bool may_record() const { return reserve_.may_record(); }
  bool has_reserve() const { return reserve_.is_held(); }

 private:
  void tell_reserve(bool was_held);
  void tell_room();

  DiskReserve reserve_;
  Metrics* metrics_;
  bool low_ = false;   // and told
  bool bare_ = false;  // without a reserve, and told
};

}  // namespace wattle::edge
