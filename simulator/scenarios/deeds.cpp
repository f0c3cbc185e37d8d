#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

void get_going(World& world) {
  for (auto& box : world.boxes()) world.start_box(*box);
  world.settle_down(400);
  for (auto& box : world.boxes())
    require(box->engine && !box->engine->link().state().rooms().empty(), "story", "a box has no room to begin with");
  for (auto& box : world.boxes()) world.read_meters(*box);  // else a request waits minutes for a first reading
}

BoxNode& box_of(World& world, std::uint32_t slot) {
  BoxNode* newest = nullptr;
  for (auto& box : world.boxes())
    if (box->holder.edge.value == slot && !box->clone) newest = box.get();
  require(newest != nullptr, "story", "no box in slot " + std::to_string(slot));
  return *newest;
}

void forget(BoxNode& box, std::uint64_t entries) {
  const StreamId up{{1}, box.holder, Direction::up};
  const auto left = box.disk.head(up).number - entries;
  while (box.disk.head(up).number > left && box.disk.losable() > 0) box.disk.lose(1);
  require(box.disk.head(up).number == left, "story", "the disk cannot forget so much");
}

void write_often(World& world, BoxNode& box, std::uint64_t number) {
  const StreamId up{{1}, box.holder, Direction::up};
  while (box.disk.head(up).number < number) {
    const auto before = box.disk.head(up).number;
    world.to_box(box, edge::ConfigOverridden{"limit", Bytes(100, 7)});
    require(box.disk.head(up).number > before, "story", "the box does not write");
    if (before % 50 == 0) world.settle_down(10);
  }
}

void pay_in(World& world, std::uint32_t room, Money amount) { world.give(world.pay({room}, amount)); }

void move_to(World& world, std::uint32_t room, std::uint32_t slot) {
  world.give(cloud::Move{world.random().uid(), {room}, 1, {slot}});
}

void live(World& world, std::uint64_t steps) {
  constexpr std::uint64_t between = 20;
  for (std::uint64_t done = 0; done < steps; done += between) {
    world.settle_down(between);
    for (auto& box : world.boxes()) world.read_meters(*box);
  }
}

void arrive(World& world, std::uint32_t room, std::uint32_t slot) {
  live(world, 400);
  const auto* held = box_of(world, slot).engine->link().state().find({room});
  require(held != nullptr && held->open, "story",
          "room " + std::to_string(room) + " has not arrived at box " + std::to_string(slot));
}

void restore_from(World& world, std::size_t backup, bool noticed) {
  require(world.restore(backup, noticed), "story", "the backup may not be restored");
}

void end_well(World& world) {
  std::erase_if(world.boxes(), [](const auto& box) { return box->clone; });
  for (auto& box : world.boxes()) {
    if (!box->engine && !box->dead)
      world.start_box(*box);
    else
      world.heal(*box);
  }
  for (int round = 0; round < 3; ++round) {
    world.settle_down(800);
    world.read_bills();
  }
  world.finish_energy();
  world.check_at_rest();
}

BoxNode& twin_of(World& world, BoxNode& box) {
  auto twin = std::make_unique<BoxNode>();
  twin->holder = box.holder;
  twin->signer = box.signer;
  twin->code_key = box.code_key;
  twin->disk = box.disk;
  twin->entropy = std::make_unique<SeededEntropy>(world.random().next());
  twin->clone = true;
  world.cut(*twin, true, true);
  world.boxes().push_back(std::move(twin));
  auto& second = *world.boxes().back();
  world.start_box(second);
  return second;
}

void burn(World& world, BoxNode& box, std::uint32_t destination) {
  box.dead = true;
  world.stop_box(box);
  world.fence(box.holder, {destination});
}

void replace(World& world, std::uint32_t slot) {
  if (world.site()->holder_of({slot})) return;
  world.claim({slot});
  auto& box = box_of(world, slot);
  if (!box.dead) world.start_box(box);
  world.settle_down(300);
}

}  // namespace wattle::sim
