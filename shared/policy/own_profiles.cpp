#include "shared/policy/own_profiles.hpp"

#include <algorithm>
#include <charconv>

namespace wattle {
namespace {

constexpr std::uint8_t version = 1;  // the first byte of each
static_assert(own_profile_part_bytes * own_profile_parts_max >= own_profile_bytes_max);

}  // namespace

bool is_own_profile_name(std::string_view name) {
  const auto is_its = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-'; };
  return !name.empty() && name.size() <= own_profile_name_max && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), is_its);
}

std::string profile_key(std::string_view name, std::uint8_t part) {
  return std::string(profile_prefix) + std::string(name) + '/' + std::to_string(part);
}

std::optional<ProfileKey> parse_profile_key(std::string_view key) {
  if (!key.starts_with(profile_prefix)) return std::nullopt;
  key.remove_prefix(profile_prefix.size());
  const auto slash = key.find('/');
  if (slash == std::string_view::npos || !is_own_profile_name(key.substr(0, slash))) return std::nullopt;
  const auto digits = key.substr(slash + 1);
  if (digits.size() != 1 || digits.front() < '0' || digits.front() > '0' + own_profile_parts_max) return std::nullopt;
  return ProfileKey{std::string(key.substr(0, slash)), static_cast<std::uint8_t>(digits.front() - '0')};
}

std::uint64_t mark_of(const ProfileDigest& digest) {
  std::uint64_t mark = 0;
  for (std::size_t i = 0; i < sizeof mark; ++i) mark |= std::uint64_t{digest[i]} << (8 * i);
  return mark;
}

Bytes encode(const ProfileHead& head) {
  Bytes bytes{version};
  Writer out(bytes);
  out.raw(head.digest);
  out.varint(head.size);
  return bytes;
}

Bytes encode(const ProfilePart& part) {
  Bytes bytes{version};
  Writer out(bytes);
  out.u64(part.of);
  out.blob(part.text);
  return bytes;
}

std::optional<ProfileHead> decode_profile_head(ByteView bytes) {
  Reader in(bytes);
  if (in.u8() != version) return std::nullopt;
  ProfileHead head;
  const auto digest = in.raw(head.digest.size());
  const auto size = in.varint();
  if (!in.finished() || size == 0 || size > own_profile_bytes_max) return std::nullopt;
  std::copy(digest.begin(), digest.end(), head.digest.begin());
  head.size = static_cast<std::uint32_t>(size);
  return head;
}

std::optional<ProfilePart> decode_profile_part(ByteView bytes) {
  Reader in(bytes);
  if (in.u8() != version) return std::nullopt;
  ProfilePart part;
  part.of = in.u64();
  const auto text = in.blob(own_profile_part_bytes);
  if (!in.finished() || text.empty()) return std::nullopt;
  part.text.assign(text.begin(), text.end());
  return part;
}

std::optional<std::string> joined(const OwnProfile& profile) {
  if (!profile.head) return std::nullopt;
  std::string text;
  for (std::uint8_t number = 1; text.size() < profile.head->size; ++number) {
    const auto part = profile.parts.find(number);
    if (part == profile.parts.end() || part->second.of != mark_of(profile.head->digest)) return std::nullopt;
    text.append(part->second.text.begin(), part->second.text.end());
  }
  return text.size() == profile.head->size ? std::optional(std::move(text)) : std::nullopt;
}

std::vector<std::pair<std::string, Bytes>> registers_of(std::string_view name, std::string_view text,
                                                        const ProfileDigest& digest) {
  std::vector<std::pair<std::string, Bytes>> out;
  std::uint8_t number = 0;
  for (std::size_t at = 0; at < text.size(); at += own_profile_part_bytes) {
    const auto bytes = view(text.substr(at, own_profile_part_bytes));
    out.emplace_back(profile_key(name, ++number), encode(ProfilePart{mark_of(digest), Bytes(bytes.begin(), bytes.end())}));
  }
  out.emplace_back(profile_key(name, 0), encode(ProfileHead{digest, static_cast<std::uint32_t>(text.size())}));
  return out;
}

}  // namespace wattle
