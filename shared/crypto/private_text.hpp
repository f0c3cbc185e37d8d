#pragma once
// A person's data as a database may hold it: XChaCha20-Poly1305 under a key that stands in no database, bound to its place.

#include <optional>
#include <string>
#include <string_view>

#include "shared/crypto/secret.hpp"

namespace wattle {

using PrivateNonce = std::array<std::uint8_t, 24>;

/// nonce ‖ ciphertext, hexadecimal. The nonce is random. `place` says of what it is, so that two rows cannot be exchanged.
std::string seal_text(const Seed& key, const PrivateNonce& nonce, std::string_view place, std::string_view text);
/// None when it was made with another key, for another place, or changed.
std::optional<std::string> open_text(const Seed& key, std::string_view place, std::string_view sealed);

}  // namespace wattle
