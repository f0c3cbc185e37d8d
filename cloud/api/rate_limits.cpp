#include "cloud/api/rate_limits.hpp"

#include <algorithm>

namespace wattle::api {

/// Those that have filled up again say nothing any more; if none has, the one used longest ago goes.
void RateLimits::make_room(Tick now) {
  std::erase_if(buckets_, [&](const auto& item) { return (now - item.second.at).micros >= item.second.spent_micros; });
  if (buckets_.size() < buckets_max) return;
  buckets_.erase(std::min_element(buckets_.begin(), buckets_.end(),
                                  [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
}

std::optional<Duration> RateLimits::take(char sort, std::string_view name, Rate rate, Tick now) {
  if (rate.per_second <= 0) return std::nullopt;
  const auto cost = seconds(1).micros / rate.per_second;
  const auto key = sort + std::string(name);
  auto at = buckets_.find(key);
  if (at == buckets_.end()) {
    if (buckets_.size() >= buckets_max) make_room(now);
    at = buckets_.emplace(key, Bucket{0, now}).first;
  }
  auto& bucket = at->second;
  bucket.spent_micros = std::max<std::int64_t>(0, bucket.spent_micros - (now - bucket.at).micros);
  bucket.at = now;
  const auto over = bucket.spent_micros + cost - cost * std::max<std::int64_t>(rate.burst, 1);
  if (over > 0) return Duration{over};
  bucket.spent_micros += cost;
  return std::nullopt;
}

}  // namespace wattle::api
