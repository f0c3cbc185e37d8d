// What the site keeps in memory, from its store: at the beginning, and after another process has committed.

#include <algorithm>

#include "cloud/core/box.hpp"
#include "cloud/core/rows.hpp"
#include "shared/base/check.hpp"

namespace wattle::cloud {

void Site::load() {
  own_.load();
  boxes_.clear();
  orders_.clear();
  last_order_ = 0;
  journal_after_.reset();
  resolutions_.clear();
  allowance_grants_.clear();
  allowance_ends_.clear();
  settings_.clear();
  refunds_.clear();
  told_by_.clear();
  load_boxes();
  std::erase_if(links_, [&](const auto& item) { return !boxes_.contains(item.first); });
  load_orders();
  load_refunds();
  rebuild_index();  // and with it all agendas
}

void Site::load_boxes() {
  for (const auto& [key, value] : store_->rows(Table::site))
    if (const auto row = from_bytes<BoxRow>(value); row && key == box_key(row->holder)) add_box(*row);
  bills_missing_ = store_->row(Table::site, view(bills_missing_key)).has_value();
  bills_read_before_ = bills_read_before_ && !bills_missing_;
}

/// Those that came since they were last looked at; their ids.
std::vector<OutsideId> Site::load_orders() {
  std::vector<OutsideId> fresh;
  const auto after = std::min(journal_after_.value_or(last_order_), last_order_);
  for (const auto& [key, value] : store_->rows_after(Table::order, order_key(after))) {
    const auto number = order_number(key);
    last_order_ = std::max(last_order_, number);
    auto order = decode_order(value);
    if (!order) continue;  // of a newer program
    const auto id = id_of(*order);
    if (!orders_.emplace(id, std::move(*order)).second) continue;
    file_order(id, number);
    fresh.push_back(id);
  }
  load_place_of_journal();
  return fresh;
}

void Site::load_place_of_journal() {
  journal_after_.reset();
  const auto row = store_->row(Table::site, view(bills_missing_key));
  if (!row || row->size() != order_key(0).size()) return;  // of an older program, which left no place
  journal_after_ = order_number(*row);
  const auto end = *journal_after_ + left_for_the_journal;
  for (const auto& [key, value] : store_->rows_after(Table::order, *row))
    if (order_number(key) <= end) journal_after_ = order_number(key);  // an older program has taken it meanwhile
}

void Site::load_refunds() {
  for (const auto& [key, value] : store_->rows(Table::refund)) {
    const auto told = from_bytes<ToldPart>(key);
    const auto by = told ? from_bytes<Uid>(value) : std::nullopt;
    if (by) told_by_[{told->request, told->part}] = *by;
    const auto id = from_bytes<Uid>(key);
    auto parts = from_bytes<std::vector<RefundPart>>(value);
    if (!id || !parts) continue;
    refunds_[*id] = std::move(*parts);
    open_refunds_.add(room_of_request(*id), *id);
  }
}

void Site::count_from(const Log& log, std::uint64_t after) {
  for (auto number = after + 1; number <= log.head().number; ++number) {
    const auto record = log.at(number);
    WATTLE_CHECK(record.has_value());
    const auto entry = decode_entry(record->bytes);
    WATTLE_CHECK(entry.has_value());
    count(*entry);
  }
}

void Site::rebuild_index() {
  index_ = {};
  circuit_at_.clear();
  circuit_settings_.clear();
  for (const auto& [holder, box] : links_) {
    count_from(box->link.down(), 0);
    count_from(box->link.up(), 0);
  }
  count_from(own_, 0);
  index_stale_ = false;
  look_again_ = true;
  // Whatever was done may be undone now.
  open_orders_.clear();
  waiting_.clear();
  settings_.clear();
  newest_settings_.clear();
  open_settings_.clear();
  open_refunds_.clear();
  open_rooms_.clear();
  due_.add_all();
  for (const auto& [holder, box] : links_) box->countersigned = 0;
  for (const auto& [id, order] : orders_) note_open(id, order);
  for (const auto& id : settings_) want_everywhere(id);  // once the newest of each key is known
  for (const auto& [id, parts] : refunds_) open_refunds_.add(room_of_request(id), id);
  if (std::erase_if(called_, [&](const auto& item) { return !refunds_.contains(item.first.first); }) > 0) calls_due_ = {};
}

void Site::catch_up() {
  look_again_ = true;
  due_.add_all();
  if (!has_only_grown()) return load_anew();
  const auto own = own_.head().number;
  own_.load();
  count_from(own_, own);
  const auto known = boxes_;
  load_boxes();
  for (const auto& [holder, box] : links_) {
    auto& link = box->link;
    const bool is_new = !known.contains(holder);
    if (!is_new && link.is_current()) continue;
    const auto up = is_new ? 0 : link.up().head().number;
    const auto down = is_new ? 0 : link.down().head().number;
    if (!is_new) link.load();
    count_from(link.down(), down);
    count_from(link.up(), up);
  }
  for (const auto& id : load_orders()) open_order(id);
  load_refunds();
}

/// Everything that was known still stands, so that what is new can be counted on top of it.
bool Site::has_only_grown() const {
  const auto stands = [this](const Log& log) {
    const auto& head = log.head();
    const auto record = head.number == 0 ? std::nullopt : store_->entry(log.id(), head.number);
    return head.number == 0 || (record && record->hash == head.hash);
  };
  return stands(own_) && std::all_of(links_.begin(), links_.end(), [&](const auto& item) {
           return stands(item.second->link.down()) && stands(item.second->link.up());
         });
}

/// A fence, a copy taken back or a restore by another process.
void Site::load_anew() {
  bool rolled_back = store_->head(own_.id()).number < own_.head().number;
  for (const auto& [holder, box] : links_) {
    const auto& link = box->link;
    rolled_back = rolled_back || store_->head(link.up().id()).number < link.up().head().number;
    const bool withdrawn = link.row().fenced || own_.head() != store_->head(own_.id());  // a fence may have shortened it
    rolled_back = rolled_back || (!withdrawn && store_->head(link.down().id()).number < link.down().head().number);
    if (!link.is_current()) box->link.load();
  }
  load();
  if (rolled_back) note_rollback();
}

}  // namespace wattle::cloud
