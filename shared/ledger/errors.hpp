#pragma once
// Why an entry, a batch or a copy is not taken. The numbers are part of the status message and of the API: never reuse one.

#include "shared/base/result.hpp"

namespace wattle {

enum class LedgerErrc {
  truncated = 1,       // the bytes end too soon, or go on too long
  version = 2,         // an entry version that this program does not know
  malformed = 3,       // a field out of its range, or not in canonical form
  amount = 4,          // zero or negative
  overflow = 5,        // a balance would leave 64 bits
  illegal_line = 6,    // not in the table of legal lines
  foreign_pocket = 7,  // debits what the writer does not hold
  not_covered = 8,     // a decided line would take a bounded pocket below zero
  misplaced = 9,       // another site, edge, incarnation, direction or number than its place
  hole = 10,           // numbers are missing
  chain = 11,          // the hash does not continue the head
  signature = 12,      // the head is not signed by its writer
  seen_unknown = 13,   // `seen` is beyond or beside the cloud's own chain: the cloud has forgotten
  seen_fell = 14,      // `seen` went back along the stream
  after_differs = 15,  // the writer's balance is not the replay's
  room_not_open = 16,
  room_open = 17,
  opening = 18,  // another opening of the room
  circuit_unknown = 19,
  reading_chain = 20,    // a slice does not begin where the last one ended
  remainder_chain = 21,  // remainder or tier does not continue
  price_unknown = 22,
  price_wrong = 23,  // the amount is not what the price gives
  split_wrong = 24,  // the allowance was not used first
  request_unknown = 25,
  answered_twice = 26,  // not given: a second answer is request_unknown
  released_too_much = 27,
  code_used = 28,
  code_unknown = 29,
  outside_id_used = 30,
  detail = 31,  // the kind's detail cannot be read
  before_grant = 32,
  settlement = 33,  // not given: a settlement with another hash is taken and not agreed with
  fenced = 34,
  dropped = 35,  // no longer kept: asked for what lies below
  copy_unsigned = 36,
  copy_lacks_agreed = 37,
  copy_drops_seen = 38,
  forks_too_often = 39,
  line_missing = 40,   // the kind needs lines that are not there, or has lines that it must not have
  bad_message = 41,    // not a message at all, or a field of it that cannot be
  other_session = 42,  // of an earlier life of this end or of the other
};

const boost::system::error_category& ledger_category();
inline boost::system::error_code make_error_code(LedgerErrc code) { return {static_cast<int>(code), ledger_category()}; }
/// The stable word of a code, as status, log and API show it: "ledger.seen_fell".
const char* word(LedgerErrc code);

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::LedgerErrc> : std::true_type {};
