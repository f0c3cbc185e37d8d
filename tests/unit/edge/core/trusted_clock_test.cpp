#include "edge/core/trusted_clock.hpp"

#include <catch2/catch.hpp>

namespace wattle::edge {
namespace {

constexpr Instant noon{1'790'812'800'000'000};
constexpr Tick boot{};

Now now(Instant wall, Duration since_boot) { return {wall, boot + since_boot}; }

}  // namespace

TEST_CASE("without the cloud a clock is believed when it follows the cloud's last word") {
  const TrustedClock clock(noon);
  CHECK(clock.read(now(noon + days(30), {})) == noon + days(30));
  CHECK(clock.read(now(noon - minutes(4), {})) == noon - minutes(4));
  CHECK_FALSE(clock.read(now(noon - hours(1), {})));
  CHECK_FALSE(clock.read(now(Instant{}, {})));               // the battery is empty
  CHECK_FALSE(clock.read(now(noon + days(4400), {})));       // 2038
  CHECK_FALSE(TrustedClock(Instant{}).read(now(noon, {})));  // never heard of the cloud
}

TEST_CASE("the cloud's time goes on by what the own clock counts, whatever it shows") {
  TrustedClock clock(noon);
  clock.hear(noon, now(Instant{}, seconds(10)));
  CHECK(clock.read(now(Instant{} + minutes(1), seconds(70))) == noon + minutes(1));
  CHECK(clock.read(now(Instant{} + days(3), hours(1))) == noon + days(3));  // it runs faster, for days without the cloud
}

TEST_CASE("an own clock that is set back or far ahead does not move the time: the monotonic one counts") {
  TrustedClock clock(noon);
  clock.hear(noon, now(noon + seconds(2), {}));
  CHECK(clock.read(now(Instant{}, hours(1))) == noon + hours(1));          // the battery
  CHECK(clock.read(now(noon - hours(2), hours(1))) == noon + hours(1));    // a hand
  CHECK(clock.read(now(noon + days(4400), hours(1))) == noon + hours(1));  // 2038
  CHECK(clock.read(now(noon + days(401), hours(1))) == noon + hours(1));
  clock.hear(noon + hours(2), now(noon + days(4400), hours(2)));
  CHECK(clock.read(now(noon + days(4400) + hours(1), hours(3))) == noon + hours(3));
}

TEST_CASE("an own clock that was set ahead is put right by the cloud's next word, however late that comes") {
  TrustedClock clock(noon);
  clock.hear(noon, now(noon, {}));
  const auto month = days(30);
  clock.hear(noon + minutes(1) - milliseconds(5), now(noon + month + minutes(1), minutes(1)));
  CHECK(clock.read(now(noon + month + minutes(1), minutes(1))) == noon + minutes(1) - milliseconds(5));
}

TEST_CASE("an own clock that was set ahead by less than a message may be late is put right by the ticks") {
  TrustedClock clock(noon);
  clock.hear(noon, now(noon, {}));
  const auto ahead = minutes(50);
  CHECK(clock.read(now(noon + ahead + minutes(2), minutes(2))) == noon + ahead + minutes(2));  // nobody has said otherwise
  clock.hear(noon + minutes(2) - milliseconds(100), now(noon + ahead + minutes(2), minutes(2)));
  CHECK(clock.read(now(noon + ahead + minutes(2), minutes(2))) == noon + minutes(2));
  CHECK(clock.read(now(noon + ahead + minutes(3), minutes(3))) == noon + minutes(3));
}

TEST_CASE("a late message does not set the time back; a cloud whose clock was put right does") {
  TrustedClock clock(noon);
  clock.hear(noon, now(Instant{}, {}));
  clock.hear(noon + minutes(1), now(Instant{}, minutes(11)));
  CHECK(clock.read(now(Instant{}, minutes(11))) == noon + minutes(11));
  clock.hear(noon - minutes(50), now(Instant{}, minutes(12)));
  CHECK(clock.read(now(Instant{}, minutes(12))) == noon - minutes(50));
  clock.hear(noon - days(1), now(Instant{}, minutes(13)));
  CHECK(clock.read(now(Instant{}, minutes(13))) == noon - days(1));
}

TEST_CASE("a cloud that tells a time out of all bounds is not heard") {
  for (const Instant told : {Instant{5}, Instant{INT64_MIN}, Instant{INT64_MAX}}) {
    TrustedClock clock(noon);
    clock.hear(told, now(noon, {}));
    CHECK(clock.read(now(noon + minutes(1), minutes(1))) == noon + minutes(1));
    CHECK_FALSE(clock.is_fresh(now(noon + minutes(1), minutes(1))));
    clock.hear(noon + minutes(2), now(Instant{}, minutes(2)));
    clock.hear(told, now(Instant{} + minutes(1), minutes(3)));
    CHECK(clock.read(now(Instant{} + minutes(1), minutes(3))) == noon + minutes(3));
  }
  const TrustedClock clock(Instant{5});  // its newest entry is of 1970
  CHECK_FALSE(clock.read(now(Instant{5}, {})));
}

TEST_CASE("a time is fresh while the cloud bears it out and nobody has set the own clock") {
  TrustedClock clock(noon);
  CHECK_FALSE(clock.is_fresh(now(noon, {})));  // believed, and not heard
  clock.hear(noon, now(noon, {}));
  CHECK(clock.is_fresh(now(noon + minutes(5), minutes(5))));
  CHECK_FALSE(clock.is_fresh(now(noon + minutes(6), minutes(6))));
  clock.hear(noon + minutes(6) - seconds(20), now(noon + minutes(6), minutes(6)));  // late, and near enough
  CHECK(clock.is_fresh(now(noon + minutes(7), minutes(7))));
  CHECK(clock.is_fresh(now(noon + minutes(7) + seconds(5), minutes(7))));
  CHECK_FALSE(clock.is_fresh(now(noon + minutes(7) + seconds(6), minutes(7))));
  CHECK_FALSE(clock.is_fresh(now(noon + minutes(7) - seconds(6), minutes(7))));
  clock.hear(noon + minutes(10), now(noon + minutes(20), minutes(20)));  // ten minutes late: it bears nothing out
  CHECK_FALSE(clock.is_fresh(now(noon + minutes(20), minutes(20))));
}

}  // namespace wattle::edge
