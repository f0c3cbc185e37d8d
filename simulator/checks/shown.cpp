// What is shown to people of money on its way is what the world knows of it.

#include <algorithm>

#include "simulator/checks/books.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {
constexpr std::uint64_t events_between_rooms = 16;
constexpr std::uint64_t events_between_refunds = 64;
}  // namespace

/// Of one room, another one each time; and now and then of all refunds.
void World::check_shown() const {
  if (events_ % events_between_rooms == 0)
    check_waiting({101 + static_cast<std::uint32_t>(events_ / events_between_rooms % options_.rooms)});
  if (events_ % events_between_refunds == 0) check_refund_states(false);
}

/// A payment is acknowledged, and waits in sight until an entry books it.
void World::check_waiting(RoomId room) const {
  const auto* cloud = processes_[ingest_].site.get();
  std::set<std::string> waiting;
  for (const auto& [number, payment] : facts_.payments)
    if (payment.room == room && cloud->orders().contains(cloud::id_of(payment)) && !cloud->index().has(cloud::id_of(payment)))
      waiting.insert(number);
  for (const auto& shown : cloud->waiting_payments(room))
    require(waiting.erase(shown.number) == 1, "shown",
            "payment " + shown.number + " of room " + std::to_string(room.value) + " is shown as waiting, and does not");
  require(waiting.empty(), "shown",
          waiting.empty()
              ? ""
              : "payment " + *waiting.begin() + " of room " + std::to_string(room.value) + " waits and is not shown");
}

/// What a provider has said of a part is shown, and nothing that it has not said. What was never asked of one has no payment.
void World::check_refund_states(bool at_rest) const {
  const auto* cloud = processes_[ingest_].site.get();
  for (const auto& [key, refund] : facts_.refunds) {
    const auto& [request, part] = key;
    const auto* parts = cloud->refund(request);
    if (parts == nullptr || part >= parts->size() || (*parts)[part].to.payment.empty()) continue;
    const auto shown = cloud->refund_state(request, part);
    require(!shown || *shown == refund.outcome, "shown",
            "part " + std::to_string(part) + " of refund " + to_hex(request) + " is shown otherwise than its provider said");
    require(shown || !at_rest, "shown",
            "what became of part " + std::to_string(part) + " of refund " + to_hex(request) + " is not shown");
  }
}

/// What a person may still decide about: what the books have put there, less what he has decided. What he decided about before
/// a restore, and has found its way otherwise since, is not there any more.
void check_undecided(const std::map<Place, Entry>& entries, const cloud::Site& site) {
  std::map<OutsideId, std::int64_t> left;
  std::set<OutsideId> put;
  for (const auto& [place, entry] : entries) {
    const auto order = site.orders().find(entry.outside);
    const auto* decided = order == site.orders().end() ? nullptr : std::get_if<cloud::Resolution>(&order->second);
    for (const auto& line : entry.lines) {
      if (line.to.kind == PocketKind::suspense) put.insert(entry.outside);
      if (line.to.kind == PocketKind::suspense) left[entry.outside] += line.amount.micros;
      if (line.from.kind == PocketKind::suspense && decided != nullptr) left[OutsideId(decided->of)] -= line.amount.micros;
    }
  }
  for (const auto& [of, money] : site.undecided()) left[of] -= money.micros;
  for (const auto& [of, micros] : left)
    require(
        micros == 0 || (micros < 0 && !put.contains(of)), "shown",
        std::string(of.text()) + ": of what is undecided " + std::to_string(micros) + " more lies in suspense than is shown");
}

}  // namespace wattle::sim
