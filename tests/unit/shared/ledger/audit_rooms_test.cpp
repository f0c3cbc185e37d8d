#include "shared/ledger/audit_rooms.hpp"

#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

PaperSite with_allowance() {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(5));
  paper.allow(box_a, room_1, "2026a", yuan(1));
  return paper;
}

template <class Change>
Words with_changed_slice(const Change& change) {
  auto paper = with_allowance();
  auto made = paper.slice(box_a, room_1, 5107);
  auto detail = *from_bytes<Consumption>({made.detail.data(), made.detail.size()});
  change(detail, made.lines);
  const auto bytes = to_bytes(detail);
  made.detail.assign(bytes.begin(), bytes.end());
  paper.up(box_a, made);
  auto input = paper.input(true);
  input.slices_closed = false;
  return causes(input);
}

}  // namespace

TEST_CASE("a slice costs what its price says, down to the remainder") {
  using Slice = Consumption;
  CHECK(with_changed_slice([](Slice&, Lines&) {}) == Words{});
  CHECK(with_changed_slice([](Slice&, Lines& lines) { lines[1].amount.micros += 1; }) == Words{"audit.price_differs"});
  CHECK(with_changed_slice([](Slice&, Lines& lines) { lines.pop_back(); }) == Words{"audit.price_differs"});
  CHECK(with_changed_slice([](Slice& slice, Lines&) { slice.after.remainder = 0; }) == Words{"audit.remainder_differs"});
  CHECK(with_changed_slice([](Slice& slice, Lines&) { slice.after.tier_units += 1; }) == Words{"audit.remainder_differs"});
  CHECK(with_changed_slice([](Slice& slice, Lines&) { slice.after.tier_period = 3; }) == Words{"audit.remainder_differs"});
  CHECK(with_changed_slice([](Slice& slice, Lines&) { slice.price = 9; }) == Words{"audit.price_unknown"});
  CHECK(with_changed_slice([](Slice& slice, Lines&) { slice.circuit = {9}; }) == Words{"audit.room_not_open"});
  CHECK(with_changed_slice([](Slice& slice, Lines&) { slice.from = {101}, slice.to = {5108}; }) == Words{"audit.slice_gap"});
  CHECK(with_changed_slice([](Slice& slice, Lines&) { slice.to = slice.from; }) == Words{"audit.slice_gap"});
}

TEST_CASE("the allowance is used first, and a slice moves nothing else") {
  CHECK(with_changed_slice([](Consumption&, Lines& lines) {
          lines[0].amount.micros -= 5;
          lines[1].amount.micros += 5;
        }) == Words{"audit.split_differs"});
  CHECK(with_changed_slice([](Consumption&, Lines& lines) { lines[1].measured = false; }) == Words{"audit.price_differs"});
}

