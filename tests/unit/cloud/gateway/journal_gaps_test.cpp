// What the journal has and the database has not.

#include "cloud/gateway/journal_gaps.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cloud/core/town.hpp"

namespace wattle::cloud {
namespace {

using namespace wattle::cloud::test;

const Payment in_cash{"P1", Provider::cash_desk, {101}, 1, yuan(5), {}};
const AllowanceGrant granted{{101}, 1, Utility::electricity, yuan(20), "2026a"};

TEST_CASE("an order that only the journal has tells that the database went back") {
  Town town;
  for (const auto holder : {box_one, box_two}) town.cut(holder);  // a box would tell of it as well
  const auto then = town.store();
  BillsRead journaled;
  if (GENERATE(true, false))
    journaled.payments.push_back(in_cash);
  else
    journaled.journal.push_back(granted);
  town.order(in_cash);
  town.order(in_cash);
  town.order(granted);
  CHECK_FALSE(has_gone_back(town.site(), journaled));
  town.restore(then, false);
  CHECK(has_gone_back(town.site(), journaled));
  town.restore(then, true);
  CHECK_FALSE(has_gone_back(town.site(), journaled));  // it is to be read
  town.give(journaled);
  CHECK_FALSE(has_gone_back(town.site(), journaled));
}

TEST_CASE("an order that no site takes tells nothing") {
  Town town;
  BillsRead journaled;
  journaled.payments.push_back({"", Provider::cash_desk, {101}, 1, yuan(5), {}});
  REQUIRE_FALSE(is_valid(journaled.payments.front()));
  CHECK_FALSE(has_gone_back(town.site(), journaled));
}

}  // namespace
}  // namespace wattle::cloud
