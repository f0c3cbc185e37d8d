#include "shared/ledger/audit.hpp"

#include "shared/ledger/link_state.hpp"
#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

TEST_CASE("a site in which everything happened once has no difference") {
  auto paper = whole_story();
  const auto report = audit(paper.input(), crypto());
  CHECK(causes(report) == Words{});
  CHECK(report.is_clean());
}

TEST_CASE("a clean site is clean under way as well") {
  PaperSite paper;
  tell_life_at_a(paper);
  paper.ask_close(box_a, room_1, 51, box_b.edge);
  CHECK(causes(paper, false) == Words{});
  CHECK(causes(paper, true) == Words{"audit.request_open"});
}

TEST_CASE("what the audit finds clean, the fold takes too") {
  auto paper = whole_story();
  for (const auto holder : {box_a, box_b}) {
    LinkState state(site, holder, crypto());
    const auto& down = paper.stream(holder, Direction::down).records;
    std::uint64_t folded = 0;
    const auto take = [&](const Record& record) {
      const auto entry = decode_entry(record.bytes).value();
      const auto ok = state.apply(entry);
      INFO(to_text(entry.kind) << " " << entry.number << ": " << (ok ? "" : ok.error().message()));
      CHECK(ok.has_value());
    };
    for (const auto& record : paper.stream(holder, Direction::up).records) {
      const auto seen = decode_entry(record.bytes).value().seen.number;
      while (folded < seen) take(down[folded++]);
      take(record);
    }
    while (folded < down.size()) take(down[folded++]);
  }
}

TEST_CASE("totals tell what was paid, sold and given") {
  auto paper = whole_story();
  const auto totals = audit(paper.input(), crypto()).totals;
  CHECK(totals.paid.at(Provider::wechat) == Money{20'000'000 + 8'000'000 + 12'000'000});
  CHECK(totals.paid.at(Provider::alipay) == Money{10'000'000 + 30'000'000 + 3'000'000 + 7'000'000});
  CHECK(totals.refunded.at(Provider::wechat) == yuan(4));
  CHECK(totals.cash == yuan(14));
  CHECK(totals.energy.at(Utility::electricity) == Quantity{4000 + 7 + 1000 + 1000 + 9 + 10 + 10});
  // 6,036 Wh at 333,333 a thousand, in three circuits that each round down by themselves, less the 5 given back.
  CHECK(totals.sold.at(Utility::electricity) == Money{6007 * rate / 1000 + 9 * rate / 1000 + 20 * rate / 1000 - 5});
  CHECK(totals.allowance_given == yuan(3));
  CHECK(totals.allowance_used.micros + totals.allowance_ended.micros == yuan(3).micros);
  CHECK(totals.allowance_left == Money{});
  CHECK(totals.balances.count(PocketKind::transit) == 0);
  CHECK(totals.differences == 0);
}

TEST_CASE("listed sales that no entry holds are counted once and change nothing") {
  auto paper = whole_story();
  PaperSite old_branch;
  old_branch.cash(box_a, room_3, 32, yuan(9));  // adopted
  old_branch.cash(box_a, room_3, 33, yuan(2));
  old_branch.cash(box_a, room_3, 33, yuan(2));  // on another branch
  auto input = paper.input();
  input.listed = old_branch.stream(box_a, Direction::up).records;
  const auto report = audit(input, crypto());
  CHECK(report.is_clean());
  CHECK(report.totals.listed_sales == 1);
  CHECK(report.totals.listed_cash == yuan(2));
}

TEST_CASE("money under way is a difference at rest only") {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.up(box_a, wanted(Kind::cash, room_2, "receipt/" + to_hex(uid(9)),
                         {{drawer_pocket(box_a), transit_pocket(uid(9)), yuan(1), false}}, Cash{uid(9), 0}));
  CHECK(causes(paper, false) == Words{});
  CHECK(causes(paper) == Words{"audit.transit_left"});
}

TEST_CASE("money in a room that has left is a difference at rest") {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(1));
  const auto request = paper.ask_close(box_a, room_1, 51, box_b.edge);
  auto made = wanted(Kind::close, room_1, "", {}, Close{uid(51), 1, paper.circuits(room_1)}, request);
  paper.up(box_a, made);
  CHECK(causes(paper) == Words{"audit.closed_pocket_left"});
}

TEST_CASE("a fence that forgets a room or its money is a difference at rest") {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(1));
  paper.fence(box_a);
  CHECK(causes(paper) == Words{"audit.fenced_pocket_left", "audit.fenced_room_open"});
}

TEST_CASE("allowances that ended elsewhere are missed") {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.allow(box_a, room_1, "2026a", yuan(1));
  paper.up(box_a,
           wanted(Kind::forward, room_1, "forward/x",
                  {{allow_pocket(room_1, Utility::electricity, box_a), transit_pocket(uid(3)), yuan(1), false}}, Credit{1}));
  CHECK(causes(paper) == Words{"audit.illegal_line", "audit.subsidy_differs", "audit.transit_left"});
}

TEST_CASE("a sum that leaves 64 bits is told, and then the pockets do not add up") {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  for (const auto* number : {"P1", "P2"}) {
    Entry entry;
    paper.recharge(box_a, room_1, number, {0});
    const Place place{box_a, Direction::down, paper.stream(box_a, Direction::down).head().number};
    entry = paper.entry(place);
    entry.lines[0].amount = {INT64_MAX};
    entry.lines[0].from = clearing_pocket(*number == 'P' && number[1] == '1' ? Provider::wechat : Provider::alipay);
    paper.overwrite(place, entry);
  }
  auto input = paper.input(false);
  input.payments.reset();
  CHECK(causes(input) == Words{"audit.overflow", "audit.sum_not_zero"});
}

TEST_CASE("of very many differences all are counted and the first are told") {
  PaperSite paper;
  for (std::size_t i = 0; i < differences_max + 50; ++i)
    paper.up(box_a, wanted(Kind::anomaly, {}, "", {}, Anomaly{}), Head{0, {}});
  const auto report = audit(paper.input(), crypto());
  CHECK(report.differences.size() == differences_max);
  CHECK(report.totals.differences > differences_max);
}

TEST_CASE("every cause has a word of its own") {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < static_cast<std::size_t>(AuditCause::count); ++i)
    words.emplace_back(word(static_cast<AuditCause>(i)));
  std::sort(words.begin(), words.end());
  CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
}
