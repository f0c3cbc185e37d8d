#pragma once
// Guessing passwords is slow: after a few failures an account, and an address, must wait, twice as long each time. Failures are
// forgotten one by one, so that many people behind one address do not add up to a locked door.

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
inline constexpr Duration account_forgets_after = minutes(1);   // one failure
inline constexpr Duration address_forgets_after = seconds(30);  // one failure
inline constexpr std::size_t guarded_max = 20'000;              // accounts, and addresses; those heard of longest ago go

class LoginGuard {
 public:
  /// How long to wait; none: it may be tried, and counts as failed until one of the others is told, with the same `at`.
  std::optional<Duration> attempt(std::string_view account, std::string_view address, Tick at);
  /// The password was right: the account's failures are forgotten, and of the address this attempt.
  void succeeded(std::string_view account, std::string_view address, Tick at);
  /// The password was never looked at.
  void undone(std::string_view account, std::string_view address, Tick at);
  /// The account has a new password, from somebody who may give it one.
  void renewed(std::string_view account);

 private:
  struct Failures {
    unsigned count = 0;
    Tick last;  // attempt, and the one before it
    Tick before;
    Tick counted;  // up to then the count has been lowered
  };
  struct Rule {
    unsigned free;
    Duration longest;
    Duration forgets_after;  // one failure
  };
  using Guarded = std::map<std::string, Failures, std::less<>>;

  static void forget(Failures& failures, Rule rule, Tick now);
  static std::optional<Duration> wait(Guarded& guarded, std::string_view name, Rule rule, Tick now);
  static void count(Guarded& guarded, std::string_view name, Tick now);
  static void take_back(Guarded& guarded, std::string_view name, Tick at);

  static constexpr Rule account_rule{account_failures_free, account_wait_max, account_forgets_after};
  static constexpr Rule address_rule{address_failures_free, address_wait_max, address_forgets_after};

  // Apart, so that who tries many names pushes out other names, and never his own address.
  Guarded accounts_;
  Guarded addresses_;
};

}  // namespace wattle::api
