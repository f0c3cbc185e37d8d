// What may be ordered while a restored site does not know yet which stay a room has.

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_eight;
using test::box_seven;

constexpr std::string_view not_settled = "suspense.not_settled";

/// Room 101 at box seven, which has spoken since the restore; room 102 at box eight, which has not.
struct RestoredSite : test::SmallSite {
  RestoredSite() {
    desk.add_box(box_eight);
    fit("102", "8");
    payment = recharge("101", "20", "k-1").text("/number");
    other = recharge("102", "20", "k-2").text("/number");
  }
  void go_back() {
    desk.cut(box_eight);
    desk.restored();
    read_bills();
    desk.heal(box_seven);
    REQUIRE_FALSE(desk.site().is_settled());
  }
  void read_bills() {
    desk.give(cloud::BillsRead{}, [](Desk::Answer) {});
  }
  test::Reply grant(const std::string& room, const std::string& amount = "8") {
    return client.put("/api/v1/rooms/" + room + "/allowances/spring", R"({"amount":")" + amount + R"("})");
  }
  test::Reply post(const std::string& room, const std::string& what, const std::string& body) {
    return client.post("/api/v1/rooms/" + room + '/' + what, body, "x-" + std::to_string(++keys));
  }
  std::string refund_of(const std::string& number) const { return R"({"amount":"1","payment":")" + number + R"("})"; }
  std::string payment;
  std::string other;
  int keys = 0;
};

TEST_CASE("after a restore nothing is ordered for a stay that may have passed") {
  RestoredSite site;
  site.go_back();
  CHECK(site.grant("102").code() == not_settled);
  CHECK(site.post("102", "allowance-ends", "{}").code() == not_settled);
  CHECK(site.post("102", "refunds", site.refund_of(site.other)).code() == not_settled);
  CHECK(site.post("102", "refunds", R"({"amount":"1","to_room":101})").code() == not_settled);
  CHECK(site.post("101", "refunds", R"({"amount":"1","to_room":102})").code() == not_settled);
  CHECK(site.post("102", "moves", R"({"edge":7})").code() == not_settled);
  CHECK(site.post("102", "closings", "{}").code() == not_settled);
  CHECK(site.client.post("/api/v1/rooms/102/openings", R"({"opening":2,"edge":8})").code() == not_settled);
  CHECK(site.client.post("/api/v1/rooms/102/rehomings", R"({"edge":7})").code() == not_settled);
  CHECK(site.client.put("/api/v1/rooms/999/allowances/spring", R"({"amount":"8"})").code() == "room.unknown");
  const auto orders = site.desk.site().orders().size();
  site.desk.heal(box_eight);
  CHECK(site.desk.site().orders().size() == orders);
  CHECK(site.grant("102").status == 201);
  CHECK(site.post("102", "refunds", site.refund_of(site.other)).status == 201);
  CHECK(site.post("102", "moves", R"({"edge":7})").status == 201);
}

TEST_CASE("after a restore cash and codes are taken everywhere, and all else where the box has spoken") {
  RestoredSite site;
  site.go_back();
  CHECK(site.recharge("102", "5", "k-3").status == 201);
  CHECK(site.post("102", "codes", R"({"amount":"5","channel":"cash"})").status == 201);
  CHECK(site.grant("101").text("/state") == "done");
  CHECK(site.post("101", "refunds", site.refund_of(site.payment)).status == 201);
  CHECK(site.post("101", "allowance-ends", "{}").status == 201);
  CHECK(site.post("101", "closings", "{}").status == 201);
  site.desk.heal(box_eight);
  CHECK(site.of_room("102", "balance") == "30.000000");
}

TEST_CASE("after a restore what was ordered before is known, and taken back when its box was heard") {
  RestoredSite site;
  REQUIRE(site.grant("102").status == 201);
  const auto move = [&] { return site.client.post("/api/v1/rooms/102/moves", R"({"edge":9})", "m-1"); };
  site.desk.cut(box_eight);
  const auto moving = move();
  site.go_back();
  CHECK(site.grant("102").status == 200);
  CHECK(site.grant("102", "9").code() == "allowance.contradicts");
  CHECK(move().status == 200);
  const auto cancel = [&] { return site.client.post("/api/v1/orders/" + moving.text("/id") + "/cancel", "{}"); };
  CHECK(cancel().code() == not_settled);
  site.desk.heal(box_eight);
  CHECK(cancel().code() == "order.answered");
}

TEST_CASE("until the bills are read, which have people's orders too, nothing else is ordered") {
  RestoredSite site;
  site.desk.restored();
  for (const auto box : {box_seven, box_eight}) site.desk.heal(box);
  CHECK(site.grant("101").code() == not_settled);
  CHECK(site.recharge("101", "5", "k-3").status == 201);
  site.read_bills();
  CHECK(site.grant("101").status == 201);
}

TEST_CASE("nothing is ordered for a room of whose way a part is missing") {
  RestoredSite site;
  const auto then = dynamic_cast<const wattle::test::MemoryStore&>(site.desk.store());
  REQUIRE(site.post("102", "moves", R"({"edge":7})").status == 201);
  REQUIRE(site.client.get("/api/v1/rooms/102").number("/open_at/edge") == 7);
  site.desk.cut(box_eight);
  site.desk.restore(then);
  site.read_bills();
  site.desk.heal(box_seven);
  REQUIRE(site.desk.site().index().room({102})->has_hole());
  CHECK(site.grant("102").code() == not_settled);
  CHECK(site.grant("101").status == 201);
  site.desk.heal(box_eight);
  CHECK(site.grant("102").status == 201);
}

}  // namespace
}  // namespace wattle::api
