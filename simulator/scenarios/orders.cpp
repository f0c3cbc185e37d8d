// What the swarm has no room for: long backlogs, orders taken back, refunds of several payments, arrears.

#include "simulator/scenarios/stories.hpp"

#include "shared/sync/session.hpp"
#include "simulator/scenarios/deeds.hpp"

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

/// Who has met has not much more to say than that it is there: three boxes and their cloud once a minute each, some twice.
void fall_silent(World& world) {
  constexpr std::uint64_t most = 24;
  const auto pass = [&](Duration time) {
    for (const auto begun = world.now().tick; world.now().tick - begun < time;) world.settle_down(1);
  };
  pass(minutes(1));
  const auto before = world.posted();
  pass(minutes(2));
  const auto posted = world.posted() - before;
  require(posted <= most, "silence", "ends that have met say " + std::to_string(posted) + " things in two minutes");
}

/// Room 102 pays five yuan and is charged some three in one slice, which is the newest entry of its box.
Entry use_some(World& world, BoxNode& box) {
  pay_in(world, 102, yuan(5));
  live(world, 100);
  world.use_energy({1020}, 6'000);
  world.read_meters(box);
  world.pass(hours(1));
  world.read_meters(box);
  const StreamId up{the_site, box.holder, Direction::up};
  const auto newest = decode_entry(box.disk.entry(up, box.disk.head(up).number)->bytes);
  world.reach_point(newest && newest->kind == Kind::consumption, "the room should have been charged for what it used");
  return *newest;
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

/// An answer takes longer than a retry waits, as over a satellite or a crowded cell. Two ends that have been apart meet all the
/// same, a box that has just started is given back what its disk has lost, and one that is fenced is told.
void slow_line(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const StreamId up{{1}, box.holder, Direction::up};
  const StreamId down{{1}, box.holder, Direction::down};
  const auto meet = [&](const char* what) {
    const auto healed = world.now().tick;
    const auto have_met = [&] {
      return world.database().head(up) == box.disk.head(up) && world.database().head(down) == box.disk.head(down);
    };
    world.reach_point(!have_met(), "the ends have nothing to tell each other");
    while (!have_met() && world.now().tick - healed <= minutes(1)) world.settle_down(1);
    require(have_met(), "liveness", std::string("on a slow line ") + what + " within a minute");
    fall_silent(world);
  };
  world.cut(box, true, true);
  world.settle_down(100);
  world.slow_down(seconds(4), seconds(5));
  static_assert(retry_after < seconds(8));
  world.to_box(box, edge::CashTaken{{102}, yuan(3)});
  pay_in(world, 102, yuan(7));
  world.heal(box);
  meet("two ends do not meet");
  world.settle_down(200);
  world.stop_box(box);
  box.disk.lose(2);
  world.start_box(box);
  meet("a box is not given back what it has lost");
  world.settle_down(200);
  world.stop_box(box);
  world.fence(box.holder, {1});
  world.settle_down(100);
  world.start_box(box);
  const auto started = world.now().tick;
  while (!box.engine->link().row().fenced && world.now().tick - started <= minutes(1)) world.settle_down(1);
  require(box.engine->link().row().fenced, "liveness", "on a slow line a fenced box is not told within a minute");
  fall_silent(world);
  replace(world, 1);
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
  live(world, 200);
  world.cut(box, true, true);
  const auto money = [&] { return box.engine->link().state().balance(room_pocket({105}, box.holder)).micros; };
  const auto before = money();
  world.to_box(box, edge::CashTaken{{105}, yuan(3)});
  require(money() == before + yuan(3).micros, "cancel", "cash for a room that stays after all is sent away");
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

/// Nobody has paid, given or decided about nothing or less, no price is below zero, and an allowance goes back to who has given
/// it: any other order is refused, and nobody remembers it.
void worthless_orders(World& world) {
  get_going(world);
  const auto paid = world.pay({102}, yuan(5));
  world.give(paid);
  world.settle_down(100);
  world.reach_point(world.site()->orders().contains(cloud::id_of(paid)), "not even a right order is taken");
  const auto refuses = [&](const cloud::Order& order, const std::string& what) {
    world.give(order);
    require(!world.site()->orders().contains(cloud::id_of(order)), "order",
            "an order of " + what + " is taken: " + std::string(cloud::id_of(order).text()));
  };
  auto to_payments = to_provider(world, yuan(1));
  to_payments.allow = Utility::electricity;
  to_payments.payments.push_back({paid.provider, paid.number, yuan(1)});
  refuses(cloud::Release{{102}, to_payments}, "an allowance that a provider pays out");
  const ReleaseRequest to_room{world.random().uid(), 1, Utility::electricity, yuan(1), ReleaseTo::room, {103}, {}};
  refuses(cloud::Release{{102}, to_room, 1}, "an allowance for another room");
  const ReleaseRequest back{world.random().uid(), 1, Utility::none, yuan(1), ReleaseTo::subsidy, {}, {}};
  refuses(cloud::Release{{102}, back}, "a room's money for the university");
  for (const auto& tiers : {std::vector{Tier{0, -1}}, std::vector{Tier{0, 517'300}, Tier{100, -517'300}}}) {
    Band band;
    band.tiers.assign(tiers.begin(), tiers.end());
    refuses(cloud::PriceOrder{PricePlan{9, 1, world.now().wall, TierPeriod::none, {band}}}, "a price below zero");
  }
  for (const Money amount : {Money{}, Money{-1}}) {
    auto asked = to_provider(world, amount);
    asked.payments.push_back({paid.provider, paid.number, yuan(1)});
    auto parted = to_provider(world, yuan(1));
    parted.payments.push_back({paid.provider, paid.number, amount});
    const std::vector<cloud::Order> orders = {
        cloud::Payment{"N1", Provider::wechat, {102}, 1, amount, {}},
        cloud::Release{{102}, asked},
        cloud::Release{{102}, parted},
        cloud::AllowanceGrant{{102}, 1, Utility::electricity, amount, "spring"},
        cloud::CashAdoption{box_of(world, 1).holder, world.random().uid(), {102}, 1, amount},
        cloud::Resolution{world.random().uid(), "pay/" + paid.number, cloud::ResolveTo::room, {102}, 1, {}, amount},
    };
    for (const auto& order : orders) refuses(order, std::to_string(amount.micros));
  }
  end_well(world);
}

/// The warden charges a slice again, for all that its room seems to have. The energy since then has used a part of that.
void charged_again_while_energy_flows(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto slice = use_some(world, box).number;
  world.use_energy({1020}, 2'000);  // one more, of two that are left
  world.read_meters(box);
  const auto left = box.engine->link().state().balance(room_pocket({102}, box.holder));
  world.reach_point(left > yuan(1) && box.engine->live_balance({102}) < yuan(1),
                    "the room should have been charged for what it used before, and not for what it used since");
  const CorrectionOrder order{world.random().uid(), box.holder, slice, CorrectionWay::charge, left};
  world.configure(correction_key({1020}), encode(order), box.holder.edge);
  world.settle_down(100);
  end_well(world);
}

/// A person gives two thirds of what a slice cost back, and then another, who does not know of it, two thirds again.
void slice_corrected_twice(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto slice = use_some(world, box);
  Money cost;
  for (const auto& line : slice.lines) cost.micros += line.amount.micros;
  const auto before = box.engine->link().state().balance(room_pocket({102}, box.holder));
  const auto given_back = [&] {
    return box.engine->link().state().balance(room_pocket({102}, box.holder)).micros - before.micros;
  };
  for (const auto most : {cost.micros * 2 / 3, cost.micros}) {
    const CorrectionOrder order{world.random().uid(), box.holder, slice.number, CorrectionWay::back, {cost.micros * 2 / 3}};
    world.configure(correction_key({1020}), encode(order), box.holder.edge);
    world.settle_down(100);
    world.reach_point(given_back() > 0, "nothing is given back");
    require(given_back() <= most, "correction", "more of a slice is given back than it cost");
  }
  end_well(world);
}

/// A slice is to be charged again for more than its room has left: that is refused, and the person hears so. It stays refused
/// when the room has money, whatever else is set.
void refused_correction_stays_refused(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto slice = use_some(world, box);
  world.use_energy({1020}, 2'000);
  world.read_meters(box);
  const auto money = [&] { return box.engine->link().state().balance(room_pocket({102}, box.holder)).micros; };
  const auto before = money();
  const CorrectionOrder order{world.random().uid(), box.holder, slice.number, CorrectionWay::charge, {before}};
  world.configure(correction_key({1020}), encode(order), box.holder.edge);
  world.settle_down(100);
  world.reach_point(box.engine->link().state().config().contains(correction_key({1020})) && money() == before,
                    "the order should have come, and be refused");
  pay_in(world, 102, yuan(20));
  live(world, 100);
  const auto paid = money();
  world.configure("limit", {7}, box.holder.edge);
  world.configure(control_key({1020}), world.meaning(ControlSettings{}), box.holder.edge);
  live(world, 100);
  require(paid > before && money() == paid, "correction", "what was refused is carried out");
  end_well(world);
}

/// A stay ends, and nobody comes for a while: it is dark there, over a restart as well. Another room only moves, and stays lit
/// although the box that it moves to does not hear of it.
void empty_room(World& world) {
  get_going(world);
  for (const std::uint32_t room : {102U, 105U}) pay_in(world, room, yuan(50));
  live(world, 200);
  auto& box = box_of(world, 1);
  const auto is_on = [&](CircuitId circuit) { return world.facts().meters.at(circuit).relay_closed; };
  world.reach_point(is_on({1020}) && is_on({1050}), "the rooms are dark from the beginning");
  world.give(cloud::Move{world.random().uid(), {102}, 1, {}});
  world.cut(box_of(world, 2), true, true);
  move_to(world, 105, 2);
  live(world, 300);
  world.stop_box(box);
  world.start_box(box);
  live(world, 300);
  require(!box.engine->link().state().find({105})->open, "story", "the room has not left");
  require(is_on({1050}), "control", "a room that is on its way is dark");
  world.heal(box_of(world, 2));
  live(world, 300);
  require(!box.engine->link().state().find({102})->open, "story", "the stay has not ended");
  require(!is_on({1020}), "control", "what nobody pays for flows on");
  require(is_on({1050}), "control", "a room that has moved is dark");
  end_well(world);
}

/// The box's disk forgets that the stay has ended, and the cloud gives the close back.
void empty_room_forgotten(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(50));
  live(world, 200);
  auto& box = box_of(world, 1);
  world.give(cloud::Move{world.random().uid(), {102}, 1, {}});
  live(world, 300);
  const auto is_on = [&] { return world.facts().meters.at({1020}).relay_closed; };
  const auto is_open = [&] { return box.engine->link().state().find({102})->open; };
  require(!is_open(), "story", "the stay has not ended");
  world.stop_box(box);
  forget(box, 1);
  world.cut(box, true, true);
  world.start_box(box);
  live(world, 300);
  world.reach_point(is_open() && is_on(), "the box has not forgotten that the stay has ended");
  world.heal(box);
  live(world, 300);
  require(!is_open(), "story", "the close has not come back");
  require(!is_on(), "control", "what nobody pays for flows on");
  end_well(world);
}

}  // namespace wattle::sim
