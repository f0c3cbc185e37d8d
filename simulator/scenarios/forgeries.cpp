// What one entry too many, or one byte too many, would do.

#include "simulator/scenarios/stories.hpp"

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

/// A cloud one version ahead books a payment by an entry of a kind that neither end of today knows.
void unknown_kind_from_a_newer_cloud(World& world) {
  get_going(world);
  const auto holder = box_of(world, 1).holder;
  const StreamId down{{1}, holder, Direction::down};
  const auto payment = world.pay({102}, yuan(7));
  Entry made;
  made.stream = down;
  made.number = world.database().head(down).number + 1;
  made.kind = static_cast<Kind>(0x4242);
  made.room = RoomId{102};
  made.outside = OutsideId("pay/" + payment.number);
  made.lines.push_back({clearing_pocket(payment.provider), room_pocket({102}, holder), payment.amount, false});
  world.stop_cloud();
  auto bytes = encode(made);
  const auto hash = world.crypto().chain(world.database().head(down).hash, bytes);
  world.database().commit({AppendEntry{down, made.number, {std::move(bytes), hash, std::nullopt}}});
  world.start_cloud();
  world.settle_down(200);
  world.reach_point(box_of(world, 1).disk.head(down).number >= made.number, "the entry has not come to its box");
  end_well(world);
}

/// The caretaker's page has no check of its own: he types a sale with a minus.
void negative_cash(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(20));
  world.settle_down(200);
  auto& box = box_of(world, 1);
  const auto credit = box.engine->link().state().balance(room_pocket({102}, box.holder));
  world.reach_point(credit >= yuan(5), "the room has nothing to lose");
  world.to_box(box, edge::CashTaken{{102}, yuan(-5)});
  end_well(world);
}

/// The cloud has forgotten two recharges; the box gives them back with more money in them, signed with its own key.
void forged_copy(World& world) {
  get_going(world);
  world.backup();
  pay_in(world, 102, yuan(10));
  pay_in(world, 102, yuan(3));
  world.settle_down(300);
  restore_from(world, world.backups() - 1, true);
  bool forged = false;
  for (int step = 0; step < 400 && !forged; ++step) {
    world.settle_down(1);
    forged = world.forge_copies();
  }
  world.reach_point(forged, "no copy was under way");
  end_well(world);
}

namespace {

/// The box's next batch carries one more entry; the right cloud stops there, and a person fences the box.
void box_writes(World& world, const Line& line) {
  auto& box = box_of(world, 1);
  Entry bad;
  bad.kind = static_cast<Kind>(0x4243);
  bad.lines.push_back(line);
  bool slipped = false;
  world.to_box(box, edge::CashTaken{{102}, yuan(1)});
  for (int step = 0; step < 400 && !slipped; ++step) {
    slipped = world.slip_in(box, bad);
    if (!slipped) world.settle_down(1);
  }
  world.reach_point(slipped, "no batch was under way");
  world.settle_down(300);
  const auto& stopped = world.site()->link(box.holder)->row().stopped;
  if (!stopped || stopped->reason != LedgerErrc::illegal_line) world.check_at_rest();
  require(stopped && stopped->reason == LedgerErrc::illegal_line, "line table", "an illegal line is admitted");
  world.run();
}

}  // namespace

void box_sends_money_away_as_energy(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(5));
  world.settle_down(200);
  const auto holder = box_of(world, 1).holder;
  box_writes(world, {room_pocket({102}, holder), transit_pocket(world.random().uid()), yuan(50), true});
}

void box_pays_a_provider(World& world) {
  get_going(world);
  const auto holder = box_of(world, 1).holder;
  box_writes(world, {drawer_pocket(holder), clearing_pocket(Provider::wechat), yuan(50), false});
}

/// The box's disk loses two sales that the cloud has; cut off, it goes on alone and sells again.
void forgetful_cash_desk(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.to_box(box, edge::CashTaken{{102}, yuan(4)});
  world.to_box(box, edge::CashTaken{{105}, yuan(6)});
  world.settle_down(300);
  world.stop_box(box);
  forget(box, 2);
  world.cut(box, true, true);
  world.start_box(box);
  world.pass(minutes(2));
  const auto printed = world.facts().receipts.size();
  constexpr int sales = 4;
  for (int sale = 0; sale < sales; ++sale) world.to_box(box, edge::CashTaken{{102}, yuan(1 + sale)});
  world.reach_point(world.facts().receipts.size() == printed + sales, "the box does not sell alone");
  end_well(world);
}

/// Two boxes with one identity sell, cut off from each other; one of them hears of the other and must say so.
void clone_tells(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  auto& second = twin_of(world, box);
  world.pass(minutes(2));
  world.to_box(second, edge::CashTaken{{105}, yuan(2)});
  world.to_box(box, edge::CashTaken{{102}, yuan(3)});
  world.settle_down(200);
  const StreamId up{{1}, box.holder, Direction::up};
  const auto& known = world.database().head(up);
  world.reach_point(known == box.disk.head(up) && !(known == second.disk.head(up)), "the twins have not parted");
  world.cut(box, true, true);
  world.heal(second);
  world.settle_down(300);
  // It has healed: it is the box that stays. The other is thrown away.
  world.stop_box(box);
  second.clone = false;
  const auto gone = box.holder;
  std::erase_if(world.boxes(), [&](const auto& one) { return one->holder == gone && !one->engine; });
  end_well(world);
}

}  // namespace wattle::sim
