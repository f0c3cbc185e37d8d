#pragma once
// Why a message, a claim or a file beside the database is refused. The words are stable: logs, counters and answers rest on
// them.

#include "shared/base/result.hpp"

namespace wattle::cloud {

enum class GatewayErrc {
  topic = 1,     // not one of ours, or of another box than the envelope's sender
  report = 3,    // a report that cannot be read
  keys = 10,     // the site's key file
  lists = 11,    // the claims and fences beside the backups
  journal = 12,  // a line that is not one of ours, before the last
  heads = 13,
  older_than_promised = 15,  // lacks entries that boxes were told they need not keep
  ended_branch = 16,         // a backup of a time that was set aside by a restore
  older_than_fence = 14,     // a database from before a fence that is archived
  claim_code = 20,           // not a claim code of this site
  claim_expired = 21,
  claim_used = 22,  // with other keys, or for a box that has been fenced
  slot_held = 23,   // by an unfenced box, or one whose fence cannot be restored yet
  box_key = 24,     // a sealing key with which anybody could open
};

/// "gateway.topic", "claim.used"
const char* word(GatewayErrc code);

const boost::system::error_category& gateway_category();
Error make_error_code(GatewayErrc code);

}  // namespace wattle::cloud

template <>
struct boost::system::is_error_code_enum<wattle::cloud::GatewayErrc> : std::true_type {};
