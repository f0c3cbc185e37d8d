#pragma once
// What others' entries name as their cause and nobody has any more: written by a box behind the cut of its fence, when the
// cloud was restored and the box was lost before it could give that back. It is written on its behalf (fencing.cpp).

#include <map>
#include <optional>
#include <vector>

#include "shared/ledger/kinds.hpp"

namespace wattle::cloud {

/// An answer whose money was delivered to another room.
struct LostRelease {
  Place place;
  Money amount;
};

struct LostRoom {
  std::optional<Close> close;  // as the open that continues it has it
  Place place;                 // where it stood
  EdgeId to;
  Money money;  // that the open took from its transit
  std::map<Utility, Money> allow;
  std::map<Uid, LostRelease> released;  // by request
  bool is_unnamed = false;              // an open after the end of a stay names its close by the place alone

  Money released_sum() const;
};

/// Money for another room, delivered there.
struct LostSale {
  Uid transit;
  Place place;
  RoomId room;  // that it was for
  std::uint32_t opening = 0;
  Money amount;
};

struct LostCauses {
  std::map<RoomId, LostRoom> rooms;
  std::vector<LostSale> sales;
};

/// An entry that debits a transit which something at `cause` had filled.
void note_lost_open(LostCauses& lost, const Entry& open);
/// `asked`: the room of the request whose answer it was, if there was one.
void note_lost_delivery(LostCauses& lost, const Entry& delivery, std::optional<RoomId> asked);

}  // namespace wattle::cloud
