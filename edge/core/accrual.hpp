#pragma once
// What a circuit has used since its last slice, in parts that have each one price. Provisional: never part of the fold, and
// lost without harm, since the register kept counting. (Where that is in doubt, the slice is closed: Engine::write_anomaly.)

#include <optional>
#include <span>

#include "shared/ledger/kinds.hpp"
#include "shared/tariff/schedule.hpp"

namespace wattle::edge {

struct AccrualPart {
  PricePoint point;
  std::int64_t units = 0;
  SplitBy split = SplitBy::one_price;
  Instant until;  // zero: nobody knows
};

struct Accrual {
  Quantity begun;             // where the last slice ended
  Quantity newest;            // as last read
  Quantity placed;            // the parts reach up to here; the rest waits for a price, or for a clock that can be trusted
  Instant at;                 // when the register stood at `placed`, by a trusted clock; zero: nobody knows
  std::int64_t hour = 0;      // the local hour in which the slice began
  std::uint32_t version = 0;  // of the last closed slice, if the gap since then is still to be divided; 0: it is not
  PricePoint current;         // in force at `at`
  std::optional<Tick> held;   // since then an anomaly has been waiting for a person: this reading
  Quantity seen;
  MeterId seen_meter;
  bool read = false;                                     // by this process, since it last had reason to forget
  boost::container::small_vector<AccrualPart, 2> parts;  // in the order in which they were first touched

  /// From where the circuit's last slice ended.
  static Accrual begin(const CircuitFigures& circuit);

  /// Gives what was used since `at` its prices. `versions` as in divide(), not empty.
  void place(std::span<const InForce> versions, Instant now, Duration utc_offset);
  /// What is left gets the lowest price of this version and period, since nobody knows when it flowed.
  void place_lowest(std::uint32_t price, std::uint32_t period);

  bool has_rest() const { return newest > placed; }
  /// How many of the parts are due: on the hour, and those at whose price nothing more can come in.
  std::size_t due(Duration utc_offset) const;
  /// A part that was written.
  void drop_first();

 private:
  void add(const PricePoint& point, std::int64_t units, SplitBy split, Instant until);
};

std::int64_t hour_of(Instant local);

}  // namespace wattle::edge
