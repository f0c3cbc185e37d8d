#pragma once
// A purse that a meter keeps by itself: what it counts in, what can be asked of it and what is written into it. Which of these
// a model has, and how they travel, its profile says.

#include <cstdint>

#include "shared/base/time.hpp"

namespace wattle {

/// Whether the meter cuts by its purse and is bought into, only shows what it is told, or has a purse that others fill, by card
/// or key: that is only read.
enum class PurseKind : std::uint8_t { purchase = 1, display = 2, read_only = 3 };

/// What remains and what was bought: micro-units of money, or Wh.
enum class PurseMeasure : std::uint8_t { money = 1, energy = 2 };

enum class PurseItem : std::uint8_t {
  remaining = 1,  // in the purse's measure; so are the two below
  overdrawn = 2,  // beyond zero, where the meter does not show what remains with a sign
  total = 3,      // bought since the meter's purse was begun
  count = 4,      // of purchases since then
  price = 5,      // micro-units per kWh
  used = 6,       // Wh
};

enum class PurseTrade : std::uint8_t { buy = 1, refund = 2 };

/// One purchase, or the taking back of one. The count names it: a meter takes the one behind those that it has, once.
struct PurseOrder {
  PurseTrade trade = PurseTrade::buy;
  std::uint32_t count = 0;
  std::int64_t amount = 0;  // in the purse's measure, a whole number of its steps
  bool operator==(const PurseOrder&) const = default;
};

struct PurseForm {
  PurseKind kind = PurseKind::purchase;
  PurseMeasure measure = PurseMeasure::money;
  Duration settles = seconds(5);  // after a purchase, until what remains, total and count show it
  bool operator==(const PurseForm&) const = default;
};

}  // namespace wattle
