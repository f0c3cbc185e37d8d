// Entries that are almost right: each stands at its place, in a sound state, with `after` as it would be, and only one thing in
// it is another. Admission refuses it by the one rule that it breaks, and keeps nothing of it.

#include "tests/unit/shared/ledger/admission_bench.hpp"

namespace wattle::paper {

TEST_CASE("every line of the golden entries stands for its very amount") {
  auto site_of_all = vector_site();
  std::size_t tried = 0;
  for (const auto holder : {box_a, box_b})
    each_before(site_of_all, holder, Direction::up, [&](const LinkState& state, const Entry& entry) {
      for (std::size_t at = 0; at < entry.lines.size(); ++at) {
        const auto bound = refusal_of_other_amount(entry, at);
        if (!bound) continue;
        for (const std::int64_t by : {-1, 1}) {
          auto other = entry;
          other.lines[at].amount.micros += by;
          if (other.lines[at].amount.micros > 0) check_refused(state, other, *bound, "another amount");
        }
        auto less = entry;
        less.lines.erase(less.lines.begin() + static_cast<std::ptrdiff_t>(at));
        check_refused(state, less, refusal_of_fewer_lines(entry, at), "a line left out");
        ++tried;
      }
    });
  CHECK(tried > 12);
}

TEST_CASE("what a golden entry has done cannot be done again") {
  auto site_of_all = vector_site();
  for (const auto holder : {box_a, box_b})
    for (const auto direction : {Direction::up, Direction::down})
      each_before(site_of_all, holder, direction, [&](const LinkState& state, const Entry& entry) {
        const auto bound = refusal_of_repetition(entry);
        if (!bound) return;
        auto later = state;
        REQUIRE(later.apply(entry).has_value());
        auto again = entry;
        again.number += 1;
        // The money is there once more, so that nothing but the rule stands in its way.
        if (entry.kind == Kind::answer) give(later, *entry.room, yuan(100));
        check_refused(later, again, *bound, "the same again");
      });
}

TEST_CASE("a consumption begins where the last one ended, and its register rises") {
  auto bench = Bench();
  const auto& circuit = bench.circuit();
  bench.refuses(bench.slice(circuit.reading.units + 1, circuit.reading.units + 50), LedgerErrc::reading_chain);
  bench.refuses(bench.slice(circuit.reading.units - 1, circuit.reading.units + 50), LedgerErrc::reading_chain);
  bench.refuses(bench.slice(circuit.reading.units, circuit.reading.units), LedgerErrc::reading_chain);
  bench.price({flat + 1, 1, {}, TierPeriod::none, {Band{{Tier{0, 0}}}}});
  auto figures = circuit;
  figures.reading = {reading_max};
  bench.reopen(figures);
  bench.refuses(bench.slice(reading_max, reading_max + 1, {.price = flat + 1}), LedgerErrc::reading_chain);
}

TEST_CASE("a reading's time is of our centuries, or not known") {
  const std::vector<Instant> absurd = {{1}, {-1}, {INT64_MIN}, {INT64_MAX}, {946'684'800'000'000 - 1}, {7'258'118'400'000'000}};
  for (const auto at : absurd) {
    auto bench = Bench();
    auto made = bench.slice(bench.circuit().reading.units, bench.circuit().reading.units + 50);
    auto slice = *detail_of<Consumption>(made);
    slice.until = at;
    set_detail(made, slice);
    bench.refuses(made, LedgerErrc::detail);
    auto figures = bench.circuit();
    figures.at = at;
    CHECK_FALSE(is_valid(figures));
    figures.at = {946'684'800'000'000};
    CHECK(is_valid(figures));
  }
}

TEST_CASE("a consumption is of a circuit of an open room, and under a price of its utility") {
  auto bench = Bench();
  const auto from = bench.circuit().reading.units;
  bench.takes(bench.slice(from, from + 50));
  bench.price({flat + 1, 2, {}, TierPeriod::none, {Band{{Tier{0, rate}}}}});
  bench.refuses(bench.slice(from, from + 50, {.price = flat + 1}), LedgerErrc::price_unknown);
  bench.refuses(bench.slice(from, from + 50, {.price = 9, .priced_as = flat}), LedgerErrc::price_unknown);
  auto other_band = bench.slice(from, from + 50);
  change<Consumption>(other_band, [](auto& slice) { slice.band = 1; });
  bench.refuses(other_band, LedgerErrc::price_unknown);
  auto other_circuit = bench.slice(from, from + 50);
  change<Consumption>(other_circuit, [](auto& slice) { slice.circuit = {77}; });
  bench.refuses(other_circuit, LedgerErrc::circuit_unknown);
  auto unknown_split = bench.slice(from, from + 50);
  change<Consumption>(unknown_split, [](auto& slice) { slice.split = static_cast<SplitBy>(4); });
  bench.refuses(unknown_split, LedgerErrc::detail);
  bench.close();
  bench.refuses(bench.slice(from, from + 50), LedgerErrc::room_not_open);
}

TEST_CASE("a consumption's remainder, tier and period are those that its price gives") {
  auto bench = Bench();
  const auto from = bench.circuit().reading.units;
  const auto with = [&](auto&& spoil) {
    auto made = bench.slice(from, from + 50);
    change<Consumption>(made, spoil);
    return made;
  };
  bench.refuses(with([](auto& slice) { slice.after.remainder += 1; }), LedgerErrc::remainder_chain);
  bench.refuses(with([](auto& slice) { slice.after.tier_units -= 1; }), LedgerErrc::remainder_chain);
  bench.refuses(bench.slice(from, from + 50, {.period = 1}), LedgerErrc::remainder_chain);
}

TEST_CASE("a consumption takes the allowance first, then the room's money, and nothing more") {
  auto bench = Bench();
  bench.allow({1000});
  const auto from = bench.circuit().reading.units;
  const auto right = bench.slice(from, from + 50);
  REQUIRE(right.lines.size() == 2);
  auto no_allowance = right;
  no_allowance.lines.erase(no_allowance.lines.begin());
  bench.refuses(no_allowance, LedgerErrc::split_wrong);
  auto no_money = right;
  no_money.lines.pop_back();
  bench.refuses(no_money, LedgerErrc::price_wrong);
  auto all_from_room = no_allowance;
  all_from_room.lines[0].amount.micros += right.lines[0].amount.micros;
  bench.refuses(all_from_room, LedgerErrc::split_wrong);
  auto twice = right;
  twice.lines.push_back(right.lines.back());
  bench.refuses(twice, LedgerErrc::price_wrong);
  auto decided = right;
  decided.lines.back().measured = false;
  bench.refuses(decided, LedgerErrc::price_wrong);
}

TEST_CASE("an answer releases what its own request asked for, in this stay, once, and in fen") {
  auto bench = Bench();
  const auto asked = bench.ask_release(yuan(3));
  bench.takes(bench.release(asked, yuan(3)));
  bench.refuses(bench.release(asked, yuan(4)), LedgerErrc::released_too_much);
  bench.refuses(bench.release(asked, {1'000'001}), LedgerErrc::released_too_much);
  auto elsewhere = bench.release(asked, yuan(3));
  elsewhere.lines[0].to = transit_pocket(uid(99));
  bench.refuses(elsewhere, LedgerErrc::line_missing);
  auto of_another = bench.release(asked, yuan(3));
  change<Answer>(of_another, [](auto& answer) { answer.id = uid(99); });
  bench.refuses(of_another, LedgerErrc::request_unknown);
  auto of_other_link = bench.release(asked, yuan(3));
  of_other_link.cause->link = box_b;
  bench.refuses(of_other_link, LedgerErrc::request_unknown);
  auto reason = bench.release(asked, yuan(3));
  change<Answer>(reason, [](auto& answer) { answer.reason = AnswerReason::nothing_left; });
  bench.refuses(reason, LedgerErrc::line_missing);
  auto room = bench.release(asked, yuan(3));
  room.room = room_2;
  bench.refuses(room, LedgerErrc::request_unknown);
  bench.cancel(asked);
  bench.refuses(bench.release(asked, yuan(3)), LedgerErrc::released_too_much);
  const auto next_stay = bench.ask_release(yuan(3), 2);
  bench.refuses(bench.release(next_stay, yuan(3)), LedgerErrc::opening);
  const auto left = bench.ask_release(yuan(3));
  bench.close();
  bench.recharge(yuan(9));
  bench.refuses(bench.release(left, yuan(3)), LedgerErrc::opening);
}

TEST_CASE("a close hands over the room's own figures and everything that stands above zero") {
  auto bench = Bench();
  bench.allow(yuan(1));
  bench.open_neighbour(bench.money());
  const auto asked = bench.ask_close();
  const auto right = bench.close_entry(asked);
  REQUIRE(right.lines.size() == 2);
  bench.takes(right);
  const auto with = [&](auto&& spoil) {
    auto made = right;
    spoil(made);
    return made;
  };
  const auto detail = [&](auto&& spoil) { return with([&](Entry& e) { change<Close>(e, spoil); }); };
  bench.refuses(detail([](auto& close) { close.circuits[0].reading.units += 1; }), LedgerErrc::reading_chain);
  bench.refuses(detail([](auto& close) { close.circuits[0].accrued.remainder ^= 1; }), LedgerErrc::reading_chain);
  bench.refuses(detail([](auto& close) { close.circuits.clear(); }), LedgerErrc::reading_chain);
  bench.refuses(detail([](auto& close) { close.opening = 2; }), LedgerErrc::opening);
  bench.refuses(detail([](auto& close) { close.id = uid(99); }), LedgerErrc::request_unknown);
  bench.refuses(with([](Entry& e) { e.lines.pop_back(); }), LedgerErrc::line_missing);
  bench.refuses(with([](Entry& e) { e.lines[0].amount.micros -= 1; }), LedgerErrc::line_missing);
  bench.refuses(with([](Entry& e) { e.lines[0].to = transit_pocket(uid(99)); }), LedgerErrc::line_missing);
  bench.refuses(with([](Entry& e) { e.lines[0].from = room_pocket(room_2, box_a); }), LedgerErrc::line_missing);
  bench.refuses(with([](Entry& e) { e.room = room_2; }), LedgerErrc::request_unknown);
  bench.refuses(bench.close_entry(bench.ask_release(yuan(1))), LedgerErrc::request_unknown);
  bench.cancel(asked);
  bench.refuses(right, LedgerErrc::request_unknown);
}

TEST_CASE("a cash sale is for who is there now, or goes by its receipt") {
  auto bench = Bench();
  const auto right = bench.cash(yuan(5));
  bench.takes(right);
  auto stay = right;
  change<Cash>(stay, [](auto& cash) { cash.opening = 2; });
  bench.refuses(stay, LedgerErrc::opening);
  auto on = right;
  on.lines[0].to = transit_pocket(uid(31));
  bench.takes(on);
  on.lines[0].to = transit_pocket(uid(99));
  bench.refuses(on, LedgerErrc::line_missing);
  auto receipt = right;
  change<Cash>(receipt, [](auto& cash) { cash.receipt = uid(99); });
  bench.refuses(receipt, LedgerErrc::detail);
  auto drawer = right;
  drawer.lines[0].from = codes_pocket(box_a);
  bench.refuses(drawer, LedgerErrc::line_missing);
  bench.close();
  bench.refuses(right, LedgerErrc::room_not_open);
}

TEST_CASE("a code is honoured once, for its amount, and by its sale when that is here") {
  auto bench = Bench();
  const CodeName name{room_1, 0, 17};
  const auto typed = bench.redeem(name, yuan(10));
  bench.takes(typed);
  bench.refuses(bench.redeem(name, yuan(501)), LedgerErrc::not_covered);
  auto less = typed;
  less.lines[0].amount = yuan(9);
  bench.refuses(less, LedgerErrc::line_missing);
  auto other_room = typed;
  change<Redeem>(other_room, [](auto& redeem) { redeem.name.room = room_2; });
  bench.refuses(other_room, LedgerErrc::line_missing);
  const auto issue = bench.issue({room_1, 0, 18}, yuan(30), 1);
  bench.takes(bench.redeem({room_1, 0, 18}, yuan(30), issue));
  bench.refuses(bench.redeem({room_1, 0, 18}, yuan(30)), LedgerErrc::code_used);
  bench.refuses(bench.redeem({room_1, 0, 18}, yuan(31), issue), LedgerErrc::code_unknown);
  bench.refuses(bench.redeem({room_1, 0, 19}, yuan(30), issue), LedgerErrc::code_unknown);
  auto leaves = bench.redeem({room_1, 0, 18}, yuan(30), issue);
  leaves.lines[0].to = transit_pocket(uid(99));
  bench.refuses(leaves, LedgerErrc::room_not_open);
  const auto next_stay = bench.issue({room_1, 0, 20}, yuan(30), 2);
  bench.refuses(bench.redeem({room_1, 0, 20}, yuan(30), next_stay), LedgerErrc::room_not_open);
  bench.applies(typed);
  bench.refuses(bench.redeem(name, yuan(10)), LedgerErrc::code_used);
  bench.close();
  bench.refuses(bench.redeem({room_1, 0, 21}, yuan(10)), LedgerErrc::room_not_open);
}

TEST_CASE("money is forwarded for a room that has left, and that room's alone") {
  auto bench = Bench();
  auto on = bench.entry(Kind::forward, "forward/" + to_hex(uid(44)), Credit{1});
  on.lines = {{room_pocket(room_1, box_a), transit_pocket(uid(44)), yuan(1), false}};
  bench.refuses(on, LedgerErrc::room_open);
  bench.open_neighbour(yuan(7));
  bench.close();
  bench.recharge(yuan(1));
  bench.takes(on);
  on.lines[0].from = room_pocket(room_2, box_a);
  bench.refuses(on, LedgerErrc::line_missing);
  on.lines.clear();
  bench.refuses(on, LedgerErrc::detail);
}

TEST_CASE("a request's transit is filled by its answer alone") {
  auto bench = Bench();
  bench.recharge(yuan(7));
  const auto asked = bench.ask_release(yuan(3));
  bench.close();
  bench.recharge(yuan(1));
  auto on = bench.entry(Kind::forward, "forward/" + to_hex(uid(44)), Credit{1});
  on.lines = {{room_pocket(room_1, box_a), transit_pocket(uid(44)), yuan(1), false}};
  bench.takes(on);
  on.lines[0].to = transit_pocket(asked.id);
  bench.refuses(on, LedgerErrc::outside_id_used);
}

TEST_CASE("a meter change goes on from the circuit's own meter and reading") {
  auto bench = Bench();
  const auto& circuit = bench.circuit();
  const auto with = [&](auto&& spoil) {
    auto made = bench.entry(Kind::meter_change, "", MeterChange{circuit.circuit, circuit.meter, circuit.reading, {5099}, {7}});
    change<MeterChange>(made, spoil);
    return made;
  };
  bench.takes(with([](auto&) {}));
  bench.refuses(with([](auto& change) { change.final_reading.units += 1; }), LedgerErrc::reading_chain);
  bench.refuses(with([](auto& change) { change.old_meter = {5098}; }), LedgerErrc::reading_chain);
  bench.refuses(with([](auto& change) { change.new_meter = change.old_meter; }), LedgerErrc::reading_chain);
  bench.refuses(with([](auto& change) { change.first_reading = {-1}; }), LedgerErrc::reading_chain);
  bench.refuses(with([](auto& change) { change.first_reading = {reading_max + 1}; }), LedgerErrc::reading_chain);
  bench.refuses(with([](auto& change) { change.circuit = {77}; }), LedgerErrc::circuit_unknown);
}

TEST_CASE("a correction names an earlier entry of its box, and moves its own room's money for energy alone") {
  auto bench = Bench();
  const auto sold = sold_pocket(Utility::electricity, box_a);
  bench.open_neighbour(yuan(7));
  const auto with = [&](const Line& line) {
    auto made = bench.entry(Kind::correction, "order/c9", Credit{1});
    made.cause = Place{box_a, Direction::up, made.number - 1};
    made.lines = {line};
    return made;
  };
  const Line back{sold, room_pocket(room_1, box_a), {5}, false};
  bench.takes(with(back));
  bench.takes(with({sold, allow_pocket(room_1, Utility::electricity, box_a), {5}, false}));
  bench.takes(with({room_pocket(room_1, box_a), sold, {5}, false}));
  bench.refuses(with({sold, room_pocket(room_2, box_a), {5}, false}), LedgerErrc::line_missing);
  bench.refuses(with({room_pocket(room_2, box_a), sold, {5}, false}), LedgerErrc::line_missing);
  bench.refuses(with({room_pocket(room_1, box_a), sold, {5}, true}), LedgerErrc::line_missing);
  bench.refuses(with({drawer_pocket(box_a), room_pocket(room_1, box_a), {5}, false}), LedgerErrc::line_missing);
  bench.refuses(with({codes_pocket(box_a), room_pocket(room_1, box_a), {5}, false}), LedgerErrc::line_missing);
  bench.refuses(with({room_pocket(room_1, box_a), transit_pocket(uid(9)), {5}, false}), LedgerErrc::line_missing);
  auto made = with(back);
  made.cause->link = box_b;
  bench.refuses(made, LedgerErrc::detail);
  made.cause = Place{box_a, Direction::up, made.number};
  bench.refuses(made, LedgerErrc::detail);
  made.cause = Place{box_a, Direction::down, 1};
  bench.refuses(made, LedgerErrc::detail);
  made.cause.reset();
  bench.refuses(made, LedgerErrc::detail);
  made = with(back);
  made.lines.clear();
  bench.refuses(made, LedgerErrc::line_missing);
}

TEST_CASE("the box takes no entry of the cloud's that contradicts what it has") {
  auto bench = Bench();
  auto open = bench.down(Kind::open, room_1, Open{1, {bench.circuit()}});
  bench.refuses(open, LedgerErrc::room_open);
  const auto asked = bench.ask_release(yuan(1));
  auto again = bench.down(Kind::release_request, room_1, ReleaseRequest{asked.id, 1, Utility::none, yuan(1), {}, {}, {}});
  bench.refuses(again, LedgerErrc::outside_id_used);
  bench.refuses(bench.down(Kind::close_request, room_1, CloseRequest{asked.id, 1, {}}), LedgerErrc::outside_id_used);
  bench.applies(bench.refusal(asked));
  bench.refuses(again, LedgerErrc::outside_id_used);  // an answer does not free its name
  change<ReleaseRequest>(again, [](auto& request) { request.id = uid(98), request.at_most = {}; });
  bench.refuses(again, LedgerErrc::detail);
  bench.applies(bench.down(Kind::config, {}, ConfigSetting{"limit/1", 2, {1}}));
  bench.refuses(bench.down(Kind::config, {}, ConfigSetting{"limit/1", 2, {2}}), LedgerErrc::detail);
  bench.refuses(bench.down(Kind::config, {}, ConfigSetting{"limit/1", 1, {2}}), LedgerErrc::detail);
  bench.refuses(bench.down(Kind::price, {}, PricePlan{flat, 1, {}, TierPeriod::none, {Band{{Tier{0, 1}}}}}),
                LedgerErrc::detail);
  auto issue = bench.down(Kind::code_issue, room_1, Code{{room_1, 0, 5}, yuan(7), 1});
  issue.lines = {{clearing_pocket(Provider::wechat), codes_pocket(box_a), yuan(8), false}};
  bench.refuses(issue, LedgerErrc::line_missing);
  bench.close();
  change<Open>(open, [](auto& figures) { figures.opening = 0; });
  bench.refuses(open, LedgerErrc::detail);
  bench.reopen(bench.circuit(), 3);
  bench.close();
  change<Open>(open, [](auto& figures) { figures.opening = 2; });
  bench.refuses(open, LedgerErrc::opening);
}

TEST_CASE("a box does not begin a link of which it cannot read the version") {
  const LinkState state(site, box_a, crypto());
  auto grant = Entry();
  grant.stream = {site, box_a, Direction::down};
  grant.number = 1;
  grant.kind = Kind::grant;
  set_detail(grant, Grant{stream_version + 1, yuan(500)});
  check_refused(state, grant, LedgerErrc::version, "a newer version");
  set_detail(grant, Grant{stream_version, yuan(500)});
  auto taken = state;
  CHECK(taken.apply(grant).has_value());
}

}  // namespace wattle::paper
