#pragma once
// What one circuit used in the days of a period, and which time that covers: figures of main meters and rooms can be compared
// where they are of the same time. Pure.

#include <optional>
#include <string_view>
#include <vector>

#include "cloud/store/readings_store.hpp"

namespace wattle::api {

/// Why a circuit's figure is not quite that of the period.
enum class LossGap : std::uint8_t {
  other_time = 1,     // it was not read near the period's begin or end, so that the figure covers another time
  meter_changed = 2,  // what flowed between the last reading of one meter and the first of the next is in neither
  register_fell = 3,  // spans in which a register ran back, or began anew where nobody has said where it ends, are left out
};
std::string_view word(LossGap gap);

struct CircuitUse {
  std::int64_t used = 0;  // in Wh or litres
  Instant from;           // which time that covers
  Instant to;
  Instant day;  // at which one of its days began
  std::uint64_t readings = 0;
  Duration unread;  // between two meters
  bool register_fell = false;
};

/// The days' rows, in any order, summed up.
class DaysUse {
 public:
  /// False: the sum is beyond 63 bits.
  bool add(const cloud::TotalRow& day);
  /// Nothing: there is no day.
  std::optional<CircuitUse> take();

 private:
  struct Span {
    Instant from, to;
  };
  CircuitUse use_;
  std::vector<Span> spans_;
};

/// The days that begin in the period: from the begin of the first to the end of the last. Of a circuit that has one there.
struct LossPeriod {
  Instant from;
  Instant to;
};
LossPeriod days_within(const CircuitUse& use, LossPeriod asked);

/// `until`: where the newest reading is of all that are compared, if that is before the period's end.
std::vector<LossGap> gaps_of(const CircuitUse& use, LossPeriod asked, Instant until);

}  // namespace wattle::api
