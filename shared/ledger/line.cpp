#include "shared/ledger/line.hpp"

#include <algorithm>
#include <array>

namespace wattle {

namespace {

enum class By : std::uint8_t { cloud, edge };
using K = PocketKind;

struct Rule {
  K from;
  K to;
  By writer;
  bool measured;
};

// One row a legal line. Order is of no importance; a pair stands once for each writer and flag.
constexpr std::array rules = {
    Rule{K::clearing, K::room, By::cloud, false},     Rule{K::clearing, K::arrears, By::cloud, false},
    Rule{K::clearing, K::codes, By::cloud, false},    Rule{K::clearing, K::card, By::cloud, false},
    Rule{K::subsidy, K::allow, By::cloud, false},     Rule{K::transit, K::room, By::cloud, false},
    Rule{K::transit, K::allow, By::cloud, false},     Rule{K::transit, K::arrears, By::cloud, false},
    Rule{K::transit, K::clearing, By::cloud, false},  Rule{K::transit, K::subsidy, By::cloud, false},
    Rule{K::transit, K::suspense, By::cloud, false},  Rule{K::arrears, K::room, By::cloud, false},
    Rule{K::suspense, K::clearing, By::cloud, false}, Rule{K::clearing, K::suspense, By::cloud, false},
    Rule{K::suspense, K::arrears, By::cloud, false},  Rule{K::arrears, K::suspense, By::cloud, false},
    Rule{K::suspense, K::room, By::cloud, false},     Rule{K::allow, K::sold, By::edge, true},
    Rule{K::room, K::sold, By::edge, true},           Rule{K::room, K::sold, By::edge, false},
    Rule{K::sold, K::room, By::edge, false},          Rule{K::sold, K::allow, By::edge, false},
    Rule{K::room, K::transit, By::edge, false},       Rule{K::allow, K::transit, By::edge, false},
    Rule{K::drawer, K::room, By::edge, false},        Rule{K::drawer, K::card, By::edge, false},
    Rule{K::drawer, K::transit, By::edge, false},     Rule{K::codes, K::room, By::edge, false},
    Rule{K::codes, K::transit, By::edge, false},      Rule{K::card, K::sold, By::edge, false},
    Rule{K::card, K::transit, By::edge, false},
};

bool listed(const Line& line, By writer) {
  return std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) {
    return rule.from == line.from.kind && rule.to == line.to.kind && rule.writer == writer && rule.measured == line.measured;
  });
}

/// Only these stand at the cloud; only those stand at a box; a card stands where it was written.
bool holder_fits(const Pocket& pocket) {
  switch (pocket.kind) {
    case K::transit:
    case K::clearing:
    case K::subsidy:
    case K::arrears:
    case K::suspense: return pocket.holder.is_cloud();
    case K::card: return true;
    default: return !pocket.holder.is_cloud();
  }
}

bool same_room_where_both_have_one(const Line& line) {
  const auto of_room = [](K kind) { return kind == K::room || kind == K::allow || kind == K::arrears; };
  return !of_room(line.from.kind) || !of_room(line.to.kind) || line.from.number == line.to.number;
}

/// Allowance of one utility stays in that utility; paid money has none.
bool utility_fits(const Line& line) {
  const auto in = line.from.utility;
  const auto out = line.to.utility;
  const auto needs_one = [](const Pocket& pocket) {
    return (pocket.kind == K::allow || pocket.kind == K::sold) && pocket.utility == Utility::none;
  };
  if (needs_one(line.from) || needs_one(line.to)) return false;
  const auto carries = [](K kind) { return kind == K::allow || kind == K::transit; };
  if (line.from.kind == K::transit && line.to.kind == K::subsidy) return in != Utility::none;
  if (line.from.kind == K::transit && line.to.kind == K::suspense) return true;
  if (line.from.kind == K::transit && line.to.kind != K::allow) return in == Utility::none;
  if (line.from.kind == K::allow || ((carries(line.from.kind) || line.from.kind == K::sold) && line.to.kind == K::allow))
    return in == out;
  if (line.to.kind == K::transit) return out == Utility::none;
  return true;
}

Result<void> check_edge_line(const Line& line, Holder link) {
  if (line.from.holder != link) return WATTLE_FAIL(LedgerErrc::foreign_pocket);
  if (!listed(line, By::edge)) return WATTLE_FAIL(LedgerErrc::illegal_line);
  const bool to_own = line.to.holder == link;
  const bool to_transit = line.to.kind == K::transit;
  if (!to_own && !to_transit) return WATTLE_FAIL(LedgerErrc::illegal_line);
  return {};
}

/// A line of a fenced incarnation, written in its stead by the cloud.
Result<void> check_inherited_line(const Line& line, Direction direction, Holder link) {
  if (line.from.holder == link) return WATTLE_FAIL(LedgerErrc::foreign_pocket);
  if (!listed(line, By::edge)) return WATTLE_FAIL(LedgerErrc::illegal_line);
  if (direction == Direction::site && (line.to.holder.is_cloud() || line.to.holder == line.from.holder)) return {};
  if (direction == Direction::down && line.to.holder == link && line.to.kind == K::room) return {};
  return WATTLE_FAIL(LedgerErrc::illegal_line);
}

Result<void> check_cloud_line(const Line& line, Direction direction, Holder link) {
  if (!line.from.holder.is_cloud()) return check_inherited_line(line, direction, link);
  if (!listed(line, By::cloud) && !(line.from.kind == K::card && listed(line, By::edge)))
    return WATTLE_FAIL(LedgerErrc::illegal_line);
  if (line.to.holder.is_cloud() || (direction == Direction::down && line.to.holder == link)) return {};
  // To a fenced incarnation only what settles its books: a debt taken over, a code sold in its name, an allowance that was lost
  // with it.
  const auto settles = [&] {
    if (line.to.kind == K::room) return line.from.kind == K::arrears;
    return line.to.kind == K::allow ? line.from.kind == K::subsidy : line.to.kind == K::codes;
  };
  if (direction == Direction::site && settles()) return {};
  return WATTLE_FAIL(LedgerErrc::illegal_line);
}

}  // namespace

Result<void> check_line(const Line& line, Direction direction, Holder link) {
  if (line.amount.micros <= 0) return WATTLE_FAIL(LedgerErrc::amount);
  if (!holder_fits(line.from) || !holder_fits(line.to)) return WATTLE_FAIL(LedgerErrc::illegal_line);
  if (!same_room_where_both_have_one(line) || !utility_fits(line)) return WATTLE_FAIL(LedgerErrc::illegal_line);
  if (direction == Direction::up) return check_edge_line(line, link);
  return check_cloud_line(line, direction, link);
}

}  // namespace wattle
