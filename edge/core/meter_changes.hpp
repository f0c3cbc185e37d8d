#pragma once
// Meters that were changed by an order of the cloud's: registers meter/<circuit>. The engine writes the change as if a
// technician had told it; here is when it is told, once, and what became of it. A refusal outlives the process, so that an
// order does not take effect when nobody expects it any more. One row for each register that is refused.

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "edge/core/event.hpp"
#include "edge/core/settings_book.hpp"
#include "shared/ledger/errors.hpp"
#include "shared/ledger/store.hpp"

namespace wattle::edge {

inline constexpr Duration meter_change_again = minutes(1);  // where a price or the box's own grant was missing

class MeterChanges {
 public:
  /// What a circuit's present register shows, as the ledger counts it.
  using Count = std::function<Quantity(const CircuitFigures&, Quantity shown)>;

  MeterChanges(const StoreReader& store, Count count) : store_(&store), count_(std::move(count)) {}

  /// What is to be told to the engine now.
  std::vector<MeterReplaced> due(const LinkState& state, const SettingsBook& settings, Tick now, Commit& commit);
  /// The engine did not take what due() gave.
  void refused(CircuitId circuit, LedgerErrc why, Commit& commit);
  /// Why the circuit's newest order was not carried out, as due() has found or left it.
  std::optional<LedgerErrc> refusal(CircuitId circuit) const;

 private:
  struct Tried {
    MeterOrder order;
    std::uint64_t version = 0;  // of its register: the same order given anew is another one
    Tick at;
    std::optional<LedgerErrc> refused = {};
  };
  const Tried& newest(CircuitId circuit);
  void note(CircuitId circuit, const Tried& tried, Commit& commit);

  const StoreReader* store_;
  Count count_;
  std::map<CircuitId, Tried> tried_;
};

}  // namespace wattle::edge
