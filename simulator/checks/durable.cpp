// What leaves the cloud and is no message: it rests on rows, and these are on the disk at that moment.

#include <algorithm>

#include "cloud/core/rows.hpp"
#include "simulator/checks/given.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void StoredOrders::read(const Disk& database) {
  for (const auto& [key, value] : database.rows_after(Table::order, cloud::order_key(read_))) {
    read_ = cloud::order_number(key);
    if (const auto order = cloud::decode_order(value)) numbers_[cloud::id_of(*order)] = read_;
  }
}

std::optional<cloud::Order> StoredOrders::find(const Disk& database, const OutsideId& id) {
  const auto look = [&]() -> std::optional<cloud::Order> {
    const auto at = numbers_.find(id);
    const auto row = at == numbers_.end() ? std::nullopt : database.row(Table::order, cloud::order_key(at->second));
    const auto order = row ? cloud::decode_order(*row) : std::nullopt;
    return order && cloud::id_of(*order) == id ? order : std::nullopt;
  };
  read(database);
  if (auto order = look()) return order;
  numbers_.clear();  // a restore has given numbers anew
  read_ = 0;
  read(database);
  return look();
}

namespace {

std::optional<cloud::RefundPart> stored_part(const Disk& database, const Uid& request, std::uint32_t part) {
  const auto row = database.row(Table::refund, to_bytes(request));
  const auto parts = row ? from_bytes<std::vector<cloud::RefundPart>>(*row) : std::nullopt;
  return parts && part < parts->size() ? std::optional((*parts)[part]) : std::nullopt;
}

std::optional<Entry> find(const Disk& database, const OutsideId& outside) {
  for (const auto& id : database.streams())
    for (auto number = database.first(id); number <= database.head(id).number; ++number) {
      const auto entry = decode_entry(database.look(id, number)->bytes);
      if (entry && entry->outside == outside) return *entry;
    }
  return std::nullopt;
}

bool stands(const Disk& database, const OutsideId& outside) { return find(database, outside).has_value(); }

}  // namespace

/// A person who hears that his decision is taken pays.
void World::note_decided() {
  const auto* decision = std::get_if<cloud::Resolution>(&*ordering_);
  if (decision == nullptr || decision->to != cloud::ResolveTo::provider) return;
  const auto of = find(database_, OutsideId(decision->of));
  facts_.paid_by_hand[decision->id] = {
      decision->provider, {}, of && of->room ? *of->room : RoomId{}, decision->amount, cloud::RefundOutcome::paid};
}

/// Whatever it says of the order, but that it is refused, it says of one that is stored.
void World::check_output(const cloud::AnswerOrder& answer) {
  if (answer.answer == cloud::OrderAnswer::refused) return;
  const auto name = std::string(answer.id.text());
  const auto order = stored_orders_.find(database_, answer.id);
  require(order.has_value(), "output", "an order is answered that is not durable: " + name);
  const bool taken = answer.answer != cloud::OrderAnswer::contradicts;
  require(ordering_.has_value(), "output", "an order is answered, and nobody has given any");
  require(!taken || is_same(*order, *ordering_), "output",
          "an order is acknowledged, and its row says something else: " + name);
  require(taken || (has_name_of(*order, *ordering_) && !is_same(*order, *ordering_)), "order",
          "an order is said to contradict one that it does not: " + name);
  require(!taken || std::holds_alternative<cloud::Payment>(*order) || journalled_.contains(answer.id), "output",
          "an order is acknowledged that is in no journal: " + name);
  if (taken) note_decided();
  if (taken) acknowledged_.try_emplace(answer.id, events_);
}

void World::check_output(const cloud::Journal& journal) {
  const auto id = cloud::id_of(journal.order);
  require(stored_orders_.find(database_, id).has_value(), "output",
          "an order goes into the journal that is not durable: " + std::string(id.text()));
  require(ordering_ && is_same(journal.order, *ordering_), "output",
          "what goes into the journal is not what was given: " + std::string(id.text()));
}

/// A bill shows what was paid, and the journal what a person at the cash desk has said either way. Both are outside the
/// database and are read again at each start, until the site is settled and it is booked.
bool World::is_told_outside(const cloud::RefundSettled& settled) const {
  const auto at = facts_.refunds.find({settled.request, settled.part});
  if (at == facts_.refunds.end() || at->second.outcome != settled.outcome) return false;
  return settled.outcome == cloud::RefundOutcome::paid || at->second.provider == Provider::cash_desk;
}

void World::check_output(const cloud::AnswerRefund& answer) const {
  if (answer.answer != cloud::OrderAnswer::accepted && answer.answer != cloud::OrderAnswer::known) return;
  require(settling_.has_value(), "output", "what became of a refund is acknowledged, and nobody told of any");
  const auto part = stored_part(database_, settling_->request, settling_->part);
  if (part && part->state == static_cast<std::uint8_t>(settling_->outcome)) return;
  const auto* asked = processes_[ingest_].site.get();
  if (answer.answer == cloud::OrderAnswer::known && is_told_outside(*settling_) && asked != nullptr && !asked->is_settled())
    return;
  const auto* sort = settling_->outcome == cloud::RefundOutcome::paid ? "refund/" : "back/";
  require(stands(database_, OutsideId(sort + to_hex(settling_->request) + "/" + std::to_string(settling_->part))), "output",
          "what became of a refund is acknowledged and not durable");
}

/// No split is of more than its box has durably released.
void World::check_released(const Uid& id) const {
  const auto* site = processes_.size() == 1 ? processes_[ingest_].site.get() : nullptr;
  const auto* request = site != nullptr ? site->index().request(id) : nullptr;
  if (request == nullptr) return;
  require(request->answered.has_value(), "provider's bill", "a provider is called for what no box has released");
  const auto& place = *request->answered;
  const auto* record = database_.look({the_site, place.link, place.direction}, place.number);
  const auto answer = record != nullptr ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  require(answer.has_value(), "output", "a provider is called, and the release is not durable");
  std::int64_t left = 0;
  for (const auto& line : answer->lines) left += line.to == transit_pocket(id) ? line.amount.micros : 0;
  for (std::uint32_t part = 0; const auto stored = stored_part(database_, id, part); ++part) left -= stored->amount.micros;
  require(left >= 0, "provider's bill", "a provider is called for more than was released: " + std::to_string(-left));
}

/// Else a cloud that dies now asks again under another split.
void World::check_output(const cloud::CallProvider& call) const {
  const auto part = stored_part(database_, call.request, call.part);
  check_released(call.request);
  require(part && part->amount == call.amount && part->to.provider == call.provider && part->to.payment == call.payment,
          "output", "a provider is called, and the refund's split is not durable");
}

void World::check_output(const cloud::ListClaim& claim) const {
  const auto bytes = database_.row(Table::site, cloud::box_key(claim.holder));
  const auto row = bytes ? from_bytes<cloud::BoxRow>(*bytes) : std::nullopt;
  require(row && row->key == claim.key, "output", "a claim is listed that is not durable");
}

void World::check_output(const cloud::ListFence& fence) const {
  const auto bytes = database_.row(Table::link, to_bytes(fence.holder));
  const auto row = bytes ? from_bytes<LinkRow>(*bytes) : std::nullopt;
  require(row && row->fenced, "output", "a fence is listed that is not durable");
}

}  // namespace wattle::sim
