#pragma once
// A backup of the cloud's database, and what must be read again after it has been restored.

#include "simulator/world/disk.hpp"

namespace wattle::sim {

/// How far the providers' bills, and the journal of orders, have been read.
struct Bills {
  std::uint64_t payment = 1;
  std::size_t order = 0;
};

struct Backup {
  Disk database;
  Bills billed;
};

}  // namespace wattle::sim
