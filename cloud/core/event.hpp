#pragma once
// What reaches the site's core, one at a time, with the time of its arrival.

#include "cloud/core/order.hpp"

namespace wattle::cloud {

/// The broker is there (again).
struct Connected {};
struct Disconnected {};

/// A box's message, out of its envelope.
struct Received {
  Holder from;
  Bytes bytes;
};

struct Woke {};

/// Someone wants something; the same order again is the same order.
struct Ordered {
  Order order;
};

/// A box has presented its claim code and its keys; the incarnation was drawn at random.
struct Claimed {
  Holder holder;
  PublicKey key;
};

/// An incarnation that a person ends; its rooms go to `destination`, unless a move has already named another.
struct FencedBox {
  Holder holder;
  EdgeId destination;
};

/// In one act, so that none of them waits for another which is lost as well.
struct FenceOrdered {
  Holder holder;
  EdgeId destination;
  std::vector<FencedBox> further = {};
};

/// The fence stands in the file of claims and fences and can be restored: now things may rest on it.
struct FenceArchived {
  Holder holder;
};

/// A person gives a closed room another destination, since the one it had is fenced.
struct RehomeOrdered {
  Uid close;
  EdgeId destination;
};

enum class RefundOutcome : std::uint8_t { paid = 1, rejected = 2 };

/// The provider's word on one part of a refund. An unknown outcome is no event: the part is asked for again under its number.
/// `by`: a person's word, who pays when it is accepted, so that the same word from another is another word. A provider says it
/// as often as it is asked.
struct RefundSettled {
  Uid request;
  std::uint32_t part = 0;
  RefundOutcome outcome{};
  std::optional<Uid> by = {};
};

/// A refund as the provider's bill shows it.
struct BilledRefund {
  Uid request;
  std::uint32_t part = 0;
  Provider provider{};
  RoomId room;
  Money amount;
};

/// What a person has said of refunds in cash, by the journal: told at each start, since what a bill shows of a part that no box
/// has answered yet is in no table.
struct RefundsJournaled {
  std::vector<BilledRefund> paid;
  std::vector<BilledRefund> rejected;
};

/// All providers' bills and the journal outside the database, since the oldest backup that may be restored.
struct BillsRead {
  std::vector<Payment> payments;
  std::vector<BilledRefund> refunds;
  std::vector<BilledRefund> rejected;  // parts that the journal knows were not paid out
  std::vector<Order> journal;
};

/// Which backup keeps which entries: the lowest cursors and agreed numbers, for one link.
struct BackupsKept {
  Holder holder;
  std::uint64_t up_cursor = 0;
  std::uint64_t down_agreed = 0;
};

using Event = std::variant<Connected, Disconnected, Received, Woke, Ordered, Claimed, FenceOrdered, FenceArchived,
                           RehomeOrdered, RefundSettled, RefundsJournaled, BillsRead, BackupsKept>;

}  // namespace wattle::cloud
