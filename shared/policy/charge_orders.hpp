#pragma once
// What a person has ordered about what a circuit is charged: registers accept/<circuit> and correction/<circuit> of the
// configuration (api-spec/control.md). Each has an id of its own, which the entry that carries it out bears as outside id, and
// names its instance: so it may come twice, or late, and is carried out once.

#include <optional>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/units.hpp"

namespace wattle {

inline constexpr Money correction_max = yuan(1'000'000);
inline constexpr std::int64_t accepted_behind_max = 10'000'000;  // from an accepted reading to what is held, in Wh or litres
inline constexpr std::int64_t accepted_max = 1'000'000'000'000'000;  // what a register may show, in Wh or litres

/// A reading that is held is true: the circuit goes on from there. What lies between is charged if the register rose; one that
/// stands lower than it did has lost what it counted, and nothing is charged for it. For the stay in which it was given.
struct AcceptOrder {
  Uid id;
  MeterId meter;
  Quantity after;             // up to where the circuit was counted when the reading was held
  Quantity shown;             // as the box counts what the meter shows
  std::uint32_t opening = 0;  // of the circuit's room, from 1
  bool operator==(const AcceptOrder&) const = default;
};

enum class CorrectionWay : std::uint8_t {
  back = 1,    // what was charged is given back, at most all of it
  charge = 2,  // as much again is taken at most, and never more than the room has
};

/// Of one consumption, for the stay in whose time it was charged.
struct CorrectionOrder {
  Uid id;
  Holder box;  // that wrote the consumption
  std::uint64_t consumption = 0;
  CorrectionWay way{};
  Money amount;
  bool operator==(const CorrectionOrder&) const = default;
};

/// Of the random id as much as tells a register's newest order from those before it, for reports.
constexpr std::uint32_t mark_of(const Uid& id) {
  return static_cast<std::uint32_t>(id.bytes[0]) | static_cast<std::uint32_t>(id.bytes[1]) << 8U |
         static_cast<std::uint32_t>(id.bytes[2]) << 16U | static_cast<std::uint32_t>(id.bytes[3]) << 24U;
}

bool is_valid(const AcceptOrder& order);
bool is_valid(const CorrectionOrder& order);
Bytes encode(const AcceptOrder& order);
Bytes encode(const CorrectionOrder& order);
/// Nothing for other bytes than those of one valid order.
std::optional<AcceptOrder> decode_accept(ByteView bytes);
std::optional<CorrectionOrder> decode_correction(ByteView bytes);

}  // namespace wattle
