#include "shared/policy/own_profiles.hpp"

#include <catch2/catch.hpp>

#include "shared/policy/registers.hpp"

namespace wattle {
namespace {

ProfileDigest digest_of_ones() {
  ProfileDigest digest;
  digest.fill(1);
  return digest;
}

OwnProfile taken(const std::vector<std::pair<std::string, Bytes>>& registers) {
  OwnProfile profile;
  for (const auto& [key, value] : registers) {
    REQUIRE(value.size() <= register_bytes_max);
    REQUIRE(is_valid_register(key, value));
    const auto parsed = parse_profile_key(key).value();
    if (parsed.part == 0)
      profile.head = decode_profile_head(value);
    else
      profile.parts[parsed.part] = decode_profile_part(value).value();
  }
  return profile;
}

}  // namespace

TEST_CASE("a profile's registers have the bytes of api-spec/control.md") {
  const auto registers = registers_of("own", "ab", digest_of_ones());
  REQUIRE(registers.size() == 2);
  CHECK(registers[0].first == "profile/own/1");
  CHECK(to_hex(registers[0].second) == "010101010101010101026162");
  CHECK(registers[1].first == "profile/own/0");
  CHECK(to_hex(registers[1].second) == "01" + to_hex(digest_of_ones()) + "02");
}

TEST_CASE("a text of any length is joined as it was, and not before all of it is there") {
  for (const std::size_t size : {std::size_t{1}, own_profile_part_bytes, own_profile_part_bytes + 1, own_profile_bytes_max}) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 23);
    auto registers = registers_of("own", text, digest_of_ones());
    CHECK(joined(taken(registers)) == text);
    for (std::size_t i = 0; i < registers.size(); ++i) {
      auto less = registers;
      less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
      CHECK_FALSE(joined(taken(less)));
    }
    auto mixed = taken(registers);
    mixed.parts.at(1).of ^= 1;  // of the text before
    CHECK_FALSE(joined(mixed));
    mixed = taken(registers);
    mixed.head->size += 1;
    CHECK_FALSE(joined(mixed));
    mixed = taken(registers);
    mixed.head->size -= 1;
    if (size % own_profile_part_bytes != 1) CHECK_FALSE(joined(mixed));  // else it ends with the part before
  }
}

TEST_CASE("keys name a profile and a part in one way only, and values are read whole or not at all") {
  CHECK(parse_profile_key("profile/a-9/9") == ProfileKey{"a-9", 9});
  for (const auto* bad : {"profile/", "profile/a", "profile/a/", "profile/a/10", "profile/a/x", "profile//1", "profile/-a/1",
                          "profile/A/1", "profile/a/1/2", "profile/a.b/1", "profile/123456789012345678901/1"})
    CHECK_FALSE(parse_register_key(bad));
  CHECK(profile_key("12345678901234567890", 9).size() <= 32);
  const auto head = encode(ProfileHead{digest_of_ones(), 300});
  CHECK(decode_profile_head(head) == ProfileHead{digest_of_ones(), 300});
  for (std::size_t size = 0; size < head.size(); ++size) CHECK_FALSE(decode_profile_head(ByteView(head).first(size)));
  const auto part = encode(ProfilePart{7, {1, 2, 3}});
  CHECK(decode_profile_part(part) == ProfilePart{7, {1, 2, 3}});
  for (std::size_t size = 0; size < part.size(); ++size) CHECK_FALSE(decode_profile_part(ByteView(part).first(size)));
  CHECK_FALSE(decode_profile_head(encode(ProfileHead{digest_of_ones(), 0})));
  CHECK_FALSE(decode_profile_head(encode(ProfileHead{digest_of_ones(), own_profile_bytes_max + 1})));
  CHECK_FALSE(decode_profile_part(encode(ProfilePart{7, {}})));
  CHECK_FALSE(decode_profile_part(encode(ProfilePart{7, Bytes(own_profile_part_bytes + 1, 1)})));
}

}  // namespace wattle
