#pragma once
// Passwords as they are stored: Argon2id (RFC 9106), with its salt and cost in the text. It takes a tenth of a second and its
// memory on purpose, so it runs on no loop.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/crypto/secret.hpp"

namespace wattle {

struct PasswordCost {
  std::uint32_t passes = 2;
  std::uint32_t memory_kib = 64 * 1024;
};

using PasswordSalt = std::array<std::uint8_t, 16>;

/// "argon2id:2:65536:<salt>:<hash>", hexadecimal. The salt is drawn by the shell. Empty when the memory is not to be had.
std::string hash_password(std::string_view password, const PasswordSalt& salt, PasswordCost cost = {});
/// Compared in constant time; false also for a text that is none of ours.
bool check_password(std::string_view password, std::string_view stored);

/// Takes as long as any other and fits no password: for names that nobody has.
std::string_view nobodys_password();

}  // namespace wattle
