// Cash that a fenced box had taken, and for whose stay it is.

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_eight;
using test::box_seven;

/// Box seven took 50 yuan that nobody heard of before its fence; its room is at box eight.
struct FencedSale : test::SmallSite {
  FencedSale() {
    desk.cut(box_seven);
    desk.take_cash(box_seven, {101}, yuan(50));
    REQUIRE(client.post("/api/v1/edges/7/fence", R"({"incarnation":"c41e","destination":8,"reason":"burnt"})").status == 200);
    desk.archive(box_seven);
    desk.add_box(box_eight);
  }
  void begin_next_stay() {
    REQUIRE(client.post("/api/v1/rooms/101/closings", "{}", "c-1").status == 201);
    REQUIRE(client.post("/api/v1/rooms/101/openings", R"({"opening":2,"edge":8})").status == 201);
    REQUIRE(client.get("/api/v1/rooms/101").number("/opening") == 2);
  }
  test::Reply adopt() {
    desk.heal(box_seven);
    const auto receipt = client.get("/api/v1/edges/7/listed-sales").text("/items/0/receipt");
    return client.post("/api/v1/edges/7/adoptions", R"({"receipt":")" + receipt + R"("})");
  }
};

TEST_CASE("an adopted sale is for the stay for which it was sold, not for who lives there now") {
  FencedSale site;
  site.begin_next_stay();
  const auto adopted = site.adopt();
  CHECK(adopted.status == 201);
  CHECK(adopted.number("/opening") == 1);
  site.desk.give(cloud::Woke{}, [](Desk::Answer) {});
  CHECK(site.of_room("101", "balance") == "0.000000");
  CHECK(site.client.get("/api/v1/pockets").text("/suspense") == "50.000000");
  CHECK(site.client.get("/api/v1/edges/7/listed-sales").text("/items/0/state") == "booked");
}

TEST_CASE("an adopted sale of the stay that goes on is in the room, and stays with it when it is told again") {
  FencedSale site;
  CHECK(site.adopt().status == 201);
  CHECK(site.of_room("101", "balance") == "50.000000");
  site.begin_next_stay();
  CHECK(site.adopt().status == 200);
  CHECK(site.of_room("101", "balance") == "0.000000");
}

}  // namespace
}  // namespace wattle::api
