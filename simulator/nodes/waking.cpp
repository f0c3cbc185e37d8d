// Boxes and the cloud wake when they wanted to, and must not want to at once again.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

/// Whoever was woken has done what he woke for: else he turns on the spot.
template <class Core>
void World::check_sleeps(const Core* woken, const Core* now, const std::string& who) const {
  require(woken != now || now == nullptr || now->wake_up() > tick_, "sleep", who + " is to be woken again at once");
}

/// Wakes one that is due. False when nobody is.
bool World::wake_due() {
  const auto first = random_.below(boxes_.size() + 1);
  for (std::size_t i = 0; i <= boxes_.size(); ++i) {
    const auto at = (first + i) % (boxes_.size() + 1);
    if (at == boxes_.size()) {
      if (site() == nullptr || site()->wake_up() > tick_) continue;
      const auto* woken = site();
      to_cloud(cloud::Woke{});
      check_sleeps<cloud::Site>(woken, site(), "the cloud");
      return true;
    }
    auto& box = *boxes_[at];
    if (!box.engine || box.engine->wake_up() > tick_) continue;
    const auto* woken = box.engine.get();
    to_box(box, edge::Woke{});
    check_sleeps<edge::Engine>(woken, box.engine.get(), "box " + std::to_string(box.holder.edge.value));
    return true;
  }
  return false;
}

}  // namespace wattle::sim
