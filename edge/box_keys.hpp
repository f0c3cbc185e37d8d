#pragma once
// The box's own keys: two seeds and a TLS key, each in a file of mode 0600 in the data folder, beside the ledger's database and
// never in it, so that a database that is lost or copied takes no key along. Made once; a box that has lost them is replaced.

#include <string>

#include "edge/io/errors.hpp"
#include "shared/crypto/seal.hpp"
#include "shared/crypto/sodium_crypto.hpp"

namespace wattle::edge {

struct BoxKeys {
  std::unique_ptr<SodiumSigner> signer;
  std::unique_ptr<SodiumBox> sealing;
  std::string tls_pem;
  std::string tls_file;
};

/// All of them are there, so that open_keys() would make none.
bool have_keys(const std::string& folder);
/// Loads them, or makes those that are not there. A file that is there and cannot be used is ClaimErrc::keys: it is never
/// replaced, since the cloud knows the box by it.
Result<BoxKeys> open_keys(const std::string& folder);

}  // namespace wattle::edge
