// Where fences cut: nothing counts beyond, and nothing that was admitted or read is cut off.

#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

void check_cuts(const std::map<Place, Entry>& entries, const Disk& database) {
  for (const auto& [place, entry] : entries) {
    const auto fence = entry.kind == Kind::fence ? detail_of<Fence>(entry) : std::nullopt;
    if (!fence) continue;
    const StreamId up{entry.stream.site, fence->holder, Direction::up};
    const StreamId down{up.site, fence->holder, Direction::down};
    const auto name = "the fence of box " + std::to_string(fence->holder.edge.value);
    require(database.head(up) == fence->cut_up && database.head(down) == fence->cut_down, "fence's cut",
            name + " names other cuts than where the streams end");
    const auto bytes = database.row(Table::link, to_bytes(fence->holder));
    const auto row = bytes ? from_bytes<LinkRow>(*bytes) : std::nullopt;
    require(row && row->agreed <= fence->cut_down.number, "fence's cut", name + " cuts below what was agreed");
    const auto last = entries.find(Place{fence->holder, Direction::up, fence->cut_up.number});
    require(last == entries.end() || last->second.seen.number <= fence->cut_down.number, "fence's cut",
            name + " cuts below what the box had read");
  }
}

}  // namespace wattle::sim
