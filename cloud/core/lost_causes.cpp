#include "cloud/core/lost_causes.hpp"

#include <algorithm>

namespace wattle::cloud {

Money LostRoom::released_sum() const {
  Money sum;
  for (const auto& [request, part] : released) sum.micros += part.amount.micros;
  return sum;
}

/// The first of a room's closes alone: before another the box must have opened the room anew, and of that nothing is known.
void note_lost_open(LostCauses& lost, const Entry& entry) {
  const auto open = detail_of<Open>(entry);
  const auto id = parse_uid(entry.outside.text().substr(entry.outside.text().find('/') + 1));
  if (!open || !entry.room || !entry.cause) return;
  auto& room = lost.rooms[*entry.room];
  if (!id) {
    room.is_unnamed = true;
    return;
  }
  if (room.close && room.place < *entry.cause) return;
  room.close = Close{*id, open->opening, open->circuits};
  room.place = *entry.cause;
  room.to = entry.stream.link.edge;
  room.money = {};
  room.allow.clear();
  for (const auto& line : entry.lines) {
    if (line.from.kind != PocketKind::transit) continue;
    auto& into = line.from.utility == Utility::none ? room.money : room.allow[line.from.utility];
    into.micros += line.amount.micros;
  }
}

void note_lost_delivery(LostCauses& lost, const Entry& entry, std::optional<RoomId> asked) {
  for (const auto& line : entry.lines) {
    if (line.from.kind != PocketKind::transit || line.from.utility != Utility::none) continue;
    const auto& transit = line.from.id;
    if (asked) {
      auto& released = lost.rooms[*asked].released[transit];
      released.place = *entry.cause;
      released.amount.micros += line.amount.micros;
      continue;
    }
    const auto is_it = [&](const LostSale& sale) { return sale.transit == transit; };
    auto at = std::find_if(lost.sales.begin(), lost.sales.end(), is_it);
    if (at == lost.sales.end()) {
      const auto credit = detail_of<Credit>(entry).value_or(Credit{});
      lost.sales.push_back({transit, *entry.cause, entry.room.value_or(RoomId{}), credit.opening, {}});
      at = std::prev(lost.sales.end());
    }
    at->amount.micros += line.amount.micros;
  }
}

}  // namespace wattle::cloud