TEST_CASE("a slice costs what its own band says, and the tiers' counter runs on through the bands") {
  const auto with_bands = [](std::uint8_t band, std::int64_t cost, Accrued after) {
    auto paper = with_allowance();
    PricePlan plan{2, 1, {}, TierPeriod::month, {Band{{Tier{0, 500'000}}}, Band{{Tier{0, 700'000}, Tier{500, 900'000}}}}};
    plan.profiles = {DayProfile{{0, 0}, {480, 1}}};
    plan.seasons = {Season{}};
    paper.down(box_a, wanted(Kind::price, {}, "price/2/a", {}, plan));
    const auto sold = sold_pocket(Utility::electricity, box_a);
    const auto allow = allow_pocket(room_1, Utility::electricity, box_a);
    const auto slice = [&](std::int64_t from, std::int64_t to, std::uint8_t in, Accrued left, std::int64_t amount) {
      auto made = wanted(Kind::consumption, room_1, "", {}, Consumption{{1}, {from}, {to}, 2, in, left, SplitBy::time, {}});
      const auto free = std::min(amount, paper.balance(allow));
      if (free > 0) made.lines.push_back({allow, sold, {free}, true});
      if (amount > free) made.lines.push_back({room_pocket(room_1, box_a), sold, {amount - free}, true});
      paper.up(box_a, made);
    };
    slice(100, 500, 0, {0, 400, 24300}, 200'000);
    slice(500, 700, band, after, cost);
    auto input = paper.input();
    input.registers.reset();
    return causes(input);
  };
  CHECK(with_bands(1, 160'000, {0, 600, 24300}) == Words{});
  CHECK(with_bands(0, 100'000, {0, 600, 24300}) == Words{});
  // What a wrong cost takes from the allowance is wrong as well.
  CHECK(with_bands(1, 100'000, {0, 600, 24300}) == Words{"audit.price_differs", "audit.split_differs"});
  CHECK(with_bands(1, 140'000, {0, 200, 24300}) ==
        Words{"audit.price_differs", "audit.remainder_differs", "audit.split_differs"});
  CHECK(with_bands(2, 0, {0, 600, 24300}) == Words{"audit.price_unknown"});
}

TEST_CASE("tiers are charged across their borders, and begin anew with their period") {
  auto paper = with_allowance();
  paper.down(
      box_a,
      wanted(Kind::price, {}, "price/2/a", {},
             PricePlan{2, 1, {}, TierPeriod::month, {Band{{Tier{0, 500'000}, Tier{1000, 900'000}, Tier{3000, 1'000'001}}}}}));
  const auto slice = [&](std::int64_t from, std::int64_t to, Accrued after, std::int64_t cost) {
    auto made = wanted(Kind::consumption, room_1, "", {}, Consumption{{1}, {from}, {to}, 2, 0, after, SplitBy::one_price, {}});
    const auto free = std::min(cost, paper.balance(allow_pocket(room_1, Utility::electricity, box_a)));
    const auto sold = sold_pocket(Utility::electricity, box_a);
    if (free > 0) made.lines.push_back({allow_pocket(room_1, Utility::electricity, box_a), sold, {free}, true});
    if (cost > free) made.lines.push_back({room_pocket(room_1, box_a), sold, {cost - free}, true});
    paper.up(box_a, made);
  };
  slice(100, 600, {0, 500, 24300}, 250'000);
  slice(600, 4101, {1, 4001, 24300}, 250'000 + 1'800'000 + 1'001'001);  // 1001 Wh of the last tier: 1001.001001 thousand
  slice(4101, 4102, {1, 1, 24301}, 500);
  auto input = paper.input();
  input.registers.reset();
  CHECK(causes(input) == Words{});
}

TEST_CASE("a new edge that starts from its own first reading leaves a gap") {
  auto paper = with_allowance();
  paper.consume(box_a, room_1, 200);
  const auto close = paper.close(paper.ask_close(box_a, room_1, 51, box_b.edge), room_1, 51);
  paper.circuits(room_1)[0].reading = {230};
  paper.open(box_b, room_1, 51, close);
  paper.consume(box_b, room_1, 300);
  CHECK(causes(paper) == Words{"audit.energy_differs", "audit.open_differs"});
}

TEST_CASE("a close that hands over other figures than its last slice's") {
  auto paper = with_allowance();
  const auto request = paper.ask_close(box_a, room_1, 51, box_b.edge);
  paper.circuits(room_1)[0].accrued.remainder = 7;
  paper.open(box_b, room_1, 51, paper.close(request, room_1, 51));
  CHECK(causes(paper) == Words{"audit.close_differs"});
}

TEST_CASE("a room is closed once, and opened where it is not open") {
  auto paper = with_allowance();
  const auto close = paper.close(paper.ask_close(box_a, room_1, 51, box_b.edge), room_1, 51);
  paper.close(paper.ask_close(box_a, room_1, 52, box_b.edge), room_1, 52);
  paper.open(box_b, room_1, 51, close);
  CHECK(causes(paper) == Words{"audit.room_not_open"});

  auto twice = with_allowance();
  twice.down(box_a, wanted(Kind::open, room_1, "fit/again", {}, Open{1, twice.circuits(room_1)}));
  CHECK(causes(twice) == Words{"audit.circuit_twice", "audit.energy_differs", "audit.open_without_close", "audit.room_open"});
}

TEST_CASE("one close is continued by one open") {
  auto paper = with_allowance();
  const auto close = paper.close(paper.ask_close(box_a, room_1, 51, box_b.edge), room_1, 51);
  paper.open(box_b, room_1, 51, close);
  paper.down(box_a, wanted(Kind::open, room_1, "open/again", {}, Open{1, paper.circuits(room_1)}, close));
  CHECK(causes(paper) == Words{"audit.opened_twice"});
}

TEST_CASE("a room opens at B before A has closed it") {
  auto paper = with_allowance();
  paper.down(box_b,
             wanted(Kind::open, room_1, "open/early", {}, Open{1, paper.circuits(room_1)}, Place{box_a, Direction::up, 1}));
  CHECK(causes(paper) == Words{"audit.open_without_close"});
}

TEST_CASE("two rooms with one circuit") {
  auto paper = with_allowance();
  paper.fit(box_b, room_2, {1}, {5009}, 0);
  CHECK(causes(paper) == Words{"audit.circuit_twice"});
}

TEST_CASE("a meter change takes the old meter to its last reading") {
  auto paper = with_allowance();
  paper.consume(box_a, room_1, 200);
  paper.circuits(room_1)[0].reading = {210};
  paper.replace_meter(box_a, room_1, {5002}, 7);
  auto input = paper.input();
  input.registers.reset();
  CHECK(causes(input) == Words{"audit.slice_gap"});
}

TEST_CASE("a credit to a room that was asked to close") {
  auto paper = with_allowance();
  const auto request = paper.ask_close(box_a, room_1, 51, box_b.edge);
  SECTION("before it closed") {
    paper.recharge(box_a, room_1, "P2", yuan(1));
    paper.open(box_b, room_1, 51, paper.close(request, room_1, 51));
    CHECK(causes(paper) == Words{"audit.credit_not_open"});
  }
  SECTION("after it closed") {
    const auto close = paper.close(request, room_1, 51);
    paper.recharge(box_a, room_1, "P2", yuan(1));
    paper.open(box_b, room_1, 51, close);
    CHECK(causes(paper) == Words{"audit.closed_pocket_left", "audit.credit_not_open"});
  }
  SECTION("but which answered that it stays") {
    paper.refuse(request, room_1, 51, AnswerReason::cancelled);
    paper.recharge(box_a, room_1, "P2", yuan(1));
    const auto again = paper.ask_close(box_a, room_1, 52, box_b.edge);
    paper.open(box_b, room_1, 52, paper.close(again, room_1, 52));
    CHECK(causes(paper) == Words{});
  }
}

TEST_CASE("a credit to a room that was never opened there") {
  auto paper = with_allowance();
  paper.recharge(box_b, room_1, "P2", yuan(1));
  CHECK(causes(paper) == Words{"audit.closed_pocket_left", "audit.credit_not_open"});
}
