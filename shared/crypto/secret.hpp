#pragma once
// Bytes that must not outlive their use.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace wattle {

inline constexpr std::size_t seed_bytes = 32;
/// 32 bytes from the operating system's generator, drawn by the shell: what a key is made from and what a key file holds.
using Seed = std::array<std::uint8_t, seed_bytes>;

/// Overwrites with zeros in a way that the compiler does not remove.
void wipe(std::span<std::uint8_t> bytes);

/// Memory of libsodium's own: locked where the system allows it, between guard pages, read-only once filled, zeroed when freed.
/// It costs several pages, so it is for an end's few private keys, not for one shared key a peer.
class LockedSecret {
 public:
  explicit LockedSecret(std::size_t size);
  ~LockedSecret();
  LockedSecret(const LockedSecret&) = delete;
  LockedSecret& operator=(const LockedSecret&) = delete;

  std::uint8_t* data() { return data_; }
  const std::uint8_t* data() const { return data_; }
  void make_readonly();

 private:
  std::uint8_t* data_;
};

}  // namespace wattle
