#pragma once
// A backup of the cloud's database, and what must be read again after it has been restored.

#include <map>

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
  std::map<Holder, std::uint64_t> agreed;  // by its rows of links
};

}  // namespace wattle::sim
