#include "edge/core/outage_watch.hpp"

#include <algorithm>

namespace wattle::edge {

std::optional<MainsReturned> OutageWatch::noticed(const Noticed& noticed) {
  if (std::find(circuits_.begin(), circuits_.end(), noticed.circuit) == circuits_.end()) return std::nullopt;
  const bool was_away = is_away();
  if (noticed.what == PollNotice::silent) silent_.insert(noticed.circuit);
  if (noticed.what == PollNotice::heard_again) silent_.erase(noticed.circuit);
  if (!was_away || is_away()) return std::nullopt;
  return MainsReturned{circuits_};
}

}  // namespace wattle::edge
