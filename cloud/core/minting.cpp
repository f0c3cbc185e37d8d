// Orders become entries, each once, as soon as its link may be written.

#include <algorithm>

#include "cloud/core/box.hpp"

namespace wattle::cloud {

namespace {

std::string at_link(const std::string& id, Holder holder) {
  char text[32];
  std::snprintf(text, sizeof text, "@%u.%x", holder.edge.value, holder.incarnation.value);
  std::string tail(text);
  std::replace(tail.begin(), tail.end(), '@', '/');
  return id + tail;
}

OutsideId at_link(const OutsideId& id, Holder holder) { return OutsideId(at_link(std::string(id.text()), holder)); }

/// Of the registers in what the box has not read.
std::map<std::string, std::uint64_t> unread_versions(const Link& link) {
  std::map<std::string, std::uint64_t> versions;
  for (auto number = link.folded() + 1; number <= link.down().head().number; ++number) {
    const auto record = link.down().at(number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    const auto setting = entry && entry->kind == Kind::config ? detail_of<ConfigSetting>(*entry) : std::nullopt;
    if (setting) versions[setting->key] = setting->version;
  }
  return versions;
}

}  // namespace

/// A room's debts and its open come before what is paid into it.
void Site::mint_wanted() {
  due_.add(std::exchange(again_, {}));
  mint_grants();
  note_standing();
  mint_settings();
  see_to_rooms();
  mint_deliveries();
  due_.add(index_.touched());  // each may have made the next possible
  wake_lacking();
  mint_orders();
  due_.add(index_.touched());
  plan_refunds();
  settle_refunds();
  countersign();
}

void Site::mint_grants() {
  for (const auto& [holder, box] : links_) {
    const auto& link = box->link;
    if (link.down().head().number > 0 || link.row().asking || link.row().fenced || boxes_.at(holder).unheard) continue;
    auto made = entry(Kind::grant, std::nullopt, OutsideId(at_link("grant", holder)));
    set_detail(made, Grant{stream_version, config_.codes_cap});
    mint(holder, std::move(made));
  }
}

void Site::mint_settings() {
  if (!std::exchange(settings_changed_, false) && !due_.has_all()) return;
  const bool settled = is_settled();
  std::map<Holder, Versions> unread;  // read once: a box that is new in its slot is given thousands of them
  for (auto at = open_settings_.begin(); at != open_settings_.end();) {
    const auto& [id, holder] = *at;
    const auto outside = at_link(id, holder);
    if (link(holder)->row().fenced || index_.has(outside) || is_superseded(id)) {
      at = open_settings_.erase(at);
      continue;
    }
    const auto& order = orders_.at(id);
    const auto* config = std::get_if<ConfigOrder>(&order);
    // Until the journal has been read an older value may look like the newest; when it has, everything is looked at.
    if (may_mint(holder) && (config == nullptr || settled)) {
      settings_changed_ = true;  // what is written here is at its end the next time
      if (config == nullptr) {
        mint_setting(std::get<PriceOrder>(order), outside, holder);
      } else {
        const auto [versions, is_first] = unread.try_emplace(holder);
        if (is_first) versions->second = unread_versions(*link(holder));
        mint_setting(*config, outside, holder, versions->second);
      }
    }
    ++at;
  }
}

void Site::mint_setting(const PriceOrder& price, OutsideId outside, Holder holder) {
  auto made = entry(Kind::price, std::nullopt, outside);
  set_detail(made, price.plan);
  mint(holder, std::move(made));
}

/// Under a version above whatever the box's stream holds, so that this one counts.
void Site::mint_setting(const ConfigOrder& config, OutsideId outside, Holder holder, Versions& unread) {
  const auto& read = link(holder)->state().config();
  const auto known = read.find(config.key);
  const auto [version, is_read] = unread.try_emplace(config.key, known == read.end() ? 0 : known->second.version);
  auto made = entry(Kind::config, std::nullopt, outside);
  set_detail(made, ConfigSetting{config.key, version->second + 1, config.value});
  if (mint(holder, std::move(made))) ++version->second;
}

/// Its room has not had this opening yet.
bool Site::is_early(const Order& order) const {
  const auto opening = opening_of(order);
  const auto* room = opening ? index_.room(opening->first) : nullptr;
  return room != nullptr && opening->second > room->opening();
}

/// Orders for openings that have begun meanwhile are open again.
void Site::end_waiting(RoomId id, std::uint32_t opening) {
  const auto first = waiting_.lower_bound({id, 0});
  auto at = first;
  for (; at != waiting_.end() && at->first.first == id && at->first.second <= opening; ++at)
    for (const auto& order : at->second) open_orders_.add(id, order);
  waiting_.erase(first, at);
}

void Site::mint_orders() {
  for (const auto& [id, room] : open_orders_.take_due(due_)) {
    const auto& order = orders_.at(id);
    const bool done = is_done(id, order);
    if (done || is_early(order)) {
      open_orders_.remove(room, id);
      again_.insert(room);  // one may have waited for the other
      if (!done) waiting_[*opening_of(order)].push_back(id);
      continue;
    }
    std::visit(
        [&](const auto& wanted) {
          if constexpr (requires { mint_order(wanted, id); }) mint_order(wanted, id);
        },
        order);
  }
}

/// Looks only at what is not at rest: all orders ever given would be a long walk for each room that is shown.
std::vector<Payment> Site::waiting_payments(RoomId room) const {
  std::map<OutsideId, Payment> found;
  const auto look_at = [&](const OutsideId& id, const Order& order) {
    const auto* payment = std::get_if<Payment>(&order);
    if (payment != nullptr && payment->room == room && !is_done(id, order)) found.emplace(id, *payment);
  };
  Due due;
  due.add(room);
  for (const auto& [id, at] : open_orders_.due(due)) look_at(id, orders_.at(id));
  for (auto at = waiting_.lower_bound({room, 0}); at != waiting_.end() && at->first.first == room; ++at)
    for (const auto& id : at->second) look_at(id, orders_.at(id));
  std::vector<Payment> payments;
  for (auto& [id, payment] : found) payments.push_back(std::move(payment));
  return payments;
}

bool Site::is_done(const OutsideId& id, const Order& order) const {
  if (is_setting(order)) {
    const auto at = open_settings_.lower_bound({id, Holder{}});
    return at == open_settings_.end() || at->first != id;
  }
  const auto answered = [&](const Uid& request) {
    const auto* info = index_.request(request);
    return info != nullptr && info->answered.has_value();
  };
  // What was wanted of an opening that has ended, or was taken back, and no living box has been asked, will not be.
  const auto is_over = [&](const Uid& request, RoomId room, std::uint32_t opening) {
    return answered(request) || (!is_asked(request) && (has_passed(room, opening) || is_withdrawn(request)));
  };
  if (const auto* release = std::get_if<Release>(&order))
    return is_over(release->request.id, release->room, release->request.opening);
  if (const auto* move = std::get_if<Move>(&order)) return is_over(move->id, move->room, move->opening);
  if (const auto* fitting = std::get_if<Fitting>(&order)) return index_.has(id) || has_passed(fitting->room, fitting->opening);
  if (const auto* grant = std::get_if<AllowanceGrant>(&order)) return index_.has(id) || has_passed(grant->room, grant->opening);
  if (const auto* resolution = std::get_if<Resolution>(&order))
    return is_booked(id, *resolution) ||
           (resolution->to == ResolveTo::room && has_passed(resolution->room, resolution->opening));
  if (const auto* cancel = std::get_if<CancelOf>(&order)) {
    const auto taken_back = orders_.find(id_of(Move{cancel->id, {}, 0, {}}));  // a release has the same name
    return answered(cancel->id) || (taken_back != orders_.end() && is_done(taken_back->first, taken_back->second));
  }
  return index_.has(id);
}

bool Site::is_asked(const Uid& request) const {
  const auto* info = index_.request(request);
  if (info == nullptr) return false;
  return std::any_of(info->asked.begin(), info->asked.end(), [this](const auto& asked) {
    const auto* at = link(asked.first);
    return at != nullptr && !at->row().fenced;
  });
}

bool Site::is_withdrawn(const Uid& request) const { return orders_.contains(id_of(CancelOf{request})); }

/// What is left of the last term's allowance is still to go back, and would take the next term's along.
bool Site::is_ending(const AllowanceGrant& grant, const OutsideId& id) const {
  const auto asked = index_.ending(grant.room, grant.utility);
  const auto is_due = [&](const Uid& end) { return index_.request(end)->release->opening == grant.opening && is_asked(end); };
  if (std::any_of(asked.begin(), asked.end(), is_due)) return true;
  return has_open_end_before(grant, number_in(allowance_grants_, {grant.room, grant.utility}, id));
}

/// One that was given after all of them, should it not be among them.
std::uint64_t Site::number_in(const AllowanceOrders& orders, std::pair<RoomId, Utility> of, const OutsideId& id) {
  const auto all = orders.find(of);
  if (all == orders.end()) return UINT64_MAX;
  const auto at = std::find_if(all->second.begin(), all->second.end(), [&](const auto& one) { return one.second == id; });
  return at == all->second.end() ? UINT64_MAX : at->first;
}

/// What ends a term would find nothing, should the term not have been granted yet.
bool Site::has_open_grant_before(const Release& end, const OutsideId& id) const {
  const std::pair of(end.room, end.request.allow);
  const auto grants = allowance_grants_.find(of);
  if (end.request.to != ReleaseTo::subsidy || grants == allowance_grants_.end()) return false;
  const auto last = grants->second.lower_bound(number_in(allowance_ends_, of, id));
  return std::any_of(grants->second.begin(), last, [&](const auto& grant) {
    const auto& order = orders_.at(grant.second);
    return std::get<AllowanceGrant>(order).opening == end.request.opening && !is_done(grant.second, order);
  });
}

/// What ends a term that was given before this one is still to be asked for.
bool Site::has_open_end_before(const AllowanceGrant& grant, std::uint64_t number) const {
  const auto ends = allowance_ends_.find({grant.room, grant.utility});
  if (ends == allowance_ends_.end()) return false;
  return std::any_of(ends->second.begin(), ends->second.lower_bound(number), [&](const auto& end) {
    const auto& order = orders_.at(end.second);
    return std::get<Release>(order).request.opening == grant.opening && !is_done(end.second, order);
  });
}

void Site::mint_order(const Payment& payment, const OutsideId& id) {
  if (payment.code) return mint_code(payment, id);
  if (has_passed(payment.room, payment.opening))
    return put_in_suspense(entry(Kind::resolve, payment.room, id), clearing_pocket(payment.provider), payment.amount);
  auto made = entry(Kind::recharge, payment.room, id);
  credit(payment.room, payment.opening, clearing_pocket(payment.provider), payment.amount, std::move(made));
}

/// The sale of a code is booked at the incarnation that the code names, wherever the room is by then.
void Site::mint_code(const Payment& payment, const OutsideId& id) {
  const auto issuer = payment.code->issuer;
  const auto* box = link(issuer);
  if (box == nullptr) return;
  if (box->row().fenced) return mint_code_after_fence(payment, id);
  if (!may_mint(issuer)) return;
  auto made = entry(Kind::code_issue, payment.room, id);
  set_detail(made, Code{payment.code->name, payment.amount, payment.opening});
  made.lines.push_back({clearing_pocket(payment.provider), codes_pocket(issuer), payment.amount, false});
  mint(issuer, std::move(made));
}

/// A number that the box had redeemed within the cut is matched, and that is all; any other sale goes on to the room.
void Site::mint_code_after_fence(const Payment& payment, const OutsideId& id) {
  const auto issuer = payment.code->issuer;
  const auto& box = *link(issuer);
  if (!box.row().told || !is_settled()) return;
  const auto& used = box.state().used_codes();
  const auto at = used.find(payment.code->name);
  const bool redeemed = at != used.end() && !at->second.matched && at->second.amount == payment.amount &&
                        !index_.code_matched(issuer, payment.code->name);
  auto made = entry(Kind::code_after_fence, payment.room, id);
  made.cause = Place{issuer, Direction::down, 0};
  set_detail(made, Code{payment.code->name, payment.amount, payment.opening});
  made.lines.push_back({clearing_pocket(payment.provider), codes_pocket(issuer), payment.amount, false});
  // After a restore sales of one number may come in another order: one that a box has as delivered went on before, too.
  const bool went_on = index_.has(OutsideId("deliver/" + to_hex(uid_of(id)) + "/0"));
  if (!redeemed || went_on) made.lines.push_back({codes_pocket(issuer), transit_pocket(uid_of(id)), payment.amount, false});
  mint_own(std::move(made));
}

/// The same after a restore: what was delivered from it is then known by its name.
Uid Site::uid_of(const OutsideId& id) const {
  const auto digest = crypto_->hash(view(id.text()));
  Uid uid;
  std::copy_n(digest.bytes.begin(), uid.bytes.size(), uid.bytes.begin());
  return uid;
}

void Site::mint_order(const Release& release, const OutsideId& id) {
  const auto at = payable(release.room, release.request.opening);
  if (!at || !is_settled() || has_open_grant_before(release, id)) return;
  auto made = entry(Kind::release_request, release.room, at_link(id, *at));
  set_detail(made, release.request);
  mint(*at, std::move(made));
}

void Site::mint_order(const Move& move, const OutsideId& id) {
  const auto at = payable(move.room, move.opening);
  if (!at) return;
  auto made = entry(Kind::close_request, move.room, at_link(id, *at));
  set_detail(made, CloseRequest{move.id, move.opening, move.destination});
  mint(*at, std::move(made));
}

/// Wherever it was asked, and again where it is asked after a fence.
void Site::mint_order(const CancelOf& cancel, const OutsideId& id) {
  const auto* request = index_.request(cancel.id);
  if (request == nullptr) return;
  for (const auto& [holder, place] : request->asked) {
    const auto outside = at_link(id, holder);
    if (!may_mint(holder) || index_.has(outside)) continue;
    auto made = entry(Kind::cancel, request->room, outside);
    made.cause = place;
    set_detail(made, Cancel{cancel.id});
    mint(holder, std::move(made));
  }
}

void Site::mint_order(const AllowanceGrant& grant, const OutsideId& id) {
  const auto at = payable(grant.room, grant.opening);
  if (!at || is_ending(grant, id)) return;
  auto made = entry(Kind::allowance, grant.room, id);
  set_detail(made, Credit{grant.opening});
  made.lines.push_back({subsidy_pocket(), allow_pocket(grant.room, grant.utility, *at), grant.amount, false});
  mint(*at, std::move(made));
}

/// The first open of a room has no chain to prove its place by: every living box must have spoken.
void Site::mint_order(const Fitting& fitting, const OutsideId& id) {
  const auto at = holder_of(fitting.slot);
  if (!at || !may_mint(*at) || !is_settled()) return;
  if (const auto* chain = index_.room(fitting.room)) return mint_next_opening(fitting, id, *at, *chain);
  // One opening after the other, also when a fence has withdrawn the first.
  if (open_orders_.contains(fitting.room, id_of(Fitting{fitting.room, fitting.opening - 1, {}, {}}))) return;
  auto made = entry(Kind::open, fitting.room, id);
  set_detail(made, Open{fitting.opening, fitting.circuits});
  mint(*at, std::move(made));
}

/// After a close that named no destination. Each circuit goes on where it was left: its register kept counting, and a meter
/// that was changed meanwhile is told to the box as at any other time.
void Site::mint_next_opening(const Fitting& fitting, const OutsideId& id, Holder at, const RoomChain& chain) {
  const auto* close = chain.has_hole() || chain.open_at() ? nullptr : chain.unclaimed();
  if (close == nullptr || index_.destination(close->close.id) != EdgeId{} || !has_left(fitting.room, *close)) return;
  if (fitting.opening != close->close.opening + 1) return;
  auto circuits = fitting.circuits;
  for (auto& circuit : circuits)
    for (const auto& left : close->close.circuits)
      if (left.circuit == circuit.circuit) circuit = left;
  auto made = entry(Kind::open, fitting.room, id);
  made.cause = close->place;
  set_detail(made, Open{fitting.opening, circuits});
  mint(at, std::move(made));
}

/// A fenced box's cash sale, taken over from its list. A receipt that an entry already holds is not adopted.
void Site::mint_order(const CashAdoption& adoption, const OutsideId& id) {
  const auto* fenced = link(adoption.fenced);
  if (fenced == nullptr || !fenced->row().told) return;
  auto made = entry(Kind::adopt, adoption.room, id);
  set_detail(made, Credit{adoption.opening});
  if (has_passed(adoption.room, adoption.opening) && is_settled()) {
    made.lines.push_back({drawer_pocket(adoption.fenced), transit_pocket(adoption.receipt), adoption.amount, false});
    mint_own(std::move(made));
    return;
  }
  const auto at = payable(adoption.room, adoption.opening);
  if (!at) return;
  made.lines.push_back({drawer_pocket(adoption.fenced), room_pocket(adoption.room, *at), adoption.amount, false});
  mint(*at, std::move(made));
}

/// Agrees to a box's settlement, if the own replay has its hash.
void Site::countersign() {
  for (const auto& [holder, box] : links_) {
    const auto& settlement = box->link.state().settlement();
    if (settlement.number == box->countersigned || !settlement.agrees || !may_mint(holder)) continue;
    const OutsideId outside(at_link("settlement/" + std::to_string(settlement.number), holder));
    const auto record = box->link.up().at(settlement.number);
    const auto settled = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (settled && !index_.has(outside)) {
      auto made = entry(Kind::countersign, std::nullopt, outside);
      made.cause = settled->place();
      const auto& row = boxes_.at(holder);
      set_detail(made, Countersign{{settlement.number, record->hash}, settled->seen, row.keep_up_from, row.keep_down_from});
      mint(holder, std::move(made));
    }
    if (index_.has(outside)) box->countersigned = settlement.number;
  }
}

}  // namespace wattle::cloud
