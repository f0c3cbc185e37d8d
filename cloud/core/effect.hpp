#pragma once
// What the site's core wants done, in this order. Persist comes first; nothing after it may happen before it is durable.

#include "cloud/core/order.hpp"
#include "shared/sync/session.hpp"

namespace wattle::cloud {

struct Persist {
  Commit commit;
};

struct Send {
  Holder to;
  Bytes bytes;
  Position rests_on;
  std::uint64_t status = 0;  // as Outgoing's
};

enum class OrderAnswer : std::uint8_t { accepted = 0, known = 1, contradicts = 2, refused = 3, of_other = 4 };

/// To whoever gave the order. `contradicts`: the same id was given before with other content.
struct AnswerOrder {
  OutsideId id;
  OrderAnswer answer{};
};

/// To whoever told what became of a part of a refund. `contradicts`: something else has become of it already. `of_other`: the
/// same, and somebody else has said so, or nobody knows who.
struct AnswerRefund {
  OrderAnswer answer{};
};

/// Append to the journal outside the database, before the answer leaves.
struct Journal {
  Order order;
};

/// Ask the provider to pay back; the same number again must give the same answer.
struct CallProvider {
  Uid request;
  std::uint32_t part = 0;
  Provider provider{};
  std::string payment;
  Money amount;
  RoomId room;
};

/// Write into the file of claims and fences beside the backups; for a fence answer with FenceArchived once a backup that holds
/// it is verified. A fence is told again until it is answered.
struct ListClaim {
  Holder holder;
  PublicKey key;
};
struct ListFence {
  Holder holder;
};

enum class Alarm : std::uint8_t {
  rollback_noticed = 1,
  own_entries_forgotten = 2,
  copy_refused = 3,
  stream_stopped = 4,
  opening_passed = 5,  // money on its way back to an opening that has ended lies in suspense
  settlement_differs = 6,
  refund_unexplained = 7,  // the provider paid back more than was released, or what no box can be asked for any more
  order_contradicts = 8,
  cause_lost = 9,         // what others name as cause was lost with its box: written on its behalf, with so much more or less
  resolution_waits = 10,  // a decision about suspense, whose money has not come back after a restore
};

struct Raise {
  Alarm alarm{};
  Holder link;
  std::uint64_t count = 0;
};

/// A box's message was not taken, or not whole; to be counted. Nothing was lost: what stops a stream is an alarm as well.
struct Refused {
  Holder from;
  LedgerErrc why{};
};

using Effect =
    std::variant<Persist, Send, AnswerOrder, AnswerRefund, Journal, CallProvider, ListClaim, ListFence, Raise, Refused>;
using Effects = std::vector<Effect>;

}  // namespace wattle::cloud
