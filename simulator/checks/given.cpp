// What somebody wants is what is stored, journalled and carried out: by each member, whatever the bytes of a row hold of them.

#include <tuple>

#include "cloud/core/rows.hpp"
#include "simulator/checks/given.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

// Whoever gives a member to an order must name it here, else this does not compile.
auto members(const cloud::Payment& v) {
  const auto& [number, provider, room, opening, amount, code] = v;
  const auto sale =
      code ? std::optional(std::tuple(code->issuer, code->name.room, code->name.epoch, code->name.number)) : std::nullopt;
  return std::tuple(number, provider, room, opening, amount, sale);
}
auto members(const cloud::Release& v) {
  const auto& [room, request, to_opening] = v;
  const auto& [id, opening, allow, at_most, to, to_room, payments] = request;
  return std::tuple(room, to_opening, id, opening, allow, at_most, to, to_room, payments);
}
auto members(const cloud::Move& v) {
  const auto& [id, room, opening, destination] = v;
  return std::tuple(id, room, opening, destination);
}
auto members(const cloud::CancelOf& v) {
  const auto& [id] = v;
  return std::tuple(id);
}
auto members(const cloud::AllowanceGrant& v) {
  const auto& [room, opening, utility, amount, term] = v;
  return std::tuple(room, opening, utility, amount, term);
}
auto members(const cloud::Fitting& v) {
  const auto& [room, opening, slot, circuits] = v;
  return std::tuple(room, opening, slot, circuits);
}
auto members(const cloud::PriceOrder& v) {
  const auto& [plan] = v;
  return std::tuple(plan);
}
auto members(const cloud::ConfigOrder& v) {
  const auto& [id, slot, key, value, number] = v;
  return std::tuple(id, slot, key, value, number);
}
auto members(const cloud::CashAdoption& v) {
  const auto& [fenced, receipt, room, opening, amount] = v;
  return std::tuple(fenced, receipt, room, opening, amount);
}
auto members(const cloud::Resolution& v) {
  const auto& [id, of, to, room, opening, provider, amount] = v;
  return std::tuple(id, of, to, room, opening, provider, amount);
}

// By what its giver knows it again.
auto name_of(const cloud::Payment& v) { return v.number; }
auto name_of(const cloud::Release& v) { return v.request.id; }
auto name_of(const cloud::Move& v) { return v.id; }
auto name_of(const cloud::CancelOf& v) { return v.id; }
auto name_of(const cloud::AllowanceGrant& v) { return std::tuple(v.room, v.utility, v.term); }
auto name_of(const cloud::Fitting& v) { return std::tuple(v.room, v.opening); }
auto name_of(const cloud::PriceOrder& v) { return v.plan.version; }
auto name_of(const cloud::ConfigOrder& v) { return v.id; }
auto name_of(const cloud::CashAdoption& v) { return v.receipt; }
auto name_of(const cloud::Resolution& v) { return v.id; }

}  // namespace

bool is_same(const cloud::Order& a, const cloud::Order& b) {
  return std::visit(
      [&b](const auto& one) {
        const auto* other = std::get_if<std::decay_t<decltype(one)>>(&b);
        return other != nullptr && members(one) == members(*other);
      },
      a);
}

bool has_name_of(const cloud::Order& a, const cloud::Order& b) {
  return std::visit(
      [&b](const auto& one) {
        const auto* other = std::get_if<std::decay_t<decltype(one)>>(&b);
        return other != nullptr && name_of(one) == name_of(*other);
      },
      a);
}

/// What the world has paid, and what stands in the journal, is what the cloud knows in the end. A term may stand there twice:
/// granted, forgotten by a restore, and granted to the next students before the journal was read.
void World::check_orders() const {
  const auto& known = processes_[ingest_].site->orders();
  std::map<OutsideId, bool> kept;
  const auto look_at = [&](const cloud::Order& given) {
    const auto id = cloud::id_of(given);
    const auto at = known.find(id);
    auto& is_kept = kept[id];
    is_kept = is_kept || (at != known.end() && is_same(at->second, given));
  };
  for (const auto& [number, payment] : facts_.payments) look_at(payment);
  for (const auto& order : facts_.journal) look_at(order);
  for (const auto& [id, is_kept] : kept) require(is_kept, "order", std::string(id.text()) + " is not known as it was given");
  for (const auto& [key, value] : newer_orders_)
    require(database_.row(Table::order, key) == value, "order", "an order that only a newer program can read is gone");
}

/// A row that somebody was told of is nobody else's: also one that only a newer program can read.
void World::check_order_rows(const Commit& commit) const {
  for (const auto& write : commit) {
    const auto* put = std::get_if<PutRow>(&write);
    if (put == nullptr || put->table != Table::order) continue;
    const auto before = database_.row(Table::order, put->key);
    require(!before || *before == put->value, "order",
            "order " + std::to_string(cloud::order_number(put->key)) + " is overwritten by another");
  }
}

}  // namespace wattle::sim
