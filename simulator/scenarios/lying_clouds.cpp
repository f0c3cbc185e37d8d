// A cloud with other software: what a box must not take from it.

#include "simulator/scenarios/deeds.hpp"
#include "simulator/scenarios/lies.hpp"
#include "simulator/scenarios/stories.hpp"

namespace wattle::sim {

namespace {

using E = LedgerErrc;

void pay(World& world, BoxNode&) { pay_in(world, 102, yuan(3)); }

void grant(World& world, BoxNode&) { world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(1), "spring"}); }

void set_price(World& world, BoxNode&) {
  world.give(cloud::PriceOrder{PricePlan{7, 1, world.now().wall, TierPeriod::none, {Band{{Tier{0, 600'000}}}}}});
}

void set_twice(World& world, BoxNode&) {
  for (const auto value : {std::uint8_t{1}, std::uint8_t{2}}) {
    world.settle_down(60);
    world.give(cloud::ConfigOrder{world.random().uid(), {1}, "limit", {value}, world.next_setting()});
  }
}

void ask_twice(World& world, BoxNode& box) {
  ask_back(world, box);
  live(world, 100);
  ask_back(world, box);
}

/// The third stay of room 102, at the box as the others were.
void begin_third_stay(World& world, BoxNode&) {
  for (const std::uint32_t opening : {2U, 3U}) {
    world.give(cloud::Move{world.random().uid(), {102}, opening - 1, {}});
    const auto& meter = world.facts().meters.at({1020});
    const CircuitFigures circuit{{1020}, meter.number, meter.utility, {meter.register_units}, {}, {}, 0};
    if (opening == 3) return world.give(cloud::Fitting{{102}, opening, {1}, {circuit}});
    world.give(cloud::Fitting{{102}, opening, {1}, {circuit}});
    live(world, 200);
  }
}

bool opens_third(Entry& entry, std::uint32_t opening, Quantity reading, std::uint16_t remainder) {
  const auto open = is(entry, Kind::open) ? detail_of<Open>(entry) : std::nullopt;
  if (!open || open->opening != 3) return false;
  Altered<Open> altered(entry);
  altered->opening = opening;
  altered->circuits[0].reading = reading;
  altered->circuits[0].accrued.remainder = remainder;
  return true;
}

const std::vector<Lie> of_money = {
    {"a negative amount", pay,
     [](const BoxNode&, Entry& e) { return is(e, Kind::recharge) && (e.lines[0].amount = yuan(-3), true); }, E::amount},
    {"more than a balance can hold", pay,
     [](const BoxNode&, Entry& e) { return is(e, Kind::recharge) && (e.lines[0].amount = {INT64_MAX}, true); }, E::overflow},
    {"the box's own cash", pay,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::recharge) && (e.lines[0].from = drawer_pocket(b.holder), true); },
     E::foreign_pocket},
    {"the university's money as a payment", pay,
     [](const BoxNode&, Entry& e) { return is(e, Kind::recharge) && (e.lines[0].from = subsidy_pocket(), true); },
     E::illegal_line},
    {"another room's debt", pay,
     [](const BoxNode&, Entry& e) { return is(e, Kind::recharge) && (e.lines[0].from = arrears_pocket({105}), true); },
     E::illegal_line},
    {"an allowance of nothing", grant,
     [](const BoxNode&, Entry& e) { return is(e, Kind::allowance) && (e.lines[0].to.utility = Utility::none, true); },
     E::illegal_line},
    {"an allowance out of another's transit", grant,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::allowance) && (e.lines[0].from = transit_pocket({}, Utility::cold_water), true);
     },
     E::illegal_line},
    {"a kind of the box's", pay, [](const BoxNode&, Entry& e) { return is(e, Kind::recharge) && (e.kind = Kind::cash, true); },
     E::misplaced},
    {"a payment without its detail", pay,
     [](const BoxNode&, Entry& e) { return is(e, Kind::recharge) && (e.detail = {}, true); }, E::detail},
    {"another number", pay, [](const BoxNode&, Entry& e) { return is(e, Kind::recharge) && (++e.number, true); }, E::misplaced},
    {"a code for less than it brings", book_code,
     [](const BoxNode&, Entry& e) { return is(e, Kind::code_issue) && (--Altered<Code>(e)->amount.micros, true); },
     E::line_missing},
    {"a payment into another box's room", pay,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::recharge) && (e.lines[0].to = room_pocket({102}, beside(b)), true); },
     E::illegal_line},
    {"a payment into a room of the cloud's own", pay,
     [](const BoxNode&, Entry& e) { return is(e, Kind::recharge) && (e.lines[0].to = room_pocket({102}, cloud_holder), true); },
     E::illegal_line},
    {"a measured payment", pay, [](const BoxNode&, Entry& e) { return is(e, Kind::recharge) && (e.lines[0].measured = true); },
     E::illegal_line},
    {"another box's money", pay,
     [](const BoxNode& b, Entry& e) {
       return becomes(e, Kind::recharge, newer_kind, {{room_pocket({103}, beside(b)), transit_pocket({}), yuan(1), false}});
     },
     E::illegal_line},
    {"an allowance that was sent away, as money", pay,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::recharge) && (e.lines[0].from = transit_pocket({}, Utility::electricity), true);
     },
     E::illegal_line},
    {"a room's debt taken over by another", pay,
     [](const BoxNode& b, Entry& e) {
       return becomes(e, Kind::recharge, newer_kind, {{arrears_pocket({105}), room_of(b, 102), yuan(1), false}});
     },
     E::illegal_line},
    {"an allowance without its detail", grant,
     [](const BoxNode&, Entry& e) { return is(e, Kind::allowance) && (e.detail = {}, true); }, E::detail},
    {"a code that is sold twice", book_code,
     [](const BoxNode&, Entry& e) {
       if (!is(e, Kind::code_issue)) return false;
       e.lines.push_back(e.lines[0]);
       return true;
     },
     E::detail},
};

