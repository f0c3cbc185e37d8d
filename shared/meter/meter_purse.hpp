#pragma once
// The purse of an answering meter: it falls as energy flows, and cuts at zero once something was bought.

#include "shared/base/purse.hpp"

namespace wattle {

struct MeterPurse {
  PurseMeasure measure = PurseMeasure::money;
  std::int64_t thousandths = 0;  // of what remains, so that no rounding is lost; below zero it is overdrawn
  std::int64_t total = 0;
  std::uint32_t count = 0;
  std::int64_t price = 0;          // micro-units per kWh
  std::int64_t used = 0;           // Wh, as it was told
  bool is_cut = false;             // it opened the relay by itself
  bool counts_for_itself = false;  // takes a purchase whatever count it carries
  bool operator==(const MeterPurse&) const = default;

  /// Rounded down to a whole of its measure.
  std::int64_t remaining() const;
  void set_remaining(std::int64_t amount) { thousandths = amount * 1000; }
  /// So many Wh have flowed.
  void flow(std::int64_t wh);
  /// Only the purchase that follows those it has, and no more back than there is. False: refused, and nothing has changed.
  bool take(const PurseOrder& order);
  /// Whether the relay has to be open. A meter of which nobody has bought yet delivers.
  bool cuts() const { return count > 0 && thousandths <= 0; }
};

/// Down to a whole number of steps, below zero too.
std::int64_t whole_steps(std::int64_t value, std::int64_t step);

}  // namespace wattle
