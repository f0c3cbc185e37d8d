// What the boxes and the cloud send each other, and when it arrives.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {
constexpr std::size_t network_max = 400;  // a broker's queue: what comes when it is full is lost
}  // namespace

void World::post(Message message) {
  if (is_silent_) check_silent(message);
  ++posted_;
  if (!quiet_ && options_.has(Fault::drop) && random_.chance(1, 40)) return;
  if (network_.size() >= network_max) return;
  message.due = tick_ + some_latency();
  network_.push_back(message);
  if (!quiet_ && options_.has(Fault::duplicate) && random_.chance(1, 40)) network_.push_back(std::move(message));
}

/// Most are there at once; a few lie in a broker's queue for minutes.
Duration World::some_latency() {
  if (slow_line_) return {random_.between(slow_line_->first.micros, slow_line_->second.micros)};
  const auto kind = quiet_ ? 0 : random_.below(100);
  if (kind < 80) return milliseconds(random_.between(1, 300));
  return kind < 98 ? milliseconds(random_.between(300, 5000)) : seconds(random_.between(5, 600));
}

/// In the order in which they were sent, but for those that are late.
void World::deliver_due() {
  for (std::size_t i = 0; i < network_.size();) {
    if (network_[i].due > tick_)
      ++i;
    else
      deliver(i);
  }
}

void World::deliver(std::size_t at) {
  auto message = std::move(network_[at]);
  network_.erase(network_.begin() + static_cast<std::ptrdiff_t>(at));
  if (message.to_cloud) {
    to_cloud(cloud::Received{message.holder, std::move(message.bytes)});
    return;
  }
  std::vector<BoxNode*> there;
  for (auto& box : boxes_)
    if (box->holder == message.holder && box->engine && !box->down_cut) there.push_back(box.get());
  if (there.empty()) return;
  to_box(*there[random_.below(there.size())], edge::Received{std::move(message.bytes)});
}

void World::cut(BoxNode& box, bool up, bool down) {
  box.up_cut = up;
  box.down_cut = down;
}

void World::heal(BoxNode& box) {
  box.up_cut = box.down_cut = false;
  to_box(box, edge::Connected{});
}

}  // namespace wattle::sim
