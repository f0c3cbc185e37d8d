#pragma once
// Who is calling: bearer tokens (RFC 6750) with a role each, from files that the configuration names. Tokens are kept as
// hashes.

#include <string>
#include <string_view>
#include <vector>

#include "cloud/http/message.hpp"
#include "shared/crypto/crypto.hpp"

namespace wattle::api {

/// Each may do what those before it may.
enum class Role : std::uint8_t { monitor = 1, cashier = 2, admin = 3 };
std::optional<Role> parse_role(std::string_view name);

struct Caller {
  std::string name;
  Role role = Role::monitor;
};

inline constexpr std::size_t token_bytes_least = 20;
inline constexpr std::size_t token_bytes_max = 256;

class Access {
 public:
  explicit Access(const Crypto& crypto) : crypto_(&crypto) {}
  void add(std::string name, Role role, std::string_view token);
  /// None without a token, or with one that nobody has.
  const Caller* find(const http::Request& request) const;

 private:
  struct Known {
    Caller caller;
    Digest token;
  };
  const Crypto* crypto_;
  std::vector<Known> known_;
};

}  // namespace wattle::api
