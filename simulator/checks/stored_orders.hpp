#pragma once
// The rows of orders in the cloud's database, found by their ids. Each row is read once, unless the database has forgotten.

#include <map>

#include "cloud/core/order.hpp"
#include "simulator/world/disk.hpp"

namespace wattle::sim {

class StoredOrders {
 public:
  /// As it stands in `database` now; nothing when it does not.
  std::optional<cloud::Order> find(const Disk& database, const OutsideId& id);

 private:
  void read(const Disk& database);

  std::map<OutsideId, std::uint64_t> numbers_;
  std::uint64_t read_ = 0;  // up to this number
};

}  // namespace wattle::sim
