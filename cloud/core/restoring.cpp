// After the database has forgotten. Until a box has spoken nothing is minted in its link; until all have, and the bills are
// read, nothing is paid back and nothing is fenced.

#include <algorithm>

#include "cloud/core/box.hpp"
#include "cloud/core/rows.hpp"

namespace wattle::cloud {

bool Site::is_settled() const {
  if (bills_missing_) return false;
  for (const auto& [holder, row] : boxes_)
    if (row.unheard && !links_.at(holder)->link.row().fenced) return false;
  return true;
}

void Site::note_before() {
  for (const auto& [holder, row] : boxes_)
    if (!row.unheard) heard_before_.insert(holder);
  bills_read_before_ = !bills_missing_;
}

/// Of a restore that nobody has noted. What an unheard box tells is no news, unless something here rests on a time before this
/// process began: a rollback since then would have shown itself (catch_up), one before it may have undone also that this box
/// was heard. So the word of an unheard box counts once a process at most, and not at all when all others have spoken.
bool Site::may_tell_of_another(Holder from) const {
  if (!boxes_.at(from).unheard || bills_read_before_) return true;
  return std::any_of(heard_before_.begin(), heard_before_.end(),
                     [this](Holder holder) { return !links_.at(holder)->link.row().fenced; });
}

/// From now on every link is unheard.
void Site::note_rollback() {
  raise(Alarm::rollback_noticed);
  heard_before_.clear();
  bills_read_before_ = false;
  bills_missing_ = true;
  const auto key = view(bills_missing_key);
  if (!journal_after_) journal_after_ = last_order_;
  commit_.push_back(PutRow{Table::site, {key.begin(), key.end()}, order_key(*journal_after_)});
  for (const auto& [holder, box] : links_) {
    auto row = boxes_.at(holder);
    if (box->link.row().fenced) continue;
    row.unheard = true;
    put_box(row);
  }
}

/// Its newest status stands on my chain, and everything up to the head that it named is here.
void Site::hear(Holder holder, const Heard& heard) {
  auto row = boxes_.at(holder);
  if (!heard.complete || link_of(holder).row().asking) return;
  heard_before_.erase(holder);
  if (!row.unheard) return;
  row.unheard = false;
  put_box(row);
}

/// A head that was remembered is not there, and nobody has noted it yet. A fence takes back what its box had not read of the
/// cloud's stream; the process may have ended before that was remembered.
bool Site::lacks(const StreamId& stream, std::uint64_t remembered) const {
  if (store_->head(stream).number >= remembered) return false;
  if (stream.direction == Direction::site) return is_settled();
  const auto box = boxes_.find(stream.link);
  if (box == boxes_.end()) return true;
  return !box->second.unheard && (stream.direction == Direction::up || !links_.at(stream.link)->link.row().fenced);
}

void Site::remember(std::map<StreamId, std::uint64_t>& heads) const {
  const auto put = [&](const Log& log, bool known) {
    auto& head = heads[log.id()];
    head = known ? log.head().number : std::max(head, log.head().number);
  };
  put(own_, is_settled());
  for (const auto& [holder, box] : links_) {
    put(box->link.up(), !boxes_.at(holder).unheard);
    put(box->link.down(), !boxes_.at(holder).unheard);
  }
}

Effects Site::begin(const Lists& lists, bool restored, Now now) {
  now_ = now;
  outcome_.clear();
  for (const auto& [holder, key] : lists.claims) {
    if (links_.contains(holder)) continue;
    // Known from the list alone: its own copy, under the cloud's signature, says what was granted to it.
    const BoxRow row{holder, key, true, 1, 1};
    put_box(row);
    add_box(row);
    link_of(holder).ask(commit_);
    restored = true;
  }
  for (const auto& [stream, number] : lists.heads) restored = restored || lacks(stream, number);
  if (restored) {
    bills_missing_ = false;  // what was read before the restore is not known any more
    note_rollback();
  }
  // A crash may have come between a commit and its place in the lists.
  for (const auto& [holder, box] : links_) {
    const auto is_holder = [&](const auto& claim) { return claim.first == holder; };
    if (std::none_of(lists.claims.begin(), lists.claims.end(), is_holder))
      outcome_.push_back(ListClaim{holder, boxes_.at(holder).key});
  }
  list_fences();
  return finish();
}

bool Site::may_restore(const StoreReader& backup, const Lists& lists) {
  for (const auto& fenced : lists.fences) {
    const auto bytes = backup.row(Table::link, to_bytes(fenced));
    const auto row = bytes ? from_bytes<LinkRow>(*bytes) : std::nullopt;
    if (!row || !row->fenced) return false;
  }
  return true;
}

void Site::on(const RefundsJournaled& refunds) {
  for (const auto& billed : refunds.paid) billed_.insert_or_assign({billed.request, billed.part}, billed);
  for (const auto& part : refunds.rejected) rejected_.emplace(part.request, part.part);
  bills_came_ = true;
  if (!refunds.rejected.empty()) due_.add_all();
}

void Site::on(const BillsRead& bills) {
  const auto take = [&](const Order& order) {
    if (!is_valid(order) || !accept(order, true)) raise(Alarm::order_contradicts);
  };
  for (const auto& payment : bills.payments) take(payment);
  for (const auto& order : bills.journal) take(order);
  on(RefundsJournaled{bills.refunds, bills.rejected});
  bills_read_before_ = false;
  if (!bills_missing_) return;
  bills_missing_ = false;
  if (journal_after_) last_order_ = std::max(last_order_, *journal_after_);
  journal_after_.reset();
  const auto key = view(bills_missing_key);
  commit_.push_back(PutRow{Table::site, {key.begin(), key.end()}, {}});
}

}  // namespace wattle::cloud
