#include "shared/crypto/password.hpp"

#include <sodium.h>

#include <charconv>
#include <optional>

#include "shared/base/bytes.hpp"
#include "shared/crypto/sodium_crypto.hpp"

namespace wattle {
namespace {

constexpr std::size_t hash_bytes = 32;
constexpr std::string_view scheme = "argon2id";
// What a stored text may ask for: it comes from our own database, and must not stop the process if that was tampered with.
constexpr std::uint32_t passes_max = 16;
constexpr std::uint32_t memory_kib_max = 1024 * 1024;

static_assert(PasswordSalt{}.size() == crypto_pwhash_SALTBYTES);

using Hash = std::array<std::uint8_t, hash_bytes>;

std::optional<Hash> derive(std::string_view password, const PasswordSalt& salt, PasswordCost cost) {
  start_sodium();
  Hash hash{};
  const int failed = crypto_pwhash(hash.data(), hash.size(), password.data(), password.size(), salt.data(), cost.passes,
                                   std::size_t{cost.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13);
  return failed == 0 ? std::optional(hash) : std::nullopt;
}

std::string_view take_word(std::string_view& text) {
  const auto colon = std::min(text.find(':'), text.size());
  const auto word = text.substr(0, colon);
  text.remove_prefix(std::min(colon + 1, text.size()));
  return word;
}

std::uint32_t take_number(std::string_view& text, std::uint32_t most) {
  const auto word = take_word(text);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc{} && end == word.data() + word.size() && number <= most ? number : 0;
}

}  // namespace

std::string hash_password(std::string_view password, const PasswordSalt& salt, PasswordCost cost) {
  const auto hash = derive(password, salt, cost);
  if (!hash) return {};
  return std::string(scheme) + ':' + std::to_string(cost.passes) + ':' + std::to_string(cost.memory_kib) + ':' + to_hex(salt) +
         ':' + to_hex(*hash);
}

bool check_password(std::string_view password, std::string_view stored) {
  if (take_word(stored) != scheme) return false;
  PasswordCost cost;
  cost.passes = take_number(stored, passes_max);
  cost.memory_kib = take_number(stored, memory_kib_max);
  const auto salt_bytes = from_hex(take_word(stored));
  const auto wanted = from_hex(stored);
  PasswordSalt salt{};
  if (cost.passes == 0 || cost.memory_kib == 0 || salt_bytes.size() != salt.size() || wanted.size() != hash_bytes) return false;
  std::copy(salt_bytes.begin(), salt_bytes.end(), salt.begin());
  const auto hash = derive(password, salt, cost);
  return hash && sodium_memcmp(hash->data(), wanted.data(), hash_bytes) == 0;
}

std::string_view nobodys_password() {
  static const std::string text = std::string(scheme) + ':' + std::to_string(PasswordCost{}.passes) + ':' +
                                  std::to_string(PasswordCost{}.memory_kib) + ':' + std::string(32, '0') + ':' +
                                  std::string(2 * hash_bytes, '0');
  return text;
}

}  // namespace wattle
