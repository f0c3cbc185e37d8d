// What a cloud that has forgotten would do twice, or for ever not.

#include "simulator/scenarios/stories.hpp"

#include "shared/sync/session.hpp"
#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

void cut_all(World& world) {
  for (const std::uint32_t slot : {1U, 2U, 3U}) world.cut(box_of(world, slot), true, true);
}

void sell(World& world, BoxNode& box, int times) {
  for (int sale = 0; sale < times; ++sale) {
    world.to_box(box, edge::CashTaken{{102}, yuan(1)});
    world.settle_down(2);
  }
  world.settle_down(300);
}

void pay_often(World& world, std::uint32_t room, int times) {
  for (int paid = 0; paid < times; ++paid) {
    pay_in(world, room, yuan(1));
    if (paid % 8 == 0) world.settle_down(4);
  }
  world.settle_down(400);
}

}  // namespace

/// The box settles and may drop, as far as all backups allow. Then the oldest of them is restored.
void old_backup_after_dropping(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  sell(world, box, 20);
  pay_often(world, 102, 20);
  world.backup();
  world.note_backups();
  sell(world, box, 150);
  pay_often(world, 102, 60);
  world.note_backups();
  for (int round = 0; round < 2; ++round) {
    world.pass(hours(3));
    sell(world, box, 130);
  }
  const StreamId up{{1}, box.holder, Direction::up};
  const StreamId down{{1}, box.holder, Direction::down};
  const auto& agreed = box.engine->link().state().countersigned();
  world.reach_point(agreed && agreed->settlement.number > 1, "the cloud has agreed to no settlement");
  require(box.disk.first(up) > 1 && box.disk.first(down) > 1, "retention", "the box drops nothing of what it may");
  restore_from(world, 0, true);
  end_well(world);
}

/// The box's disk loses the settlement that the cloud agrees to; it has stored that word, but not read it, when the cloud
/// forgets the settlement too. So it reads it on another branch, where its number is another entry's.
void settled_on_another_branch(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const StreamId up{{1}, box.holder, Direction::up};
  const StreamId down{{1}, box.holder, Direction::down};
  constexpr std::uint64_t below = 118;  // entries; the settlement is written behind the 120th
  write_often(world, box, below);
  world.settle_down(300);
  for (int copies = 0; copies < 3; ++copies) world.backup();
  Disk image = world.database();
  image.settle();
  world.note_backups();
  world.settle_down(50);
  world.cut(box, false, true);
  write_often(world, box, below + 2);
  world.settle_down(100);
  require(world.site()->link(box.holder)->state().settlement().agrees, "story", "the cloud has not replayed the settlement");
  world.stop_box(box);
  forget(box, box.disk.head(up).number - below);
  world.cut(box, false, false);
  world.start_box(box);
  for (int step = 0; step < 400 && box.disk.head(down) != world.database().head(down); ++step) {
    world.settle_down(1);
    world.drop_copies();
  }
  const bool is_stored = box.disk.head(down) == world.database().head(down) && box.engine->link().row().asking;
  world.reach_point(is_stored, "the box has not stored the cloud's word, or has read it");
  world.cut(box, true, true);
  world.settle_down(50);
  world.drop_copies();
  world.pass(minutes(3));
  write_often(world, box, below + 10);
  // By hand: World::restore waits until the box has back what the cloud would forget, and here both lose it.
  world.stop_cloud();
  world.roll_back(std::move(image));
  world.start_cloud();
  world.heal(box);
  world.settle_down(300);
  world.pass(hours(3));
  write_often(world, box, below + 12);
  end_well(world);
}

/// A room went to another box and came back. The cloud is restored to before, and hears the first box alone.
void room_came_back_before_the_restore(World& world) {
  get_going(world);
  world.backup();
  move_to(world, 102, 2);
  arrive(world, 102, 2);
  pay_in(world, 102, yuan(11));
  world.settle_down(200);
  move_to(world, 102, 1);
  arrive(world, 102, 1);
  world.cut(box_of(world, 2), true, true);
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  world.settle_down(600);
  const auto is_unheard = [&](std::uint32_t slot) { return world.site()->boxes().at(box_of(world, slot).holder).unheard; };
  world.reach_point(!is_unheard(1) && is_unheard(2), "the first box has not spoken alone");
  world.heal(box_of(world, 2));
  end_well(world);
}

namespace {

/// More is used than was paid for, and the room closes; so much is written behind its close that the cloud reads that within
/// the first window and the box's word that this is all much later.
void close_below_zero(World& world, BoxNode& box) {
  world.pass(minutes(10));
  world.use_energy({1020}, 9000);
  world.read_meters(box);
  world.settle_down(50);
  move_to(world, 102, 2);
  world.cut(box, true, false);  // it is asked, and closes, and its close does not arrive
  world.settle_down(200);
  require(!box.engine->link().state().find({102})->open, "story", "the room has not closed");
  write_often(world, box, box.disk.head({{1}, box.holder, Direction::up}).number + window_entries_max + batch_entries_max);
}

}  // namespace

/// A room closes below zero at a box that the restored cloud has not heard yet: its entries come before its word that they are
/// all. Until the debt is settled the room must be open nowhere else.
void debt_at_an_unheard_box(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.backup();
  pay_in(world, 102, yuan(1));
  world.settle_down(200);
  close_below_zero(world, box);
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  world.settle_down(200);
  world.heal(box);
  const auto has_closed = [&] {
    const auto* chain = world.site()->index().room({102});
    return chain != nullptr && chain->links.contains(box.holder) && !chain->links.at(box.holder).closes.empty();
  };
  for (int step = 0; step < 400 && !has_closed(); ++step) world.settle_down(1);
  const auto owed = world.site()->link(box.holder)->state().balance(room_pocket({102}, box.holder));
  world.reach_point(has_closed() && owed.micros < 0 && world.site()->boxes().at(box.holder).unheard,
                    "the close below zero has not come before the box's word that this is all");
  world.cut(box, true, false);
  live(world, 200);
  move_to(world, 102, 1);
  live(world, 300);
  world.heal(box);
  live(world, 400);
  move_to(world, 102, 2);
  live(world, 400);
  end_well(world);
}

/// An old image is put into the box: more is forgotten than fits into two messages.
void long_copy(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  Disk image = box.disk;
  image.settle();
  write_often(world, box, 1000);
  world.settle_down(600);
  world.stop_box(box);
  const StreamId up{{1}, box.holder, Direction::up};
  constexpr std::size_t least = 100;  // bytes of each override
  const auto forgotten = box.disk.head(up).number - image.head(up).number;
  world.reach_point(forgotten * least > 2 * batch_bytes_max, "what is forgotten fits into two messages");
  box.disk = std::move(image);
  world.start_box(box);
  end_well(world);
}

/// Restored by command, and before any box has spoken once more, by hand. The second one shows in the remembered heads alone.
void restored_twice(World& world) {
  get_going(world);
  world.backup();
  pay_in(world, 102, yuan(11));
  world.settle_down(200);
  cut_all(world);
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  world.settle_down(20);
  const auto& known = world.site()->boxes();
  const bool is_heard = std::any_of(known.begin(), known.end(), [](const auto& box) { return !box.second.unheard; });
  world.reach_point(!is_heard, "a box has spoken between the restores");
  restore_from(world, world.backups() - 1, false);
  world.read_bills();
  require(!world.site()->is_settled(), "restore", "the second restore is not noticed");
  end_well(world);
}

}  // namespace wattle::sim
