#pragma once
// Meters that were changed by an order of the cloud's: registers meter/<circuit>. The engine writes the change as if a
// technician had told it; here is when it is told, once, and what became of it.

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "edge/core/event.hpp"
#include "edge/core/settings_book.hpp"
#include "shared/ledger/errors.hpp"

namespace wattle::edge {

inline constexpr Duration meter_change_again = minutes(1);  // where a price or the box's own grant was missing

class MeterChanges {
 public:
  /// What a circuit's present register shows, as the ledger counts it.
  using Count = std::function<Quantity(const CircuitFigures&, Quantity shown)>;

  explicit MeterChanges(Count count) : count_(std::move(count)) {}

  /// What is to be told to the engine now.
  std::vector<MeterReplaced> due(const LinkState& state, const SettingsBook& settings, Tick now);
  /// The engine did not take what due() gave.
  void refused(CircuitId circuit, LedgerErrc why);
  /// Why the circuit's newest order was not carried out, as far as this life of the box has tried it.
  std::optional<LedgerErrc> refusal(CircuitId circuit) const;

 private:
  struct Tried {
    MeterOrder order;
    Tick at;
    std::optional<LedgerErrc> refused = {};
  };

  Count count_;
  std::map<CircuitId, Tried> tried_;
};

}  // namespace wattle::edge
