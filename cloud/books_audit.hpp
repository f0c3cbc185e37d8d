#pragma once
// The audit of a site's files, beside a cloud that runs or stands. It opens them itself and shares nothing, so it may run on a
// thread of its own.

#include <optional>
#include <string>
#include <vector>

#include "shared/ledger/audit.hpp"

namespace wattle::cloud {

struct BooksFiles {
  SiteId site;
  std::string store;
  std::string journal;
  PublicKey cloud_key;
  std::optional<std::vector<AuditReading>> registers = {};  // what the meters show now, where that is known
  std::string restored_mark = {};  // there between a restore and the next start, which reads the journal
  bool at_rest = false;            // the caller knows that nothing is under way, and that `registers` are charged to the end
};

struct BooksAudit {
  AuditReport report;
  std::uint64_t waiting = 0;  // payments and the like that are accepted, and wait for their box or for the next look
};

Result<BooksAudit> audit_books(const BooksFiles& files);

}  // namespace wattle::cloud
