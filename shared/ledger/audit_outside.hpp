#pragma once
// The entries beside what the world outside says: providers' bills, receipts, grants of allowance, meters.

#include <functional>
#include <set>
#include <unordered_map>

#include "shared/ledger/audit_decisions.hpp"
#include "shared/ledger/audit_stream.hpp"
#include "shared/ledger/kinds.hpp"

namespace wattle::auditing {

/// What the meters' entries come to; see Rooms.
/// One of a meter's registers: each of its circuits has its own.
struct RegisterId {
  MeterId meter;
  CircuitId circuit;
  auto operator<=>(const RegisterId&) const = default;
};
using RegisterReadings = std::vector<std::pair<RegisterId, Quantity>>;

struct MeterFigures {
  RegisterReadings begun;
  RegisterReadings removed;
  std::map<RegisterId, Quantity> charged_to;  // of those in use
  std::set<RegisterId> idle;                  // of those, where a stay has ended: what flows waits for the next one
  std::int64_t units = 0;
};

/// Of what is accepted: whether it may still have to wait; and whether an allowance's stay is over.
struct Hindrances {
  std::function<bool(const AuditPayment&)> of_payment;
  std::function<bool(const AuditAllowance&)> of_allowance;
  std::function<bool(const AuditRefund&)> of_refund;
  std::function<bool(const AuditAllowance&)> has_passed;
};

class Outside {
 public:
  Outside(const AuditInput& input, Findings& findings);

  /// Each entry that counts, once.
  void note(const Entry& entry);
  /// What the world knows and no entry holds.
  void find_missing(const Hindrances& hindrances, std::uint64_t& waiting);
  /// After that: what waits is in no clearing yet.
  void compare_clearing(const std::map<Pocket, std::int64_t>& standing);
  void compare_meters(const MeterFigures& meters);
  const Decisions& decisions() const { return decisions_; }

 private:
  template <class T>
  struct Claim {
    const T* evidence = nullptr;
    bool booked = false;
    bool waits = false;
  };
  using RefundKey = std::pair<Uid, std::uint32_t>;

  void note_payment(const Entry& entry, const Pocket& from, Money amount);
  void note_refund(const Entry& entry, const Pocket& to, Money amount);
  void note_decision(const Line& line);
  void find_missing_receipts();
  void note_receipt(const Entry& entry, const Pocket& from, Money amount);
  void note_allowance(const Entry& entry, Money amount);
  using Known = std::map<RegisterId, Quantity>;
  /// What is known of the register; a meter of one circuit may be told without it.
  static const Quantity* find(const Known& known, const RegisterId& id);
  std::int64_t register_or(const RegisterId& id, Quantity charged) const;

  const AuditInput* input_;
  Findings* findings_;
  Decisions decisions_;
  std::unordered_map<std::string, Claim<AuditPayment>> payments_;
  std::map<RefundKey, Claim<AuditRefund>> refunds_;
  std::map<Uid, Claim<AuditReceipt>> receipts_;
  std::unordered_map<std::string, Claim<AuditAllowance>> allowances_;
  std::map<std::uint32_t, std::int64_t> decided_;  // by provider: what people have settled between clearing and suspense
  Known first_readings_;
  Known registers_;
};

}  // namespace wattle::auditing
