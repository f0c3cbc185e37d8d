// Money reaches the stay that it was meant for: by the entries alone, and by what the world knows of payments and receipts.
// What an entry says of itself is compared, not believed.

#include <algorithm>
#include <map>
#include <set>

#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

namespace {

std::uint32_t newest_opening(const std::map<Place, Entry>& entries, Holder link, RoomId room, std::uint64_t up_to) {
  std::uint32_t opening = 0;
  for (auto it = entries.lower_bound(Place{link, Direction::down, 1}); it != entries.end(); ++it) {
    const auto& [place, entry] = *it;
    if (place.link != link || place.direction != Direction::down || place.number > up_to) break;
    if (entry.kind == Kind::open && entry.room == room) opening = detail_of<Open>(entry).value_or(Open{}).opening;
  }
  return opening;
}

}  // namespace

std::uint32_t opening_before(const std::map<Place, Entry>& entries, const Entry& at) {
  return newest_opening(entries, at.stream.link, *at.room, at.seen.number);
}

namespace {

std::optional<std::uint32_t> paid_for(const Entry& entry, const Facts& facts) {
  const auto text = entry.outside.text();
  const auto payment = text.starts_with("pay/") ? facts.payments.find(std::string(text.substr(4))) : facts.payments.end();
  if (payment == facts.payments.end()) return std::nullopt;
  return payment->second.opening;
}

/// Of a code: by the payment that its sale names.
std::optional<std::uint32_t> sold_for(const std::map<Place, Entry>& entries, const Entry& entry, const Facts& facts) {
  const auto sale = entry.cause ? entries.find(*entry.cause) : entries.end();
  if (sale == entries.end() || sale->second.kind != Kind::code_issue) return std::nullopt;
  return paid_for(sale->second, facts);
}

std::optional<std::uint32_t> sold_for(const Line& line, const Facts& facts) {
  const auto receipt = facts.sold_for.find(line.to.id);
  return receipt == facts.sold_for.end() ? std::nullopt : std::optional(receipt->second);
}

/// Of money that a forward sends on, by whom it belonged to where it lay. Nothing: nobody else can say.
std::optional<std::uint32_t> belongs_to(const std::map<Place, Entry>& entries, const Entry& entry, const Facts& facts) {
  if (entry.stream.direction == Direction::up) return opening_before(entries, entry);
  if (entry.lines.empty()) return std::nullopt;
  const auto& [from, to, amount, measured] = entry.lines.front();
  if (from.kind == PocketKind::codes) return sold_for(entries, entry, facts);
  const auto holder = from.holder.is_cloud() ? to.holder : from.holder;  // a debt that is taken over comes first
  const bool of_closed = entry.outside.text().starts_with("closed/");    // on behalf of a fenced box
  return of_closed ? std::optional(newest_opening(entries, holder, *entry.room, UINT64_MAX)) : std::nullopt;
}

/// Of what a transit is filled with: the stay that has a right to it. 0: whichever is there.
std::optional<std::uint32_t> meant_by(const std::map<Place, Entry>& entries, const Entry& entry, const Line& line,
                                      const Facts& facts) {
  const auto credit = detail_of<Credit>(entry);
  switch (entry.kind) {
    case Kind::forward: {
      const auto belongs = belongs_to(entries, entry, facts);
      return belongs || !credit ? belongs : std::optional(credit->opening);
    }
    case Kind::adopt: {
      const auto sold = sold_for(line, facts);
      return sold || !credit ? sold : std::optional(credit->opening);
    }
    case Kind::cash: return sold_for(line, facts);
    case Kind::redeem: return sold_for(entries, entry, facts);
    case Kind::code_after_fence: return paid_for(entry, facts);
    default: return std::nullopt;
  }
}

/// By what each transit was filled: the opening that was named when the money left. 0: whichever is there.
std::map<Uid, std::uint32_t> openings_meant(const std::map<Place, Entry>& entries, const Facts& facts) {
  std::map<Uid, std::uint32_t> meant;
  for (const auto& [place, entry] : entries) {
    for (const auto& line : entry.lines) {
      const auto opening = line.to.kind == PocketKind::transit ? meant_by(entries, entry, line, facts) : std::nullopt;
      if (opening) meant[line.to.id] = *opening;
    }
    if (const auto close = entry.kind == Kind::close ? detail_of<Close>(entry) : std::nullopt)
      meant[close->id] = close->opening;
    if (const auto close = entry.kind == Kind::close_for ? detail_of<CloseFor>(entry) : std::nullopt)
      meant[close->close.id] = close->close.opening;
    const auto release = entry.kind == Kind::release_request ? detail_of<ReleaseRequest>(entry) : std::nullopt;
    if (release && release->to == ReleaseTo::provider) meant[release->id] = release->opening;
  }
  return meant;
}

/// What sends money on names the stay that it belongs to: else it goes to whoever comes next, should that be before it arrives.
void check_sent_on(const std::map<Place, Entry>& entries, const Entry& entry, const Facts& facts) {
  const auto belongs = belongs_to(entries, entry, facts);
  const auto named = detail_of<Credit>(entry).value_or(Credit{}).opening;
  require(!belongs || *belongs == named, "opening",
          "forward " + std::to_string(entry.number) + " of room " + std::to_string(entry.room->value) + " names opening " +
              std::to_string(named) + ", and the money is of opening " + std::to_string(belongs.value_or(0)));
}

}  // namespace

