#include "cloud/api/login_guard.hpp"

#include <algorithm>

namespace wattle::api {
namespace {

constexpr unsigned doublings_max = 20;

std::string account_key(std::string_view account) { return 'a' + std::string(account); }
std::string address_key(std::string_view address) { return 'n' + std::string(address); }

}  // namespace

std::optional<Duration> LoginGuard::wait(const Failures& failures, Rule rule, Tick now) {
  if (failures.count < rule.free) return std::nullopt;
  const auto doublings = std::min(failures.count - rule.free, doublings_max);
  const Duration pause = std::min(Duration{seconds(1).micros << doublings}, rule.longest);
  const auto waited = now - failures.last;
  if (waited >= pause) return std::nullopt;
  return Duration{pause.micros - waited.micros};
}

LoginGuard::Failures& LoginGuard::of(std::string key, Tick now) {
  if (failures_.size() >= guarded_max && !failures_.contains(key)) {
    const auto oldest = std::min_element(failures_.begin(), failures_.end(),
                                         [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
    failures_.erase(oldest);
  }
  auto& failures = failures_[std::move(key)];
  if (now - failures.last >= failures_kept) failures = {0, now};
  return failures;
}

std::optional<Duration> LoginGuard::attempt(std::string_view account, std::string_view address, Tick now) {
  auto& of_account = of(account_key(account), now);
  const auto account_wait = wait(of_account, {account_failures_free, account_wait_max}, now);
  if (account_wait) return account_wait;
  auto& of_address = of(address_key(address), now);
  const auto address_wait = wait(of_address, {address_failures_free, address_wait_max}, now);
  if (address_wait) return address_wait;
  ++of_account.count;
  ++of_address.count;
  of_account.last = of_address.last = now;
  return std::nullopt;
}

void LoginGuard::succeeded(std::string_view account, std::string_view address) {
  failures_.erase(account_key(account));
  const auto at = failures_.find(address_key(address));
  if (at != failures_.end() && at->second.count > 0) --at->second.count;  // his own attempt; others' stand
}

}  // namespace wattle::api
