#include "edge/core/register_watch.hpp"

#include <catch2/catch.hpp>

namespace wattle::edge {
namespace {

struct WatchedRegister {
  RegisterWatch watch;
  Tick now{1'000'000};
  std::int64_t wh = 5'000;

  /// Ten seconds apart; what was told of them.
  std::vector<bool> minutes_at(std::int64_t count, std::optional<Power> power) {
    std::vector<bool> told;
    for (std::int64_t n = 0; n < count * 6; ++n) {
      now = now + seconds(10);
      if (const auto change = watch.read({5002}, {wh}, power, now)) told.push_back(*change);
    }
    return told;
  }
};

}  // namespace

TEST_CASE("a register that stands still under load is told once, and once more when it moves") {
  WatchedRegister r;
  CHECK(r.minutes_at(11, Power{1'000}).empty());
  CHECK(r.minutes_at(2, Power{1'000}) == std::vector{true});  // 200 Wh are twelve minutes of a kilowatt
  CHECK(r.minutes_at(60, Power{1'000}).empty());
  ++r.wh;
  CHECK(r.minutes_at(1, Power{1'000}) == std::vector{false});
  CHECK(r.minutes_at(13, Power{1'000}) == std::vector{true});
}

TEST_CASE("a register that moves, however coarsely, is not stuck") {
  WatchedRegister r;
  for (int step = 0; step < 20; ++step) {
    CHECK(r.minutes_at(6, Power{1'000}).empty());
    r.wh += 100;
  }
}

TEST_CASE("without a load, with one that flows back, and without a word of it, a register may stand still") {
  WatchedRegister r;
  CHECK(r.minutes_at(6'000, Power{20}).empty());
  CHECK(r.minutes_at(60, Power{-1'000}).empty());
  CHECK(r.minutes_at(60, std::nullopt).empty());
}

TEST_CASE("a gap counts for an hour at most, and another meter begins anew") {
  WatchedRegister r;
  CHECK(r.minutes_at(1, Power{100}).empty());
  r.now = r.now + hours(30);
  CHECK(r.minutes_at(1, Power{100}).empty());
  CHECK_FALSE(r.watch.read({5003}, {r.wh}, Power{100}, r.now + hours(1)));
  r.now = r.now + hours(1);
  CHECK(r.minutes_at(60, Power{100}).empty());
}

}  // namespace wattle::edge
