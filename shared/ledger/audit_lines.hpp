#pragma once
// Which money may move, by whom: ledger.md §2 once more, as a table of what may leave each pocket.

#include <optional>

#include "shared/ledger/audit.hpp"
#include "shared/ledger/kinds.hpp"

namespace wattle::auditing {

/// What is wrong with a line in an entry of this stream; nothing, if it may stand there.
std::optional<AuditCause> line_fault(const Line& line, const StreamId& stream, const std::map<Holder, Fence>& fences);

}  // namespace wattle::auditing
