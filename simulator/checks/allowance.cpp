// The university's books: what was granted is used, ended or still there.

#include "simulator/checks/books.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void check_allowances(const Disk& database, const std::map<Pocket, std::int64_t>& sums) {
  using K = PocketKind;
  std::int64_t given = 0;
  std::int64_t used = 0;
  std::int64_t ended = 0;
  for (const auto& id : database.streams())
    for (auto number = database.first(id); number <= database.head(id).number; ++number) {
      const auto entry = decode_entry(database.entry(id, number)->bytes);
      for (const auto& line : entry->lines) {
        if (line.from.kind == K::subsidy) given += line.amount.micros;
        if (line.to.kind == K::subsidy) ended += line.amount.micros;
        if (line.from.kind == K::allow && line.to.kind == K::sold) used += line.amount.micros;
        if (line.from.kind == K::sold && line.to.kind == K::allow) used -= line.amount.micros;
      }
    }
  std::int64_t left = 0;
  for (const auto& [pocket, micros] : sums)
    if (pocket.kind == K::allow || (pocket.kind == K::transit && pocket.utility != Utility::none)) left += micros;
  require(given == used + ended + left, "allowance",
          "given " + std::to_string(given) + ", used " + std::to_string(used) + ", ended " + std::to_string(ended) + ", left " +
              std::to_string(left));
}

/// Who ended a term when its allowance was granted, as far as he had heard, has ended that one: it comes to the room before its
/// end is asked for, else nothing ever ends it.
void World::check_terms(const std::map<Place, Entry>& entries) const {
  std::map<OutsideId, Place> granted;
  std::map<std::pair<Uid, Holder>, std::uint64_t> asked;
  for (const auto& [place, entry] : entries) {
    if (entry.kind == Kind::allowance) granted.emplace(entry.outside, place);
    const auto request = entry.kind == Kind::release_request ? detail_of<ReleaseRequest>(entry) : std::nullopt;
    if (request) asked.try_emplace({request->id, place.link}, place.number);
  }
  const auto& orders = processes_[ingest_].site->orders();
  for (const auto& [id, order] : orders) {
    const auto* grant = std::get_if<cloud::AllowanceGrant>(&order);
    const auto heard = acknowledged_.find(id);
    const auto place = granted.find(id);
    if (grant == nullptr || heard == acknowledged_.end() || place == granted.end()) continue;
    for (const auto& [end_id, other] : orders) {
      const auto* end = std::get_if<cloud::Release>(&other);
      if (end == nullptr || end->room != grant->room || end->request.to != ReleaseTo::subsidy ||
          end->request.allow != grant->utility || end->request.opening != grant->opening)
        continue;
      const auto given = given_.find(end_id);
      const auto at = asked.find({end->request.id, place->second.link});
      if (given == given_.end() || at == asked.end() || given->second <= heard->second) continue;
      require(place->second.number < at->second, "allowance",
              std::string(id.text()) + " is granted when the end of its term has been asked for");
    }
  }
}

}  // namespace wattle::sim
