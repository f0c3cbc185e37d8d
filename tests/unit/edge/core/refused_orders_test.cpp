// Orders to a relay whose meter refuses the password.

#include "tests/unit/edge/core/background_house.hpp"

namespace wattle::edge {
namespace {

using namespace test;

const ParameterValues limit_of_3_kw = {{Parameter::power_limit, {3'000, {}}}};

/// So often the plan has told the relay something.
std::size_t orders(const BackgroundHouse& house) {
  return static_cast<std::size_t>(std::count(house.asked.begin(), house.asked.end(), 'p'));
}

/// As somebody who reads "relay: open" from the meter.
bool is_closed(const BackgroundHouse& house) { return house.plan.newest(metered)->relay_closed == true; }

}  // namespace

TEST_CASE("a relay order whose password is refused is sent once a day, and told once") {
  BackgroundHouse house;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.run(seconds(5));
  house.plan.order(metered, false, house.now);
  house.run(seconds(30));
  CHECK(house.notices == std::vector{PollNotice::relay_disobeys});
  CHECK(house.plan.disobeys(metered));
  CHECK(house.plan.refused(metered) == MeterErrc::password);
  CHECK(house.plan.has_order(metered));
  CHECK_FALSE(house.plan.is_urgent());  // nobody waits for it
  const auto health = house.plan.health({its_number}, house.now);
  REQUIRE(health->failure);
  CHECK(health->failure->code == static_cast<int>(MeterErrc::password));
  CHECK(health->disobeys);
  house.run(hours(23));
  CHECK(orders(house) == 1);
  CHECK(is_closed(house));
  house.run(hours(2));
  CHECK(orders(house) == 2);  // the order stands, and is tried
  CHECK(house.count(PollNotice::relay_disobeys) == 1);
}

TEST_CASE("a relay order that was held is sent when the day is over, and the relay obeys") {
  BackgroundHouse house;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.run(seconds(5));
  house.plan.order(metered, false, house.now);
  house.run(hours(20));
  house.meter.accepts = its_password;
  house.run(hours(5));
  CHECK(house.notices == std::vector{PollNotice::relay_disobeys, PollNotice::relay_obeys});
  CHECK_FALSE(house.plan.disobeys(metered));
  CHECK_FALSE(house.plan.refused(metered));
  CHECK_FALSE(house.plan.has_order(metered));
  CHECK_FALSE(house.plan.health({its_number}, house.now)->failure);
}

TEST_CASE("why the newest command was refused is known, whatever the reason, until one is taken") {
  BackgroundHouse house;
  house.run(seconds(5));
  CHECK_FALSE(house.plan.refused_command(metered));
  house.refuses_orders = true;
  house.plan.order(metered, false, house.now);
  house.run(minutes(1));
  CHECK(house.plan.disobeys(metered));
  CHECK(house.plan.refused_command(metered) == MeterErrc::refused);
  CHECK_FALSE(house.plan.refused(metered));  // it is told again
  house.refuses_orders = false;
  house.run(minutes(5));
  CHECK_FALSE(house.plan.disobeys(metered));
  CHECK_FALSE(house.plan.refused_command(metered));
  CHECK_FALSE(house.plan.refused_command(CircuitId{99}));
}

TEST_CASE("a meter whose relay order is held goes on being read") {
  BackgroundHouse house;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.run(seconds(5));
  house.plan.order(metered, false, house.now);
  house.run(minutes(10));
  house.shown.circuits[0].energy = {2'340};
  house.run(seconds(30));
  CHECK(house.plan.newest(metered)->energy == Quantity{2'340});
  CHECK(house.count(PollNotice::silent) == 0);
}

TEST_CASE("orders that change while they are held are not sent, nor told again") {
  BackgroundHouse house;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.run(seconds(5));
  for (int hour = 0; hour < 20; ++hour) {
    house.plan.order(metered, hour % 2 != 0, house.now);
    house.run(hours(1));
  }
  CHECK(orders(house) == 1);
  CHECK(house.count(PollNotice::relay_disobeys) <= 10);  // each second one is as the relay stands, and obeyed
}

TEST_CASE("a password that a parameter's write had refused holds relay orders, and the other way round") {
  BackgroundHouse house;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.tasks.want(metered, limit_of_3_kw, house.now);
  house.run(minutes(5));
  REQUIRE(house.writes() == 1);
  house.plan.order(metered, false, house.now);
  house.run(hours(20));
  CHECK(orders(house) == 0);
  CHECK(house.writes() == 1);
  CHECK(house.count(PollNotice::relay_disobeys) == 1);
  CHECK(house.plan.refused(metered) == MeterErrc::password);

  BackgroundHouse other;
  other.meter.accepts.password = {9, 9, 9, 9};
  other.run(seconds(5));
  other.plan.order(metered, false, other.now);
  other.run(seconds(30));
  other.tasks.want(metered, limit_of_3_kw, other.now);
  other.run(hours(20));
  CHECK(orders(other) == 1);
  CHECK(other.writes() == 0);
}

TEST_CASE("another password is tried at once where the wiring brings one, and the old one stays held") {
  BackgroundHouse house;
  const auto rewired = [&](const dlt645::Credentials& by) {
    auto meters = house.meters;
    meters[0].place.by = by;
    PollPlan plan(house.settings, meters, house.now);
    BackgroundTasks tasks(meters, house.settings, {}, plan.passwords());
    plan.carry_over(house.plan);
    tasks.carry_over(house.tasks);
    plan.order(metered, false, house.now);
    std::size_t sent = 0;
    for (int i = 0; i < 20; ++i) {
      const auto question = plan.next(house.now);
      if (!question) break;
      if (question->is_command) ++sent;
      plan.answered(house.reply(question->exchange, false), house.now);
    }
    return sent;
  };
  house.meter.accepts.password = {9, 9, 9, 9};
  house.run(seconds(5));
  house.plan.order(metered, false, house.now);
  house.run(seconds(30));
  CHECK(rewired(its_password) == 0);
  CHECK(rewired({{9, 9, 9, 9}, {1, 2, 3, 4}}) == 1);
}

TEST_CASE("a refusal outlives the process for its day, and is told as one that was told already where the bus is opened anew") {
  BackgroundHouse house;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.run(seconds(5));
  house.plan.order(metered, false, house.now);
  house.run(seconds(30));
  const Instant noon{1'800'000'000'000'000};
  const auto news = house.plan.passwords()->take_news({noon, house.now});
  REQUIRE(news.size() == 1);
  CHECK(news[0].first == MeterId{its_number});
  CHECK(house.plan.passwords()->take_news({noon, house.now}).empty());
  const auto row = from_bytes<RefusedPassword>(to_bytes(news[0].second));
  REQUIRE(row);

  const auto place = house.meters[0].place;
  const Tick boot{seconds(3).micros};
  const auto after = [&](Duration later, const dlt645::Credentials& by) {
    RefusedPasswords next;
    next.refused_before(news[0].first, *row, {noon + later, boot});
    auto with = place;
    with.by = by;
    const auto* held = next.held(with, boot);
    return held != nullptr && held->why == MeterErrc::password;
  };
  CHECK(after(minutes(1), its_password));
  CHECK(after(hours(23), its_password));
  CHECK_FALSE(after(hours(25), its_password));
  CHECK(after(Duration{-hours(5).micros}, its_password));  // the clock went back: held, and for a day at most
  CHECK_FALSE(after(minutes(1), {{9, 9, 9, 9}, {1, 2, 3, 4}}));

  // By a clock that stands before it, the day is not begun again each time that a bus is opened.
  RefusedPasswords again;
  again.refused_before(news[0].first, *row, {noon - hours(5), boot});
  again.refused_before(news[0].first, *row, {noon - hours(4), boot + hours(1)});
  CHECK(again.writes_from(place) == boot + password_refused_pause);
  again.refused_before(news[0].first, *row, {noon + hours(2), boot + hours(3)});  // the clock is right: it was two hours ago
  CHECK(again.writes_from(place) > boot + password_refused_pause);
  CHECK(again.writes_from(place) <= boot + hours(1) + password_refused_pause);

  PollPlan anew(house.settings, house.meters, house.now, house.plan.passwords());
  anew.carry_over(house.plan);
  anew.order(metered, false, house.now);
  std::size_t told = 0;
  for (int i = 0; i < 20; ++i) {
    const auto question = anew.next(house.now);
    if (!question) break;
    told += anew.answered(house.reply(question->exchange, false), house.now).notices.size();
  }
  CHECK(told == 0);
  CHECK(anew.disobeys(metered));
}

TEST_CASE("levels of an encryption chip are refused as a password, whatever reason the meter has") {
  const MeterPlace plain{1, MeterId{1}, its_password};
  CHECK(is_of_password(plain, make_error_code(MeterErrc::password)));
  CHECK_FALSE(is_of_password(plain, make_error_code(MeterErrc::refused)));
  for (const auto level : {std::uint8_t{0x98}, std::uint8_t{0x99}}) {
    const MeterPlace chip{1, MeterId{1}, {{level, 1, 2, 3}, {}}};
    CHECK(is_of_password(chip, make_error_code(MeterErrc::password)));
    CHECK(is_of_password(chip, make_error_code(MeterErrc::refused)));
    CHECK_FALSE(is_of_password(chip, make_error_code(MeterErrc::silence)));
    CHECK_FALSE(is_of_password(chip, make_error_code(MeterErrc::checksum)));
  }
}

TEST_CASE("an order that no longer stands when its refusal comes is no relay's trouble") {
  BackgroundHouse house;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.run(seconds(5));
  house.plan.order(metered, false, house.now);
  const auto order = house.plan.next(house.now);
  REQUIRE(order);
  REQUIRE(order->is_command);
  house.plan.forget_order(metered);
  CHECK(house.plan.answered(house.reply(order->exchange, false), house.now).notices.empty());
  CHECK_FALSE(house.plan.disobeys(metered));
  house.plan.order(metered, false, house.now);  // the password stays refused
  house.run(hours(1));
  CHECK(orders(house) == 0);
}

}  // namespace wattle::edge
