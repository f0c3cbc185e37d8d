// What must not happen twice, or in another order, over all streams.

#include <set>

#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

namespace {

std::optional<Uid> answered_by(const Entry& entry) {
  if (entry.kind == Kind::answer) {
    const auto answer = detail_of<Answer>(entry);
    if (answer && answer->id != Uid{}) return answer->id;
  }
  if (entry.kind == Kind::close) return detail_of<Close>(entry).value_or(Close{}).id;
  if (entry.kind == Kind::close_for) return detail_of<CloseFor>(entry).value_or(CloseFor{}).close.id;
  return std::nullopt;
}

/// Between a close-request and the debt that its close left no entry opens the room there again.
void check_debts(const Disk& database, const StreamId& down) {
  std::map<RoomId, Uid> asked;  // the close-request last, with no open since
  for (auto number = database.first(down); number <= database.head(down).number; ++number) {
    const auto entry = decode_entry(database.entry(down, number)->bytes);
    if (!entry->room) continue;
    if (entry->kind == Kind::close_request) asked[*entry->room] = detail_of<CloseRequest>(*entry)->id;
    if (entry->kind == Kind::open) asked.erase(*entry->room);
    if (entry->kind != Kind::settle_debt || !entry->cause) continue;
    const auto cause = database.entry({down.site, entry->cause->link, entry->cause->direction}, entry->cause->number);
    const auto close = cause ? detail_of<Close>(*decode_entry(cause->bytes)) : std::nullopt;
    const auto at = asked.find(*entry->room);
    require(close && at != asked.end() && at->second == close->id, "stranded money",
            "room " + std::to_string(entry->room->value) + ": its debt is settled after it had come back");
  }
}

}  // namespace

void check_order(const Disk& database, const cloud::Site& site, const States& states) {
  std::map<Uid, Place> answers;
  for (const auto& id : database.streams()) {
    if (id.direction == Direction::down) {
      check_debts(database, id);
      continue;
    }
    for (auto number = database.first(id); number <= database.head(id).number; ++number) {
      const auto entry = decode_entry(database.entry(id, number)->bytes);
      const auto request = answered_by(*entry);
      if (!request || (entry->kind == Kind::answer && detail_of<Answer>(*entry)->reason == AnswerReason::room_not_here))
        continue;
      require(answers.emplace(*request, entry->place()).second, "one answer a request",
              "request " + to_hex(*request) + " is answered twice");
    }
  }
  for (const auto& [room, chain] : site.index().rooms())
    require(!chain.has_hole(), "two holders",
            "room " + std::to_string(room.value) + " has a hole in its chain, or is open twice");
  std::set<EdgeId> slots;
  for (const auto& [holder, row] : site.boxes())
    if (!site.link(holder)->row().fenced)
      require(slots.insert(holder.edge).second, "two holders",
              "slot " + std::to_string(holder.edge.value) + " has two living boxes");
  std::map<RoomId, Holder> open;
  for (const auto& [holder, state] : states)
    for (const auto& [room, held] : state->rooms())
      if (held.open)
        require(open.emplace(room, holder).second, "two holders",
                "room " + std::to_string(room.value) + " is open at two boxes");
}

}  // namespace wattle::sim
