#pragma once
// Identifiers that the ledger knows. Each is a type of its own, so that an edge number cannot stand where a room is wanted.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wattle {

template <class Tag, class T = std::uint32_t>
struct Id {
  T value{};
  auto operator<=>(const Id&) const = default;
};

using SiteId = Id<struct SiteTag>;
using EdgeId = Id<struct EdgeTag>;              // an edge's slot in the site; a replaced box keeps it
using Incarnation = Id<struct IncarnationTag>;  // random, given by the cloud once for each claim
using RoomId = Id<struct RoomTag>;
using CircuitId = Id<struct CircuitTag>;             // unique within the site
using MeterId = Id<struct MeterTag, std::uint64_t>;  // the number on the meter's plate

/// 128 random bits, or the first 128 of a hash: requests, receipts, transits.
struct Uid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uid&) const = default;
  bool is_zero() const { return *this == Uid{}; }
};
std::string to_hex(const Uid& id);
std::optional<Uid> parse_uid(std::string_view hex);

/// One box's life: which slot, which incarnation.
struct Holder {
  EdgeId edge;
  Incarnation incarnation;
  auto operator<=>(const Holder&) const = default;
  bool is_cloud() const { return edge.value == 0; }  // edge numbers begin at 1
};
inline constexpr Holder cloud_holder{};

}  // namespace wattle
