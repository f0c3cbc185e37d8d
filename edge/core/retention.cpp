// Settling: the box names the hash of its whole state, the cloud agrees if its own replay has it, and what lies below may be
// dropped once no backup can need it any more. Never by age or by a full disk alone.

#include <algorithm>

#include "edge/core/engine.hpp"

namespace wattle::edge {

Bytes next_drop_key() {
  constexpr std::string_view key = "drop/next";
  return {key.begin(), key.end()};
}

/// So many entries since the last one, or so long: of a box without one its first entry counts. One that was written while the
/// clock ran far ahead does not put off the next, once the time is known and the own clock is right: else each entry would be
/// followed by one. (Nothing is dropped by it before its time, which is not told by it: see drop_old.)
bool Engine::is_settlement_due() {
  const auto last = link_.state().settlement().number;
  const auto since = link_.up().head().number - last;
  if (since == 0) return false;
  if (since >= config_.settle_after_entries) return true;
  const auto from = std::max<std::uint64_t>(last, 1);
  if (!settled_ || settled_->first != from) {
    const auto record = link_.up().at(from);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (!entry) return false;
    settled_ = std::pair(from, entry->time);
  }
  const auto is_far_ahead = [&](Instant now) { return settled_->second - now >= config_.settle_after; };
  const auto known = clock(now_);
  if (known && is_far_ahead(*known) && is_far_ahead(now_.wall)) return true;
  return now_.wall - settled_->second >= config_.settle_after;
}

void Engine::settle() {
  if (!is_settlement_due() || !may_mint()) return;
  auto made = entry(Kind::settlement, std::nullopt);
  set_detail(made, Settlement{link_.state().hash()});
  mint(std::move(made));
}

/// By a countersignature that has stood for as long as is kept, not by the newest, which the next month replaces. Not while a
/// copy may be on its way, which begins at what was agreed, nor in a fenced link, whose evidence does; and never what the next
/// start would need, since its settlement's state cannot be read.
void Engine::drop_old() {
  const auto now = clock(now_);
  const auto& agreed = link_.state().countersigned();
  if (link_.row().asking || link_.row().fenced || !now || !agreed || !stands(*agreed)) return;
  // By that of both clocks which makes it last: one that is wrong, the cloud's or the own one, drops nothing alone.
  const auto latest = std::max(*now, now_.wall);
  if (next_drop_ && stands(next_drop_->by) && next_drop_->since <= latest) {
    if (std::min(*now, now_.wall) - next_drop_->since < config_.keep_for) return;
    const auto begins_at = next_drop_->by.settlement.number;
    if (may_begin_at_ != begins_at && link_.has_kept(begins_at)) may_begin_at_ = begins_at;
    if (may_begin_at_ == begins_at && !drop_by(next_drop_->by)) return;
  }
  next_drop_ = NextDrop{*agreed, latest};
  commit_.push_back(PutRow{Table::box, next_drop_key(), to_bytes(*next_drop_)});
}

bool Engine::stands(const Countersign& agreed) const {
  return link_.up().holds(agreed.settlement) && link_.down().holds(agreed.seen);
}

/// A part of it, so that meters are read and relays switched meanwhile. True when that was the last.
bool Engine::drop_by(const Countersign& agreed) {
  link_.compare(agreed.settlement, commit_);  // no copy may begin below it, should the status that says so be forgotten
  const auto drop = [&](const Log& log, std::uint64_t below) {
    const auto now = std::min(below, log.first() + config_.drop_at_once);
    if (now > log.first()) commit_.push_back(DropBelow{log.id(), now});
    return now >= below;
  };
  const bool own = drop(link_.up(), std::min(agreed.settlement.number, agreed.keep_up_from));
  return drop(link_.down(), std::min(agreed.seen.number, agreed.keep_down_from)) && own;
}

}  // namespace wattle::edge
