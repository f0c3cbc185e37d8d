// What is paid back otherwise than it was planned, what was meant for students who have left, what comes twice.

#include "simulator/scenarios/stories.hpp"

#include <utility>

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

constexpr auto paid_word = static_cast<std::uint8_t>(cloud::RefundOutcome::paid);
constexpr auto rejected_word = static_cast<std::uint8_t>(cloud::RefundOutcome::rejected);

ReleaseRequest to_payments(World& world, Money at_most, const std::vector<cloud::Payment>& payments) {
  ReleaseRequest request{world.random().uid(), 1, Utility::none, at_most, ReleaseTo::provider, {}, {}};
  for (const auto& payment : payments) request.payments.push_back({payment.provider, payment.number, payment.amount});
  return request;
}

std::vector<cloud::Payment> pay_for(World& world, RoomId room, const std::vector<Money>& amounts) {
  std::vector<cloud::Payment> payments;
  for (const auto amount : amounts) {
    payments.push_back(world.pay(room, amount));
    world.give(payments.back());
  }
  world.settle_down(300);
  return payments;
}

void will_reject(World& world, const Uid& request, std::uint32_t part, const cloud::Payment& payment, Money amount) {
  world.facts().refunds[{request, part}] = {payment.provider, payment.number, payment.room, amount,
                                            cloud::RefundOutcome::rejected};
}

/// The box releases it, and no provider's word of it arrives.
void release_unheard(World& world, RoomId room, const ReleaseRequest& request) {
  world.give(cloud::Release{room, request});
  for (int step = 0; step < 600 && world.site()->refund(request.id) == nullptr; ++step) {
    world.settle_down(1);
    world.drop_mail();
  }
  require(world.site()->refund(request.id) != nullptr, "story", "the release is not answered");
}

std::uint8_t state_of(World& world, const Uid& request, std::uint32_t part) {
  return world.site()->refund(request)->at(part).state;
}

Money money_in(World& world, std::uint32_t room, std::uint32_t slot) {
  const auto& box = box_of(world, slot);
  return box.engine->link().state().balance(room_pocket({room}, box.holder));
}

/// The provider's pocket, by which all that went in and out there is told.
Money clearing_of(World& world, const cloud::Payment& payment) {
  return world.site()->index().balance(clearing_pocket(payment.provider));
}

Money suspense_of(World& world) { return world.site()->index().balance(suspense_pocket()); }

}  // namespace

/// A part was rejected, and cannot go back to its room yet, which is leaving. Then its provider says that it has paid it; and
/// says so of a refund that nobody knows. The first word counts.
void provider_contradicts_itself(World& world) {
  get_going(world);
  const auto payments = pay_for(world, {102}, {yuan(7)});
  const auto request = to_payments(world, yuan(5), payments);
  will_reject(world, request.id, 0, payments[0], yuan(5));
  release_unheard(world, {102}, request);
  auto& box = box_of(world, 1);
  world.cut(box, true, true);
  move_to(world, 102, 2);
  world.to_cloud(cloud::RefundSettled{request.id, 0, cloud::RefundOutcome::rejected});
  const OutsideId back("back/" + to_hex(request.id) + "/0");
  world.reach_point(state_of(world, request.id, 0) == rejected_word && !world.site()->index().has(back),
                    "the part should be rejected, and wait for its room");
  world.to_cloud(cloud::RefundSettled{request.id, 0, cloud::RefundOutcome::paid});
  require(state_of(world, request.id, 0) == rejected_word, "provider's bill", "a provider's second word overwrites its first");
  world.to_cloud(cloud::RefundSettled{world.random().uid(), 0, cloud::RefundOutcome::paid});
  world.heal(box);
  arrive(world, 102, 2);
  end_well(world);
  require(world.site()->index().has(back), "provider's bill", "what was rejected is not in the room");
}

