#pragma once
// The audit: all books of a site worked out again from the entries as they are stored and from what the world outside says
// (providers' bills, meters, receipts), and every difference named. It shares no code with the fold that keeps the books: its
// own table of lines, its own arithmetic of prices, its own order of entries. So a fault has to be made twice to stay unseen.
//
// The files: audit_stream (numbers, hashes, signatures), audit_lines (what may move), audit_books (balances, outside ids),
// audit_link (a link's two streams in the order of `seen`), audit_rooms (openings, meters, prices), audit_site (the site's own
// stream), audit_outside (the evidence), audit_decisions (about suspense), audit.cpp (the whole, and what must hold at rest).

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/ledger/store.hpp"

namespace wattle {

/// What is wrong. The words are stable: see word().
enum class AuditCause : std::uint8_t {
  // A stream as such.
  hole,
  undecodable,
  misplaced,  // an entry of another stream, or under another number
  chain,
  signature,
  unsigned_head,  // a received stream does not end on a head that its writer signed
  incomplete,     // the first entries are no longer kept
  cut_differs,    // a fenced incarnation's stream does not end at the fence's cut
  before_grant,
  seen_fell,
  seen_unknown,
  detail,  // the kind's detail cannot be read, or contradicts the entry
  // Lines.
  amount,  // zero or negative
  illegal_line,
  holder,        // debits a pocket that its writer does not hold
  foreign_room,  // moves money of another room than the entry names
  overflow,
  not_covered,
  after_differs,
  outside_id_missing,
  outside_id_twice,
  // Rooms and meters.
  room_not_open,
  room_open,
  slice_gap,  // a slice or a meter change does not begin where the last one ended
  price_unknown,
  price_differs,
  remainder_differs,
  split_differs,  // the allowance was not used first
  close_differs,  // a close names other figures than the last slices
  open_without_close,
  open_differs,  // an open does not continue its close
  opened_twice,
  circuit_twice,
  credit_not_open,  // money for a room that is not open there, or was asked to close
  correction,
  // Requests, codes, transits.
  request_unknown,
  answered_twice,
  release_differs,
  code_twice,
  code_unknown,
  transit_filled_twice,
  transit_cause,  // what left a transit does not name the entry that filled it
  transit_overdrawn,
  // Against the world outside.
  payment_missing,
  payment_differs,
  payment_unbilled,
  refund_missing,
  refund_differs,
  refund_unbilled,
  refund_unreleased,  // the provider paid back what no room had released; the rest lies in suspense
  clearing_differs,
  receipt_missing,
  receipt_differs,
  allowance_missing,
  allowance_differs,
  allowance_ungranted,
  first_reading_differs,
  register_behind,  // more was charged than the meter shows
  register_differs,
  energy_differs,
  order_missing,  // the journal holds it, and the database has never heard of it
  order_differs,
  decision_missing,  // about suspense: its money is there and nothing stands in its way, and it is not carried out
  // At rest.
  request_open,
  transit_left,
  codes_left,
  closed_pocket_left,
  fenced_pocket_left,
  fenced_room_open,
  subsidy_differs,
  sum_not_zero,
  count,
};
/// "audit.clearing_differs".
const char* word(AuditCause cause);

struct Difference {
  AuditCause cause{};
  std::string what;  // the place, pocket, room, meter or outside id
  std::int64_t expected = 0;
  std::int64_t found = 0;
};

inline constexpr std::size_t differences_max = 1000;  // that are told; all are counted

/// A stream that counts, read one entry at a time.
struct AuditStream {
  StreamId id;
  PublicKey writer;
  std::uint64_t first = 1;
  std::uint64_t last = 0;  // 0: empty
  bool received = false;   // it came from its writer, so it must end on a head that he signed
  std::function<std::optional<Record>(std::uint64_t)> record;
};
/// The reader must outlive the audit and stay as it is meanwhile.
AuditStream audit_stream(const StoreReader& store, const StreamId& id, const PublicKey& writer, bool received);
AuditStream audit_stream(const StreamId& id, std::vector<Record> records, const PublicKey& writer, bool received,
                         std::uint64_t first = 1);

struct AuditPayment {
  std::string number;  // entries name it "pay/<number>"
  Provider provider{};
  RoomId room;
  Money amount;
  std::uint32_t opening = 0;
  std::optional<Holder> issuer = {};  // of the code that was sold
  /// It was accepted before the streams were read. Then it may be without an entry for as long as something is in its way.
  bool accepted = false;
};

/// A part of a refund that the provider has paid.
struct AuditRefund {
  Uid request;
  std::uint32_t part = 0;
  Provider provider{};
  Money amount;
  bool accepted = false;  // its request is known: then it may be without an entry until its box has answered
};

/// A printed receipt. Without a holder any box's drawer may have taken the cash.
struct AuditReceipt {
  std::optional<Holder> holder;
  Uid receipt;
  Money amount;
};

struct AuditAllowance {
  RoomId room;
  Utility utility = Utility::electricity;
  std::string term;  // entries name it "allow/<room>/<utility>/<term>"
  Money amount;
  std::uint32_t opening = 0;
  bool accepted = false;        // as a payment's; one whose stay has ended meanwhile is never booked
  std::vector<Uid> after = {};  // releases that must be answered before: what is left of the term before goes back
};

struct AuditReading {
  MeterId meter;
  Quantity reading;
  CircuitId circuit{};  // 0: the meter has one only
};

/// What a person has decided about money in suspense; entries name it "resolve/<id>".
struct AuditDecision {
  Uid id;
  std::string of;  // the outside id of the entry that put the money there
  Money amount;
  RoomId room;  // into which it goes; 0: out through a provider
  std::uint32_t opening = 0;
};

/// For what an accepted decision waits. The words are stable: see word().
enum class WaitCause : std::uint8_t {
  suspense_missing,  // the money that it is about is not in suspense
  suspense_less,     // less of it than was decided about
  room,              // the room is not open where the cloud may write
  site,              // the cloud has not heard all boxes or read all bills, or a fence cannot be restored yet
  count,
};
/// "wait.suspense_missing".
const char* word(WaitCause cause);

struct AuditWait {
  WaitCause cause{};
  std::string what;
  std::string on;  // the outside id of the money's entry, or the room
};

struct AuditInput {
  SiteId site;
  std::vector<AuditStream> streams;  // both of every link, and the site's own
  /// Evidence that counts nowhere: entries set aside, and what fenced boxes have sent since.
  std::vector<Record> listed;

