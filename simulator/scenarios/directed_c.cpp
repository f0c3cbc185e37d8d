// What the swarm has no room for: long backlogs, limits that are reached, refunds of several payments, settings.

#include "simulator/scenarios/directed_c.hpp"

#include "shared/sync/session.hpp"
#include "simulator/scenarios/directed_b.hpp"

namespace wattle::sim {

namespace {

ReleaseRequest to_provider(World& world, Money at_most) {
  return {world.random().uid(), 1, Utility::none, at_most, ReleaseTo::provider, {}, {}};
}

/// What providers have paid back of this payment.
Money paid_back(World& world, const std::string& payment) {
  Money sum;
  for (const auto& [key, refund] : world.facts().refunds)
    if (refund.payment == payment && refund.outcome == cloud::RefundOutcome::paid) sum.micros += refund.amount.micros;
  return sum;
}

void require_paid_back(World& world, const std::string& payment, Money amount) {
  const auto paid = paid_back(world, payment);
  require(
      paid == amount, "provider's bill",
      "of payment " + payment + " " + std::to_string(paid.micros) + " was paid back and not " + std::to_string(amount.micros));
}

void require_setting(World& world, std::uint32_t slot, std::uint8_t value) {
  const auto& config = box_of(world, slot).engine->link().state().config();
  const auto at = config.find("limit");
  require(at != config.end() && at->second.value == Bytes{value}, "settings",
          "box " + std::to_string(slot) + " does not have the newest value");
}

cloud::ConfigOrder setting(World& world, std::uint32_t slot, std::uint8_t value) {
  return {world.random().uid(), {slot}, "limit", {value}, world.next_setting()};
}

}  // namespace

/// A building is cut off for long: several windows of many batches follow each other, and nothing is lost, so none need be sent
/// again.
void long_backlog(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const StreamId up{{1}, box.holder, Direction::up};
  world.cut(box, true, true);
  constexpr std::uint64_t windows = 3;
  while (box.disk.head(up).number < windows * window_entries_max + 10)
    world.to_box(box, edge::ConfigOverridden{"limit", Bytes(10, 7)});
  world.settle_down(100);
  world.reach_point(box.disk.head(up).number > world.database().head(up).number + windows * window_entries_max,
                    "the backlog is shorter than its windows");
  world.heal(box);
  const auto healed = world.now().tick;
  for (int step = 0; step < 2000 && world.database().head(up) != box.disk.head(up); ++step) world.settle_down(1);
  require(world.database().head(up) == box.disk.head(up), "liveness", "a long backlog does not arrive");
  constexpr Duration enough = seconds(30);
  require(world.now().tick - healed <= enough, "liveness", "a backlog of which nothing is lost waits to be sent again");
  end_well(world);
}

/// Cut off, a box honours codes until the cap of its grant is reached, and not one more.
void codes_up_to_the_cap(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.cut(box, true, true);
  constexpr std::int64_t each = 30;
  constexpr std::int64_t honoured = 480;  // sixteen; a seventeenth would pass 500
  const auto before = box.engine->link().state().balance(room_pocket({102}, box.holder));
  for (int sold = 0; sold < 20;) {
    const auto digits = world.buy_code({102}, each);
    if (digits.empty()) continue;  // that number is taken
    ++sold;
    world.to_box(box, edge::CodeTyped{{102}, digits});
  }
  world.drop_mail();  // the webhooks are lost; the bills will show the payments
  const auto typed = static_cast<std::int64_t>(world.facts().typed.size());
  world.reach_point(yuan(typed * each) > yuan(500), "the cap would not be passed");
  const auto after = box.engine->link().state().balance(room_pocket({102}, box.holder));
  require(after.micros - before.micros == yuan(honoured).micros, "codes",
          "alone, codes of " + std::to_string(after.micros - before.micros) + " were honoured");
  end_well(world);
}

/// A release and a move are taken back before the box has read either.
void orders_taken_back_in_time(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto payment = world.pay({102}, yuan(20));
  world.give(payment);
  world.settle_down(200);
  world.cut(box, true, true);
  auto request = to_provider(world, yuan(20));
  request.payments.push_back({payment.provider, payment.number, payment.amount});
  world.give(cloud::Release{{102}, request});
  world.give(cloud::CancelOf{request.id});
  const auto move = world.random().uid();
  world.give(cloud::Move{move, {105}, 1, {2}});
  world.give(cloud::CancelOf{move});
  world.settle_down(100);
  const auto& index = world.site()->index();
  const auto is_asked = [&](const Uid& id) { return index.request(id) != nullptr && !index.request(id)->answered; };
  world.reach_point(is_asked(request.id) && is_asked(move), "the box was not asked for both");
  world.heal(box);
  end_well(world);
  require_paid_back(world, payment.number, {});
  const auto* stayed = box.engine->link().state().find({105});
  require(stayed != nullptr && stayed->open, "cancel", "room 105 has moved although its move was taken back in time");
}

/// Released money goes back over the named payments in their order, to the last fen; what they cannot take goes to the room
/// again.
void refund_in_parts(World& world) {
  get_going(world);
  std::vector<cloud::Payment> payments;
  for (const auto micros : {7'000'000, 5'300'000, 4'000'000}) {
    payments.push_back(world.pay({102}, Money{micros}));
    world.give(payments.back());
  }
  world.settle_down(300);
  auto first = to_provider(world, Money{10'130'000});
  for (const auto* payment : {&payments[0], &payments[1]})
    first.payments.push_back({payment->provider, payment->number, payment->amount});
  world.give(cloud::Release{{102}, first});
  world.settle_down(300);
  world.reach_point(world.site()->refund(first.id) != nullptr, "the first release is not answered");
  auto second = to_provider(world, yuan(100));
  second.payments.push_back({payments[2].provider, payments[2].number, payments[2].amount});
  world.give(cloud::Release{{102}, second});
  end_well(world);
  require_paid_back(world, payments[0].number, Money{7'000'000});
  require_paid_back(world, payments[1].number, Money{3'130'000});
  require_paid_back(world, payments[2].number, Money{4'000'000});
}

/// The newest value counts, over the caretaker's override of an older one.
void settings_change(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.give(setting(world, 1, 1));
  world.settle_down(200);
  require_setting(world, 1, 1);
  world.to_box(box, edge::ConfigOverridden{"limit", {9}});
  world.settle_down(200);
  require_setting(world, 1, 9);
  world.reach_point(box.engine->link().state().config().at("limit").overridden, "the setting is not overridden");
  world.give(setting(world, 1, 2));
  world.give(setting(world, 2, 7));
  world.settle_down(200);
  require_setting(world, 1, 2);
  require_setting(world, 2, 7);
  end_well(world);
}

/// The disk forgets; alone, the caretaker overrides a setting that the cloud has changed meanwhile. His override names the
/// value that he saw, so the newer one stays.
void override_of_an_older_setting(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const StreamId up{{1}, box.holder, Direction::up};
  world.give(setting(world, 1, 1));
  world.settle_down(200);
  write_often(world, box, box.disk.head(up).number + 3);
  world.settle_down(200);
  world.stop_box(box);
  forget(box, 2);
  world.cut(box, true, true);
  world.start_box(box);
  world.pass(minutes(2));
  world.to_box(box, edge::ConfigOverridden{"limit", {8}});
  require_setting(world, 1, 8);
  world.give(setting(world, 1, 2));
  world.heal(box);
  const StreamId down{{1}, box.holder, Direction::down};
  for (int step = 0; step < 400 && box.disk.head(down) != world.database().head(down); ++step) {
    world.settle_down(1);
    world.drop_copies();  // it has stored the new value before it is given back what it forgot
  }
  world.reach_point(box.engine->link().row().asking, "the box does not ask");
  end_well(world);
  require_setting(world, 1, 2);
}

/// The newest setting is also that of a box which comes later.
void settings_of_a_later_box(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  constexpr std::uint8_t newest = 8;
  for (std::uint8_t value = 1; value <= newest; ++value) {
    world.give(setting(world, 1, value));
    world.settle_down(50);
  }
  box.dead = true;
  world.stop_box(box);
  world.fence(box.holder, {1});
  world.settle_down(300);
  world.claim({1});
  world.reach_point(box_of(world, 1).holder != box.holder, "no other box has come");
  world.start_box(box_of(world, 1));
  end_well(world);
  require_setting(world, 1, newest);
}

/// A room leaves below zero; the next payment settles that before it is credited.
void arrears_come_first(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  pay_in(world, 102, yuan(1));
  world.settle_down(200);
  world.pass(minutes(10));
  world.use_energy({1020}, 9000);  // more than was paid for
  world.read_meters(box);
  world.settle_down(50);
  move_to(world, 102, 2);
  world.settle_down(400);
  const auto owed = world.site()->index().balance(arrears_pocket({102}));
  world.reach_point(owed.micros < 0, "the room left no debt");
  pay_in(world, 102, yuan(1));
  world.settle_down(200);
  const auto left = world.site()->index().balance(arrears_pocket({102}));
  require(left.micros - owed.micros == yuan(1).micros, "arrears", "a payment went elsewhere than to the debt");
  pay_in(world, 102, yuan(20));
  end_well(world);
  require(world.site()->index().balance(arrears_pocket({102})).micros == 0, "arrears", "a debt is left beside paid money");
}

}  // namespace wattle::sim
