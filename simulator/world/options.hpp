#pragma once
// What a run is made of. A seed and its options replay it byte for byte.

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>

namespace wattle::sim {

enum class Fault : std::uint8_t {
  drop,
  duplicate,
  reorder,
  partition,
  crash,
  unknown_commit,
  lie,
  clone,
  dead,
  restore,
  unnoticed,
  processes,
  clock,
  disk_error,
  corrupt,
  forge,
  moves,
  prices,
  refunds,
  codes,
  cash,
  allowances,
  unknown_kinds,
  meter_change,
  welded,
  corrections,
  retention,
  bands,
  water,
  control,
  versions,
  disk_full,
  buses,       // no fault: meters on buses, behind the product's own poll plan
  bus_faults,  // what goes wrong there
  rollovers,   // no fault: registers come to their ends
  count
};
inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::count);
inline constexpr std::array<const char*, fault_count> fault_names = {
    "drop",       "duplicate",     "reorder",      "partition", "crash",       "unknown_commit", "lie",
    "clone",      "dead",          "restore",      "unnoticed", "processes",   "clock",          "disk_error",
    "corrupt",    "forge",         "moves",        "prices",    "refunds",     "codes",          "cash",
    "allowances", "unknown_kinds", "meter_change", "welded",    "corrections", "retention",      "bands",
    "water",      "control",       "versions",     "disk_full", "buses",       "bus_faults",     "rollovers"};

/// What of a run is told as it happens.
struct Trace {
  bool on = false;
  std::optional<std::uint32_t> room;  // what is of this room alone
  std::optional<std::uint32_t> slot;  // what is of this slot's boxes alone; 0: the site's own stream
  std::optional<bool> up;             // and of their entries those of this stream alone: up, or down
  bool is_all() const { return on && !room && !slot; }
};

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t steps = 5000;
  std::uint32_t slots = 3;
  std::uint32_t rooms = 5;
  bool real_crypto = false;
  std::bitset<fault_count> faults = std::bitset<fault_count>().set();
  bool buses_by_seed = false;  // buses only in some seeds, since they are slower
  Trace trace;

  bool has(Fault fault) const { return faults.test(static_cast<std::size_t>(fault)); }
};

}  // namespace wattle::sim
