#include "cloud/gateway/presence.hpp"

namespace wattle::cloud {

bool Presence::hear(Holder from, Now now) {
  auto& box = boxes_[from];
  const bool news = !box.wall || box.told_offline;
  box = {now.wall, now.tick, false};
  return news;
}

std::vector<Holder> Presence::fallen_silent(Tick now) {
  std::vector<Holder> silent;
  for (auto& [holder, box] : boxes_) {
    if (box.told_offline || !is_silent(box, now)) continue;
    box.told_offline = true;
    silent.push_back(holder);
  }
  return silent;
}

std::optional<Instant> Presence::heard_at(Holder holder) const {
  const auto at = boxes_.find(holder);
  return at == boxes_.end() ? std::nullopt : at->second.wall;
}

bool Presence::is_online(Holder holder, Tick now) const {
  const auto at = boxes_.find(holder);
  return at != boxes_.end() && at->second.wall && !is_silent(at->second, now);
}

}  // namespace wattle::cloud
