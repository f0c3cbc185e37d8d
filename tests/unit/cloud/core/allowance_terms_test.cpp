// Allowances of one room, term after term: what ends a term ends that one.

#include "tests/unit/cloud/core/town.hpp"

namespace wattle::cloud {
namespace {

using namespace wattle::cloud::test;

TEST_CASE("each term's end ends that term, although all were given while the box was away") {
  Town town;
  constexpr RoomId room{101};
  const auto allowance = allow_pocket(room, Utility::electricity, box_one);
  const auto term = [&](std::uint32_t amount, const char* name) {
    return AllowanceGrant{room, 1, Utility::electricity, yuan(amount), name};
  };
  const auto end = [&](std::uint8_t id) {
    return Release{room, {uid(id), 1, Utility::electricity, yuan(1'000'000), ReleaseTo::subsidy, {}, {}}};
  };
  town.order(term(10, "spring"));
  REQUIRE(town.balance(allowance, box_one) == yuan(10));
  town.cut(box_one);
  for (const Order& order : {Order{end(6)}, Order{term(7, "autumn")}, Order{end(7)}, Order{term(5, "winter")}})
    town.order(order);
  town.heal(box_one);
  CHECK(town.balance(allowance, box_one) == yuan(5));
  CHECK(town.site().index().request(uid(6))->released == yuan(10));
  CHECK(town.site().index().request(uid(7))->released == yuan(7));
}

}  // namespace
}  // namespace wattle::cloud
