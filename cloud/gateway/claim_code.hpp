#pragma once
// A claim code admits one box to one slot. It is a word of the site's key, no row of a table, so it can be made while the cloud
// stands still. Bytes: api-spec/provisioning.md.

#include <string>
#include <string_view>

#include "cloud/gateway/site_keys.hpp"
#include "shared/base/time.hpp"

namespace wattle::cloud {

struct ClaimCode {
  EdgeId slot;
  std::uint32_t expires_minute = 0;  // since 1970
  std::uint64_t nonce = 0;           // its name
};

/// The fingerprint of the site's CA goes along, for the box.
std::string make_claim_code(const Crypto& crypto, const ClaimKey& key, const ClaimCode& code, std::string_view fingerprint);
/// claim_code when it is none of this site's. Whether it has run out is for the caller: a lost answer is asked for later.
Result<ClaimCode> read_claim_code(const Crypto& crypto, const ClaimKey& key, std::string_view text);
bool has_expired(const ClaimCode& code, Instant now);

}  // namespace wattle::cloud
