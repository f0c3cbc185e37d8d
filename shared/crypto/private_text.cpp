#include "shared/crypto/private_text.hpp"

#include <sodium.h>

#include "shared/base/bytes.hpp"
#include "shared/crypto/sodium_crypto.hpp"

namespace wattle {
namespace {

constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(PrivateNonce{}.size() == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(Seed{}.size() == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

}  // namespace

std::string seal_text(const Seed& key, const PrivateNonce& nonce, std::string_view place, std::string_view text) {
  start_sodium();
  const auto extra = view(place);
  const auto plain = view(text);
  Bytes sealed(nonce.begin(), nonce.end());
  sealed.resize(nonce.size() + plain.size() + tag_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + nonce.size(), nullptr, plain.data(), plain.size(), extra.data(),
                                             extra.size(), nullptr, nonce.data(), key.data());
  return to_hex(sealed);
}

std::optional<std::string> open_text(const Seed& key, std::string_view place, std::string_view sealed) {
  start_sodium();
  const auto bytes = from_hex(sealed);
  const auto nonce_bytes = PrivateNonce{}.size();
  if (bytes.size() < nonce_bytes + tag_bytes) return std::nullopt;
  const auto extra = view(place);
  std::string text(bytes.size() - nonce_bytes - tag_bytes, '\0');
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(text.data()), nullptr, nullptr,
                                                                bytes.data() + nonce_bytes, bytes.size() - nonce_bytes,
                                                                extra.data(), extra.size(), bytes.data(), key.data());
  return failed == 0 ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace wattle
