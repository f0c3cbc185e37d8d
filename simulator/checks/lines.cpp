// The table of legal lines, once more and in other words than the product's; and the sum of everything that was admitted.

#include <set>
#include <tuple>

#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

namespace {

using K = PocketKind;
enum Flag : bool { decided = false, measured = true };

bool is_edge_line(const Line& line) {
  static const std::set<std::tuple<K, K, bool>> table = {
      {K::allow, K::sold, measured},   {K::room, K::sold, measured},    {K::room, K::sold, decided},
      {K::sold, K::room, decided},     {K::sold, K::allow, decided},    {K::room, K::transit, decided},
      {K::allow, K::transit, decided}, {K::drawer, K::room, decided},   {K::drawer, K::transit, decided},
      {K::codes, K::room, decided},    {K::codes, K::transit, decided},
  };
  return table.contains({line.from.kind, line.to.kind, line.measured});
}

bool is_cloud_line(const Line& line) {
  static const std::set<std::pair<K, K>> table = {
      {K::clearing, K::room},     {K::clearing, K::arrears}, {K::clearing, K::codes},   {K::subsidy, K::allow},
      {K::transit, K::room},      {K::transit, K::allow},    {K::transit, K::arrears},  {K::transit, K::clearing},
      {K::transit, K::subsidy},   {K::transit, K::suspense}, {K::arrears, K::room},     {K::suspense, K::clearing},
      {K::clearing, K::suspense}, {K::suspense, K::arrears}, {K::arrears, K::suspense}, {K::suspense, K::room},
  };
  return !line.measured && table.contains({line.from.kind, line.to.kind});
}

void check_one(const Entry& entry, const Line& line, const cloud::Site& site) {
  const auto told = [&] {
    return to_text(entry.kind) + " " + std::to_string(entry.number) + ": " + to_text(line.from) + " → " + to_text(line.to) +
           " " + std::to_string(line.amount.micros);
  };
  require(line.amount.micros > 0, "holder rule", "an amount that is not above zero: " + told());
  if (entry.stream.direction == Direction::up) {
    require(line.from.holder == entry.stream.link, "holder rule", "a box debits what it does not hold: " + told());
    require(is_edge_line(line), "line table", told());
    require(line.to.holder == entry.stream.link || line.to.kind == K::transit, "line table", told());
  } else if (line.from.holder.is_cloud()) {
    require(is_cloud_line(line), "line table", told());
  } else {
    const auto* link = site.link(line.from.holder);
    require(link != nullptr && link->row().fenced, "holder rule", "the cloud debits a living box's pocket: " + told());
    require(is_edge_line(line), "line table", told());
  }
  require(line.from.kind != K::transit || line.to.kind == K::suspense ||
              (line.from.utility != Utility::none) == (line.to.kind == K::allow || line.to.kind == K::subsidy),
          "allowance", "allowance becomes money, or money allowance: " + told());
}

}  // namespace

std::map<Pocket, std::int64_t> sums_of_lines(const Disk& database, const cloud::Site& site) {
  std::map<Pocket, std::int64_t> sums;
  for (const auto& id : database.streams())
    for (auto number = database.first(id); number <= database.head(id).number; ++number) {
      const auto entry = decode_entry(database.entry(id, number)->bytes);
      require(entry.has_value(), "chain", "an entry of the database cannot be read");
      for (const auto& line : entry->lines) {
        check_one(*entry, line, site);
        sums[line.from] -= line.amount.micros;
        sums[line.to] += line.amount.micros;
      }
    }
  return sums;
}

void check_pockets(const std::map<Pocket, std::int64_t>& sums, const cloud::Site& site, const States& states) {
  for (const auto& [pocket, micros] : sums) {
    if (pocket.holder.is_cloud() || pocket.kind == K::drawer || pocket.kind == K::sold) continue;
    const auto* link = site.link(pocket.holder);
    require(link != nullptr, "liveness", "the cloud does not know the holder of " + to_text(pocket));
    const auto text = to_text(pocket) + " holds " + std::to_string(micros);
    if (link->row().fenced) {
      require(micros == 0, "fenced pocket not empty", text);
      continue;
    }
    const auto at = states.find(pocket.holder);
    if (at == states.end()) continue;
    const auto& state = *at->second;
    const auto* room = state.find(pocket.room());
    const bool of_room = pocket.kind == K::room || pocket.kind == K::allow;
    require(!of_room || micros == 0 || (room != nullptr && room->open), "closed pocket not empty", text);
    require(state.balance(pocket).micros == micros, "balance ≠ lines",
            text + ", the fold says " + std::to_string(state.balance(pocket).micros));
  }
}

}  // namespace wattle::sim
