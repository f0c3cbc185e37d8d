#include "edge/core/register_watch.hpp"

#include <algorithm>
#include <utility>

namespace wattle::edge {
namespace {

constexpr std::int64_t microjoules_a_wh = 3'600'000'000;
constexpr Duration longest_step = hours(1);  // between two readings; what was in a longer gap is not known

}  // namespace

std::optional<bool> RegisterWatch::read(MeterId meter, Quantity energy, std::optional<Power> power, Tick now) {
  const auto before = std::exchange(seen_, Seen{meter, energy, power.value_or(Power{}), now});
  const bool stands = before && before->meter == meter && before->energy == energy;
  if (!stands) {
    uncounted_microjoules_ = 0;
    return std::exchange(stuck_, false) ? std::optional(false) : std::nullopt;
  }
  const auto least = std::min(before->power.watts, seen_->power.watts);
  if (stuck_ || least <= counts_above.watts) return std::nullopt;
  uncounted_microjoules_ += least * std::min(now - before->at, longest_step).micros;
  stuck_ = uncounted_microjoules_ >= stuck_after.units * microjoules_a_wh;
  return stuck_ ? std::optional(true) : std::nullopt;
}

}  // namespace wattle::edge
