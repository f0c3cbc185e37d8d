#pragma once
// Whether a circuit is on, and why: safety over force over an empty room over arrears over timetable. The one place that
// decides, so that each relay has one reason at any moment, and the same reason can be found again from the same facts.

#include <optional>

#include "shared/policy/timetable.hpp"
#include "shared/policy/trip.hpp"

namespace wattle {

enum class ControlMode : std::uint8_t { prepaid = 0, forced_on = 1, forced_off = 2 };

/// Part of the formats: entries, messages and pages name it by its number.
enum class RelayReason : std::uint8_t {
  credit = 1,     // on: prepaid, and there is money
  no_credit = 2,  // off: the money is used up
  forced_on = 3,
  forced_off = 4,
  overload = 5,    // off until the time has passed
  malignant = 6,   // reserved: nothing sets it yet
  locked_out = 7,  // off until a person puts it back
  timetable = 8,   // off for the hour
  returning = 9,   // off: it waits its turn after a mains failure
  fire = 10,       // off: the fire contact is open; reserved, no box reads one yet
  stay_over = 11,  // off: nobody lives there who would pay
};

/// What the decision rests on, of one circuit at one moment.
struct CircuitFacts {
  bool fire = false;
  bool is_lighting = false;  // a fire contact leaves the lamps on
  ControlMode mode = ControlMode::prepaid;
  Trip trip;
  Money available;  // prepaid money and the allowance of its own utility, less what has been used
  Money cut_at;     // off at or below: above zero for what goes first, below for a granted overdraft
  const TimePeriod* period = nullptr;
  bool may_return = true;  // its turn after a mains failure has come
  bool is_over = false;    // the room's stay has ended, and its next one has not begun
};

struct Decision {
  bool on = false;
  RelayReason reason{};
  auto operator<=>(const Decision&) const = default;
};

Decision decide(const CircuitFacts& facts);

/// The power above which the circuit trips now: the rule's, or the hour's where that is lower. Nothing: none.
std::optional<Power> limit_of(const TripRule& rule, const TimePeriod* period);

/// Low money, in two steps; what is below is also below the first.
enum class Warning : std::uint8_t { none = 0, first = 1, second = 2 };
Warning warning_of(Money available, Money first, Money second);
/// After `before`: higher at once, lower only when there is clearly more than the threshold, so that a price that changes does
/// not ring twice.
inline constexpr Money warning_margin = fen(10);
Warning next_warning(Warning before, Money available, Money first, Money second);

}  // namespace wattle