/// A person decides about money of a stay that has ended. Of the one that goes on it waits until the room is somewhere.
void check_suspended(const std::map<Place, Entry>& entries, const Facts& facts, const cloud::Site& site) {
  const auto meant = openings_meant(entries, facts);
  for (const auto& [place, entry] : entries) {
    const auto* room = entry.room ? site.index().room(*entry.room) : nullptr;
    if (room == nullptr || !room->open_at()) continue;
    for (const auto& line : entry.lines) {
      if (line.to.kind != PocketKind::suspense) continue;
      const auto at = meant.find(line.from.id);
      const auto opening = line.from.kind == PocketKind::clearing ? paid_for(entry, facts).value_or(0)
                           : at != meant.end()                    ? at->second
                                                                  : 0;
      require(opening == 0 || opening != room->opening(), "opening",
              to_text(entry.kind) + " " + std::to_string(place.number) + " puts in suspense what room " +
                  std::to_string(entry.room->value) + " has a right to");
    }
  }
}

/// Money reaches the opening that it was meant for: the one that stands open at the link when it is credited, and for money
/// that went through a transit the one that was named when it left.
void check_openings(const std::map<Place, Entry>& entries, const Facts& facts) {
  std::map<std::pair<Holder, RoomId>, std::uint32_t> open;
  std::map<RoomId, std::set<std::uint32_t>> openings;
  for (const auto& [place, entry] : entries)
    if (entry.kind == Kind::open && entry.room) openings[*entry.room].insert(detail_of<Open>(entry).value_or(Open{}).opening);
  const auto meant = openings_meant(entries, facts);
  for (const auto& [place, entry] : entries) {
    if (entry.kind == Kind::forward && entry.room) check_sent_on(entries, entry, facts);
    if (place.direction != Direction::down || !entry.room) continue;
    if (entry.kind == Kind::open) open[{place.link, *entry.room}] = detail_of<Open>(entry).value_or(Open{}).opening;
    if (entry.kind != Kind::recharge && entry.kind != Kind::deliver && entry.kind != Kind::allowance &&
        entry.kind != Kind::adopt)
      continue;
    const auto opening = detail_of<Credit>(entry).value_or(Credit{}).opening;
    require(entry.kind != Kind::recharge || paid_for(entry, facts) == opening, "opening",
            "a payment is booked for another opening than it was made for");
    const auto name =
        to_text(entry.kind) + " " + std::to_string(place.number) + " for room " + std::to_string(entry.room->value);
    require((open[{place.link, *entry.room}] == opening), "opening", name + " names another opening than is there");
    for (const auto& line : entry.lines)
      if (const auto at = meant.find(line.from.id);
          line.from.kind == PocketKind::transit && at != meant.end() && at->second != 0)
        require(at->second == opening, "opening", name + " was meant for opening " + std::to_string(at->second));
  }
  for (const auto& [room, all] : openings)
    require(*all.rbegin() == all.size(), "opening", "room " + std::to_string(room.value) + " has left out an opening");
}

namespace {

/// By room and opening: what stays have left owing, by where they stood, less what was paid for them there.
std::map<std::pair<RoomId, std::uint32_t>, std::int64_t> debts_of_stays(const std::map<Place, Entry>& entries) {
  std::map<std::pair<RoomId, std::uint32_t>, std::int64_t> debts;
  for (const auto& [place, entry] : entries)
    for (const auto& line : entry.lines) {
      const bool is_debt = line.from.kind == PocketKind::arrears;
      const bool is_down = place.direction == Direction::down;
      if (!is_debt && (line.to.kind != PocketKind::arrears || !is_down)) continue;
      const auto room = is_debt ? line.from.room() : line.to.room();
      const auto at = is_debt ? line.to.holder : place.link;
      const auto opening = newest_opening(entries, at, room, is_down ? place.number : UINT64_MAX);
      debts[{room, opening}] += is_debt ? line.amount.micros : -line.amount.micros;
    }
  return debts;
}

/// What was lost with a box leaves differences, which are told.
std::set<RoomId> rooms_with_losses(const std::map<Place, Entry>& entries) {
  std::set<RoomId> rooms;
  for (const auto& [place, entry] : entries)
    if (entry.outside.text().starts_with("lost/") && entry.room) rooms.insert(*entry.room);
  return rooms;
}

}  // namespace

/// A debt is its stay's: who lives in a room owes no more than his own stay has left behind, and no stay pays for another.
void check_debts(const std::map<Place, Entry>& entries, const cloud::Site& site) {
  std::map<RoomId, std::int64_t> owed;
  for (const auto& [place, entry] : entries)
    for (const auto& line : entry.lines) {
      if (line.from.kind == PocketKind::arrears) owed[line.from.room()] += line.amount.micros;
      if (line.to.kind == PocketKind::arrears) owed[line.to.room()] -= line.amount.micros;
    }
  const auto debts = debts_of_stays(entries);
  const auto losses = rooms_with_losses(entries);
  const auto name = [](RoomId id) { return "room " + std::to_string(id.value); };
  for (const auto& [id, micros] : owed) {
    const auto* room = site.index().room(id);
    const auto* close = room == nullptr || room->open_at() ? nullptr : room->unclaimed();
    const bool has_ended = close != nullptr && site.index().destination(close->close.id) == EdgeId{};
    const auto at = room == nullptr || has_ended ? debts.end() : debts.find({id, room->opening()});
    const auto own = at == debts.end() ? 0 : std::max<std::int64_t>(0, at->second);
    require(micros <= own, "arrears",
            name(id) + " owes " + std::to_string(micros) + ", of which its stay has left " + std::to_string(own));
  }
  for (const auto& [stay, micros] : debts)
    require(micros >= 0 || losses.contains(stay.first), "arrears",
            name(stay.first) + ": stay " + std::to_string(stay.second) + " has paid " + std::to_string(-micros) +
                " more than it owed");
}

}  // namespace wattle::sim
