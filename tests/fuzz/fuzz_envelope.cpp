// Envelopes from a hostile broker. One input is tried four ways, since a signature would stop almost every other search at
// once: as it is, under real keys; behind a check that believes every signature; as a body that is sealed and opened again; and
// as a good envelope with some bytes changed.

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/crypto/envelope.hpp"
#include "shared/crypto/errors.hpp"
#include "shared/crypto/key_table.hpp"
#include "shared/crypto/sodium_crypto.hpp"

using namespace wattle;

namespace {

struct BelievesEverything final : Crypto {
  Digest hash(ByteView) const override { return {}; }
  Digest chain(const Digest&, ByteView) const override { return {}; }
  Uid mac(ByteView, ByteView) const override { return {}; }
  bool verify(const PublicKey&, ByteView, const Signature&) const override { return true; }
};

struct HidesNothing final : Seal {
  void close(ByteView plain, const Nonce&, std::uint8_t* out) const override {
    std::fill_n(out, seal_overhead, std::uint8_t{0});
    std::copy(plain.begin(), plain.end(), out + seal_overhead);
  }
  bool open(ByteView sealed, const Nonce&, std::uint8_t* out) const override {
    std::copy(sealed.begin() + seal_overhead, sealed.end(), out);
    return true;
  }
};

/// Signs with what the input had at its end, so that an accepted input can be made again to the byte.
struct SignsAsTold final : Signer {
  Signature signature;
  PublicKey key() const override { return {}; }
  Signature sign(ByteView) const override { return signature; }
};

struct KnowsEverybody final : KeyRing {
  HidesNothing seal;
  PeerKeys keys{{}, &seal};
  const PeerKeys* find(const EnvelopeHeader&) const override { return &keys; }
};

struct RealEnds {
  SodiumCrypto crypto;
  SodiumSigner signer{Seed{1}};
  SodiumBox edge_box{Seed{2}};
  SodiumBox cloud_box{Seed{3}};
  std::unique_ptr<Seal> seal = edge_box.seal_with(cloud_box.key()).value();
  EnvelopeHeader header{{12}, {{7}, {9}}, cloud_holder, {1}, {1}, 5};
  Address cloud{{12}, cloud_holder};
  KeyTable keys;
  RealEnds() { keys.put({{{12}, {{7}, {9}}}, {1}, {1}}, signer.key(), cloud_box.seal_with(edge_box.key()).value()); }
};

void open_as_it_is(const RealEnds& ends, ByteView input) {
  const auto opened = open_envelope(ends.crypto, input, ends.cloud, ends.keys);
  WATTLE_CHECK(opened.has_error());  // nobody forges Ed25519 by chance
}

void open_believing_it(ByteView input) {
  const auto peeked = peek_envelope(input);
  if (!peeked) return;
  const Address me{peeked->site, peeked->recipient};
  const KnowsEverybody keys;
  const auto opened = open_envelope(BelievesEverything{}, input, me, keys);
  WATTLE_CHECK(opened.has_value() && opened->header == *peeked);

  SignsAsTold signer;
  std::copy(input.end() - 64, input.end(), signer.signature.bytes.begin());
  Nonce nonce;
  std::copy_n(input.begin() + envelope_header_bytes, sizeof nonce.bytes, nonce.bytes.begin());
  auto again = seal_envelope(opened->header, opened->body, nonce, keys.seal, signer);
  WATTLE_CHECK(again.size() == input.size());
  const auto tag = envelope_header_bytes + sizeof nonce.bytes;  // the one place that HidesNothing does not keep
  std::copy_n(input.begin() + tag, seal_overhead, again.begin() + tag);
  WATTLE_CHECK(std::equal(again.begin(), again.end(), input.begin()));
}

void seal_and_open(const RealEnds& ends, ByteView body) {
  if (body.size() > max_envelope_body_bytes) return;
  const auto opened =
      open_envelope(ends.crypto, seal_envelope(ends.header, body, Nonce{}, *ends.seal, ends.signer), ends.cloud, ends.keys);
  WATTLE_CHECK(opened.has_value() && opened->header == ends.header);
  WATTLE_CHECK(std::equal(body.begin(), body.end(), opened->body.begin(), opened->body.end()));
}

/// The input is a list of (place, change); what comes out must be refused unless it is what went in.
void change_and_open(const RealEnds& ends, ByteView changes) {
  static const auto good = seal_envelope(ends.header, view("status 41"), Nonce{}, *ends.seal, ends.signer);
  auto bad = good;
  for (std::size_t i = 0; i + 1 < changes.size(); i += 2) {
    if (changes[i] < bad.size()) bad[changes[i]] ^= changes[i + 1];
  }
  const auto opened = open_envelope(ends.crypto, bad, ends.cloud, ends.keys);
  WATTLE_CHECK(opened.has_value() == (bad == good));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const RealEnds ends;
  const ByteView input(data, size);
  open_believing_it(input);
  open_as_it_is(ends, input);
  seal_and_open(ends, input);
  change_and_open(ends, input);
  return 0;
}
