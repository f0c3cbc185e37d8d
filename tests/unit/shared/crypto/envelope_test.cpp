#include "shared/crypto/envelope.hpp"

#include "tests/unit/shared/crypto/envelope_fixture.hpp"

using namespace wattle;

namespace {

EnvelopeHeader golden_header(const boost::json::value& h) {
  return {{number<std::uint32_t>(h, "site")},
          {{number<std::uint32_t>(h, "sender_edge")}, {number<std::uint32_t>(h, "sender_incarnation")}},
          {{number<std::uint32_t>(h, "recipient_edge")}, {number<std::uint32_t>(h, "recipient_incarnation")}},
          {number<std::uint32_t>(h, "sender_epoch")},
          {number<std::uint32_t>(h, "recipient_epoch")},
          number<std::uint64_t>(h, "head_hint")};
}

}  // namespace

TEST_CASE("golden envelopes are made to the byte, and opened") {
  const EnvelopeEnds ends;
  for (const auto& each : ends.golden.at("sealed").as_array()) {
    const auto header = golden_header(each.at("header"));
    const auto body = bytes(each, "body");
    const auto envelope = seal_envelope(header, body, fixed<Nonce>(each, "nonce"), *ends.edge_seal, ends.edge_signer);
    CHECK(to_hex(envelope) == text(each, "envelope"));
    CHECK(envelope.size() == body.size() + envelope_overhead);
    const auto opened = ends.open(envelope);
    REQUIRE(opened.has_value());
    CHECK(opened->header == header);
    CHECK(opened->body == body);
    CHECK(peek_envelope(envelope).value() == header);
  }
}

TEST_CASE("golden refusals: truncated, foreign, misaddressed, unknown, changed") {
  const EnvelopeEnds ends;
  for (const auto& each : ends.golden.at("refused").as_array()) {
    INFO(text(each, "name"));
    const auto opened = ends.open(bytes(each, "envelope"));
    REQUIRE(opened.has_error());
    CHECK(opened.error().message() == text(each, "error"));
  }
}

TEST_CASE("every changed bit of an envelope is refused") {
  const EnvelopeEnds ends;
  const auto good = ends.sealed(view("release 12.50 of room 101"));
  REQUIRE(ends.open(good).has_value());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    INFO("bit " << bit);
    CHECK(ends.open(bad).has_error());
  }
}

TEST_CASE("every truncation is refused as one") {
  const EnvelopeEnds ends;
  const auto good = ends.sealed(view("status"));
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto opened = ends.open(ByteView(good).first(size));
    REQUIRE(opened.has_error());
    CHECK(opened.error() == CryptoErrc::truncated);
  }
}

TEST_CASE("an envelope has a greatest size") {
  const EnvelopeEnds ends;
  const auto largest = ends.sealed(Bytes(max_envelope_body_bytes, 0x41));
  CHECK(largest.size() == max_envelope_bytes);
  CHECK(ends.open(largest)->body.size() == max_envelope_body_bytes);
  auto larger = largest;
  larger.push_back(0);
  CHECK(ends.open(larger).error() == CryptoErrc::too_large);
}

TEST_CASE("an envelope to the cloud cannot be turned back on the edge that sent it") {
  const EnvelopeEnds ends;
  const auto good = ends.sealed(view("status"));
  const auto opened = open_envelope(ends.crypto, good, ends.edge, ends.cloud_keys);
  REQUIRE(opened.has_error());
  CHECK(opened.error() == CryptoErrc::recipient);
}

TEST_CASE("a new incarnation of a slot is another recipient") {
  EnvelopeEnds ends;
  const Address next{{12}, {{7}, {0xC41E0002}}};
  auto header = ends.header();
  header.recipient = ends.edge.holder;
  const auto old = seal_envelope(header, view("open 101"), Nonce{}, *ends.edge_seal, ends.edge_signer);
  CHECK(open_envelope(ends.crypto, old, next, ends.cloud_keys).error() == CryptoErrc::recipient);
}

TEST_CASE("keys rotate without a gap: both epochs are accepted until the old one is removed") {
  EnvelopeEnds ends;
  const SodiumSigner next_signer(Seed{8});
  const SodiumBox next_box(Seed{9});
  ends.cloud_keys.put({ends.edge, {4}, {2}}, next_signer.key(), ends.cloud_box.seal_with(next_box.key()).value());
  auto header = ends.header();
  header.sender_epoch = {4};
  const auto next_seal = next_box.seal_with(ends.cloud_box.key()).value();
  const auto next = seal_envelope(header, view("new"), Nonce{}, *next_seal, next_signer);
  const auto old = ends.sealed(view("old"));
  CHECK(ends.open(old).has_value());
  CHECK(ends.open(next).has_value());
  ends.cloud_keys.remove({ends.edge, {3}, {2}});
  CHECK(ends.cloud_keys.size() == 1);
  CHECK(ends.open(old).error() == CryptoErrc::unknown_key);
  CHECK(ends.open(next).has_value());
}

TEST_CASE("a sender's own key under another sender's name is refused") {
  EnvelopeEnds ends;
  const Address other{{12}, {{8}, {5}}};
  const SodiumSigner other_signer(Seed{8});
  ends.cloud_keys.put({other, {3}, {2}}, other_signer.key(), ends.cloud_box.seal_with(SodiumBox(Seed{9}).key()).value());
  const auto forged = seal_envelope(ends.header(), view("mine"), Nonce{}, *ends.edge_seal, other_signer);
  CHECK(ends.open(forged).error() == CryptoErrc::signature);
}
