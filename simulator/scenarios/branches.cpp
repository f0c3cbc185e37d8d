// Boxes and clouds that go on from a past of their own: what was set aside, and what is done again.

#include "simulator/scenarios/stories.hpp"

namespace wattle::sim {

namespace {

// world.cut(box, up, down) loses what the box sends or hears; world.reach_point fails a story that did not come to its point.
constexpr std::uint64_t a_while = 400;  // steps in which everybody hears everything

void start_all(World& world) {
  for (auto& box : world.boxes())
    if (!box->engine && !box->dead) world.start_box(*box);
}

/// All boxes have claimed, all rooms are open, and everybody is at rest.
void begin(World& world) {
  start_all(world);
  world.settle_down(2 * a_while);
  for (auto& box : world.boxes()) world.read_meters(*box);  // else a request waits minutes for a first reading
}

/// Where the room is open.
BoxNode& box_of(World& world, RoomId room) {
  for (auto& box : world.boxes()) {
    const auto* state = box->engine ? box->engine->link().state().find(room) : nullptr;
    if (state != nullptr && state->open) return *box;
  }
  throw Violation("story", "room " + std::to_string(room.value) + " is open nowhere");
}

/// The slot's next box claims it, and people work out the list of what the old one has sent since its fence.
void replace(World& world, EdgeId slot) {
  world.settle_down(a_while);
  world.claim(slot);
  start_all(world);
  world.settle_down(a_while);
  world.work_out_lists();
  world.settle_down(a_while);
}

/// Reads all meters first (nothing is switched on for a room's money before they have been read where it is now), then checks.
void read_and_check(World& world) {
  for (auto& box : world.boxes()) world.read_meters(*box);
  world.settle_down(a_while);
  world.check_at_rest();
}

constexpr RoomId room{101};
constexpr RoomId room_elsewhere{103};

std::uint64_t written(const BoxNode& box) { return box.disk.head({the_site, box.holder, Direction::up}).number; }

}  // namespace

/// Until the fence is listed beside the backups the old box goes on talking: what it sends is evidence, and no more.
void fence_while_the_old_box_talks(World& world) {
  begin(world);
  auto& box = box_of(world, room);
  const auto slot = box.holder.edge;
  box.up_cut = true;
  world.to_box(box, edge::CashTaken{room, yuan(7)});
  world.reach_point(written(box) > world.site()->link(box.holder)->up().head().number, "the cloud has all that the box wrote");
  world.fence(box.holder, slot);
  box.up_cut = false;
  world.pass(seconds(4));  // what was not acknowledged is sent again
  world.to_box(box, edge::CashTaken{room, yuan(9)});
  replace(world, slot);
  read_and_check(world);
}

/// The box has read a payment and written nothing since: the fence carries that payment over.
void fence_after_money_that_was_read(World& world) {
  begin(world);
  auto& box = box_of(world, room);
  const auto slot = box.holder.edge;
  world.give(world.pay(room, yuan(20)));
  world.settle_down(a_while);
  const auto& link = *world.site()->link(box.holder);
  const auto paid = link.down().head().number;
  world.reach_point(link.row().agreed == paid && link.seen() < paid, "the box has not read the payment, or has written since");
  world.fence(box.holder, slot);
  replace(world, slot);
  world.check_at_rest();
}

void restore_from_before_a_fence(World& world) {
  begin(world);
  world.backup();
  auto& box = box_of(world, room);
  const auto slot = box.holder.edge;
  world.fence(box.holder, slot);
  world.settle_down(a_while);
  world.reach_point(world.site()->link(box.holder)->row().told, "the fence is not listed");
  const bool restored = world.restore(0, true);
  require(!restored, "writer", "a backup older than a fence was restored");
  replace(world, slot);
  world.check_at_rest();
}

/// Entries under numbers that the cloud has, but of another branch, with a new one behind them: none of it may be taken.
void branch_under_known_numbers(World& world) {
  begin(world);
  auto& box = box_of(world, room);
  Disk fork = box.disk;
  for (const auto amount : {yuan(1), yuan(2)}) world.to_box(box, edge::CashTaken{room, amount});
  world.settle_down(a_while);
  Link branch(End::edge, {1}, box.holder, fork, world.crypto(), *box.signer, world.cloud_key());
  Commit commit;
  Batch batch{branch.up().head().number + 1, {}, {}};
  for (int i = 0; i < 3; ++i) {
    Entry entry;  // of no room: a room's balance behind it would tell the branches apart too
    entry.kind = Kind::override_config;
    set_detail(entry, ConfigSetting{"limit", 0, {static_cast<std::uint8_t>(i)}});
    require(branch.mint(entry, commit).has_value(), "story", "the branch cannot be written");
    batch.entries.push_back(branch.up().at(branch.up().head().number)->bytes);
  }
  batch.signature = branch.sign(branch.up().head());
  Link cloud = *world.site()->link(box.holder);
  world.reach_point(cloud.up().head().number + 1 == batch.first + 2, "the cloud does not have the two sales");
  require(!cloud.take(batch, commit), "chain", "entries of another branch are taken as duplicates");
  world.check_at_rest();
}

/// The box sells five times, and the cloud has all five; then the disk loses the last three. Alone, the box sells twice more,
/// once for a room of another house, under the numbers of the third and fourth. When the network heals the three come back, and
/// the two sales are written anew behind them, under other numbers: check_at_rest looks for every receipt that was printed, and
/// would fail with "receipt lost".
void sale_on_a_branch_set_aside(World& world) {
  begin(world);
  auto& box = box_of(world, room);
  world.cut(box, false, true);  // what it writes arrives; it hears nothing back, so none of the five is agreed
  for (int i = 1; i <= 5; ++i) world.to_box(box, edge::CashTaken{room, yuan(i)});
  world.settle_down(a_while / 8);  // time for the entries to reach the cloud
  world.stop_box(box);
  box.disk.lose(3);  // the last three commits, a sale each, were said to be durable and were not
  world.cut(box, true, true);
  world.start_box(box);
  // So long a started box waits to hear what it may have forgotten; then it writes alone.
  world.pass(edge::patience_for_status);
  const auto printed = world.facts().receipts.size();
  world.to_box(box, edge::CashTaken{room, yuan(11)});
  world.to_box(box, edge::CashTaken{room_elsewhere, yuan(12)});
  world.reach_point(world.facts().receipts.size() == printed + 2, "the box does not sell alone");
  world.heal(box);
  world.settle_down(2 * a_while);
  world.check_at_rest();
}

/// As before: a code that was typed there stays honoured, although the entry of its sale reaches the box much later.
void code_on_a_branch_set_aside(World& world) {
  begin(world);
  auto& box = box_of(world, room);
  world.cut(box, false, true);
  for (int i = 1; i <= 5; ++i) world.to_box(box, edge::CashTaken{room, yuan(i)});
  world.settle_down(a_while / 8);
  world.stop_box(box);
  box.disk.lose(3);
  world.cut(box, true, true);
  world.start_box(box);
  world.pass(edge::patience_for_status);
  const auto digits = world.buy_code(room, 9);
  world.drop_mail();
  const auto before = written(box);
  world.to_box(box, edge::CodeTyped{room, digits});
  world.reach_point(written(box) == before + 1, "the box honours no code alone");
  world.heal(box);
  world.settle_down(a_while);
  require(box.engine->link().state().codes_balance() == Money{-yuan(9).micros}, "set aside",
          "a code typed on a branch that was set aside is honoured no longer");
  world.read_bills();
  world.settle_down(a_while);
  world.check_at_rest();
}

/// A person adopts from a fenced box's list a sale that had arrived before the fence: it is booked already.
void sale_that_is_in_the_books_already(World& world) {
  begin(world);
  auto& box = box_of(world, room);
  const auto holder = box.holder;
  world.to_box(box, edge::CashTaken{room, yuan(13)});
  world.settle_down(a_while);
  require(world.facts().receipts.size() == 1, "story", "no receipt was printed");
  const auto receipt = world.facts().receipts.begin()->first;
  world.fence(holder, holder.edge);
  replace(world, holder.edge);
  world.reach_point(world.site()->index().has(OutsideId("receipt/" + to_hex(receipt))), "the sale had not arrived");
  world.give(cloud::CashAdoption{holder, receipt, room, 1, yuan(13)});
  world.settle_down(a_while);
  world.check_at_rest();
}

/// From the close-request on a payment waits until the room is open elsewhere.
void credit_waits_for_the_close(World& world) {
  begin(world);
  auto& box = box_of(world, room);
  const EdgeId other{box.holder.edge.value % 3 + 1};
  world.cut(box, true, true);
  world.give(cloud::Move{world.random().uid(), room, 1, other});
  world.reach_point(world.site()->index().is_closing(room, box.holder), "the room is not asked to close");
  world.give(world.pay(room, yuan(17)));
  world.heal(box);
  world.settle_down(2 * a_while);
  read_and_check(world);
}

}  // namespace wattle::sim
