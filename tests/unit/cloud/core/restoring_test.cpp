// A second restore, of which only a box tells that was not heard yet since the first.

#include "cloud/core/rows.hpp"
#include "tests/unit/cloud/core/town.hpp"

namespace wattle::cloud {
namespace {

using namespace wattle::cloud::test;

/// A database that was restored once: box one has spoken since, the bills are read, and box two is away.
struct RestoredOnce : Town {
  RestoredOnce() {
    cut(box_two);
    restore(wattle::test::MemoryStore(store()), true);
    give(BillsRead{});
    REQUIRE_FALSE(is_unheard(box_one));
    REQUIRE(is_unheard(box_two));
    REQUIRE_FALSE(site().bills_missing());
  }
};

TEST_CASE(
    "what an unheard box has and the database has not tells of another restore, in which all others may have lost something") {
  RestoredOnce town;
  const auto then = town.store();
  town.heal(box_two);
  REQUIRE(town.site().is_settled());
  town.pay("P1", {201}, yuan(5));
  const auto before = town.told(Alarm::rollback_noticed);
  town.cut(box_one);
  town.restore(then, false);
  CHECK(town.told(Alarm::rollback_noticed) == before + 1);  // once, however often the box says it
  CHECK(town.is_unheard(box_one));
  CHECK(town.site().bills_missing());
  CHECK_FALSE(town.is_unheard(box_two));
  town.heal(box_one);
  CHECK_FALSE(town.is_unheard(box_one));
}

TEST_CASE(
    "what an unheard box has and the database has not is no news when all others have spoken since, and the bills are read") {
  Town town;
  const auto then = town.store();
  town.pay("P1", {201}, yuan(5));
  town.cut(box_two);
  town.restore(then, true);
  town.give(BillsRead{});
  const auto before = town.told(Alarm::rollback_noticed);
  town.heal(box_two);
  CHECK(town.told(Alarm::rollback_noticed) == before);
  CHECK(town.site().is_settled());
}

TEST_CASE("a fence that was written by a process which ended at once is not taken for a restore") {
  Town town;
  town.cut(box_one);
  town.pay("P1", {101}, yuan(5));
  Lists lists;
  town.site().remember(lists.heads);
  for (const auto holder : {box_one, box_two}) lists.claims.emplace_back(holder, town.site().boxes().at(holder).key);
  const auto then = town.store();
  CHECK_FALSE(town.is_taken_for_restored(lists));
  const auto before = town.site().link(box_one)->down().head().number;
  town.give(FenceOrdered{box_one, {1}});
  REQUIRE(town.site().link(box_one)->down().head().number < before);
  CHECK_FALSE(town.is_taken_for_restored(lists));
  town.site().remember(lists.heads);
  town.pay("P2", {201}, yuan(5));
  town.site().remember(lists.heads);
  town.store() = then;  // without the fence
  CHECK(town.is_taken_for_restored(lists));
}

TEST_CASE("what another process is given after a restore is known to this one") {
  Town town;
  town.restore(wattle::test::MemoryStore(town.store()), true);
  const bool are_bills_read = GENERATE(true, false);
  if (are_bills_read) town.give(BillsRead{});
  town.order_elsewhere(Payment{"P1", Provider::cash_desk, {101}, 1, yuan(5), {}});
  town.order(Payment{"P1", Provider::cash_desk, {101}, 1, yuan(6), {}});
  CHECK(town.answer() == OrderAnswer::contradicts);
}

TEST_CASE("what an older program took while the journal was missing is not overwritten by what the journal brings") {
  Town town;
  const Payment taken{"P1", Provider::cash_desk, {101}, 1, yuan(5), {}};
  const auto key = order_key(order_number(town.store().rows(Table::order).back().first) + 1);
  town.restore(wattle::test::MemoryStore(town.store()), true);
  REQUIRE(town.store().commit({PutRow{Table::order, key, encode(Order(taken))}}));
  town.restore(wattle::test::MemoryStore(town.store()), false);
  BillsRead bills;
  bills.journal.push_back(AllowanceGrant{{101}, 1, Utility::electricity, yuan(20), "2026a"});
  town.give(bills);
  CHECK(town.store().row(Table::order, key) == encode(Order(taken)));
  CHECK(town.store().rows(Table::order).size() == order_number(key) + 1);
}

}  // namespace
}  // namespace wattle::cloud