/// Of a refund in two parts one was rejected and one was paid; then the cloud, the box and the journal forget it. Meanwhile the
/// students have used most of the money: what the provider has paid stands in the books all the same, with an alarm.
void forgotten_refund_that_energy_used(World& world) {
  get_going(world);
  const auto payments = pay_for(world, {102}, {yuan(7), yuan(5)});
  world.backup();
  const auto request = to_payments(world, yuan(11), payments);
  will_reject(world, request.id, 0, payments[0], yuan(7));
  world.give(cloud::Release{{102}, request});
  live(world, 300);
  const auto cleared = clearing_of(world, payments[1]);
  require(state_of(world, request.id, 0) == rejected_word && state_of(world, request.id, 1) == paid_word, "story",
          "the refund is not half rejected and half paid");
  std::erase_if(world.facts().journal, [](const auto& order) { return std::holds_alternative<cloud::Release>(order); });
  world.use_energy({1020}, 18'000);  // of 12 yuan some 9
  auto& box = box_of(world, 1);
  box.dead = true;
  world.stop_box(box);
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  world.settle_down(300);
  world.fence(box.holder, {1});
  world.settle_down(200);
  replace(world, 1);
  arrive(world, 102, 1);
  live(world, 400);
  const auto* asked = world.site()->index().request(request.id);
  world.reach_point(asked != nullptr && asked->answered && asked->released < yuan(4) && asked->released.micros > 0,
                    "the room should have something left, and less than was paid");
  require(clearing_of(world, payments[1]) == cleared, "provider's bill", "the books show other refunds than the provider");
  require(suspense_of(world) == Money{asked->released.micros - yuan(4).micros}, "provider's bill",
          "what the room could not give is not in suspense: " + std::to_string(suspense_of(world).micros));
  require(world.was_told(cloud::Alarm::refund_unexplained), "suspense", "and nobody is told");
}

/// The bills show a third part of a refund that has two, while the providers' word on these is still awaited.
void refund_that_nobody_asked_for(World& world) {
  get_going(world);
  const auto payments = pay_for(world, {102}, {yuan(7), yuan(5)});
  const auto request = to_payments(world, yuan(11), payments);
  release_unheard(world, {102}, request);
  auto cleared = clearing_of(world, payments[0]);
  world.reach_point(state_of(world, request.id, 0) == 0 && state_of(world, request.id, 1) == 0,
                    "the providers' word should be awaited");
  // These two are not on the bills yet, so that the third could take their money.
  auto& billed = world.facts().refunds;
  auto asked_for = std::exchange(billed, {});
  billed[{request.id, 2}] = {payments[0].provider, {}, {102}, yuan(2), cloud::RefundOutcome::paid};
  world.read_bills();
  billed.merge(asked_for);
  live(world, 300);
  for (const auto& [key, refund] : world.facts().refunds)
    if (refund.provider == payments[0].provider) cleared.micros += refund.amount.micros;
  require(clearing_of(world, payments[0]) == cleared, "provider's bill", "the books show other refunds than the provider");
  require(world.site()->index().balance(transit_pocket(request.id)).micros == 0, "transit",
          "what was released is not all paid back");
  require(suspense_of(world) == Money{-yuan(2).micros} && world.was_told(cloud::Alarm::refund_unexplained), "provider's bill",
          "what nobody asked for is not in suspense, with an alarm");
}

/// Students leave with nine yuan. Five of them go to room 103, where one lives now, four back to where they were paid; and a
/// person who does not know of that decides about one more.
void suspense_shared_out(World& world) {
  get_going(world);
  const auto payments = pay_for(world, {102}, {yuan(9)});
  world.change_students({102});
  live(world, 600);
  const auto& suspended = world.site()->index().suspended();
  require(suspended.size() == 1 && suspended.begin()->second == yuan(9), "story", "the room's money is not in suspense");
  const std::string of(suspended.begin()->first.text());
  const auto before = money_in(world, 103, 2);
  world.give(cloud::Resolution{world.random().uid(), of, cloud::ResolveTo::room, {103}, 1, {}, yuan(5)});
  const cloud::Resolution out{world.random().uid(), of, cloud::ResolveTo::provider, {}, 0, payments[0].provider, yuan(4)};
  world.give(out);
  world.reach_point(suspense_of(world).micros <= yuan(4).micros, "nothing is decided");
  const auto cleared = clearing_of(world, payments[0]);
  const cloud::Resolution more{world.random().uid(), of, cloud::ResolveTo::provider, {}, 0, payments[0].provider, yuan(1)};
  world.give(more);
  require(!world.site()->orders().contains(cloud::id_of(more)), "suspense", "more is decided about than lies there");
  live(world, 200);
  require(money_in(world, 103, 2) == Money{before.micros + yuan(5).micros}, "suspense", "the room has not what was decided");
  require(clearing_of(world, payments[0]) == cleared && suspense_of(world).micros == 0, "suspense",
          "it is not paid as it was decided");
  world.read_bills();  // on which the refund stands, under the number of the decision
  live(world, 200);
  require(clearing_of(world, payments[0]) == cleared && suspense_of(world).micros == 0, "suspense", "it is booked once more");
  end_well(world);
}

/// A code is sold, its payment is confirmed only when other students live there, and nobody has typed it.
void code_booked_for_a_past_stay(World& world) {
  get_going(world);
  world.buy_code({102}, 9);
  const auto sold = world.facts().payments.rbegin()->second;
  world.drop_mail();
  const auto lives_here = [&] {
    const auto* room = box_of(world, 1).engine->link().state().find({102});
    return room != nullptr && room->open && room->opening > 1;
  };
  for (int stays = 0; stays < 8 && !lives_here(); ++stays) {  // each is fitted at some box
    world.change_students({102});
    live(world, 600);
  }
  world.reach_point(lives_here(), "the next students have not come to the box that sold the code");
  const auto before = money_in(world, 102, 1);
  world.give(sold);
  live(world, 300);
  require(money_in(world, 102, 1) == before, "opening", "the next students have the code of those who left");
  end_well(world);
}

/// One number, and two amounts: whoever tells of the second is not told that it is known.
void payment_told_otherwise(World& world) {
  get_going(world);
  const auto payments = pay_for(world, {102}, {yuan(7)});
  auto other = payments[0];
  other.amount = yuan(70);
  world.reach_point(world.site()->orders().contains(cloud::id_of(payments[0])), "the payment is not there");
  world.to_cloud(cloud::Ordered{other});
  require(world.was_told(cloud::Alarm::order_contradicts), "payment lost",
          "a number comes with two amounts, and nobody is told");
  end_well(world);
}

/// The bill shows less than was planned, and the room has the rest again.
void less_paid_than_planned(World& world) {
  get_going(world);
  const auto payments = pay_for(world, {102}, {yuan(7)});
  const auto before = money_in(world, 102, 1);
  const auto cleared = clearing_of(world, payments[0]);
  const auto request = to_payments(world, yuan(5), payments);
  release_unheard(world, {102}, request);
  world.reach_point(state_of(world, request.id, 0) == 0, "the provider's word should be awaited");
  world.facts().refunds.at({request.id, 0}).amount = yuan(3);
  world.facts().refunds.at({request.id, 0}).outcome = cloud::RefundOutcome::paid;
  world.read_bills();
  live(world, 300);
  require(clearing_of(world, payments[0]) == Money{cleared.micros + yuan(3).micros}, "provider's bill",
          "the books show another refund than the provider");
  require(money_in(world, 102, 1) == Money{before.micros - yuan(3).micros}, "provider's bill",
          "what was released and not paid is not in the room");
  end_well(world);
}

/// A person decides that four yuan are paid out, and pays three.
void paid_otherwise_than_decided(World& world) {
  get_going(world);
  const auto payments = pay_for(world, {102}, {yuan(9)});
  world.change_students({102});
  live(world, 600);
  const auto& suspended = world.site()->index().suspended();
  require(suspended.size() == 1 && suspended.begin()->second == yuan(9), "story", "the room's money is not in suspense");
  const std::string of(suspended.begin()->first.text());
  const cloud::Resolution out{world.random().uid(), of, cloud::ResolveTo::provider, {}, 0, payments[0].provider, yuan(4)};
  world.give(out);
  auto& paid = world.facts().paid_by_hand.at(out.id);
  world.read_bills();
  live(world, 100);
  require(!world.was_told(cloud::Alarm::refund_unexplained), "suspense", "what was paid as it was decided is an alarm");
  world.reach_point(world.site()->is_done(out), "the decision is not carried out");
  paid.amount = yuan(3);
  world.read_bills();
  require(world.was_told(cloud::Alarm::refund_unexplained), "suspense",
          "a person pays otherwise than he decided, and nobody is told");
  paid.amount = yuan(4);
  end_well(world);
}

}  // namespace wattle::sim
