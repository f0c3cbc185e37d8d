#include "cloud/gateway/presence.hpp"

#include <catch2/catch.hpp>

using namespace wattle;
using namespace wattle::cloud;

namespace {

constexpr Holder box_a{{7}, {0xc41e}};
constexpr Holder box_b{{8}, {0xc41e}};
constexpr Tick first_tick{1'000'000};
constexpr Instant a_noon{1'800'000'000'000'000};

TEST_CASE("a box is offline when two of its statuses in a row have not come, and that is told once") {
  Presence presence;
  CHECK(presence.hear(box_a, {a_noon, first_tick}));
  CHECK_FALSE(presence.hear(box_a, {a_noon, first_tick}));
  CHECK(presence.is_online(box_a, first_tick + beat_after));
  CHECK(presence.is_online(box_a, first_tick + Duration{2 * beat_after.micros - 1}));
  CHECK(presence.fallen_silent(first_tick + Duration{2 * beat_after.micros - 1}).empty());
  const auto late = first_tick + beat_after + beat_after;
  CHECK_FALSE(presence.is_online(box_a, late));
  CHECK(presence.fallen_silent(late) == std::vector{box_a});
  CHECK(presence.fallen_silent(late + hours(1)).empty());
  CHECK(presence.heard_at(box_a) == a_noon);
  CHECK(presence.hear(box_a, {a_noon + hours(2), late + hours(2)}));
  CHECK(presence.is_online(box_a, late + hours(2)));
}

TEST_CASE("a box that should be there and was never heard is told of as offline, once") {
  Presence presence;
  presence.expect(box_a, first_tick);
  presence.expect(box_b, first_tick);
  CHECK_FALSE(presence.is_online(box_a, first_tick));
  CHECK_FALSE(presence.heard_at(box_a));
  CHECK(presence.hear(box_b, {a_noon, first_tick + seconds(1)}));  // the first word is news
  CHECK(presence.fallen_silent(first_tick + seconds(119)).empty());
  CHECK(presence.fallen_silent(first_tick + seconds(120)) == std::vector{box_a});
  CHECK(presence.fallen_silent(first_tick + seconds(120)).empty());
  CHECK_FALSE(presence.heard_at(box_a));
  CHECK(presence.hear(box_a, {a_noon, first_tick + seconds(200)}));
}

TEST_CASE("who was heard already is expected from then, not anew") {
  Presence presence;
  CHECK(presence.hear(box_a, {a_noon, first_tick}));
  presence.expect(box_a, first_tick + seconds(100));
  CHECK(presence.fallen_silent(first_tick + seconds(120)) == std::vector{box_a});
}

}  // namespace
