// The core's effects, after the commit on which they rest.

#include "cloud/gateway/gateway.hpp"
#include "shared/base/check.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"
#include "shared/io/log.hpp"

namespace wattle::cloud {
namespace {

constexpr std::string_view unknown_kind = "kind ";  // so begins to_text of a kind without a name

const char* word(Alarm alarm) {
  switch (alarm) {
    case Alarm::rollback_noticed: return "rollback_noticed";
    case Alarm::own_entries_forgotten: return "own_entries_forgotten";
    case Alarm::copy_refused: return "copy_refused";
    case Alarm::stream_stopped: return "stream_stopped";
    case Alarm::opening_passed: return "opening_passed";
    case Alarm::settlement_differs: return "settlement_differs";
    case Alarm::refund_unexplained: return "refund_unexplained";
    case Alarm::order_contradicts: return "order_contradicts";
    case Alarm::cause_lost: return "cause_lost";
    case Alarm::resolution_waits: return "resolution_waits";
  }
  return "unknown";
}

/// Why, where the count is a reason of the ledger's.
std::string reason_of(const Raise& raised) {
  const bool is_reason = raised.alarm == Alarm::copy_refused || raised.alarm == Alarm::stream_stopped;
  return is_reason ? wattle::word(static_cast<LedgerErrc>(raised.count)) : "";
}

}  // namespace

void Gateway::persisted(const Commit& commit) {
  std::set<RoomId> rooms;
  // A stream that went back on purpose, or that has come back as far as it will, must not look like a rollback at the next
  // start.
  bool is_lower = false;
  for (const auto& write : commit) {
    const auto* row = std::get_if<PutRow>(&write);
    is_lower = is_lower || std::holds_alternative<SetAside>(write) || (row != nullptr && row->table == Table::site);
    if (const auto* append = std::get_if<AppendEntry>(&write)) count_entry(*append, rooms);
  }
  if (is_lower) write_heads();
  for (const auto room : rooms) observer_.room_changed(room);
}

void Gateway::count_entry(const AppendEntry& append, std::set<RoomId>& rooms) {
  const auto* stream = append.stream.direction == Direction::up     ? "up"
                       : append.stream.direction == Direction::down ? "down"
                                                                    : "site";
  metrics_.counter("wattle_entries_total", "Entries made durable, by stream", {{"stream", stream}}).add();
  const auto entry = decode_entry(append.record.bytes);
  if (!entry) return;
  if (entry->room) rooms.insert(*entry->room);
  const auto kind = to_text(entry->kind);
  if (!kind.starts_with(unknown_kind)) return;
  metrics_.counter("wattle_unknown_kinds_total", "Entries of kinds that a newer program writes, taken by their lines").add();
  log_event(LogLevel::warning, "cloud.entry.unknown_kind",
            {{"edge", client_name(append.stream.link)}, {"number", append.number}, {"kind", kind}});
}

void Gateway::carry_out(const Effect& effect) {
  std::visit([this](const auto& wanted) { on(wanted); }, effect);
}

void Gateway::on(const Send& send) {
  if (!is_connected()) return;  // the session says it again when the broker is back
  Nonce nonce;
  fill_random(nonce.bytes);
  const auto sealed = peers_.seal(send.to, send.bytes, send.rests_on.mine, nonce);
  WATTLE_CHECK(sealed.has_value());  // a link without a claim
  constexpr int qos_down = 0;        // portable profile: a queue for each box does not scale
  const auto sent = mqtt_->publish(sealed->topic, sealed->payload, qos_down);
  if (!sent) metrics_.counter("wattle_gateway_unsent_total", "Messages that found no room; the session sends them again").add();
}

/// What no provider's bill shows stands in the journal before the answer leaves. The core sees to all orders but payments.
void Gateway::on(const AnswerOrder& answered) {
  if (answered.answer != OrderAnswer::accepted && answered.answer != OrderAnswer::known) return;
  const auto order = site_->orders().find(answered.id);
  WATTLE_CHECK(order != site_->orders().end());
  const auto* payment = std::get_if<Payment>(&order->second);
  if (payment == nullptr || payment->provider != Provider::cash_desk) return;
  if (const auto kept = journal_->append(order->second); !kept) throw StoreFailure(kept.error());
}

void Gateway::on(const Journal& journal) {
  if (const auto kept = journal_->append(journal.order); !kept) throw StoreFailure(kept.error());
}

/// The cash desk is a person, who is told by the list of what waits (GET /api/v1/orders/…), and answers through the API.
void Gateway::on(const CallProvider& call) {
  WATTLE_CHECK(call.provider == Provider::cash_desk);                  // no other takes payments yet
  if (!refunds_told_.emplace(call.request, call.part).second) return;  // asked again for as long as it waits
  log_event(LogLevel::info, "cloud.refund.waiting",
            {{"request", to_hex(call.request)}, {"part", call.part}, {"room", call.room.value}});
}

void Gateway::on(const ListClaim& listed) {
  const auto claim = claims_.find(listed.holder);
  WATTLE_CHECK(claim != claims_.end());
  if (const auto kept = lists_->add(claim->second); !kept) throw StoreFailure(kept.error());
}

void Gateway::on(const ListFence& listed) {
  if (fences_waiting_.insert(listed.holder).second) backups_->make_soon();
}

void Gateway::on(const Raise& raised) {
  const auto reason = reason_of(raised);
  const auto* link = raised.alarm == Alarm::stream_stopped ? site_->link(raised.link) : nullptr;
  const auto stopped_at = link != nullptr && link->row().stopped ? link->row().stopped->number : 0;
  metrics_.counter("wattle_alarms_total", "Alarms of the core", {{"alarm", word(raised.alarm)}, {"code", reason}}).add();
  log_event(LogLevel::error, "cloud.alarm",
            {{"alarm", word(raised.alarm)},
             {"code", reason},
             {"edge", raised.link.is_cloud() ? "" : client_name(raised.link)},
             {"number", stopped_at},
             {"count", raised.count}});
  if (raised.alarm == Alarm::rollback_noticed) read_bills();
}

void Gateway::on(const Refused& refused) {
  const auto* code = wattle::word(refused.why);
  metrics_.counter("wattle_gateway_refused_total", "Messages that were not taken, by the reason", {{"code", code}}).add();
  // Each reconnection leaves a message of the session before on its way.
  const bool usual = refused.why == LedgerErrc::other_session;
  log_event(usual ? LogLevel::debug : LogLevel::warning, "cloud.message.refused",
            {{"edge", client_name(refused.from)}, {"code", code}});
}

void Gateway::tell_refunds(BillsRead journaled) {
  runner_->give(RefundsJournaled{std::move(journaled.refunds), std::move(journaled.rejected)});
}

/// Orders that only a newer program can read may be of money, too: until one has read them, nothing counts as read.
void Gateway::read_bills() {
  auto bills = JournalFile::read(settings_.journal, crypto_);
  if (!bills) throw StoreFailure(bills.error());
  if (const auto unknown = journal_->unknown_orders(); unknown > 0) {
    log_event(LogLevel::error, "cloud.bills.unreadable", {{"orders", unknown}});
    runner_->give(RefundsJournaled{std::move(bills->refunds), std::move(bills->rejected)});
    return;
  }
  log_event(LogLevel::warning, "cloud.bills.read",
            {{"payments", bills->payments.size()}, {"refunds", bills->refunds.size()}, {"orders", bills->journal.size()}});
  runner_->give(*std::move(bills));
}

}  // namespace wattle::cloud
