// What nothing can heal: it must end in a reported difference, never in a silent one. And disks that are full.

#include "simulator/scenarios/stories.hpp"

#include "shared/policy/charge_orders.hpp"
#include "shared/policy/registers.hpp"
#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

/// The audit says so, by the check of that name; and once it is taken out of the facts, the books are right.
template <class Forget>
void must_be_reported(World& world, const std::string& check, const Forget& forget) {
  std::string reported = "nothing";
  try {
    end_well(world);
  } catch (const Violation& violation) {
    reported = violation.check;
  }
  require(reported == check, "silent loss",
          "what is lost for good is a case of " + check + ", and the audit says: " + reported);
  require(world.was_told(cloud::Alarm::rollback_noticed), "silent loss", "the restore itself is no alarm");
  forget();
  end_well(world);
}

/// A sale of the box that the cloud has, and then has not. The receipt.
Uid sell_and_forget(World& world, BoxNode& box) {
  world.backup();
  const auto printed = world.facts().receipts;
  world.to_box(box, edge::CashTaken{{102}, yuan(7)});
  const StreamId up{the_site, box.holder, Direction::up};
  const auto is_agreed = [&] { return box.engine->link().row().agreed == box.disk.head(up).number; };
  for (int step = 0; step < 400 && !is_agreed(); ++step) world.settle_down(1);
  require(is_agreed() && world.facts().receipts.size() == printed.size() + 1, "story",
          "the cloud does not have the sale, or the box does not know that");
  world.cut(box, true, true);
  restore_from(world, world.backups() - 1, true);
  for (const auto& [receipt, sale] : world.facts().receipts)
    if (!printed.contains(receipt)) return receipt;
  throw Violation("story", "no receipt was printed");
}

void forget_receipt(World& world, const Uid& receipt) {
  world.facts().receipts.erase(receipt);
  world.facts().sold_for.erase(receipt);
}

}  // namespace

/// The cloud is restored to before a sale, and the box that made it burns before it is heard.
void box_lost_before_it_spoke(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const StreamId up{the_site, box.holder, Direction::up};
  const auto receipt = sell_and_forget(world, box);
  world.reach_point(world.database().head(up).number < box.disk.head(up).number, "the cloud has the sale still");
  world.read_bills();
  world.settle_down(300);
  burn(world, box, 1);
  world.settle_down(200);
  replace(world, 1);
  must_be_reported(world, "receipt lost", [&] { forget_receipt(world, receipt); });
}

/// As before; but it had not burnt. It comes back when it is fenced and replaced, and hands over what the cloud has forgotten.
void box_returns_after_its_fence(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto receipt = sell_and_forget(world, box);
  world.read_bills();
  world.settle_down(300);
  world.fence(box.holder, {1});
  world.settle_down(200);
  const OutsideId booked("receipt/" + to_hex(receipt));
  world.reach_point(world.site()->link(box.holder)->row().told && !world.site()->index().has(booked),
                    "the box is not fenced, or the cloud knows of its sale");
  const auto holder = box.holder;
  replace(world, 1);
  for (auto& one : world.boxes())
    if (one->holder == holder) world.heal(*one);
  world.settle_down(400);
  world.work_out_lists();
  require(world.site()->orders().contains(booked), "receipt lost", "a fenced box does not hand over a sale that was forgotten");
  end_well(world);
}

/// As before; but the box lives, and its disk had lied about that sale.
void disk_lies_before_the_box_spoke(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const StreamId up{the_site, box.holder, Direction::up};
  const auto before = box.disk.head(up).number;
  const auto receipt = sell_and_forget(world, box);
  world.stop_box(box);
  while (box.disk.head(up).number > before && box.disk.losable() > 0) box.disk.lose(1);
  world.reach_point(box.disk.head(up).number == before, "the disk remembers the sale");
  world.start_box(box);
  must_be_reported(world, "receipt lost", [&] { forget_receipt(world, receipt); });
}

