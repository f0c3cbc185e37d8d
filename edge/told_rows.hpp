#pragma once
// How far the cloud has been told the relay log: in order, so that an evening on which all lights go out is told whole.

#include "edge/core/relay_log.hpp"

namespace wattle::edge {

class ToldRows {
 public:
  explicit ToldRows(const RelayLog& log) : log_(&log) { begin_anew(); }

  /// The cloud has none yet: the newest are enough.
  void begin_anew();
  /// For one report: the next ones, behind the last few once more, since a report may have been lost.
  std::vector<RelayRow> next();
  /// Another report should follow.
  bool has_more() const { return told_ < log_->newest(); }

 private:
  const RelayLog* log_;
  std::uint64_t told_ = 0;
};

}  // namespace wattle::edge
