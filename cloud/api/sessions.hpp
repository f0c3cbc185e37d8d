#pragma once
// Sessions of people who have logged in: a short access token, and a refresh token that is good once. Who comes with one that
// was used before has stolen it, or was stolen from: the session ends for both. Only digests are kept.

#include <optional>
#include <string>
#include <string_view>

#include "cloud/store/accounts.hpp"
#include "shared/base/entropy.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/crypto.hpp"

namespace wattle::api {

struct SessionTimes {
  Duration access = minutes(15);
  Duration refresh = days(30);
};

struct SessionTokens {
  std::string user;
  std::string access;
  Instant access_until;
  std::string refresh;
  Instant refresh_until;
};

inline constexpr std::size_t sessions_of_user_max = 20;  // the oldest ends

class Sessions {
 public:
  Sessions(const Crypto& crypto, cloud::Registry& registry, Entropy& entropy, SessionTimes times)
      : crypto_(&crypto), registry_(&registry), entropy_(&entropy), times_(times) {}

  SessionTokens start(const std::string& user, std::string_view address, Instant now);
  /// None when the token is not, or no longer, one; `reused` when it was one before, and then its session has ended.
  std::optional<SessionTokens> renew(std::string_view refresh_token, Instant now, bool& reused);
  std::optional<cloud::Session> find(std::string_view access_token, Instant now) const;
  void end(const std::string& session);
  /// At a change of password, of rights, of anything that should be asked anew.
  void end_all(const std::string& user);

 private:
  std::string secret();
  std::string digest(std::string_view token) const;
  SessionTokens give_tokens(cloud::Session& session, std::string_view family, Instant now);

  const Crypto* crypto_;
  cloud::Registry* registry_;
  Entropy* entropy_;
  SessionTimes times_;
};

}  // namespace wattle::api
