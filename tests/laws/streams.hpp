#pragma once
// Streams to try laws on: a small world runs for a while and is checked at rest (so that all cursors have met), and what its
// boxes and cloud wrote is taken from the database.

#include "simulator/nodes/world.hpp"

namespace wattle::laws {

struct Written {
  sim::Options options;
  std::unique_ptr<sim::World> world;

  explicit Written(std::uint64_t seed, std::uint64_t steps = 400) {
    options.seed = seed;
    options.steps = steps;
    world = std::make_unique<sim::World>(options);
    world->run();
  }
  sim::Disk& disk() { return world->database(); }
  std::vector<Entry> entries(const StreamId& id) {
    std::vector<Entry> all;
    for (auto number = disk().first(id); number <= disk().head(id).number; ++number)
      all.push_back(*decode_entry(disk().entry(id, number)->bytes));
    return all;
  }
  std::vector<Bytes> bytes(const StreamId& id) {
    std::vector<Bytes> all;
    for (auto number = disk().first(id); number <= disk().head(id).number; ++number)
      all.push_back(disk().entry(id, number)->bytes);
    return all;
  }
  const Signer& signer_of(Holder holder) {
    for (auto& box : world->boxes())
      if (box->holder == holder) return *box->signer;
    return world->cloud_signer();
  }
  std::vector<Holder> holders() {
    std::vector<Holder> all;
    for (const auto& [holder, row] : world->site()->boxes()) all.push_back(holder);
    return all;
  }
};

}  // namespace wattle::laws
