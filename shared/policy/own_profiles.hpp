#pragma once
// Profiles of a site's own on their way to its boxes: registers profile/<name>/<part> of the configuration
// (api-spec/control.md). A profile is longer than a register may be, so that its text travels in parts; part 0 tells what they
// make together. As long as they do not, the profile is not there.

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/bytes.hpp"

namespace wattle {

inline constexpr std::size_t own_profile_name_max = 20;     // of [a-z0-9-]
inline constexpr std::size_t own_profile_bytes_max = 8192;  // of TOML
inline constexpr std::size_t own_profile_part_bytes = 960;
inline constexpr std::uint8_t own_profile_parts_max = 9;
inline constexpr std::size_t own_profiles_max = 32;  // of a site

using ProfileDigest = std::array<std::uint8_t, 32>;  // as shared/crypto hashes the text

struct ProfileHead {
  ProfileDigest digest{};
  std::uint32_t size = 0;
  bool operator==(const ProfileHead&) const = default;
};

struct ProfilePart {
  std::uint64_t of = 0;  // mark_of() the digest
  Bytes text;
  bool operator==(const ProfilePart&) const = default;
};

struct ProfileKey {
  std::string name;
  std::uint8_t part = 0;  // 0: the head
  auto operator<=>(const ProfileKey&) const = default;
};

/// What is there of one.
struct OwnProfile {
  std::optional<ProfileHead> head;
  std::map<std::uint8_t, ProfilePart> parts;
  bool operator==(const OwnProfile&) const = default;
};

inline constexpr std::string_view profile_prefix = "profile/";
bool is_own_profile_name(std::string_view name);
std::string profile_key(std::string_view name, std::uint8_t part);
std::optional<ProfileKey> parse_profile_key(std::string_view key);

std::uint64_t mark_of(const ProfileDigest& digest);
Bytes encode(const ProfileHead& head);
Bytes encode(const ProfilePart& part);
std::optional<ProfileHead> decode_profile_head(ByteView bytes);
std::optional<ProfilePart> decode_profile_part(ByteView bytes);

/// The text, when all parts are there and of this head; whoever uses it holds it against the digest.
std::optional<std::string> joined(const OwnProfile& profile);
/// Keys and values in the order in which they are to be given: the head last. The text is 1 to own_profile_bytes_max bytes.
std::vector<std::pair<std::string, Bytes>> registers_of(std::string_view name, std::string_view text,
                                                        const ProfileDigest& digest);

}  // namespace wattle
