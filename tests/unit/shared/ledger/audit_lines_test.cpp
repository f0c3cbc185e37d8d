#include "shared/ledger/audit_lines.hpp"

#include "shared/ledger/line.hpp"
#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

constexpr Holder old_box{{7}, {0xdead}};
const std::map<Holder, Fence> fences{{old_box, Fence{old_box, {}, {}}}};

/// Every pocket that can be named from rooms 101 and 102, two living boxes, a fenced one and the cloud.
std::vector<Pocket> all_pockets() {
  std::vector<Pocket> pockets{clearing_pocket(Provider::wechat), subsidy_pocket(), arrears_pocket(room_1), suspense_pocket(),
                              card_pocket(uid(1), cloud_holder)};
  for (const auto utility : {Utility::none, Utility::electricity, Utility::cold_water})
    pockets.push_back(transit_pocket(uid(2), utility));
  for (const auto holder : {box_a, box_b, old_box}) {
    for (const auto room : {room_1, room_2}) pockets.push_back(room_pocket(room, holder));
    for (const auto utility : {Utility::electricity, Utility::cold_water}) {
      pockets.push_back(allow_pocket(room_1, utility, holder));
      pockets.push_back(sold_pocket(utility, holder));
    }
    pockets.push_back(card_pocket(uid(1), holder));
    pockets.push_back(drawer_pocket(holder));
    pockets.push_back(codes_pocket(holder));
  }
  return pockets;
}

/// Where the fold's table is wider: it cannot know which foreign box is fenced, and takes any line of one in any link.
bool is_for_the_cloud_to_check(const Line& line, const StreamId& stream) {
  const auto foreign = [&](Holder holder) { return !holder.is_cloud() && holder != stream.link; };
  if (stream.direction == Direction::site) return foreign(line.to.holder) && !fences.contains(line.to.holder);
  return stream.direction == Direction::down && foreign(line.from.holder);
}

}  // namespace

TEST_CASE("the audit's table and the fold's table of lines agree on every pair of pockets") {
  const auto pockets = all_pockets();
  std::size_t legal = 0;
  for (const StreamId& stream : {StreamId{site, box_a, Direction::up}, StreamId{site, box_a, Direction::down},
                                 StreamId{site, cloud_holder, Direction::site}})
    for (const auto& from : pockets)
      for (const auto& to : pockets)
        for (const bool measured : {false, true}) {
          const Line line{from, to, yuan(1), measured};
          const bool foreign = stream.direction != Direction::up && !line.from.holder.is_cloud();
          if (foreign && !fences.contains(line.from.holder)) continue;
          const bool audited = !auditing::line_fault(line, stream, fences);
          const bool folded = check_line(line, stream.direction, stream.link).has_value();
          legal += audited ? 1 : 0;
          INFO(static_cast<int>(stream.direction)
               << " " << to_text(from) << " to " << to_text(to) << (measured ? " measured" : ""));
          if (is_for_the_cloud_to_check(line, stream))
            CHECK((!audited || folded));
          else
            CHECK(audited == folded);
        }
  CHECK(legal > 50);
}

TEST_CASE("nothing and less than nothing is no amount") {
  const StreamId stream{site, box_a, Direction::down};
  for (const Money amount : {Money{0}, yuan(-1)})
    CHECK(auditing::line_fault({clearing_pocket(Provider::wechat), room_pocket(room_1, box_a), amount, false}, stream,
                               fences) == AuditCause::amount);
}

TEST_CASE("the cloud takes from a fenced box only") {
  const Line adopts{drawer_pocket(old_box), room_pocket(room_1, box_a), yuan(1), false};
  const StreamId link{site, box_a, Direction::down};
  CHECK_FALSE(auditing::line_fault(adopts, link, fences));
  CHECK(auditing::line_fault(adopts, link, {}) == AuditCause::holder);
  const Line leaves{room_pocket(room_1, box_b), transit_pocket(uid(2)), yuan(1), false};
  CHECK(auditing::line_fault(leaves, {site, cloud_holder, Direction::site}, fences) == AuditCause::holder);
}

TEST_CASE("an allowance names its utility") {
  const StreamId stream{site, box_a, Direction::down};
  const Line line{subsidy_pocket(), allow_pocket(room_1, Utility::none, box_a), yuan(1), false};
  CHECK(auditing::line_fault(line, stream, fences) == AuditCause::illegal_line);
}

TEST_CASE("lines that must not be are differences, and are counted all the same") {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(5));
  paper.up(box_a, wanted(static_cast<Kind>(99), room_1, "",
                         {{room_pocket(room_1, box_a), transit_pocket(uid(1)), yuan(1), true}}, Credit{1}));
  CHECK(causes(paper) == Words{"audit.illegal_line", "audit.transit_left"});
}

TEST_CASE("a negative amount, another's pocket, another's room") {
  PaperSite negative;
  negative.fit(box_a, room_1, {1}, {5001}, 100);
  negative.up(box_a,
              wanted(static_cast<Kind>(99), room_1, "",
                     {{sold_pocket(Utility::electricity, box_a), room_pocket(room_1, box_a), yuan(-1), false}}, Credit{1}));
  CHECK(causes(negative) == Words{"audit.amount"});

  PaperSite foreign;
  foreign.fit(box_b, room_1, {1}, {5001}, 100);
  foreign.recharge(box_b, room_1, "P1", yuan(5));
  foreign.up(box_a, wanted(static_cast<Kind>(99), {}, "",
                           {{room_pocket(room_1, box_b), transit_pocket(uid(1)), yuan(1), false}}, Credit{1}));
  CHECK(causes(foreign, false) == Words{"audit.foreign_room", "audit.holder", "audit.not_covered"});
}
