#pragma once
// What people have decided about money in suspense, beside what entries have put there. A decision about money that did not
// come back after a restore is no difference: it waits, and for what is told.

#include "shared/ledger/audit.hpp"
#include "shared/ledger/entry.hpp"

namespace wattle::auditing {

class Findings;

class Decisions {
 public:
  explicit Decisions(const AuditInput& input);

  /// Each entry that counts, once.
  void note(const Entry& entry);
  struct Rooms {
    std::function<bool(RoomId, std::uint32_t)> has_passed;
    std::function<bool(const AuditDecision&)> is_free;  // whatever it needs beside its money is there
  };
  /// Those that no entry carries out, with what each waits for. One into a stay that is over decides nothing any more; one that
  /// waits for nothing is a difference.
  std::vector<AuditWait> waiting(const Rooms& rooms, Findings& findings) const;

 private:
  const AuditInput* input_;
  std::map<std::string, std::int64_t, std::less<>> suspended_;  // by the entries that decisions are about
  std::set<std::string, std::less<>> booked_;
};

}  // namespace wattle::auditing
