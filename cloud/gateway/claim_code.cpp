#include "cloud/gateway/claim_code.hpp"

#include "cloud/gateway/errors.hpp"

namespace wattle::cloud {
namespace {

constexpr std::size_t plain_bytes = 16;
constexpr std::size_t code_bytes = plain_bytes + sizeof(Uid);

bool equal(const Uid& a, const Uid& b) {  // in a time that does not tell where they differ
  unsigned different = 0;
  for (std::size_t i = 0; i < a.bytes.size(); ++i) different |= static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]);
  return different == 0;
}

}  // namespace

std::string make_claim_code(const Crypto& crypto, const ClaimKey& key, const ClaimCode& code, std::string_view fingerprint) {
  Bytes bytes;
  Writer write(bytes);
  write.u32(code.slot.value);
  write.u32(code.expires_minute);
  write.u64(code.nonce);
  write.raw(crypto.mac(key, bytes).bytes);
  return to_hex(bytes) + '.' + std::string(fingerprint);
}

Result<ClaimCode> read_claim_code(const Crypto& crypto, const ClaimKey& key, std::string_view text) {
  const auto bytes = from_hex(text.substr(0, text.find('.')));  // the rest is the box's own business
  if (bytes.size() != code_bytes) return WATTLE_FAIL(GatewayErrc::claim_code);
  Reader read(bytes);
  const ClaimCode code{{read.u32()}, read.u32(), read.u64()};
  Uid mac;
  const auto tail = read.raw(mac.bytes.size());
  std::copy(tail.begin(), tail.end(), mac.bytes.begin());
  if (!equal(mac, crypto.mac(key, ByteView(bytes).first(plain_bytes))) || code.slot.value == 0)
    return WATTLE_FAIL(GatewayErrc::claim_code);
  return code;
}

bool has_expired(const ClaimCode& code, Instant now) {
  return now.micros / minutes(1).micros >= static_cast<std::int64_t>(code.expires_minute);
}

}  // namespace wattle::cloud
