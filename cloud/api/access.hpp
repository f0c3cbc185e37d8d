#pragma once
// Who is calling, and what he may: service tokens from files that the configuration names (RFC 6750; kept as hashes), and
// people who have logged in (sessions.hpp). Tickets stand for a caller where no header can be sent.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/api/login_guard.hpp"
#include "cloud/api/rate_limits.hpp"
#include "cloud/api/sessions.hpp"
#include "cloud/http/message.hpp"
#include "cloud/store/registry.hpp"
#include "shared/crypto/crypto.hpp"

namespace wattle::api {

/// Each may do what those before it may; a student only for rooms that he lives in.
enum class Role : std::uint8_t { student = 0, monitor = 1, cashier = 2, admin = 3 };
std::optional<Role> parse_role(std::string_view name);
std::string_view role_text(Role role);

struct Caller {
  std::string name;  // a token's, or "user/" and a user's: part of what an Idempotency-Key means
  Role role = Role::monitor;
  std::int64_t person = 0;
  std::optional<std::map<RoomId, Instant>> rooms = {};  // each since when he lives there; none: all of the site
  std::string session = {};                             // by which he calls; empty: a token's
  bool may_see(RoomId room) const { return !rooms || rooms->contains(room); }
  /// What was in a room that he may see before he came is theirs who lived there then.
  Instant sees_from(RoomId room) const { return rooms ? rooms->at(room) : Instant{INT64_MIN}; }
  bool operator==(const Caller&) const = default;
};

inline constexpr std::size_t token_bytes_least = 20;
inline constexpr std::size_t token_bytes_max = 256;
inline constexpr Duration ticket_time = seconds(30);
inline constexpr std::size_t tickets_max = 10'000;

class Access {
 public:
  Access(const Crypto& crypto, cloud::Registry& registry, Entropy& entropy, SessionTimes times = {}, RateSettings rates = {})
      : crypto_(&crypto),
        registry_(&registry),
        entropy_(&entropy),
        sessions_(crypto, registry, entropy, times),
        limits_(rates) {}

  void add(std::string name, Role role, std::string_view token);
  /// None without a token, or with one that nobody has, or no longer.
  std::optional<Caller> find(const http::Request& request) const;
  /// The same caller later, with what he may now; none when his session has ended or he may log in no more.
  std::optional<Caller> look_again(const Caller& caller, Instant now) const;
  /// Good once, and not for long.
  std::string make_ticket(const Caller& caller, Tick now);
  /// Whose ticket it is, if it still is one.
  const Caller* look_at_ticket(std::string_view ticket, Tick now) const;
  std::optional<Caller> use_ticket(std::string_view ticket, Now now);
  /// How long this caller, or this address, must wait before another call; none: it may be made.
  std::optional<Duration> hold_back(const Caller* caller, std::string_view address, Tick now);

  Sessions& sessions() { return sessions_; }
  LoginGuard& guard() { return guard_; }

 private:
  struct Known {
    Caller caller;
    Digest token;
  };
  struct Ticket {
    Caller caller;
    Tick until;
  };
  std::optional<Caller> caller_of(const cloud::Session& session) const;

  const Crypto* crypto_;
  cloud::Registry* registry_;
  Entropy* entropy_;
  std::vector<Known> known_;
  Sessions sessions_;
  LoginGuard guard_;
  RateLimits limits_;
  std::map<Digest, Ticket> tickets_;
};

}  // namespace wattle::api
