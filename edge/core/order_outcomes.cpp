#include "edge/core/order_outcomes.hpp"

#include <algorithm>

namespace wattle::edge {
namespace {

constexpr std::uint8_t outcome_version = 1;
constexpr auto last_known = static_cast<std::uint8_t>(LedgerErrc::other_session);

Bytes row_key(RegisterKind kind, CircuitId circuit) {
  const auto text = "outcome/" + (kind == RegisterKind::accept ? accept_key(circuit) : correction_key(circuit));
  return {text.begin(), text.end()};
}

}  // namespace

LedgerErrc refusal_of(std::uint8_t why) { return why <= last_known ? static_cast<LedgerErrc>(why) : LedgerErrc::detail; }

std::optional<OrderOutcomes::Outcome> OrderOutcomes::outcome(const Key& key) {
  const auto [at, fresh] = outcomes_.try_emplace(key);
  if (!fresh) return at->second;
  const auto row = store_->row(Table::box, row_key(key.first, key.second));
  if (!row) return std::nullopt;
  Reader in(*row);
  if (in.u8() != outcome_version) return std::nullopt;
  Outcome known;
  const auto id = in.raw(known.id.bytes.size());
  const auto why = in.u8();
  if (!in.finished()) return std::nullopt;
  std::copy(id.begin(), id.end(), known.id.bytes.begin());
  if (why != 0) known.refused = refusal_of(why);
  at->second = known;
  return known;
}

void OrderOutcomes::look(const SettingsBook& settings) {
  const auto gather = [this](RegisterKind kind, const auto& orders) {
    auto& waiting_now = waiting(kind);
    waiting_now.clear();
    for (const auto& [circuit, order] : orders) {
      const auto known = outcome({kind, circuit});
      if (!known || known->id != order.id) waiting_now.insert(circuit);
    }
  };
  gather(RegisterKind::accept, settings.accepts());
  gather(RegisterKind::correction, settings.corrections());
  held_up_.clear();
}

void OrderOutcomes::decide(const Key& key, const Outcome& outcome, Commit& commit) {
  outcomes_[key] = outcome;
  held_up_.erase(key);
  waiting(key.first).erase(key.second);
  ++decided_;
  Bytes row;
  Writer out(row);
  out.u8(outcome_version);
  out.raw(outcome.id.bytes);
  out.u8(outcome.refused ? static_cast<std::uint8_t>(*outcome.refused) : std::uint8_t{0});
  commit.push_back(PutRow{Table::box, row_key(key.first, key.second), row});
}

void OrderOutcomes::done(RegisterKind kind, CircuitId circuit, const Uid& id, Commit& commit) {
  decide({kind, circuit}, {id, std::nullopt}, commit);
}

void OrderOutcomes::refused(RegisterKind kind, CircuitId circuit, const Uid& id, LedgerErrc why, Commit& commit) {
  decide({kind, circuit}, {id, why}, commit);
}

std::optional<OrderRefusal> OrderOutcomes::why(RegisterKind kind, CircuitId circuit) const {
  const Key key{kind, circuit};
  if (const auto at = held_up_.find(key); at != held_up_.end()) return at->second;
  const auto& waiting = kind == RegisterKind::accept ? accepts_ : corrections_;
  const auto at = outcomes_.find(key);
  if (waiting.contains(circuit) || at == outcomes_.end() || !at->second || !at->second->refused) return std::nullopt;
  return OrderRefusal{mark_of(at->second->id), *at->second->refused};
}

void OrderOutcomes::held_up(RegisterKind kind, CircuitId circuit, const Uid& id, std::optional<LedgerErrc> why) {
  if (why)
    held_up_[{kind, circuit}] = {mark_of(id), *why};
  else
    held_up_.erase({kind, circuit});
}

void OrderOutcomes::follow_branch(const SettingsBook& settings, const std::set<OutsideId>& dropped,
                                  const std::set<OutsideId>& held, Commit& commit) {
  for (auto& [key, known] : outcomes_) {
    if (!known || known->refused || !dropped.contains(outside_id_of(known->id))) continue;
    known.reset();
    commit.push_back(PutRow{Table::box, row_key(key.first, key.second), {}});
  }
  look(settings);
  const auto note_done = [&](RegisterKind kind, const auto& orders) {
    for (const auto& [circuit, order] : orders)
      if (held.contains(outside_id_of(order.id))) done(kind, circuit, order.id, commit);
  };
  note_done(RegisterKind::accept, settings.accepts());
  note_done(RegisterKind::correction, settings.corrections());
}

}  // namespace wattle::edge
