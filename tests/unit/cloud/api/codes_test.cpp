// Codes sold at the desk, on the real cores at both ends.

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_eight;
using test::box_seven;

struct SellingSite : test::SmallSite {
  test::Reply sell(const std::string& amount, const std::string& key) {
    return client.post("/api/v1/rooms/101/codes", R"({"amount":")" + amount + R"(","channel":"cash"})", key);
  }
  std::string balance() { return of_room("101", "balance"); }
};

TEST_CASE("a code is paid in the cloud and typed at a box without network, and counts once") {
  SellingSite site;
  site.desk.cut(box_seven);
  const auto sold = site.sell("30", "k-1");
  CHECK(sold.status == 201);
  CHECK(sold.text("/kind") == "payment");
  const auto code = sold.text("/code");
  CHECK(code.size() == 24);
  CHECK(site.sell("30", "k-1").status == 200);
  CHECK(site.sell("30", "k-1").text("/code") == code);
  CHECK(site.sell("31", "k-1").code() == "idempotency.key_reused");
  CHECK(site.client.get("/api/v1/orders/" + sold.text("/id")).text("/code") == code);
  CHECK(site.desk.type(box_seven, {101}, code) == edge::CodeOutcome::accepted);
  CHECK(site.desk.type(box_seven, {101}, code) == edge::CodeOutcome::used);
  CHECK(site.desk.box_link(box_seven).state().find({101})->balance == yuan(30));
  CHECK(site.balance() == "0.000000");
  site.desk.heal(box_seven);
  CHECK(site.balance() == "30.000000");
  CHECK(site.client.get("/api/v1/pockets").text("/items/0/pocket") == "clearing/cash_desk@cloud");
}

TEST_CASE("a code that nobody types is the room's money all the same") {
  SellingSite site;
  CHECK(site.sell("5", "k-1").text("/state") == "done");
  CHECK(site.balance() == "5.000000");
}

TEST_CASE("two codes have two numbers") {
  SellingSite site;
  CHECK(site.sell("5", "k-1").text("/code") != site.sell("5", "k-2").text("/code"));
}

TEST_CASE("what cannot be a code is refused") {
  SellingSite site;
  CHECK(site.sell("5.5", "k-1").text("/errors/0/code") == "json.bad_amount");
  CHECK(site.sell("16384", "k-1").text("/errors/0/code") == "json.out_of_range");
  CHECK(site.sell("501", "k-1").code() == "code.too_large");
  CHECK(site.client.post("/api/v1/rooms/101/codes", R"({"amount":"5","channel":"cash"})").code() == "idempotency.key_missing");
  CHECK(site.client.post("/api/v1/rooms/102/codes", R"({"amount":"5","channel":"cash"})", "k").code() == "room.unknown");
  CHECK(
      site.client.post("/api/v1/rooms", R"({"room":102,"edge":8,"circuits":[{"circuit":1020,"meter":5002,"first_reading":0}]})")
          .status == 201);
  CHECK(site.client.post("/api/v1/rooms/102/codes", R"({"amount":"5","channel":"cash"})", "k").code() == "room.not_open");
}

TEST_CASE("no more codes are sold than a box without network honours") {
  SellingSite site;
  site.desk.cut(box_seven);
  std::vector<std::string> codes;
  for (const std::string key : {"k-1", "k-2", "k-3", "k-4", "k-5"}) {
    const auto sold = site.sell("100", key);
    REQUIRE(sold.status == 201);
    codes.push_back(sold.text("/code"));
  }
  CHECK(site.sell("1", "k-6").code() == "code.cap_reached");
  CHECK(site.sell("100", "k-5").status == 200);
  for (const auto& code : codes) CHECK(site.desk.type(box_seven, {101}, code) == edge::CodeOutcome::accepted);
  CHECK(site.sell("1", "k-6").code() == "code.cap_reached");
  site.desk.heal(box_seven);
  CHECK(site.sell("500", "k-7").status == 201);
  CHECK(site.balance() == "1000.000000");
}

TEST_CASE("codes count that are still to be written for a box which was not heard since a restore") {
  SellingSite site;
  site.desk.cut(box_seven);
  site.desk.restored();
  for (const std::string key : {"k-1", "k-2", "k-3", "k-4", "k-5"}) REQUIRE(site.sell("100", key).status == 201);
  CHECK(site.sell("1", "k-6").code() == "code.cap_reached");
}

TEST_CASE("a code is made in the epoch that its box has") {
  SellingSite site;
  const std::uint32_t epoch = 5;
  site.desk.give(cloud::Ordered{cloud::ConfigOrder{{}, {7}, "code_epoch/101", to_bytes(epoch), epoch}}, [](Desk::Answer) {});
  site.desk.cut(box_seven);
  CHECK(site.desk.type(box_seven, {101}, site.sell("5", "k-1").text("/code")) == edge::CodeOutcome::accepted);
}

/// All numbers of an epoch, as the bills have them.
cloud::BillsRead all_sold(Holder issuer, std::uint32_t epoch) {
  cloud::BillsRead sold;
  const auto prefix = "X" + std::to_string(issuer.edge.value) + "-";
  for (std::uint32_t number = 0; number <= max_code_number; ++number)
    sold.payments.push_back({prefix + std::to_string(number),
                             Provider::cash_desk,
                             {101},
                             1,
                             yuan(1),
                             cloud::CodeSale{issuer, {{101}, epoch, static_cast<std::uint16_t>(number)}}});
  return sold;
}

TEST_CASE("when a room's numbers are used up its box is given the next epoch, and so is the box that has it then") {
  SellingSite site;
  const auto is_given = [&](EdgeId slot) {
    const auto& orders = site.desk.site().orders();
    return std::any_of(orders.begin(), orders.end(), [&](const auto& item) {
      const auto* config = std::get_if<cloud::ConfigOrder>(&item.second);
      return config != nullptr && config->key == "code_epoch/101" && config->slot == slot &&
             config->value == to_bytes(std::uint32_t{1});
    });
  };
  site.desk.give(all_sold(box_seven, 0), [](Desk::Answer) {});
  CHECK(site.sell("5", "k-1").code() == "code.used_up");
  CHECK(is_given({7}));
  CHECK(site.sell("5", "k-1").status == 201);
  site.desk.add_box(box_eight);
  REQUIRE(site.client.post("/api/v1/rooms/101/moves", R"({"edge":8})", "m-1").status == 201);
  site.desk.give(all_sold(box_eight, 0), [](Desk::Answer) {});
  CHECK(site.sell("5", "k-2").code() == "code.used_up");
  CHECK(is_given({8}));
  CHECK(site.sell("5", "k-2").status == 201);
}

}  // namespace
}  // namespace wattle::api