  // Each is compared if it is given, and then it must be all that there is.
  std::optional<std::vector<AuditPayment>> payments;
  std::optional<std::vector<AuditRefund>> refunds;
  std::optional<std::vector<AuditReceipt>> receipts;
  std::optional<std::vector<AuditAllowance>> allowances;
  std::optional<std::vector<AuditReading>> first_readings;  // of each meter when it was fitted
  std::optional<std::vector<AuditReading>> registers;       // of each meter now; of a removed one when it was removed

  /// Those that the database knew when the streams were read, in the order in which they were accepted.
  std::vector<AuditDecision> decisions;

  /// The links in which the cloud may write; and whether it has heard all boxes and read all bills since the last restore.
  std::set<Holder> writable;
  std::set<Holder> listed_fences;  // of those that are fenced: their fence can be restored
  bool settled = false;

  bool at_rest = false;        // all cursors have met and nothing is under way
  bool slices_closed = false;  // everything up to `registers` has been charged
};

struct AuditTotals {
  std::uint64_t entries = 0;
  std::uint64_t differences = 0;
  std::map<Provider, Money> paid;      // what payments brought
  std::map<Provider, Money> refunded;  // what went back
  std::map<PocketKind, Money> balances;
  std::map<Utility, Quantity> energy;
  std::map<Utility, Money> sold;
  Money allowance_given;
  Money allowance_used;
  Money allowance_ended;
  Money allowance_left;
  Money cash;                      // taken by boxes, adopted sales among it
  std::uint64_t waiting = 0;       // accepted payments, allowances and decisions that something held up
  std::uint64_t listed_sales = 0;  // cash sales in the lists whose receipt no entry holds: a person has to look
  Money listed_cash;
};

struct AuditReport {
  std::vector<Difference> differences;
  std::vector<AuditWait> waits;  // of decisions
  AuditTotals totals;
  std::map<Pocket, Money> standing;  // every pocket that is not empty
  bool is_clean() const { return totals.differences == 0; }
};

/// Time linear in the entries; memory by room, circuit, pocket, request, code and outside id.
AuditReport audit(const AuditInput& input, const Crypto& crypto);

}  // namespace wattle