const std::vector<Lie> of_rights = {
    {"a second grant", pay,
     [](const BoxNode&, Entry& e) {
       set_detail(e, Grant{});
       return becomes(e, Kind::recharge, Kind::grant, {});
     },
     E::before_grant},
    {"a room that is open", pay,
     [](const BoxNode& b, Entry& e) {
       set_detail(e, Open{1, b.engine->link().state().find({102})->circuits});
       return becomes(e, Kind::recharge, Kind::open, {});
     },
     E::room_open},
    {"an older stay of a room", begin_third_stay,
     [](const BoxNode&, Entry& e) {
       const auto open = is(e, Kind::open) ? detail_of<Open>(e) : std::nullopt;
       return open && open->opening == 3 && (Altered<Open>(e)->opening = 1, true);
     },
     E::opening},
    {"a room without circuits", begin_third_stay,
     [](const BoxNode&, Entry& e) {
       const auto open = is(e, Kind::open) ? detail_of<Open>(e) : std::nullopt;
       return open && open->opening == 3 && (Altered<Open>(e)->circuits.clear(), true);
     },
     E::detail},
    {"a price of a version that is known", set_price,
     [](const BoxNode&, Entry& e) { return is(e, Kind::price) && (Altered<PricePlan>(e)->version = 1, true); }, E::detail},
    {"a setting of an older version", set_twice,
     [](const BoxNode&, Entry& e) {
       const auto config = is(e, Kind::config) ? detail_of<ConfigSetting>(e) : std::nullopt;
       return config && config->version > 1 && (--Altered<ConfigSetting>(e)->version, true);
     },
     E::detail},
    {"a request that was made", ask_twice,
     [](const BoxNode& b, Entry& e) {
       return is(e, Kind::release_request) && (Altered<ReleaseRequest>(e)->id = first_asked(b), true);
     },
     E::outside_id_used},
    {"a request for nothing", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::release_request) && (Altered<ReleaseRequest>(e)->at_most = {}, true); },
     E::detail},
    {"a close by a request's name", ask_twice,
     [](const BoxNode& b, Entry& e) {
       if (!is(e, Kind::release_request)) return false;
       e.kind = Kind::close_request;
       set_detail(e, CloseRequest{first_asked(b), 1, {2}});
       return true;
     },
     E::outside_id_used},
    {"a stay without a number", begin_third_stay, [](const BoxNode&, Entry& e) { return opens_third(e, 0, {7}, 0); },
     E::detail},
    {"a room whose meter stands below zero", begin_third_stay,
     [](const BoxNode&, Entry& e) { return opens_third(e, 3, {-1}, 0); }, E::detail},
    {"a room with a remainder that there is not", begin_third_stay,
     [](const BoxNode&, Entry& e) { return opens_third(e, 3, {7}, 1000); }, E::detail},
    {"a price of no version", set_price,
     [](const BoxNode&, Entry& e) { return is(e, Kind::price) && (Altered<PricePlan>(e)->version = 0, true); }, E::detail},
    {"a price without bands", set_price,
     [](const BoxNode&, Entry& e) { return is(e, Kind::price) && (Altered<PricePlan>(e)->bands.clear(), true); }, E::detail},
    {"a setting without its detail", set_twice,
     [](const BoxNode&, Entry& e) { return is(e, Kind::config) && (e.detail = {}, true); }, E::detail},
    {"a request of no room", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::release_request) && (e.room.reset(), true); }, E::detail},
    {"a close of no room", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close_request) && (e.room.reset(), true); }, E::detail},
    {"a cancel of nothing", pay,
     [](const BoxNode&, Entry& e) { return becomes(e, Kind::recharge, Kind::cancel, {}) && (e.detail = {}, true); }, E::detail},
    {"a signature under nothing", pay,
     [](const BoxNode&, Entry& e) { return becomes(e, Kind::recharge, Kind::countersign, {}) && (e.detail = {}, true); },
     E::detail},
};

}  // namespace

void lying_cloud(World& world) {
  for (const auto* lies : {&of_money, &of_rights}) tell(world, *lies, Direction::down);
}

}  // namespace wattle::sim
