#pragma once
// What people have decided about money in suspense, beside what entries have put there. A decision about money that did not
// come back after a restore is no difference: it waits, and for what is told.

#include "shared/ledger/audit.hpp"
#include "shared/ledger/entry.hpp"

namespace wattle::auditing {

class Decisions {
 public:
  explicit Decisions(const AuditInput& input);

  /// Each entry that counts, once.
  void note(const Entry& entry);
  /// Those that no entry carries out, with what each waits for. One into a stay that is over decides nothing any more.
  std::vector<AuditWait> waiting(const std::function<bool(RoomId, std::uint32_t)>& has_passed) const;

 private:
  const AuditInput* input_;
  std::map<std::string, std::int64_t, std::less<>> suspended_;  // by the entries that decisions are about
  std::set<std::string, std::less<>> booked_;
};

}  // namespace wattle::auditing
