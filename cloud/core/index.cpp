#include "cloud/core/index.hpp"

#include <algorithm>

namespace wattle::cloud {

namespace {

/// For which opening an entry says that its lines of arrears are; 0: it does not say.
std::uint32_t opening_named(const Entry& entry) {
  if (entry.kind == Kind::close_for) return detail_of<CloseFor>(entry).value_or(CloseFor{}).close.opening;
  return detail_of<Credit>(entry).value_or(Credit{}).opening;
}

}  // namespace

void RoomChain::add(Holder link, OpenRef open) {
  if (open.continues) continued.insert(*open.continues);
  links[link].opens.push_back(open);
  standing_.reset();
}

void RoomChain::add(Holder link, CloseRef close) {
  links[link].closes.push_back(std::move(close));
  standing_.reset();
}

bool RoomChain::is_whole() const {
  std::set<Place> closed;
  for (const auto& [link, at] : links) {
    for (const auto& close : at.closes) closed.insert(close.place);
    if (at.closes.size() > at.opens.size() || at.opens.size() > at.closes.size() + 1) return false;
  }
  return std::includes(closed.begin(), closed.end(), continued.begin(), continued.end());
}

const RoomChain::Standing& RoomChain::standing() const {
  if (standing_) return *standing_;
  Standing now;
  int open = 0;
  for (const auto& [link, at] : links) {
    for (const auto& opened : at.opens) now.opening = std::max(now.opening, opened.opening);
    if (at.opens.size() <= at.closes.size()) continue;
    if (!now.open_at) now.open_at = link;
    ++open;
  }
  now.hole = open > 1 || !is_whole();
  for (const auto& [link, at] : links)
    for (std::size_t i = 0; i < at.closes.size() && !now.unclaimed; ++i)
      if (!continued.contains(at.closes[i].place)) now.unclaimed = {link, i};
  standing_ = now;
  return *standing_;
}

const CloseRef* RoomChain::unclaimed() const {
  const auto& at = standing().unclaimed;
  return at ? &links.at(at->first).closes[at->second] : nullptr;
}

Money Index::balance(const Pocket& pocket) const {
  const auto& in = pocket.kind == PocketKind::transit ? transits_ : pockets_;
  const auto at = in.find(pocket);
  return at == in.end() ? Money{} : at->second;
}

Money Index::owed(RoomId room, std::uint32_t opening) const {
  const auto at = owed_.find({room, opening});
  return at == owed_.end() ? Money{} : at->second;
}

std::vector<std::pair<std::uint32_t, Money>> Index::overpaid(RoomId room) const {
  std::vector<std::pair<std::uint32_t, Money>> out;
  const auto over = balance(arrears_pocket(room));
  auto unnamed = max(owed(room, 0), Money{});  // as older programs wrote debts: whose payment does say the stay
  for (auto at = owed_.lower_bound({room, 0}); at != owed_.end() && at->first.first == room; ++at) {
    const auto opening = at->first.second;
    const Money paid{-at->second.micros};
    if (paid.micros <= 0) continue;
    const auto explained = min(paid, unnamed);
    unnamed.micros -= explained.micros;
    const Money amount{opening == 0 ? min(paid, over).micros : paid.micros - explained.micros};
    if (amount.micros > 0) out.emplace_back(opening, amount);
  }
  return out;
}

const Place* Index::find(const OutsideId& id) const {
  const auto at = outside_.find(id);
  return at == outside_.end() ? nullptr : &at->second;
}

const RoomChain* Index::room(RoomId id) const {
  const auto at = rooms_.find(id);
  return at == rooms_.end() ? nullptr : &at->second;
}

const RequestInfo* Index::request(const Uid& id) const {
  const auto at = requests_.find(id);
  return at == requests_.end() ? nullptr : &at->second;
}

const TransitInfo* Index::filled(const Pocket& transit) const {
  const auto at = filled_.find(transit);
  return at == filled_.end() ? nullptr : &at->second;
}

std::optional<EdgeId> Index::destination(const Uid& close) const {
  const auto at = destinations_.find(close);
  if (at == destinations_.end()) return std::nullopt;
  return at->second;
}

bool Index::is_closing(RoomId room, Holder holder) const {
  const auto asked = closing_.find(room);
  return asked != closing_.end() && std::any_of(asked->second.begin(), asked->second.end(),
                                                [&](const Uid& id) { return requests_.at(id).asked.contains(holder); });
}

std::vector<Uid> Index::ending(RoomId room, Utility utility) const {
  const auto at = ending_.find({room, utility});
  return at == ending_.end() ? std::vector<Uid>() : std::vector<Uid>(at->second.begin(), at->second.end());
}

std::optional<std::uint32_t> Index::sold_for(const Place& issue) const {
  const auto at = sold_for_.find(issue);
  if (at == sold_for_.end()) return std::nullopt;
  return at->second;
}

void Index::count(const Entry& entry) {
  if (entry.room && entry.kind != Kind::consumption) touched_.insert(*entry.room);
  if (!entry.outside.empty()) {
    const auto [at, fresh] = outside_.emplace(entry.outside, entry.place());
    if (!fresh && at->second != entry.place()) doubled_.push_back(entry.outside);
  }
  for (const auto& line : entry.lines) count_line(entry, line);
  switch (entry.stream.direction) {
    case Direction::down: return count_down(entry);
    case Direction::up: return count_up(entry);
    case Direction::site: return count_site(entry);
  }
}

void Index::count_line(const Entry& entry, const Line& line) {
  const auto move = [&](const Pocket& pocket, std::int64_t amount) {
    if (!pocket.holder.is_cloud()) return;
    if (pocket.kind != PocketKind::transit) {
      pockets_[pocket].micros += amount;
      if (pocket.kind == PocketKind::arrears) owed_[{pocket.room(), opening_named(entry)}].micros -= amount;
      return;
    }
    count_transit(pocket, amount);
  };
  move(line.from, -line.amount.micros);
  move(line.to, line.amount.micros);
  if (line.to.kind == PocketKind::suspense) suspended_[entry.outside].micros += line.amount.micros;
  if (line.to.kind != PocketKind::transit) return;
  std::uint32_t opening = 0;
  if (const auto credit = detail_of<Credit>(entry); (entry.kind == Kind::forward || entry.kind == Kind::adopt) && credit)
    opening = credit->opening;
  if (const auto cash = detail_of<Cash>(entry); entry.kind == Kind::cash && cash) opening = cash->opening;
  if (const auto code = detail_of<Code>(entry); entry.kind == Kind::code_after_fence && code) opening = code->opening;
  if (const auto closed = detail_of<Close>(entry); entry.kind == Kind::close && closed) opening = closed->opening;
  if (const auto closed = detail_of<CloseFor>(entry); entry.kind == Kind::close_for && closed) opening = closed->close.opening;
  const bool is_own = entry.stream.direction == Direction::site;
  const bool stands_for = is_own && entry.cause && entry.cause->direction == Direction::up;
  const auto place = stands_for ? *entry.cause : entry.place();
  // A box names its other transits as it likes, so no request's id makes an answer of them.
  const bool is_answer =
      entry.kind == Kind::answer || (stands_for && entry.kind == Kind::forward && line.from.kind == PocketKind::room);
  filled_[line.to] = {place, entry.kind, entry.room.value_or(RoomId{}), opening, entry.cause, is_own, is_answer};
  bind(line.to);
}

void Index::count_transit(const Pocket& transit, std::int64_t amount) {
  auto& money = transits_[transit];
  money.micros += amount;
  if (money.micros == 0) transits_.erase(transit);
  bind(transit);
}

/// Files it anew, under the room that its money is for; not while it is empty, or what filled it is not known.
void Index::bind(const Pocket& transit) {
  if (const auto at = bound_for_.find(transit); at != bound_for_.end()) {
    bound_.remove(at->second, transit);
    bound_for_.erase(at);
  }
  const auto* info = filled(transit);
  if (info == nullptr || !transits_.contains(transit)) return;
  const auto room = room_for(transit, *info);
  bound_.add(room, transit);
  bound_for_[transit] = room;
  touched_.insert(room);
}

RoomId Index::room_for(const Pocket& transit, const TransitInfo& info) const {
  if (!info.is_answer) return info.room;
  const auto* asked = request(transit.id);
  if (asked == nullptr || !asked->release) return any_room;
  return asked->release->to == ReleaseTo::room ? asked->release->to_room : info.room;
}

void Index::note_asked(const Uid& id, const Entry& entry, RequestInfo& info) {
  info.kind = entry.kind;
  info.room = entry.room.value_or(RoomId{});
  info.asked[entry.stream.link] = entry.place();
  if (entry.kind == Kind::close_request && !info.answered) closing_[info.room].insert(id);
}

void Index::note_answer(const Uid& id, const Place& place, Holder at) {
  auto& info = requests_[id];
  info.answered = place;
  info.answered_at = at;
  touched_.insert(info.room);
  if (info.release)
    if (const auto ending = ending_.find({info.room, info.release->allow}); ending != ending_.end()) ending->second.erase(id);
  const auto closing = closing_.find(info.room);
  if (closing == closing_.end()) return;
  closing->second.erase(id);
  if (closing->second.empty()) closing_.erase(closing);
}

void Index::count_down(const Entry& entry) {
  const auto holder = entry.stream.link;
  if (entry.kind == Kind::open && entry.room) {
    rooms_[*entry.room].add(holder, OpenRef{entry.place(), detail_of<Open>(entry).value_or(Open{}).opening, entry.cause});
  } else if (entry.kind == Kind::close_request) {
    const auto request = detail_of<CloseRequest>(entry).value_or(CloseRequest{});
    auto& info = requests_[request.id];
    note_asked(request.id, entry, info);
    info.destination = request.destination;
    destinations_.emplace(request.id, request.destination);
  } else if (entry.kind == Kind::release_request) {
    const auto request = detail_of<ReleaseRequest>(entry).value_or(ReleaseRequest{});
    auto& info = requests_[request.id];
    note_asked(request.id, entry, info);
    info.release = request;
    if (request.to == ReleaseTo::subsidy && !info.answered) ending_[{info.room, request.allow}].insert(request.id);
  } else if (entry.kind == Kind::code_issue) {
    if (const auto code = detail_of<Code>(entry)) sold_for_[entry.place()] = code->opening;
  }
}

void Index::count_up(const Entry& entry) {
  const auto holder = entry.stream.link;
  if (entry.kind == Kind::close && entry.room) {
    const auto close = detail_of<Close>(entry).value_or(Close{});
    rooms_[*entry.room].add(holder, CloseRef{entry.place(), holder, close});
    note_answer(close.id, entry.place(), holder);
  } else if (entry.kind == Kind::answer) {
    const auto answer = detail_of<Answer>(entry).value_or(Answer{});
    note_answer(answer.id, entry.place(), holder);
    auto& info = requests_[answer.id];
    info.reason = answer.reason;
    info.released = entry.lines.empty() ? Money{} : entry.lines[0].amount;
  }
}

/// What the box had released behind its cut stood in its close.
void Index::note_lost_answers(const Entry& entry, const CloseFor& on_behalf) {
  for (const auto& line : entry.lines) {
    if (line.to.kind != PocketKind::transit || line.to.utility != Utility::none || line.to.id == on_behalf.close.id) continue;
    note_answer(line.to.id, entry.place(), on_behalf.holder);
    requests_[line.to.id].released = line.amount;
  }
}

/// Now it stands by itself.
void Index::note_lost_answer(const Entry& entry) {
  for (const auto& line : entry.lines) {
    if (line.from.kind != PocketKind::room || line.to.kind != PocketKind::transit) continue;
    note_answer(line.to.id, *entry.cause, line.from.holder);
    requests_[line.to.id].released = line.amount;
    bind(line.to);
  }
}

void Index::count_site(const Entry& entry) {
  if (entry.kind == Kind::close_for && entry.room) {
    const auto on_behalf = detail_of<CloseFor>(entry).value_or(CloseFor{});
    // In the place of a lost one, it is what others name.
    rooms_[*entry.room].add(on_behalf.holder, CloseRef{entry.cause.value_or(entry.place()), on_behalf.holder, on_behalf.close});
    destinations_[on_behalf.close.id] = on_behalf.destination;
    note_answer(on_behalf.close.id, entry.place(), on_behalf.holder);
    note_lost_answers(entry, on_behalf);
  } else if (entry.kind == Kind::forward && entry.cause && entry.cause->direction == Direction::up) {
    note_lost_answer(entry);
  } else if (entry.kind == Kind::rehome) {
    const auto rehome = detail_of<Rehome>(entry).value_or(Rehome{});
    destinations_[rehome.close] = rehome.destination;
  } else if (entry.kind == Kind::code_after_fence && entry.cause) {
    const bool goes_on = entry.lines.size() > 1;  // to its room: the number that was typed waits for its sale still
    if (const auto code = detail_of<Code>(entry); code && !goes_on) matched_.insert({entry.cause->link, code->name});
  }
}

}  // namespace wattle::cloud
