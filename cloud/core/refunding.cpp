// What was released goes back to the provider: what was released, never what was asked. The split over payments is stored
// before the first call; a part's number is the request's with the part's, so that it can be asked for again and never paid
// twice.

#include "cloud/core/box.hpp"

namespace wattle::cloud {

namespace {

OutsideId part_id(std::string_view sort, const Uid& request, std::uint32_t part) {
  return OutsideId(std::string(sort) + "/" + to_hex(request) + "/" + std::to_string(part));
}

/// Of a request that was made anew from the bills (ask_again): which payment it went back to no bill says.
bool is_from_bill(const RefundTo& to) { return to.payment.empty(); }

/// The bills have shown what became of a part from there: it was paid; or, where they showed nothing, it never is.
std::uint8_t state_of_new(const RefundTo& to) {
  if (!is_from_bill(to)) return 0;
  return static_cast<std::uint8_t>(to.at_most.micros > 0 ? RefundOutcome::paid : RefundOutcome::rejected);
}

}  // namespace

void Site::put_refund(const Uid& request) {
  commit_.push_back(PutRow{Table::refund, to_bytes(request), to_bytes(refunds_.at(request))});
  open_refunds_.add(room_of_request(request), request);
}

const std::vector<RefundPart>* Site::refund(const Uid& request) const {
  const auto at = refunds_.find(request);
  return at == refunds_.end() ? nullptr : &at->second;
}

/// What the books say goes before what was stored: after a restore a part may stand there as open that came back long ago.
std::uint8_t Site::outcome_of(const Uid& request, std::uint32_t part) const {
  if (index_.has(part_id("refund", request, part))) return static_cast<std::uint8_t>(RefundOutcome::paid);
  if (index_.has(part_id("back", request, part))) return static_cast<std::uint8_t>(RefundOutcome::rejected);
  const auto stored = refunds_.at(request)[part].state;
  if (stored == 0 && rejected_.contains({request, part})) return static_cast<std::uint8_t>(RefundOutcome::rejected);
  return stored;
}

std::optional<RefundOutcome> Site::refund_state(const Uid& request, std::uint32_t part) const {
  if (const auto known = outcome_of(request, part); known != 0) return static_cast<RefundOutcome>(known);
  // While the site is not settled nothing of the bills is booked, and it has been paid all the same.
  const auto billed = billed_.find({request, part});
  return billed != billed_.end() && billed->second.amount.micros > 0 ? std::optional(RefundOutcome::paid) : std::nullopt;
}

/// Stores what is known; true when that is news.
bool Site::note_outcomes(const Uid& request) {
  auto& parts = refunds_.at(request);
  bool news = false;
  for (std::uint32_t part = 0; part < parts.size(); ++part) {
    const auto known = outcome_of(request, part);
    news = news || known != parts[part].state;
    parts[part].state = known;
  }
  return news;
}

/// A release that was answered, and whose split is not stored yet: its money lies in transit.
void Site::plan_refunds() {
  if (!is_settled()) return;
  for (const auto& [transit, room] : index_.bound().due(due_)) plan_refund(transit.id);
}

void Site::plan_refund(const Uid& id) {
  const auto* request = index_.request(id);
  if (request == nullptr || !request->release || request->release->to != ReleaseTo::provider || !request->answered) return;
  if (request->released.micros <= 0 || refunds_.contains(id)) return;
  std::vector<RefundPart> parts;
  Money left = request->released;
  for (const auto& payment : request->release->payments) {
    const auto part = min(left, payment.at_most);
    if (part.micros <= 0 && !is_from_bill(payment)) continue;
    parts.push_back({payment, part, state_of_new(payment)});
    left.micros -= part.micros;
  }
  refunds_[id] = std::move(parts);
  put_refund(id);
}

/// What the provider has decided is booked: paid out, or back to the room's present box.
void Site::settle_refunds() {
  if (!is_settled()) return;
  for (const auto& [id, room] : open_refunds_.take_due(due_)) {
    if (!settle_refund(id)) {
      due_refunds_.push_back(id);
      continue;
    }
    open_refunds_.remove(room, id);
    // Booked by what came back, although a call is still without its answer: no reason to wake up for.
    if (std::erase_if(called_, [&](const auto& item) { return item.first.first == id; }) > 0) calls_due_ = {};
  }
  explain_bills();
}

/// What was released and is no part's: the named payments cannot take it back, one was paid in less than was planned, or was
/// booked before anything was released for it. It goes to the room again, as a rejected part does, under a number that no bill
/// has.
void Site::add_rest(const Uid& id) {
  const auto is_booked = [&](std::uint32_t part) {
    return index_.has(part_id("refund", id, part)) || index_.has(part_id("back", id, part));
  };
  auto& parts = refunds_.at(id);
  auto rest = index_.balance(transit_pocket(id));
  for (std::uint32_t part = 0; part < parts.size(); ++part)
    if (!is_booked(part)) rest.micros -= parts[part].amount.micros;
  if (rest.micros <= 0) return;
  constexpr auto rejected = static_cast<std::uint8_t>(RefundOutcome::rejected);
  const auto next = [&] { return static_cast<std::uint32_t>(parts.size()); };
  while (is_booked(next()) || billed_.contains({id, next()})) parts.push_back({{}, {}, rejected});
  parts.push_back({{}, rest, rejected});
  put_refund(id);
}

/// True when nothing of it is left to be booked.
bool Site::settle_refund(const Uid& id) {
  if (note_outcomes(id)) put_refund(id);
  add_rest(id);
  const auto* request = index_.request(id);
  const auto& parts = refunds_.at(id);
  bool all = request != nullptr && request->answered.has_value();
  for (std::uint32_t part = 0; part < parts.size(); ++part) {
    const auto back = part_id("back", id, part);
    if (index_.has(part_id("refund", id, part)) || index_.has(back)) continue;
    const auto& planned = parts[part];
    const bool is_paid = planned.state == static_cast<std::uint8_t>(RefundOutcome::paid);
    if (planned.state != 0 && !is_paid && planned.amount.micros == 0) continue;
    all = false;
    if (planned.state == 0 || request == nullptr || index_.balance(transit_pocket(id)) < planned.amount) continue;
    if (is_paid) {
      const auto amount = is_from_bill(planned.to) ? planned.to.at_most : planned.amount;
      pay_out({id, part}, {id, part, planned.to.provider, request->room, amount}, planned.amount);
      continue;
    }
    auto made = entry(Kind::deliver, request->room, back);
    made.cause = request->answered;
    if (has_passed(request->room, request->release->opening))
      put_in_suspense(std::move(made), transit_pocket(id), planned.amount);
    else
      credit(request->room, request->release->opening, transit_pocket(id), planned.amount, std::move(made));
  }
  return all;
}

/// Books what a provider has paid back, of which at most so much was released. The rest lies in suspense, with an alarm: never
/// silent.
void Site::pay_out(const PartId& part, const BilledRefund& paid, Money at_most) {
  const auto& [id, number] = part;
  const auto* request = index_.request(id);
  auto made = entry(Kind::payout, request == nullptr ? paid.room : request->room, part_id("refund", id, number));
  if (request != nullptr) made.cause = request->answered;
  set_detail(made, Payout{id, number});
  // Money that has gone back to the room is not paid out of the other parts'.
  const bool is_back = index_.has(part_id("back", id, number));
  const auto released = is_back ? Money{} : min(at_most, max(index_.balance(transit_pocket(id)), Money{}));
  const Money unexplained{paid.amount.micros - released.micros};
  if (released.micros > 0) made.lines.push_back({transit_pocket(id), clearing_pocket(paid.provider), released, false});
  if (unexplained.micros > 0) {
    made.lines.push_back({suspense_pocket(), clearing_pocket(paid.provider), unexplained, false});
    raise(Alarm::refund_unexplained, request == nullptr ? Holder{} : request->answered_at,
          static_cast<std::uint64_t>(unexplained.micros));
  }
  mint_own(std::move(made));
}

/// A request that nobody remembers, with all that the bills show of it: each part has its number again. Where a number is not
/// on them its payment may take back nothing. False when what they show makes no request.
bool Site::ask_again(const Uid& id, RoomId of, std::uint32_t opening) {
  ReleaseRequest again{id, opening, Utility::none, {}, ReleaseTo::provider, {}, {}};
  for (auto at = billed_.lower_bound({id, 0}); at != billed_.end() && at->first.first == id; ++at) {
    const auto& [key, refund] = *at;
    if (index_.has(part_id("refund", id, key.second))) continue;  // booked as it was, out of no box's money
    const bool fits = key.second < refund_payments_max && refund.room == of;
    if (!fits || __builtin_add_overflow(again.at_most.micros, refund.amount.micros, &again.at_most.micros)) return false;
    again.payments.resize(key.second);
    again.payments.push_back({refund.provider, {}, refund.amount});
  }
  return accept(Release{of, again});
}

/// What was paid back and no box has answered for. It is asked for, where that can be; a stay that is over, or a room that
/// nobody knows, has nothing to release any more.
void Site::explain_unanswered(const PartId& part, const BilledRefund& paid) {
  const auto& id = part.first;
  if (is_asked(id)) return;
  const auto order = orders_.find(id_of(Move{id, {}, 0, {}}));  // a release has the same name
  if (order != orders_.end()) {
    if (is_done(order->first, order->second)) pay_out(part, paid, {});
    return;
  }
  const auto* chain = index_.room(paid.room);
  if (chain == nullptr) {
    const bool is_to_come = orders_.contains(id_of(Fitting{paid.room, 1, {}, {}}));
    if (!is_to_come) pay_out(part, paid, {});
    return;
  }
  const auto* request = index_.request(id);
  const auto opening = request != nullptr && request->release ? request->release->opening : chain->opening();
  if (has_passed(paid.room, opening) || !ask_again(id, paid.room, opening)) pay_out(part, paid, {});
}

/// Under its own name; or as the provider's bill names it, should that have come first.
bool Site::is_booked(const OutsideId& id, const Resolution& resolution) const {
  return index_.has(id) || (resolution.to == ResolveTo::provider && index_.has(part_id("refund", resolution.id, 0)));
}

/// Money that a person decided to pay out of suspense goes under the decision's own number, and is booked as that decision. One
/// that is paid otherwise than it was decided is told of, once a process: which of the two is wrong, a person must find out.
bool Site::explain_decided(const PartId& part, const BilledRefund& paid) {
  const auto at = orders_.find(OutsideId("resolve/" + to_hex(part.first)));
  const auto* decision = at == orders_.end() ? nullptr : std::get_if<Resolution>(&at->second);
  if (decision == nullptr) return false;
  const bool is_as_decided = decision->to == ResolveTo::provider && part.second == 0 && decision->provider == paid.provider &&
                             decision->amount == paid.amount;
  if (!is_as_decided) raise(Alarm::refund_unexplained, {}, static_cast<std::uint64_t>(paid.amount.micros));
  if (!is_as_decided || index_.has(at->first)) billed_.erase(part);
  return true;
}

/// It may have been planned otherwise: what was planned after a restore need not be what was paid before it. Less leaves a rest
/// (add_rest), more was never released.
void Site::settle_as_billed(const PartId& part, const BilledRefund& paid) {
  auto& planned = refunds_.at(part.first)[part.second];
  planned.state = static_cast<std::uint8_t>(RefundOutcome::paid);
  planned.amount = min(planned.amount, paid.amount);
  put_refund(part.first);
  pay_out(part, paid, planned.amount);
}

/// Refunds that the bills show and the books do not. One whose request was forgotten becomes that request again.
void Site::explain_bills() {
  const bool came = std::exchange(bills_came_, false);
  const auto billed = billed_;
  for (const auto& [key, refund] : billed) {
    const auto& [id, part] = key;
    if (!came && !due_.has(refund.room) && !due_.has(room_of_request(id))) continue;
    if (index_.has(part_id("refund", id, part)) || refund.amount.micros <= 0) {
      billed_.erase(key);
      continue;
    }
    if (explain_decided(key, refund)) continue;
    const auto planned = refunds_.find(id);
    const auto* request = index_.request(id);
    if (request == nullptr || !request->answered) {
      explain_unanswered(key, refund);
    } else if (planned != refunds_.end() && part < planned->second.size() && planned->second[part].state == 0) {
      settle_as_billed(key, refund);
    } else if (planned == refunds_.end() || part >= planned->second.size() || planned->second[part].amount.micros == 0 ||
               index_.has(part_id("back", id, part))) {
      pay_out(key, refund, {});  // what lies in transit is the other parts'
    }
  }
}

/// Asks, and asks again under the same number while the outcome is unknown.
void Site::call_providers() {
  if (!is_settled()) return;
  std::set<Uid> due;
  const bool look_at_all = now_.tick >= calls_due_;
  if (look_at_all)
    for (const auto& [key, called] : called_) due.insert(key.first);
  due.insert(due_refunds_.begin(), due_refunds_.end());
  for (const auto& [id, room] : open_refunds_.fresh()) due.insert(id);
  if (due.empty() && !look_at_all) return;
  for (const auto& id : due) call_provider(id);
  calls_due_ = never;
  for (const auto& [part, called] : called_) calls_due_ = std::min(calls_due_, called + provider_patience);
}

void Site::call_provider(const Uid& id) {
  const auto* request = index_.request(id);
  if (request == nullptr || !request->answered) return;
  const auto& parts = refunds_.at(id);
  for (std::uint32_t part = 0; part < parts.size(); ++part) {
    const std::pair key{id, part};
    if (parts[part].state != 0) {
      called_.erase(key);
      continue;
    }
    const auto at = called_.find(key);
    if (at != called_.end() && now_.tick - at->second < provider_patience) continue;
    called_[key] = now_.tick;
    outcome_.push_back(
        CallProvider{id, part, parts[part].to.provider, parts[part].to.payment, parts[part].amount, request->room});
  }
}

/// Whose word it was a restore may have forgotten: then it is nobody's any more, and nobody pays.
OrderAnswer Site::word_again(const RefundSettled& settled) const {
  if (!settled.by) return OrderAnswer::known;
  const auto told = told_by_.find({settled.request, settled.part});
  return told != told_by_.end() && told->second == *settled.by ? OrderAnswer::known : OrderAnswer::of_other;
}

void Site::on(const RefundSettled& settled) {
  const auto answer = [this](OrderAnswer word) { outcome_.push_back(AnswerRefund{word}); };
  const auto at = refunds_.find(settled.request);
  if (at == refunds_.end() || settled.part >= at->second.size()) return answer(OrderAnswer::refused);
  if (const auto known = refund_state(settled.request, settled.part))
    return answer(*known == settled.outcome ? word_again(settled) : OrderAnswer::contradicts);
  at->second[settled.part].state = static_cast<std::uint8_t>(settled.outcome);
  put_refund(settled.request);
  if (settled.by) {
    commit_.push_back(PutRow{Table::refund, to_bytes(ToldPart{settled.request, settled.part}), to_bytes(*settled.by)});
    told_by_[{settled.request, settled.part}] = *settled.by;
  }
  answer(OrderAnswer::accepted);
}

}  // namespace wattle::cloud
