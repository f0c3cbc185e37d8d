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
};

struct BooksAudit {
  AuditReport report;
  std::uint64_t waiting = 0;  // payments that are accepted and wait for their box
};

Result<BooksAudit> audit_books(const BooksFiles& files);

}  // namespace wattle::cloud
