// The university's books: what was granted is used, ended or still there.

#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

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

}  // namespace wattle::sim