/// Cash is paid at the desk for a room whose box is away. Then the database is restored to before, and the desk's journal went
/// with the same disk.
void cash_desk_forgotten(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const StreamId down{the_site, box.holder, Direction::down};
  world.backup();
  world.cut(box, true, true);
  auto payment = world.pay({102}, yuan(20));
  payment.provider = Provider::cash_desk;
  world.facts().payments[payment.number] = payment;
  world.give(payment);
  world.settle_down(50);
  world.reach_point(world.database().head(down).number > box.disk.head(down).number,
                    "the payment is not booked, or has arrived");
  restore_from(world, world.backups() - 1, true);
  world.facts().unbilled.insert(payment.number);
  must_be_reported(world, "payment lost", [&] { world.facts().payments.erase(payment.number); });
}

namespace {

/// A sale that the cloud has is forgotten by its box, which goes on alone.
void go_on_alone(World& world, BoxNode& box) {
  world.to_box(box, edge::CashTaken{{102}, yuan(1)});
  world.settle_down(300);
  world.stop_box(box);
  forget(box, 1);
  world.cut(box, true, true);
  world.start_box(box);
  world.pass(edge::patience_for_status);
}

}  // namespace

/// As a sale on a branch that is set aside: what the caretaker has typed there still holds.
void override_set_aside(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  go_on_alone(world, box);
  const StreamId up{the_site, box.holder, Direction::up};
  const auto before = box.disk.head(up).number;
  world.to_box(box, edge::ConfigOverridden{"limit", {9}});
  world.reach_point(box.disk.head(up).number > before && !box.engine->link().row().asking, "the box does not go on alone");
  end_well(world);
  const auto& config = box.engine->link().state().config();
  const auto at = config.find("limit");
  require(at != config.end() && at->second.overridden && at->second.value == Bytes{9}, "set aside",
          "an override on a branch that was set aside holds no longer");
}

/// The caretaker gives back a part of a slice, on a branch that is set aside: the room has it all the same.
void correction_set_aside(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const StreamId up{the_site, box.holder, Direction::up};
  pay_in(world, 102, yuan(20));
  live(world, 100);
  world.use_energy({1020}, 6'000);
  world.read_meters(box);
  world.pass(hours(1));
  world.read_meters(box);
  const auto slice = box.disk.head(up).number;
  const auto kind = decode_entry(box.disk.entry(up, slice)->bytes)->kind;
  world.settle_down(100);
  go_on_alone(world, box);
  const auto money = [&] { return box.engine->link().state().balance(room_pocket({102}, box.holder)).micros; };
  const auto before = money();
  const CorrectionOrder order{world.random().uid(), box.holder, slice, CorrectionWay::back, yuan(1)};
  world.to_box(box, edge::ConfigOverridden{correction_key({1020}), encode(order)});
  world.reach_point(kind == Kind::consumption && money() == before + yuan(1).micros && !box.engine->link().row().asking,
                    "the box should give back, alone, a part of what it has charged");
  end_well(world);
  // The yuan of the sale that the disk had lost has come back besides.
  require(money() == before + yuan(2).micros, "set aside", "what was given back on a branch that is set aside is not there");
}

/// Nothing is acknowledged while a disk is full, and all goes on when it is not.
void full_disks(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto commits = box.disk.commits();
  world.fill_disk(box, hours(1));
  world.to_box(box, edge::CashTaken{{102}, yuan(3)});
  require(world.facts().receipts.empty() && box.disk.commits() == commits, "output", "a full disk has sold something");
  world.reach_point(!box.engine, "the box goes on although its disk is full");
  world.start_box(box);
  world.settle_down(100);
  const auto stored = world.database().commits();
  world.fill_database(minutes(1));
  const auto payment = world.pay({102}, yuan(5));
  require(!world.to_cloud(cloud::Ordered{payment}) && world.database().commits() == stored, "output",
          "a full database has booked something");
  world.pass(hours(1));
  world.start_cloud();
  world.give(payment);
  if (!box.engine) world.start_box(box);
  world.settle_down(300);
  world.to_box(box, edge::CashTaken{{102}, yuan(3)});
  require(world.facts().receipts.size() == 1, "liveness", "the box does not sell although its disk has room again");
  end_well(world);
}

}  // namespace wattle::sim
