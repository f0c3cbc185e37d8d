#include "shared/ledger/link_state.hpp"

#include <algorithm>

namespace wattle {

template <class F>
void fields(F& f, RoomState& v) {
  f(v.opening), f(v.open), f(v.balance), f(v.allow), f(v.closing), f(v.circuits);
}
template <class F>
void fields(F& f, RequestState& v) {
  f(v.kind), f(v.id), f(v.room), f(v.opening), f(v.allow), f(v.at_most), f(v.cancelled);
}
template <class F>
void fields(F& f, UsedCode& v) {
  f(v.amount), f(v.matched);
}
template <class F>
void fields(F& f, ConfigValue& v) {
  f(v.version), f(v.value), f(v.overridden);
}
template <class F>
void fields(F& f, SettlementState& v) {
  f(v.number), f(v.agrees);
}
template <class F>
void fields(F& f, LinkState& v) {
  f(v.granted_), f(v.grant_), f(v.rooms_), f(v.cards_), f(v.drawer_), f(v.codes_), f(v.sold_), f(v.requests_), f(v.asked_);
  f(v.prices_), f(v.used_codes_), f(v.unredeemed_), f(v.config_), f(v.settlement_), f(v.countersigned_);
}

Money RoomState::allowance() const {
  Money sum;
  for (const auto& [utility, money] : allow) sum.micros += money.micros;
  return sum;
}

const CircuitFigures* RoomState::find(CircuitId circuit) const {
  const auto at = std::find_if(circuits.begin(), circuits.end(), [&](const auto& c) { return c.circuit == circuit; });
  return at == circuits.end() ? nullptr : &*at;
}

CircuitFigures* RoomState::find(CircuitId circuit) {
  return const_cast<CircuitFigures*>(static_cast<const RoomState*>(this)->find(circuit));
}

const RoomState* LinkState::find(RoomId room) const {
  const auto at = rooms_.find(room);
  return at == rooms_.end() ? nullptr : &at->second;
}

After LinkState::after(RoomId room) const {
  const auto* state = find(room);
  return state ? After{state->balance, state->allowance()} : After{};
}

Money LinkState::balance(const Pocket& pocket) const {
  const auto in = [](const auto& map, const auto& key) {
    const auto at = map.find(key);
    return at == map.end() ? Money{} : at->second;
  };
  switch (pocket.kind) {
    case PocketKind::room: return after(pocket.room()).room;
    case PocketKind::allow: return find(pocket.room()) ? in(find(pocket.room())->allow, pocket.utility) : Money{};
    case PocketKind::card: return in(cards_, pocket.id);
    case PocketKind::drawer: return drawer_;
    case PocketKind::codes: return codes_;
    default: return in(sold_, pocket.utility);
  }
}

Money* LinkState::touch(const Pocket& pocket) {
  switch (pocket.kind) {
    case PocketKind::room: return &rooms_[pocket.room()].balance;
    case PocketKind::allow: return &rooms_[pocket.room()].allow[pocket.utility];
    case PocketKind::card: return &cards_[pocket.id];
    case PocketKind::drawer: return &drawer_;
    case PocketKind::codes: return &codes_;
    default: return &sold_[pocket.utility];
  }
}

Result<void> LinkState::apply(const Entry& entry) {
  if (auto ok = check(entry); !ok) return ok;
  if (auto ok = move(entry); !ok) return ok;
  note(entry);
  return {};
}

/// What holds for every entry, and then what its kind asks. Nothing is changed.
Result<void> LinkState::check(const Entry& entry) const {
  if (entry.stream.site != site_ || entry.stream.link != holder_) return WATTLE_FAIL(LedgerErrc::misplaced);
  for (const auto& line : entry.lines)
    if (auto ok = check_line(line, entry.stream.direction, holder_); !ok) return ok;
  const bool is_grant = entry.kind == Kind::grant && entry.stream.direction == Direction::down;
  if (granted_ == is_grant) return WATTLE_FAIL(LedgerErrc::before_grant);
  return entry.stream.direction == Direction::up ? check_up(entry) : check_down(entry);
}

bool LinkState::move_line(const Line& line, bool back) {
  const auto& from = back ? line.to : line.from;
  const auto& to = back ? line.from : line.to;
  if (from.holder == holder_) {
    auto* balance = touch(from);
    const auto left = subtract(*balance, line.amount);
    if (!left) return false;
    *balance = *left;
  }
  if (to.holder == holder_) {
    auto* balance = touch(to);
    const auto sum = add(*balance, line.amount);
    if (!sum) {
      if (from.holder == holder_) touch(from)->micros += line.amount.micros;
      return false;
    }
    *balance = *sum;
  }
  return true;
}

/// Moves the money of all lines, or of none.
Result<void> LinkState::move(const Entry& entry) {
  Error error;
  std::size_t moved = 0;
  for (; moved < entry.lines.size() && !error; ++moved) {
    const auto& line = entry.lines[moved];
    if (!move_line(line, false)) {
      error = WATTLE_FAIL(LedgerErrc::overflow);
      break;
    }
    const bool bounded = line.from.holder == holder_ && is_bounded(line.from.kind) && !line.measured;
    if (bounded && touch(line.from)->micros < 0) error = WATTLE_FAIL(LedgerErrc::not_covered);
  }
  if (!error && entry.after && !(*entry.after == after(*entry.room))) error = WATTLE_FAIL(LedgerErrc::after_differs);
  if (!error) return {};
  while (moved-- > 0) move_line(entry.lines[moved], true);
  return error;
}

void LinkState::note(const Entry& entry) {
  if (entry.stream.direction == Direction::up)
    note_up(entry);
  else
    note_down(entry);
}

/// A pocket at zero and one that was never touched are the same: without this a refused entry would leave a trace.
void LinkState::prune() {
  const auto is_empty = [](const auto& item) { return item.second.micros == 0; };
  for (auto& [room, state] : rooms_) std::erase_if(state.allow, is_empty);
  std::erase_if(rooms_, [](const auto& item) {
    const auto& state = item.second;
    return state.opening == 0 && !state.open && state.balance.micros == 0 && state.allow.empty() && !state.closing;
  });
  std::erase_if(cards_, is_empty);
  std::erase_if(sold_, is_empty);
}

Bytes LinkState::encoded() const {
  LinkState pruned = *this;
  pruned.prune();
  Bytes bytes;
  FieldWriter write(bytes);
  write(pruned);
  return bytes;
}

std::optional<LinkState> LinkState::decode(SiteId site, Holder holder, const Crypto& crypto, ByteView bytes) {
  LinkState state(site, holder, crypto);
  FieldReader read(bytes);
  read(state);
  if (!read.finished()) return std::nullopt;
  return state;
}

}  // namespace wattle
