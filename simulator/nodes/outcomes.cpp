// What the cores order, done: messages posted, relays moved, lists written, providers called.

#include <algorithm>

#include "simulator/checks/books.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void World::carry_out(BoxNode& box, const edge::Effect& effect) {
  if (const auto* send = std::get_if<edge::Send>(&effect)) {
    check_output(box, *send);
    auto bytes = as_spoken(send->bytes, box.older);
    if (!box.up_cut) post({true, box.holder, std::move(bytes)});
  } else if (const auto* relay = std::get_if<edge::SwitchRelay>(&effect)) {
    check_relay(box, *relay);
    if (!is_wired(box, relay->room)) return void(box.ordered.erase(relay->circuit));
    box.ordered[relay->circuit] = relay->close;
    if (box.bus) return order(box, *relay);
    auto& meter = facts_.meters.at(relay->circuit);
    if (!meter.welded || relay->close) meter.relay_closed = relay->close;
  } else if (const auto* forget = std::get_if<edge::ForgetOrder>(&effect)) {
    if (box.bus) forget_order(box, forget->circuit);
  } else if (const auto* receipt = std::get_if<edge::CashReceipt>(&effect)) {
    const StreamId up{the_site, box.holder, Direction::up};
    require(receipt->rests_on.mine <= box.disk.head(up).number, "output", "a receipt leaves before its entry is durable");
    require(facts_.receipts.try_emplace(receipt->receipt, receipt->room, receipt->amount).second, "receipt lost",
            "a receipt's number is given twice");
    const auto* room = box.engine->link().state().find(receipt->room);
    if (room != nullptr && room->open) facts_.sold_for[receipt->receipt] = room->opening;
  } else if (const auto* warned = std::get_if<edge::Warned>(&effect)) {
    check_warning(box, *warned);
  } else if (const auto* code = std::get_if<edge::CodeAnswered>(&effect)) {
    const StreamId up{the_site, box.holder, Direction::up};
    require(code->rests_on.mine <= box.disk.head(up).number, "output", "a code is honoured before its entry is durable");
    check_code(box, *code);
  } else if (const auto* raised = std::get_if<edge::Raise>(&effect)) {
    box.alarms.insert(raised->alarm);
    if (raised->alarm == edge::Alarm::own_entries_forgotten) box.begun.clear();  // what it had read is forgotten with them
    trace_alarm(box, *raised);
  }
}

void World::carry_out(std::size_t process, const cloud::Effect& effect) {
  if (const auto* send = std::get_if<cloud::Send>(&effect)) {
    check_output(*send);
    post({false, send->to, as_spoken(send->bytes, older_cloud_)});
  } else if (const auto* answer = std::get_if<cloud::AnswerOrder>(&effect)) {
    check_output(*answer);
    std::erase_if(wishes_, [&](const Wish& wish) { return cloud::id_of(wish.order) == answer->id; });
  } else if (const auto* settled = std::get_if<cloud::AnswerRefund>(&effect)) {
    check_output(*settled);
  } else if (const auto* journal = std::get_if<cloud::Journal>(&effect)) {
    check_output(*journal);
    facts_.journal.push_back(journal->order);
    journalled_.insert(cloud::id_of(journal->order));
  } else if (const auto* call = std::get_if<cloud::CallProvider>(&effect)) {
    check_output(*call);
    call_provider(process, *call);
  } else if (const auto* claim = std::get_if<cloud::ListClaim>(&effect)) {
    check_output(*claim);
    const auto is_it = [&](const auto& known) { return known.first == claim->holder; };
    if (std::none_of(facts_.lists.claims.begin(), facts_.lists.claims.end(), is_it))
      facts_.lists.claims.emplace_back(claim->holder, claim->key);
    std::erase_if(claims_, is_it);
    for (auto& box : boxes_)
      if (box->holder == claim->holder && box->disk.commits() == 0) box->dead = false;
  } else if (const auto* fence = std::get_if<cloud::ListFence>(&effect)) {
    check_output(*fence);
    if (archive_held_) return void(held_fences_.insert(fence->holder));
    backup();
    if (std::find(facts_.lists.fences.begin(), facts_.lists.fences.end(), fence->holder) == facts_.lists.fences.end())
      facts_.lists.fences.push_back(fence->holder);
    cloud_mail_.push_back(cloud::FenceArchived{fence->holder});
  } else if (const auto* raised = std::get_if<cloud::Raise>(&effect)) {
    told_.insert(raised->alarm);
    if (raised->alarm == cloud::Alarm::rollback_noticed) check_rollback();
    trace_alarm(*raised);
  }
}

/// What has become of these parts of refunds the process need ask nobody any more.
void World::note_told(CloudProcess& process, const cloud::RefundsJournaled& refunds) {
  for (const auto* said : {&refunds.paid, &refunds.rejected})
    for (const auto& refund : *said) process.told.emplace(refund.request, refund.part);
}

/// It names a payment that was made there, whole fen of it, and the second time the same.
void World::check_call(const std::pair<Uid, std::uint32_t>& key, const cloud::CallProvider& call) const {
  const auto payment = facts_.payments.find(call.payment);
  require(payment != facts_.payments.end() && payment->second.provider == call.provider, "provider's bill",
          "a refund is asked of a payment that was never made there: " + call.payment);
  require(call.amount.micros > 0 && call.amount.micros % fen(1).micros == 0, "provider's bill",
          "a refund is asked for that is not whole fen: " + std::to_string(call.amount.micros));
  const auto at = facts_.refunds.find(key);
  if (at == facts_.refunds.end()) return;
  require(at->second.amount == call.amount, "provider's bill", "a refund is asked for again with another amount");
  require(at->second.payment == call.payment && at->second.room == call.room, "provider's bill",
          "a refund is asked for again of another payment or room");
}

/// The provider decides at the first call, and says the same ever after.
void World::call_provider(std::size_t process, const cloud::CallProvider& call) {
  require(!bills_due_, "provider's bill", "a refund is asked for before the bills since the restore are read");
  const std::pair key{call.request, call.part};
  check_call(key, call);
  require(!processes_[process].told.contains(key), "provider's bill",
          "a refund is asked for whose outcome bills or journal tell");
  auto& called = processes_[process].called;
  const auto before = called.find(key);
  require(before == called.end() || now().tick - before->second >= cloud::provider_patience, "provider's bill",
          "a provider is asked again before its patience is over");
  called[key] = now().tick;
  const bool rejects = options_.has(Fault::refunds) && random_.chance(1, 4);
  const auto outcome = rejects ? cloud::RefundOutcome::rejected : cloud::RefundOutcome::paid;
  const auto& refund =
      facts_.refunds.try_emplace(key, Refund{call.provider, call.payment, call.room, call.amount, outcome}).first->second;
  if (!quiet_ && random_.chance(1, 3)) return;  // the answer is lost
  cloud_mail_.push_back(cloud::RefundSettled{call.request, call.part, refund.outcome});
}

}  // namespace wattle::sim
