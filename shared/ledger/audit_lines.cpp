#include "shared/ledger/audit_lines.hpp"

#include <algorithm>
#include <array>

namespace wattle::auditing {

namespace {

using K = PocketKind;

constexpr unsigned bit(K kind) { return 1U << static_cast<unsigned>(kind); }
template <class... Kinds>
constexpr unsigned any_of(Kinds... kinds) {
  return (0U | ... | bit(kinds));
}

// To where money may go from a pocket of the row's kind.
struct Way {
  K from;
  unsigned decided;   // somebody chose it
  unsigned measured;  // it has flowed
};

constexpr std::array cloud_ways = {
    Way{K::clearing, any_of(K::room, K::arrears, K::codes, K::card, K::suspense), 0},
    Way{K::subsidy, any_of(K::allow), 0},
    Way{K::transit, any_of(K::room, K::allow, K::arrears, K::clearing, K::subsidy, K::suspense), 0},
    Way{K::arrears, any_of(K::room, K::suspense), 0},
    Way{K::suspense, any_of(K::clearing, K::arrears, K::room), 0},
    Way{K::card, any_of(K::sold, K::transit), 0},
};
constexpr std::array box_ways = {
    Way{K::allow, any_of(K::transit), any_of(K::sold)}, Way{K::room, any_of(K::transit, K::sold), any_of(K::sold)},
    Way{K::sold, any_of(K::room, K::allow), 0},         Way{K::drawer, any_of(K::room, K::card, K::transit), 0},
    Way{K::codes, any_of(K::room, K::transit), 0},      Way{K::card, any_of(K::sold, K::transit), 0},
};

template <std::size_t N>
bool leads(const std::array<Way, N>& ways, const Line& line) {
  return std::any_of(ways.begin(), ways.end(), [&](const Way& way) {
    return way.from == line.from.kind && ((line.measured ? way.measured : way.decided) & bit(line.to.kind)) != 0;
  });
}

constexpr unsigned at_cloud = any_of(K::transit, K::card, K::clearing, K::subsidy, K::arrears, K::suspense);
constexpr unsigned at_box = any_of(K::room, K::allow, K::card, K::drawer, K::sold, K::codes);
constexpr unsigned of_a_room = any_of(K::room, K::allow, K::arrears);

bool stands_rightly(const Pocket& pocket) {
  if (pocket.kind == K::allow && pocket.utility == Utility::none) return false;
  return ((pocket.holder.is_cloud() ? at_cloud : at_box) & bit(pocket.kind)) != 0;
}

/// A room's money never becomes another's, and an allowance never becomes money or another utility's.
bool keeps_its_sort(const Line& line) {
  const auto& [from, to, amount, measured] = line;
  if ((of_a_room & bit(from.kind)) != 0 && (of_a_room & bit(to.kind)) != 0 && from.number != to.number) return false;
  if (to.kind == K::suspense) return true;
  const auto allowance = [](const Pocket& pocket) {
    return pocket.kind == K::allow || (pocket.kind == K::transit && pocket.utility != Utility::none);
  };
  if (allowance(from)) return to.kind == K::subsidy || (from.utility == to.utility && (to.kind == K::sold || allowance(to)));
  if (allowance(to)) return from.kind == K::subsidy || (from.kind == K::sold && from.utility == to.utility);
  return to.kind != K::subsidy;
}

bool may_credit(const Line& line, const StreamId& stream, const std::map<Holder, Fence>& fences) {
  const auto& to = line.to;
  switch (stream.direction) {
    case Direction::up: return to.holder == stream.link || to.kind == K::transit;
    case Direction::down: {
      if (line.from.holder.is_cloud()) return to.holder.is_cloud() || to.holder == stream.link;
      return to.holder == stream.link &&
             to.kind == K::room;  // in a fenced box's stead, in the link of the room that it credits
    }
    case Direction::site: {
      if (to.holder.is_cloud() || to.holder == line.from.holder) return true;
      // A fenced box's books are settled: a debt taken over, a code sold in its name, an allowance that went on from there.
      const bool settles = (line.from.kind == K::arrears && to.kind == K::room) || to.kind == K::codes ||
                           (line.from.kind == K::subsidy && to.kind == K::allow);
      return line.from.holder.is_cloud() && settles && fences.contains(to.holder);
    }
  }
  return false;
}

}  // namespace

std::optional<AuditCause> line_fault(const Line& line, const StreamId& stream, const std::map<Holder, Fence>& fences) {
  if (line.amount.micros <= 0) return AuditCause::amount;
  const auto& holder = line.from.holder;
  const bool of_cloud = holder.is_cloud();
  const bool debits_own = stream.direction == Direction::up ? holder == stream.link
                                                            : of_cloud || (holder != stream.link && fences.contains(holder));
  if (!debits_own) return AuditCause::holder;
  if (!stands_rightly(line.from) || !stands_rightly(line.to) || !keeps_its_sort(line)) return AuditCause::illegal_line;
  const bool may_move = of_cloud ? leads(cloud_ways, line) : leads(box_ways, line);
  if (!may_move || !may_credit(line, stream, fences)) return AuditCause::illegal_line;
  return std::nullopt;
}

}  // namespace wattle::auditing
