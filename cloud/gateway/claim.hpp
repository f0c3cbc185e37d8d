#pragma once
// What the gateway keeps about a claimed box beside the core's row: both of its public keys, and the claim code that it
// presented. Table::site, key "claim/" + holder; and a line in the file of claims and fences.

#include "shared/crypto/seal.hpp"
#include "shared/ledger/store.hpp"

namespace wattle {

template <class F>
void fields(F& f, BoxKey& v) {
  f(v.bytes);
}

}  // namespace wattle

namespace wattle::cloud {

struct Claim {
  Holder holder;
  PublicKey signing;
  BoxKey sealing;
  std::uint64_t code = 0;  // the claim code's nonce
  bool operator==(const Claim&) const = default;
};
template <class F>
void fields(F& f, Claim& v) {
  f(v.holder), f(v.signing), f(v.sealing), f(v.code);
}

PutRow row_of(const Claim& claim);
std::vector<Claim> stored_claims(const StoreReader& store);

/// "edge-7-c41e": the certificate's common name, MQTT user and client id.
std::string client_name(Holder holder);

}  // namespace wattle::cloud
