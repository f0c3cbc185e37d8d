#pragma once
// Whether the mains of a bus were away: all its meters fall silent, and one answers again. One silent meter is a broken meter,
// and of a bus with a single meter nothing can be told.

#include <set>
#include <vector>

#include "edge/core/poll_plan.hpp"

namespace wattle::edge {

class OutageWatch {
 public:
  explicit OutageWatch(std::vector<CircuitId> circuits) : circuits_(std::move(circuits)) {}

  /// In the order in which the poll plan notices. An event when this notice ends a mains failure.
  std::optional<MainsReturned> noticed(const Noticed& noticed);
  bool is_away() const { return circuits_.size() > 1 && silent_.size() == circuits_.size(); }

 private:
  std::vector<CircuitId> circuits_;
  std::set<CircuitId> silent_;
};

}  // namespace wattle::edge
