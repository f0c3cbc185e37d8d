#pragma once
// An audit's outcome for programs (`wattle-cloud audit --json`); money and amounts as the API writes them.

#include <string>

#include "shared/ledger/audit.hpp"

namespace wattle::api {

std::string audit_json(const AuditReport& report, std::uint64_t waiting_payments);

}  // namespace wattle::api
