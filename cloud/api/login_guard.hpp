#pragma once
// Guessing passwords is slow: after a few failures an account, and an address, must wait, twice as long each time.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/time.hpp"

namespace wattle::api {

inline constexpr unsigned account_failures_free = 5;
inline constexpr unsigned address_failures_free = 20;     // a whole office may come from one address
inline constexpr Duration account_wait_max = minutes(1);  // not longer: else anybody could lock anybody out
inline constexpr Duration address_wait_max = minutes(15);
inline constexpr Duration failures_kept = hours(1);
inline constexpr std::size_t guarded_max = 20'000;  // accounts and addresses remembered; those heard of longest ago go

class LoginGuard {
 public:
  /// How long to wait; none: it may be tried, and counts as failed until succeeded() is told.
  std::optional<Duration> attempt(std::string_view account, std::string_view address, Tick now);
  void succeeded(std::string_view account, std::string_view address);

 private:
  struct Failures {
    unsigned count = 0;
    Tick last;
  };
  struct Rule {
    unsigned free;
    Duration longest;
  };
  static std::optional<Duration> wait(const Failures& failures, Rule rule, Tick now);
  Failures& of(std::string key, Tick now);

  std::map<std::string, Failures> failures_;  // "a" and an account, "n" and an address
};

}  // namespace wattle::api
