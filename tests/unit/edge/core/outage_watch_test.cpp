#include "edge/core/outage_watch.hpp"

#include <catch2/catch.hpp>

namespace wattle::edge {

TEST_CASE("mains were away when a whole bus was silent and answers again") {
  OutageWatch watch(std::vector<CircuitId>{{1}, {2}, {3}});
  const auto say = [&](PollNotice what, std::uint32_t circuit) { return watch.noticed({what, {101}, {circuit}, {}}); };
  CHECK_FALSE(say(PollNotice::silent, 1));
  CHECK_FALSE(say(PollNotice::heard_again, 1));  // one broken meter
  CHECK_FALSE(say(PollNotice::silent, 1));
  CHECK_FALSE(say(PollNotice::silent, 2));
  CHECK_FALSE(say(PollNotice::silent, 9));  // of another bus
  CHECK_FALSE(watch.is_away());
  CHECK_FALSE(say(PollNotice::silent, 3));
  CHECK(watch.is_away());
  const auto returned = say(PollNotice::heard_again, 2);
  REQUIRE(returned);
  CHECK(returned->circuits == std::vector<CircuitId>{{1}, {2}, {3}});
  CHECK_FALSE(say(PollNotice::heard_again, 1));
}

TEST_CASE("of a single meter nothing can be told") {
  OutageWatch watch(std::vector<CircuitId>{{1}});
  CHECK_FALSE(watch.noticed({PollNotice::silent, {101}, {1}, {}}));
  CHECK_FALSE(watch.noticed({PollNotice::heard_again, {101}, {1}, {}}));
}

}  // namespace wattle::edge
