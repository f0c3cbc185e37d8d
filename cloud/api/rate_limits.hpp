#pragma once
// So many calls a second and no more, for each caller and for each address that brings no token: a bucket that fills again.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/time.hpp"

namespace wattle::api {

struct Rate {
  std::int64_t per_second = 0;  // 0: no limit
  std::int64_t burst = 0;
};

struct RateSettings {
  Rate caller = {500, 2000};  // a token or a user
  Rate address = {20, 200};   // without one: claims, logins, guesses
};

inline constexpr std::size_t buckets_max = 20'000;

class RateLimits {
 public:
  explicit RateLimits(RateSettings settings) : settings_(settings) {}
  /// How long to wait; none: one call was taken.
  std::optional<Duration> take_for_caller(std::string_view name, Tick now) { return take('c', name, settings_.caller, now); }
  std::optional<Duration> take_for_address(std::string_view address, Tick now) {
    return take('n', address, settings_.address, now);
  }

 private:
  struct Bucket {
    std::int64_t spent_micros = 0;  // of time: each call costs a second divided by the rate
    Tick at;
  };
  std::optional<Duration> take(char sort, std::string_view name, Rate rate, Tick now);
  void make_room(Tick now);

  RateSettings settings_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace wattle::api
