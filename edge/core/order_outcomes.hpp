#pragma once
// What became of orders that are carried out once: accept/<circuit> and correction/<circuit>. The entry that carries one out
// bears its id; this is what spares looking for it among all entries, and what holds a refusal over a restart, so that an order
// that was refused does not take effect when nobody expects it any more. One row for each register.

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "edge/core/settings_book.hpp"
#include "shared/ledger/errors.hpp"

namespace wattle::edge {

/// Of the entry that carries an order out.
OutsideId outside_id_of(const Uid& order);

/// As a row has it. A later version of the box may have written it, and the cloud refuses a report with a reason that it does
/// not know, all of it.
LedgerErrc refusal_of(std::uint8_t why);

/// Why an order is not carried out.
struct OrderRefusal {
  std::uint32_t order = 0;  // mark_of() its id
  LedgerErrc why{};
  bool operator==(const OrderRefusal&) const = default;
};

class OrderOutcomes {
 public:
  explicit OrderOutcomes(const StoreReader& store) : store_(&store) {}

  /// The present registers; what has been decided of them is known.
  void look(const SettingsBook& settings);
  /// Orders that wait.
  const std::set<CircuitId>& accepts() const { return accepts_; }
  const std::set<CircuitId>& corrections() const { return corrections_; }

  void done(RegisterKind kind, CircuitId circuit, const Uid& id, Commit& commit);
  /// For good.
  void refused(RegisterKind kind, CircuitId circuit, const Uid& id, LedgerErrc why, Commit& commit);
  /// It waits until the reason is gone. Nothing: for no reason but that it is early.
  void held_up(RegisterKind kind, CircuitId circuit, const Uid& id, std::optional<LedgerErrc> why);
  /// Why the present order is not carried out.
  std::optional<OrderRefusal> why(RegisterKind kind, CircuitId circuit) const;
  /// The box's stream has become another one. An order that was done by an entry among `dropped` is to be done again, unless
  /// `held` has it: what both branches share stays as it was.
  void follow_branch(const SettingsBook& settings, const std::set<OutsideId>& dropped, const std::set<OutsideId>& held,
                     Commit& commit);
  /// Raised whenever one is decided.
  std::uint64_t decided() const { return decided_; }

 private:
  using Key = std::pair<RegisterKind, CircuitId>;
  struct Outcome {
    Uid id;
    std::optional<LedgerErrc> refused;  // nothing: done
  };
  std::optional<Outcome> outcome(const Key& key);
  void decide(const Key& key, const Outcome& outcome, Commit& commit);
  std::set<CircuitId>& waiting(RegisterKind kind) { return kind == RegisterKind::accept ? accepts_ : corrections_; }

  const StoreReader* store_;
  std::map<Key, std::optional<Outcome>> outcomes_;
  std::map<Key, OrderRefusal> held_up_;
  std::set<CircuitId> accepts_;
  std::set<CircuitId> corrections_;
  std::uint64_t decided_ = 0;
};

}  // namespace wattle::edge
