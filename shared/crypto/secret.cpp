#include "shared/crypto/secret.hpp"

#include <sodium.h>

#include "shared/base/check.hpp"
#include "shared/crypto/sodium_crypto.hpp"

namespace wattle {

void wipe(std::span<std::uint8_t> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

LockedSecret::LockedSecret(std::size_t size) : data_(nullptr) {
  start_sodium();
  data_ = static_cast<std::uint8_t*>(sodium_malloc(size));
  WATTLE_CHECK(data_ != nullptr);
}

LockedSecret::~LockedSecret() { sodium_free(data_); }

void LockedSecret::make_readonly() { WATTLE_CHECK(sodium_mprotect_readonly(data_) == 0); }

}  // namespace wattle
