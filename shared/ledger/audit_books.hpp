#pragma once
// Every pocket of the site in one table, what the lines of all entries make of it, and which outside ids have counted.

#include <set>
#include <unordered_map>

#include "shared/ledger/audit_lines.hpp"
#include "shared/ledger/audit_outside.hpp"
#include "shared/ledger/audit_stream.hpp"

namespace wattle::auditing {

/// A transit is filled by one entry, and whatever leaves it names that one.
struct Passage {
  std::optional<Place> filled;
  std::optional<Place> named;
  std::optional<Place> odd;  // left it, and names another
};

struct PocketHash {
  std::size_t operator()(const Pocket& pocket) const;
};

class Books {
 public:
  Books(const AuditInput& input, Outside& outside, Findings& findings, AuditTotals& totals);

  const std::map<Holder, Fence>& fences() const { return fences_; }
  const std::map<Holder, Fence>& fences_read() const { return fences_read_; }
  void note_fence(const Fence& fence) { fences_.emplace(fence.holder, fence); }

  /// All that holds of every entry, and its lines.
  void book(const Entry& entry);
  /// Stays where it is.
  std::int64_t& balance(const Pocket& pocket) { return balances_[pocket]; }
  /// No other entry holds this id.
  bool holds(const OutsideId& id) const;
  void settle_passages();
  /// Pockets that are not empty, in order.
  std::map<Pocket, std::int64_t> standing() const;

 private:
  void count_outside_id(const Entry& entry);
  void move(const Entry& entry, const Line& line);
  void pass(const Entry& entry, const Line& line);
  void total(Kind kind, const Line& line);

  const AuditInput* input_;
  Outside* outside_evidence_;
  Findings* findings_;
  AuditTotals* totals_;
  std::map<Holder, Fence> fences_;
  std::map<Holder, Fence>
      fences_read_;  // of them, as far as the site's stream has been read: before its fence nothing is inherited
  std::unordered_map<Pocket, std::int64_t, PocketHash> balances_;
  std::unordered_map<Pocket, Passage, PocketHash> passages_;
  // An id by its hash, with the entry that holds it, which is read again when a hash meets: so no text is kept.
  std::unordered_map<std::uint64_t, Place> outside_;
  std::set<OutsideId> met_;  // different ids whose hashes are equal
  OutsideId outside_of(const Place& place) const;
};

}  // namespace wattle::auditing
