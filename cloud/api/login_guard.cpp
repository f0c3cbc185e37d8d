#include "cloud/api/login_guard.hpp"

#include <algorithm>
#include <utility>

namespace wattle::api {
namespace {

constexpr unsigned doublings_max = 20;

}  // namespace

void LoginGuard::forget(Failures& failures, Rule rule, Tick now) {
  const auto times = (now - failures.counted).micros / rule.forgets_after.micros;
  if (times <= 0) return;
  failures.count -= static_cast<unsigned>(std::min(times, std::int64_t{failures.count}));
  failures.counted = failures.counted + Duration{times * rule.forgets_after.micros};
}

std::optional<Duration> LoginGuard::wait(Guarded& guarded, std::string_view name, Rule rule, Tick now) {
  const auto at = guarded.find(name);
  if (at == guarded.end()) return std::nullopt;
  auto& failures = at->second;
  forget(failures, rule, now);
  if (failures.count < rule.free) return std::nullopt;
  const auto doublings = std::min(failures.count - rule.free, doublings_max);
  const Duration pause = std::min(Duration{seconds(1).micros << doublings}, rule.longest);
  const auto waited = now - failures.last;
  if (waited >= pause) return std::nullopt;
  return Duration{pause.micros - waited.micros};
}

void LoginGuard::count(Guarded& guarded, std::string_view name, Tick now) {
  auto at = guarded.find(name);
  if (at == guarded.end()) {
    if (guarded.size() >= guarded_max)
      guarded.erase(std::min_element(guarded.begin(), guarded.end(),
                                     [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
    at = guarded.emplace(name, Failures{0, now, now, now}).first;
  }
  auto& failures = at->second;
  if (failures.count == 0) failures.counted = now;
  ++failures.count;
  failures.before = std::exchange(failures.last, now);
}

/// The pause of those who did fail begins with them, not with who did not.
void LoginGuard::take_back(Guarded& guarded, std::string_view name, Tick at) {
  const auto found = guarded.find(name);
  if (found == guarded.end()) return;
  auto& failures = found->second;
  if (failures.count > 0) --failures.count;
  if (failures.last == at) failures.last = failures.before;
}

std::optional<Duration> LoginGuard::attempt(std::string_view account, std::string_view address, Tick at) {
  if (const auto pause = wait(addresses_, address, address_rule, at)) return pause;
  if (const auto pause = wait(accounts_, account, account_rule, at)) return pause;
  count(addresses_, address, at);
  count(accounts_, account, at);
  return std::nullopt;
}

void LoginGuard::succeeded(std::string_view account, std::string_view address, Tick at) {
  renewed(account);
  take_back(addresses_, address, at);
}

void LoginGuard::undone(std::string_view account, std::string_view address, Tick at) {
  take_back(accounts_, account, at);
  take_back(addresses_, address, at);
}

void LoginGuard::renewed(std::string_view account) {
  if (const auto at = accounts_.find(account); at != accounts_.end()) accounts_.erase(at);
}

}  // namespace wattle::api
