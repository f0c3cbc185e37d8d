#pragma once
// The rows of this box's relay log: a ring on disk. A row is in the commit before the relay moves.

#include <map>
#include <optional>

#include "shared/ledger/store.hpp"
#include "shared/policy/relay_row.hpp"

namespace wattle::edge {

inline constexpr std::uint64_t relay_rows_max = 4096;
inline constexpr Duration trip_slack = minutes(2);  // between an order to a relay, and the trip that its meter writes down

class RelayLog {
 public:
  explicit RelayLog(const StoreReader& store);

  /// Gives the row its number; the oldest beyond the ring goes.
  void write(RelayRow row, Commit& commit);
  std::uint64_t newest() const { return newest_; }
  /// Durable rows above a number, oldest first, at most `most` of them.
  std::vector<RelayRow> rows_after(std::uint64_t number, std::size_t most) const;
  /// Durable rows say that already.
  bool has_noted(CircuitId circuit, MeterEvent what, Instant at) const;
  /// By durable rows the circuit was to be off then, or about then: its meter was told so. `decided` last: where the ring has
  /// no row of the circuit any more.
  bool was_to_be_off(CircuitId circuit, Instant at, const std::optional<Decision>& decided) const;
  /// What was decided last for a circuit, by the ring as it was when the box began.
  const std::map<CircuitId, Decision>& found() const { return found_; }

 private:
  const StoreReader* store_;
  std::uint64_t newest_ = 0;
  std::map<CircuitId, Decision> found_;
};

}  // namespace wattle::edge
