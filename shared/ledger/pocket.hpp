#pragma once
// A pocket is where money lies. Its name ends in its holder: anyone may credit it, only the holder may debit it. See
// docs/GLOSSARY.md for the words and api-spec/ledger.md for the bytes.

#include <string>

#include "shared/base/ids.hpp"

namespace wattle {

enum class PocketKind : std::uint8_t {
  room = 1,       // prepaid money of one room, at one box
  allow = 2,      // free allowance of one room and utility
  transit = 3,    // on its way to the one destination that was named when it left
  card = 4,       // on the card of a meter without a wire
  drawer = 5,     // cash taken at a box
  sold = 6,       // energy or water sold
  codes = 7,      // paid offline codes not yet redeemed
  clearing = 8,   // a payment provider
  subsidy = 9,    // allowance granted by the university
  arrears = 10,   // debt of a room that was closed or moved
  suspense = 11,  // differences that a person must decide
};

enum class Utility : std::uint8_t { none = 0, electricity = 1, cold_water = 2, hot_water = 3 };
inline constexpr std::uint8_t utility_max = 3;

/// A provider of payments; the number is part of the ledger's format.
enum class Provider : std::uint32_t { wechat = 1, alipay = 2, campus_card = 3, cash_desk = 4 };

struct Pocket {
  PocketKind kind = PocketKind::suspense;
  Utility utility = Utility::none;  // allow, sold; transit: `none` for room money, else the allowance's
  Holder holder;                    // cloud_holder, or a box
  std::uint32_t number = 0;         // room (room, allow, arrears) or provider (clearing)
  Uid id;                           // transit, card
  auto operator<=>(const Pocket&) const = default;

  RoomId room() const { return {number}; }
};

/// Belongs to someone, so that a decided line never takes it below zero. The others are the far side of the world.
constexpr bool is_bounded(PocketKind kind) { return kind <= PocketKind::card; }

Pocket room_pocket(RoomId room, Holder holder);
Pocket allow_pocket(RoomId room, Utility utility, Holder holder);
Pocket transit_pocket(const Uid& id, Utility utility = Utility::none);
Pocket card_pocket(const Uid& card, Holder holder);
Pocket drawer_pocket(Holder holder);
Pocket sold_pocket(Utility utility, Holder holder);
Pocket codes_pocket(Holder holder);
Pocket clearing_pocket(Provider provider);
Pocket subsidy_pocket();
Pocket arrears_pocket(RoomId room);
Pocket suspense_pocket();

/// `room/101@7.c41e`, for people.
std::string to_text(const Pocket& pocket);

}  // namespace wattle
