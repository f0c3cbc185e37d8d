#include "simulator/world/cheap_crypto.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace wattle {
namespace {

using Lanes = std::array<std::uint64_t, 4>;

// Odd constants of xxHash64 (Collet), whose four independent lanes are used here too: each step is invertible in its lane, and
// so are the last rounds, so that two different inputs meet by a chance of 2^-64 at the most.
constexpr std::uint64_t prime_1 = 0x9E3779B185EBCA87;
constexpr std::uint64_t prime_2 = 0xC2B2AE3D27D4EB4F;
constexpr std::uint64_t prime_3 = 0x165667B19E3779F9;
constexpr std::size_t block_bytes = 32;
constexpr int last_rounds = 4;

// What is hashed for one purpose never equals what is hashed for another: the purpose is part of the initial state.
enum class Purpose : std::uint64_t { hash, mac, secret, public_key, box_secret, box_key, sign, shared, seal };

void absorb(Lanes& s, const std::uint8_t* block) {
  Lanes in;
  std::memcpy(in.data(), block, block_bytes);
  for (std::size_t i = 0; i < 4; ++i) s[i] = std::rotl(s[i] + in[i] * prime_2, 31) * prime_1;
}

void stir(Lanes& s) {
  for (int round = 0; round < last_rounds; ++round) {
    s[0] = (s[0] + s[1]) * prime_1;
    s[2] = (s[2] + s[3]) * prime_2;
    s[1] = std::rotl(s[1] ^ s[2], 29);
    s[3] = std::rotl(s[3] ^ s[0], 32);
  }
}

/// All of the part; its length stands in the state already, so that zeros behind a short one and the overlap at the end of a
/// longer one (much faster than a copy of odd length) make no two parts alike.
void absorb_all(Lanes& s, ByteView part) {
  const auto whole = part.size() / block_bytes * block_bytes;
  for (std::size_t at = 0; at < whole; at += block_bytes) absorb(s, part.data() + at);
  if (whole == part.size()) return;
  if (whole > 0) return absorb(s, part.data() + part.size() - block_bytes);
  std::array<std::uint8_t, block_bytes> block{};
  std::memcpy(block.data(), part.data(), part.size());
  absorb(s, block.data());
}

/// Key and bytes, both with their lengths in the state, so that moving a byte from one to the other is another input.
Digest mix(Purpose purpose, ByteView key, ByteView bytes) {
  const auto size = bytes.size() + (static_cast<std::uint64_t>(key.size()) << 48);
  Lanes s{prime_1 ^ size, prime_2 + static_cast<std::uint64_t>(purpose), prime_3, prime_1 + prime_2 * size};
  absorb_all(s, key);
  absorb_all(s, bytes);
  stir(s);
  Digest out;
  std::memcpy(out.bytes.data(), s.data(), sizeof out);
  return out;
}

template <class Public>
Public published(Purpose purpose, const Digest& secret) {
  return Public{mix(purpose, secret.bytes, {}).bytes};
}

Signature sign_with(const Digest& secret, ByteView bytes) {
  const auto first = mix(Purpose::sign, secret.bytes, bytes);
  const auto second = mix(Purpose::sign, secret.bytes, first.bytes);
  Signature out;
  std::copy(first.bytes.begin(), first.bytes.end(), out.bytes.begin());
  std::copy(second.bytes.begin(), second.bytes.end(), out.bytes.begin() + 32);
  return out;
}

class CheapSigner final : public Signer {
 public:
  CheapSigner(const Digest& secret, const PublicKey& key) : secret_(secret), public_(key) {}
  PublicKey key() const override { return public_; }
  Signature sign(ByteView bytes) const override { return sign_with(secret_, bytes); }

 private:
  Digest secret_;
  PublicKey public_;
};

class CheapSeal final : public Seal {
 public:
  explicit CheapSeal(const Digest& shared) : shared_(shared) {}

  void close(ByteView plain, const Nonce& nonce, std::uint8_t* out) const override {
    if (!plain.empty()) std::memcpy(out + seal_overhead, plain.data(), plain.size());
    const auto made = tag(plain, nonce);
    std::copy_n(made.bytes.begin(), seal_overhead, out);
  }

  bool open(ByteView sealed, const Nonce& nonce, std::uint8_t* out) const override {
    const auto plain = sealed.subspan(seal_overhead);
    const auto made = tag(plain, nonce);
    if (!std::equal(sealed.begin(), sealed.begin() + seal_overhead, made.bytes.begin())) return false;
    if (!plain.empty()) std::memcpy(out, plain.data(), plain.size());
    return true;
  }

 private:
  Digest tag(ByteView plain, const Nonce& nonce) const {
    const auto once = mix(Purpose::seal, shared_.bytes, nonce.bytes);
    return mix(Purpose::seal, once.bytes, plain);
  }
  Digest shared_;
};

}  // namespace

Digest CheapCrypto::hash(ByteView bytes) const { return mix(Purpose::hash, {}, bytes); }

Digest CheapCrypto::chain(const Digest& before, ByteView entry) const {
  std::array<std::uint8_t, 64> both;
  const auto own = hash(entry);
  std::copy(before.bytes.begin(), before.bytes.end(), both.begin());
  std::copy(own.bytes.begin(), own.bytes.end(), both.begin() + 32);
  return hash(both);
}

Uid CheapCrypto::mac(ByteView key, ByteView bytes) const {
  const auto full = mix(Purpose::mac, key, bytes);
  Uid out;
  std::copy_n(full.bytes.begin(), out.bytes.size(), out.bytes.begin());
  return out;
}

bool CheapCrypto::verify(const PublicKey& key, ByteView bytes, const Signature& signature) const {
  const auto found = signing_.find(key);
  return found != signing_.end() && sign_with(found->second, bytes) == signature;
}

std::unique_ptr<Signer> CheapCrypto::signer(const Seed& seed) {
  const auto secret = mix(Purpose::secret, seed, {});
  const auto key = published<PublicKey>(Purpose::public_key, secret);
  signing_[key] = secret;
  return std::make_unique<CheapSigner>(secret, key);
}

BoxKey CheapCrypto::box_key(const Seed& seed) {
  const auto secret = mix(Purpose::box_secret, seed, {});
  const auto key = published<BoxKey>(Purpose::box_key, secret);
  boxes_[key] = secret;
  return key;
}

std::unique_ptr<Seal> CheapCrypto::seal_with(const Seed& own, const BoxKey& peer) const {
  const auto found = boxes_.find(peer);
  if (found == boxes_.end()) return nullptr;
  auto one = mix(Purpose::box_secret, own, {});
  auto other = found->second;
  if (other < one) std::swap(one, other);  // both ends come to the same
  return std::make_unique<CheapSeal>(mix(Purpose::shared, one.bytes, other.bytes));
}

}  // namespace wattle
