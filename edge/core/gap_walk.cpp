#include "edge/core/gap_walk.hpp"

#include <utility>

namespace wattle::edge {

std::optional<FreezeWalk::Question> GapWalk::freeze_question() const {
  if (load_question() || !loads_.has_holes()) return std::nullopt;
  return freezes_.question();
}

/// A freeze of a moment of which there is a record says less, perhaps with fewer digits.
GapFilled GapWalk::filled(bool is_clock_right) const {
  auto out = freezes_.filled(is_clock_right);
  const auto& found = loads_.found();
  out.dropped += loads_.dropped();
  if (!is_clock_right) {
    out.dropped += found.size();
    return out;
  }
  auto all = found;
  for (auto& frozen : out.readings) {
    const auto after = found.lower_bound(frozen.at);
    if (after != found.end() && after->first == frozen.at) continue;
    const bool is_below = after == found.end() || frozen.register_units <= after->second.register_units;
    const bool is_above = after == found.begin() || std::prev(after)->second.register_units <= frozen.register_units;
    if (is_below && is_above)
      all.emplace(frozen.at, std::move(frozen));
    else
      ++out.dropped;
  }
  out.readings.clear();
  for (auto& [at, reading] : all) out.readings.push_back(std::move(reading));
  return out;
}

}  // namespace wattle::edge
