// What one entry too many, or one byte too many, would do. The rooms 102 and 105 live at slot 1, 103 at 2, 101 and 104 at 3.

#include "simulator/scenarios/directed_b.hpp"

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

/// A code is typed while the building is cut off, then the box burns within the cut, and the bill shows the payment only then.
void fenced_code_paid_later(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto digits = world.buy_code({102}, 9);
  const auto sold = world.facts().payments.rbegin()->second;
  world.drop_mail();  // the webhook is lost
  world.to_box(box, edge::CodeTyped{{102}, digits});
  world.settle_down(300);
  const auto& used = world.site()->link(box.holder)->state().used_codes();
  world.reach_point(used.contains(sold.code->name), "the cloud has not heard that the code was typed");
  box.dead = true;
  world.stop_box(box);
  world.fence(box.holder, {1});
  world.settle_down(200);
  world.claim({1});
  world.start_box(box_of(world, 1));
  world.settle_down(300);
  world.give(sold);
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

namespace {

void grant_allowance(World& world) {
  world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(5), "spring"});
  world.settle_down(200);
  const auto& box = box_of(world, 1);
  const auto granted = box.engine->link().state().balance(allow_pocket({102}, Utility::electricity, box.holder));
  world.reach_point(granted.micros > 0, "the allowance has not come to the room");
}

}  // namespace

void allowance_moves(World& world) {
  get_going(world);
  grant_allowance(world);
  move_to(world, 102, 2);
  end_well(world);
}

void allowance_over_a_fence(World& world) {
  get_going(world);
  grant_allowance(world);
  auto& box = box_of(world, 1);
  box.dead = true;
  world.stop_box(box);
  world.fence(box.holder, {2});
  world.settle_down(300);
  world.claim({1});
  world.start_box(box_of(world, 1));
  end_well(world);
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
