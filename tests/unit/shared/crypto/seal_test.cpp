#include "shared/crypto/seal.hpp"

#include "tests/unit/shared/crypto/envelope_fixture.hpp"

using namespace wattle;

TEST_CASE("both ends work out one shared key, and no third does") {
  const EnvelopeEnds ends;
  const SodiumBox third(Seed{1});
  const auto cloud_seal = ends.cloud_box.seal_with(ends.edge_box.key()).value();
  const auto third_seal = third.seal_with(ends.edge_box.key()).value();
  const Bytes plain{1, 2, 3};
  Bytes sealed(plain.size() + seal_overhead);
  ends.edge_seal->close(plain, Nonce{}, sealed.data());

  Bytes opened(plain.size());
  CHECK(cloud_seal->open(sealed, Nonce{}, opened.data()));
  CHECK(opened == plain);
  CHECK_FALSE(third_seal->open(sealed, Nonce{}, opened.data()));
  Nonce other;
  other.bytes[23] = 1;
  CHECK_FALSE(cloud_seal->open(sealed, other, opened.data()));
}

TEST_CASE("box keys are those of the vectors") {
  const EnvelopeEnds ends;
  CHECK(ends.edge_box.key() == fixed<BoxKey>(ends.golden.at("sender"), "box_public"));
  CHECK(ends.cloud_box.key() == fixed<BoxKey>(ends.golden.at("recipient"), "box_public"));
}

TEST_CASE("a peer's key of small order is refused") {
  const SodiumBox box(Seed{1});
  const auto zero = box.seal_with(BoxKey{});
  REQUIRE(zero.has_error());
  CHECK(zero.error() == CryptoErrc::weak_key);
  BoxKey one;
  one.bytes[0] = 1;
  CHECK(box.seal_with(one).has_error());
}
