#pragma once
// What really happened outside: money paid to providers, refunds that they made, cash in drawers, energy through meters.
// Written by the world alone, and compared with the books at the end.

#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "cloud/core/site.hpp"
#include "shared/base/random.hpp"

namespace wattle::sim {

/// A check that did not hold. `check` names it in the table of planted bugs.
class Violation : public std::runtime_error {
 public:
  Violation(std::string name, const std::string& text) : std::runtime_error(name + ": " + text), check(std::move(name)) {}
  std::string check;
};

inline void require(bool holds, const char* check, const std::string& text) {
  if (!holds) throw Violation(check, text);
}

/// A box's own clock and the one that it trusts.
struct Clocks {
  Instant sooner;
  Instant later;
};

struct Meter {
  MeterId number;
  std::int64_t register_units = 0;
  RoomId room;
  CircuitId circuit;
  bool relay_closed = true;
  bool welded = false;
  std::int64_t base = 0;            // the first reading of this meter
  std::int64_t charged_before = 0;  // by meters that were replaced on this circuit
  Utility utility = Utility::electricity;
  std::int64_t watts = 0;  // what hangs on it draws, while it is on
  std::int64_t ends = 0;   // where its display begins again from zero; 0: far away. register_units goes on
  std::int64_t shown() const { return ends > 0 ? register_units % ends : register_units; }
  std::int64_t turns() const { return ends > 0 ? register_units / ends : 0; }
};

/// Whether the profile of its model says where its register ends. The others' say nothing, or what is not so.
inline bool tells_its_end(const Meter& meter) { return meter.circuit.value % 2 == 0; }

/// What is wrong where a circuit's meter hangs on its bus.
struct Wiring {
  Tick dead_until{};
  Tick deaf_until{};  // says yes to commands, and its contact stays as it is
  Tick swapped_until{};
  CircuitId swapped_with;          // until then the meters of both answer at each other's address
  std::uint64_t disturbances = 0;  // of any kind: faults, and moves of the relay that its bus has not ordered
};

struct Refund {
  Provider provider{};
  std::string payment;
  RoomId room;
  Money amount;
  cloud::RefundOutcome outcome{};
};

struct Facts {
  std::map<std::string, cloud::Payment> payments;  // confirmed by a provider
  std::set<std::string> unbilled;                  // of those: no bill and no journal shows them any more
  std::set<std::pair<Holder, CodeName>> sold_codes;
  std::map<std::pair<Uid, std::uint32_t>, Refund> refunds;  // first call decides, later calls get the same answer
  std::map<Uid, Refund> paid_by_hand;                // what persons have decided about suspense, by the decision's number
  std::map<Uid, std::pair<RoomId, Money>> receipts;  // printed
  std::map<Uid, std::uint32_t> sold_for;             // the opening of a receipt's room, where its box had that room
  std::vector<cloud::Order> journal;
  cloud::Lists lists;
  std::map<CircuitId, Meter> meters;
  std::map<CircuitId, Wiring> wirings;
  std::map<CircuitId, std::int64_t> energy;                // all that ever flowed there
  std::vector<std::pair<std::string, std::string>> typed;  // codes sold: payment and digits
};

}  // namespace wattle::sim
