#include "shared/meter/dlt645_frame.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"

namespace wattle::dlt645_frame_test {

using namespace wattle::dlt645;

namespace {

const Frame answer{Address{{0x61, 0x01, 0, 0, 0, 0}}, 0x91, {0x00, 0x00, 0x01, 0x00, 0x26, 0x00, 0x00, 0x00}};

Bytes joined(ByteView a, ByteView b) {
  Bytes out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

const Found* found(const Outcome<Found>& outcome) { return std::get_if<Found>(&outcome); }

}  // namespace

TEST_CASE("whatever is encoded is found again, behind any noise") {
  CHECK(rc::check("frames", [](std::array<std::uint8_t, 6> address, std::uint8_t control, Bytes data, Bytes noise) {
    data.resize(std::min(data.size(), max_data));
    const Frame frame{Address{address}, control, data};
    const auto bytes = joined(noise, encode(frame, noise.size() % 5));
    auto rest = ByteView(bytes);
    // Noise may hold a frame of its own by chance; ours comes all the same.
    for (;;) {
      const auto outcome = find_frame(rest, Wire::quiet);
      RC_ASSERT(found(outcome) != nullptr);
      if (found(outcome)->frame == frame) break;
      rest = rest.subspan(found(outcome)->offset + 1);
    }
  }));
}

TEST_CASE("a frame that arrives byte by byte is complete with its last byte") {
  const auto bytes = encode(answer, 4);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto part = ByteView(bytes).first(n);
    CHECK(std::holds_alternative<NeedMore>(find_frame(part, Wire::open)));
    CHECK(dead_bytes(part) <= 4);
  }
  const auto outcome = find_frame(bytes, Wire::open);
  REQUIRE(found(outcome) != nullptr);
  CHECK(found(outcome)->frame == answer);
  CHECK(found(outcome)->offset == 4);
  CHECK(found(outcome)->size == 20);
}

TEST_CASE("a false start hides no frame") {
  const auto good = encode(answer, 0);
  for (const auto* noise :
       {"68", "6868", "68000000000000681164", "fefefefe68", "16", "686868686868686868", "68610100000000689108"}) {
    INFO(noise);
    const auto bytes = joined(from_hex(noise), good);
    const auto outcome = find_frame(bytes, Wire::open);
    REQUIRE(found(outcome) != nullptr);
    CHECK(found(outcome)->offset == bytes.size() - good.size());
  }
}

TEST_CASE("the reason and the byte where a frame broke") {
  const auto told = [](Bytes bytes) {
    const auto outcome = find_frame(bytes, Wire::quiet);
    REQUIRE(std::holds_alternative<Bad>(outcome));
    return std::get<Bad>(outcome);
  };
  CHECK(told({}).error == MeterErrc::silence);
  CHECK(told(from_hex("0001027f")).error == MeterErrc::framing);
  auto bytes = encode(answer, 2);
  bytes.back() = 0x17;
  CHECK(told(bytes).error == MeterErrc::end_mark);
  CHECK(told(bytes).offset == 21);
  bytes = encode(answer, 2);
  bytes[15] ^= 1;
  CHECK(told(bytes).error == MeterErrc::checksum);
  CHECK(told(bytes).offset == 20);
  bytes = encode(answer, 0);
  bytes[9] = 201;
  CHECK(told(bytes).error == MeterErrc::length);
  CHECK(told(bytes).offset == 9);
  bytes = encode(answer, 0);
  bytes.pop_back();
  CHECK(told(bytes).error == MeterErrc::length);
  CHECK(told(bytes).offset == 19);
}

TEST_CASE("no single flipped bit gives another frame") {
  const auto good = encode(answer, 0);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bytes = good;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
    CHECK(found(find_frame(bytes, Wire::quiet)) == nullptr);
  }
}

TEST_CASE("a stream of noise does not pile up") {
  Random random(3);
  for (int round = 0; round < 2000; ++round) {
    Bytes bytes(random.below(1000));
    for (auto& b : bytes) b = random.chance(1, 4) ? std::uint8_t{0x68} : static_cast<std::uint8_t>(random.below(256));
    CHECK(bytes.size() - dead_bytes(bytes) < max_frame);
    CHECK_FALSE(std::holds_alternative<NeedMore>(find_frame(bytes, Wire::quiet)));
  }
}

TEST_CASE("addresses as people write them") {
  CHECK(to_text(address_of(161).value()) == "000000000161");
  CHECK(parse_address("161").value() == address_of(161).value());
  CHECK(to_text(parse_address("AAAAAAAAAAAA").value()) == "AAAAAAAAAAAA");
  CHECK(parse_address("AAAAAAAAAAAA").value() == wildcard);
  CHECK(number_of(address_of(999'999'999'998).value()) == 999'999'999'998);
  CHECK_FALSE(number_of(wildcard).has_value());
  CHECK_FALSE(number_of(broadcast).has_value());
  CHECK(address_of(1'000'000'000'000).error() == MeterErrc::meter_number);
  for (const auto* wrong : {"", "1234567890123", "12a4", "1A", " 12", "-1"}) {
    INFO(wrong);
    CHECK(parse_address(wrong).has_error());
  }
}

TEST_CASE("a wildcard stands for any pair, the broadcast for any meter") {
  const auto own = address_of(123456).value();
  CHECK(matches(own, own));
  CHECK(matches(wildcard, own));
  CHECK(matches(broadcast, own));
  CHECK(matches(parse_address("AAAAAAAA3456").value(), own));
  CHECK_FALSE(matches(parse_address("AAAAAAAA3457").value(), own));
  CHECK_FALSE(matches(address_of(123457).value(), own));
}

}  // namespace wattle::dlt645_frame_test
