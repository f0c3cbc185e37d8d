#include "cloud/gateway/read_demands.hpp"

#include <catch2/catch.hpp>

namespace wattle::cloud {
namespace {

constexpr Holder asked_box{{7}, {1}};
constexpr Holder other_box{{8}, {1}};

}  // namespace

TEST_CASE("who asked a box is told its answer, once, and no other box's") {
  boost::asio::io_context loop;
  ReadDemands demands(loop);
  std::vector<std::optional<ReadAnswer>> told;
  CHECK(demands.wait(asked_box, 5, [&](std::optional<ReadAnswer> answer) { told.push_back(answer); }));
  CHECK_FALSE(demands.answered(other_box, {5, ReadStatus::answered}));
  CHECK_FALSE(demands.answered(asked_box, {6, ReadStatus::answered}));
  CHECK(told.empty());
  CHECK(demands.answered(asked_box, {5, ReadStatus::busy}));
  CHECK_FALSE(demands.answered(asked_box, {5, ReadStatus::answered}));
  REQUIRE(told.size() == 1);
  CHECK(told[0]->status == ReadStatus::busy);
  CHECK(demands.waiting() == 0);
  loop.run();
  CHECK(told.size() == 1);
}

TEST_CASE("without an answer in time he is told that there is none, and nothing is left") {
  boost::asio::io_context loop;
  ReadDemands demands(loop, milliseconds(1));
  int told = 0;
  CHECK(demands.wait(asked_box, 5, [&](std::optional<ReadAnswer> answer) { told += answer ? 100 : 1; }));
  loop.run();
  CHECK(told == 1);
  CHECK(demands.waiting() == 0);
  CHECK_FALSE(demands.answered(asked_box, {5, ReadStatus::answered}));
}

TEST_CASE("too many at once are refused, and whoever stops tells nobody") {
  boost::asio::io_context loop;
  ReadDemands demands(loop);
  int told = 0;
  for (std::uint64_t id = 0; id < read_demands_max; ++id)
    CHECK(demands.wait(asked_box, id, [&](std::optional<ReadAnswer>) { ++told; }));
  CHECK_FALSE(demands.wait(asked_box, 1000, [&](std::optional<ReadAnswer>) { ++told; }));
  demands.stop();
  loop.run();
  CHECK(told == 0);
}

}  // namespace wattle::cloud
