#pragma once
// The two ends of api-spec/vectors/envelope.json: an edge that sends and its cloud that opens.

#include <memory>

#include "shared/crypto/errors.hpp"
#include "shared/crypto/key_table.hpp"
#include "shared/crypto/seal.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/support/vectors.hpp"

namespace wattle {

struct EnvelopeEnds {
  boost::json::object golden = vectors("envelope.json");
  SodiumCrypto crypto;
  SodiumSigner edge_signer{array_of<32>(bytes(golden.at("sender"), "sign_seed"))};
  SodiumBox edge_box{array_of<32>(bytes(golden.at("sender"), "box_seed"))};
  SodiumBox cloud_box{array_of<32>(bytes(golden.at("recipient"), "box_seed"))};
  std::unique_ptr<Seal> edge_seal = edge_box.seal_with(cloud_box.key()).value();
  Address edge{{12}, {{7}, {0xC41E0001}}};
  Address cloud{{12}, cloud_holder};
  KeyTable cloud_keys;

  EnvelopeEnds() { cloud_keys.put({edge, {3}, {2}}, edge_signer.key(), cloud_box.seal_with(edge_box.key()).value()); }

  EnvelopeHeader header() const { return {{12}, edge.holder, cloud_holder, {3}, {2}, 41}; }
  Bytes sealed(ByteView body) const {
    Nonce nonce;
    nonce.bytes.fill(0x5a);
    return seal_envelope(header(), body, nonce, *edge_seal, edge_signer);
  }
  Result<Opened> open(ByteView envelope) const { return open_envelope(crypto, envelope, cloud, cloud_keys); }
};

}  // namespace wattle
