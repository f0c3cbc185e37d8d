// The table of ledger.md §2 as it stands there, row by row; audit_lines_test.cpp compares the two programs on every pair of
// pockets.

#include "shared/ledger/line.hpp"

#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

constexpr Holder old_box{{7}, {0xdead}};
const auto electricity = Utility::electricity;

std::string up(const Pocket& from, const Pocket& to, bool measured = false) {
  const auto ok = check_line({from, to, yuan(1), measured}, Direction::up, box_a);
  return ok ? "" : ok.error().message();
}
std::string down(const Pocket& from, const Pocket& to, bool measured = false) {
  const auto ok = check_line({from, to, yuan(1), measured}, Direction::down, box_a);
  return ok ? "" : ok.error().message();
}
std::string own(const Pocket& from, const Pocket& to, bool measured = false) {
  const auto ok = check_line({from, to, yuan(1), measured}, Direction::site, cloud_holder);
  return ok ? "" : ok.error().message();
}

const auto clearing = clearing_pocket(Provider::wechat);
const auto room = room_pocket(room_1, box_a);
const auto allow = allow_pocket(room_1, electricity, box_a);
const auto sold = sold_pocket(electricity, box_a);
const auto transit = transit_pocket(uid(1));
const auto transit_allow = transit_pocket(uid(1), electricity);
const std::string illegal = "ledger.illegal_line";
const std::string foreign = "ledger.foreign_pocket";

}  // namespace

TEST_CASE("what the cloud may write into a link") {
  for (const auto& to : {room, arrears_pocket(room_1), codes_pocket(box_a), card_pocket(uid(2), box_a)})
    CHECK(down(clearing, to).empty());
  CHECK(down(subsidy_pocket(), allow).empty());
  CHECK(down(transit, room).empty());
  CHECK(down(transit_allow, allow).empty());
  CHECK(down(arrears_pocket(room_1), room).empty());
  CHECK(down(suspense_pocket(), room).empty());
  CHECK(down(drawer_pocket(old_box), room).empty());  // an adopted sale
}

TEST_CASE("what the cloud writes into the site's own stream") {
  CHECK(own(transit, clearing).empty());
  CHECK(own(transit_allow, subsidy_pocket()).empty());
  CHECK(own(transit, suspense_pocket()).empty());
  CHECK(own(transit_allow, suspense_pocket()).empty());
  CHECK(own(suspense_pocket(), arrears_pocket(room_1)).empty());
  CHECK(own(room_pocket(room_1, old_box), transit).empty());
  CHECK(own(arrears_pocket(room_1), room_pocket(room_1, old_box)).empty());
  CHECK(own(clearing, codes_pocket(old_box)).empty());
  CHECK(own(codes_pocket(old_box), transit).empty());
  CHECK(own(subsidy_pocket(), allow_pocket(room_1, electricity, old_box)).empty());  // granted before it was lost
  CHECK(own(suspense_pocket(), room_pocket(room_1, old_box)) == illegal);
  CHECK(own(clearing, room) == illegal);  // a living box's pocket: that stands in its link
}

TEST_CASE("what a box may write") {
  CHECK(up(allow, sold, true).empty());
  CHECK(up(room, sold, true).empty());
  CHECK(up(room, sold).empty());
  CHECK(up(sold, room).empty());
  CHECK(up(sold, allow).empty());
  CHECK(up(room, transit).empty());
  CHECK(up(allow, transit_allow).empty());
  for (const auto& to : {room, card_pocket(uid(2), box_a), transit}) CHECK(up(drawer_pocket(box_a), to).empty());
  CHECK(up(codes_pocket(box_a), room).empty());
  CHECK(up(codes_pocket(box_a), transit).empty());
  CHECK(up(card_pocket(uid(2), box_a), sold).empty());
  CHECK(up(card_pocket(uid(2), box_a), transit).empty());
}

TEST_CASE("a box touches no pocket of the cloud's but transit, and of other boxes' none") {
  for (const auto& to : {clearing, subsidy_pocket(), arrears_pocket(room_1), suspense_pocket()}) CHECK(up(room, to) == illegal);
  CHECK(up(clearing, room) == foreign);
  CHECK(up(room_pocket(room_1, box_b), transit) == foreign);
  CHECK(up(room_pocket(room_1, old_box), transit) == foreign);
  CHECK(up(drawer_pocket(box_a), room_pocket(room_1, box_b)) == illegal);
}

TEST_CASE("only energy is measured, and energy that has flowed is nothing else") {
  CHECK(up(room, transit, true) == illegal);
  CHECK(up(allow, sold) == illegal);
  CHECK(down(clearing, room, true) == illegal);
}

TEST_CASE("the cloud takes nothing from the box of the link") {
  CHECK(down(room, transit) == foreign);
  CHECK(down(drawer_pocket(box_a), room) == foreign);
}

TEST_CASE("an allowance stays one, of its utility") {
  CHECK(up(allow, transit) == illegal);
  CHECK(up(room, transit_allow) == illegal);
  CHECK(up(allow, sold_pocket(Utility::cold_water, box_a), true) == illegal);
  CHECK(up(sold_pocket(Utility::cold_water, box_a), allow) == illegal);
  CHECK(down(transit_allow, room) == illegal);
  CHECK(down(transit, allow) == illegal);
  CHECK(down(transit_allow, allow_pocket(room_1, Utility::cold_water, box_a)) == illegal);
  CHECK(own(transit_allow, clearing) == illegal);
  CHECK(own(transit, subsidy_pocket()) == illegal);
}

TEST_CASE("a debt is its own room's") { CHECK(down(arrears_pocket(room_2), room) == illegal); }

TEST_CASE("pockets stand where their holder is") {
  auto strange = clearing;
  strange.holder = box_a;
  CHECK(up(strange, room) == illegal);
  auto lost = room;
  lost.holder = cloud_holder;
  CHECK(down(clearing, lost) == illegal);
}

TEST_CASE("an amount is more than nothing") {
  for (const std::int64_t micros : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN}) {
    const auto ok = check_line({clearing, room, {micros}, false}, Direction::down, box_a);
    REQUIRE_FALSE(ok.has_value());
    CHECK(ok.error().message() == "ledger.amount");
  }
}
