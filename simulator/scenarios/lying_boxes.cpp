// A box with other software: what the cloud must not take from it.

#include "simulator/scenarios/deeds.hpp"
#include "simulator/scenarios/lies.hpp"
#include "simulator/scenarios/stories.hpp"

namespace wattle::sim {

namespace {

using E = LedgerErrc;
constexpr Kind newer{0x4243};

void use(World& world, BoxNode& box) {
  world.use_energy({1020}, 1000);
  world.read_meters(box);
  world.pass(hours(1));
  world.use_energy({1020}, 3001);
  world.read_meters(box);
}

/// Two codes of room 102; the first has arrived as used.
void type_two(World& world, BoxNode& box) {
  for (int typed = 0; typed < 2;) {
    world.settle_down(60);
    const auto digits = world.buy_code({102}, 9);
    world.drop_mail();
    if (digits.empty()) continue;  // that number is taken
    ++typed;
    world.to_box(box, edge::CodeTyped{{102}, digits});
  }
}

void ask_back_and_sell(World& world, BoxNode& box) {
  ask_back(world, box);
  live(world, 100);
  take_cash(world, box);
}

void take_twice(World& world, BoxNode& box) {
  take_cash(world, box);
  world.settle_down(60);
  take_cash(world, box);
}

/// As World::change_meter.
void change_meter(World& world, BoxNode& box) {
  auto& meter = world.facts().meters.at({1020});
  const MeterId fresh{meter.number.value + 1'000'000};
  world.to_box(box, edge::MeterReplaced{{102}, {1020}, {meter.register_units}, fresh, {7}});
  meter.charged_before += meter.register_units - meter.base;
  meter.number = fresh;
  meter.base = meter.register_units = 7;
}

Pocket room_of(const BoxNode& box, std::uint32_t room) { return room_pocket({room}, box.holder); }

const std::vector<Lie> of_any_entry = {
    {"a balance that is not the replay's", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (++e.after->room.micros, true); }, E::after_differs},
    {"a negative amount", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.lines[0].amount = yuan(-1), true); }, E::amount},
    {"more than a balance can hold", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.lines[0].amount = {INT64_MAX}, true); }, E::overflow},
    {"the cloud's money", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.lines[0].from = clearing_pocket(Provider::wechat), true); },
     E::foreign_pocket},
    {"a measured sale", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.lines[0].measured = true, true); }, E::illegal_line},
    {"money on its way as an allowance", take_cash,
     [](const BoxNode&, Entry& e) {
       const auto receipt = detail_of<Cash>(e).value_or(Cash{}).receipt;
       return is(e, Kind::cash) && (e.lines[0].to = transit_pocket(receipt, Utility::electricity), true);
     },
     E::illegal_line},
    {"more than there is", take_cash,
     [](const BoxNode& b, Entry& e) {
       return becomes(e, Kind::cash, newer, {{room_of(b, 102), transit_pocket({}), yuan(500), false}});
     },
     E::not_covered},
    {"a kind of the cloud's", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.kind = Kind::recharge, true); }, E::misplaced},
    {"a payment's name", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.outside = OutsideId("pay/P7"), true); }, E::outside_id_used},
    {"the transit of a request", ask_back_and_sell,
     [](const BoxNode& b, Entry& e) {
       return becomes(e, Kind::cash, newer, {{room_of(b, 102), transit_pocket(first_asked(b)), yuan(1), false}});
     },
     E::outside_id_used},
    {"a seen that fell", take_twice, [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.seen = {}, true); },
     E::seen_fell},
    {"another number", take_cash, [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (++e.number, true); },
     E::misplaced},
    {"an override that moves money", take_cash,
     [](const BoxNode&, Entry& e) {
       set_detail(e, ConfigSetting{"limit", 0, {7}});
       return becomes(e, Kind::cash, Kind::override_config, e.lines);
     },
     E::detail},
};

const std::vector<Lie> of_sales = {
    {"a sale into another room", take_cash,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::cash) && (e.lines[0].to = room_of(b, 105), true); }, E::room_not_open},
    {"a sale for another stay", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (++Altered<Cash>(e)->opening, true); }, E::opening},
    {"a code that is used", type_two,
     [](const BoxNode& b, Entry& e) {
       const auto used = b.engine->link().state().used_codes();
       if (!is(e, Kind::redeem) || used.size() < 2) return false;
       Altered<Redeem> redeem(e);
       const auto own = redeem->name;
       redeem->name = used.begin()->first == own ? used.rbegin()->first : used.begin()->first;
       return true;
     },
     E::code_used},
    {"a code for less than it brings", type_two,
     [](const BoxNode&, Entry& e) { return is(e, Kind::redeem) && (--Altered<Redeem>(e)->amount.micros, true); },
     E::line_missing},
    {"codes beyond the cap", type_two,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::redeem) && (Altered<Redeem>(e)->amount = e.lines[0].amount = yuan(501), true);
     },
     E::not_covered},
    {"a code that was not sold", book_code,
     [](const BoxNode&, Entry& e) { return is(e, Kind::redeem) && (--e.cause->number, true); }, E::code_unknown},
    {"a code that goes on from where its room is", book_code,
     [](const BoxNode&, Entry& e) { return is(e, Kind::redeem) && (e.lines[0].to = transit_pocket({}), true); },
     E::room_not_open},
    {"money that goes on from an open room", take_cash,
     [](const BoxNode& b, Entry& e) {
       set_detail(e, Credit{1});
       return becomes(e, Kind::cash, Kind::forward, {{room_of(b, 102), transit_pocket({}), yuan(1), false}});
     },
     E::room_open},
};

const std::vector<Lie> of_answers = {
    {"a release of more than was asked", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (e.lines[0].amount.micros += 10'000, true); },
     E::released_too_much},
    {"a release of a part of a fen", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (--e.lines[0].amount.micros, true); }, E::released_too_much},
    {"a release that names nothing", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (e.lines = {}, true); }, E::line_missing},
    {"a release from another room", ask_back,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::answer) && (e.lines[0].from = room_of(b, 105), true); },
     E::line_missing},
    {"an answer to what was not asked", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (++e.cause->number, true); }, E::request_unknown},
    {"an answer by another name", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (++Altered<Answer>(e)->id.bytes[0], true); },
     E::request_unknown},
    {"a close with other readings", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (++Altered<Close>(e)->circuits[0].reading.units, true); },
     E::reading_chain},
    {"a close that keeps the money", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (e.lines = {}, true); }, E::line_missing},
    {"a close of another stay", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (++Altered<Close>(e)->opening, true); }, E::opening},
    {"a close that nobody asked for", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (++Altered<Close>(e)->id.bytes[0], true); },
     E::request_unknown},
};

const std::vector<Lie> of_energy = {
    {"a slice that begins elsewhere", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (++Altered<Consumption>(e)->from.units, true); },
     E::reading_chain},
    {"a slice of other energy", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (++Altered<Consumption>(e)->to.units, true); },
     E::remainder_chain},
    {"a slice that leaves another remainder", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (++Altered<Consumption>(e)->after.remainder, true); },
     E::remainder_chain},
    {"a slice at no price", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (Altered<Consumption>(e)->price = 99, true); },
     E::price_unknown},
    {"a slice in no band", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (Altered<Consumption>(e)->band = 9, true); },
     E::price_unknown},
    {"a slice of no circuit of its room", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (Altered<Consumption>(e)->circuit = {1050}, true); },
     E::circuit_unknown},
    {"a slice that costs less", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (--e.lines[0].amount.micros, true); }, E::price_wrong},
    {"a meter that ends elsewhere", change_meter,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::meter_change) && (++Altered<MeterChange>(e)->final_reading.units, true);
     },
     E::reading_chain},
    {"a meter that is not there", change_meter,
     [](const BoxNode&, Entry& e) { return is(e, Kind::meter_change) && (++Altered<MeterChange>(e)->old_meter.value, true); },
     E::reading_chain},
    {"a meter in place of itself", change_meter,
     [](const BoxNode&, Entry& e) {
       Altered<MeterChange> change(e);
       change->new_meter = change->old_meter;
       return is(e, Kind::meter_change);
     },
     E::reading_chain},
};

}  // namespace

void lying_box(World& world) {
  for (const auto* lies : {&of_any_entry, &of_sales, &of_answers, &of_energy}) tell(world, *lies, Direction::up);
}

}  // namespace wattle::sim
