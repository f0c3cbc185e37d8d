// What lies in suspense, and what persons decide about it.

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_seven;

/// Room 101's stay has ended with 20 yuan, and its next one has begun.
struct EndedStay : test::SmallSite {
  EndedStay() {
    REQUIRE(recharge("101", "20", "k-1").status == 201);
    REQUIRE(client.post("/api/v1/rooms/101/closings", R"({"reason":"graduated"})", "c-1").status == 201);
    REQUIRE(client.post("/api/v1/rooms/101/openings", R"({"opening":2,"edge":7})").status == 201);
    entry = listed().text("/items/0/id");
  }
  test::Reply listed() { return client.get("/api/v1/suspense"); }
  test::Reply decide(const std::string& body, const std::string& key) {
    return client.post("/api/v1/suspense/" + entry + "/resolutions", body, key);
  }
  std::string entry;
};

TEST_CASE("money in suspense goes into a room, once a key, and no more than is left") {
  EndedStay site;
  CHECK(site.listed().text("/items/0/left") == "20.000000");
  CHECK(site.listed().number("/items/0/room") == 101);
  CHECK(site.listed().text("/balance") == "20.000000");
  const auto first = site.decide(R"({"amount":"12.5","to_room":101,"reason":"they stay on"})", "s-1");
  CHECK(first.status == 201);
  CHECK(first.text("/kind") == "resolution");
  CHECK(first.text("/state") == "done");
  CHECK(first.text("/to") == "room");
  CHECK(first.text("/of") == site.entry);
  CHECK(site.decide(R"({"amount":"12.5","to_room":101})", "s-1").status == 200);
  CHECK(site.decide(R"({"amount":"12","to_room":101})", "s-1").code() == "idempotency.key_reused");
  CHECK(site.of_room("101", "balance") == "12.500000");
  CHECK(site.listed().text("/items/0/left") == "7.500000");
  CHECK(site.decide(R"({"amount":"7.51","to_room":101})", "s-2").code() == "suspense.exceeds_left");
  CHECK(site.decide(R"({"amount":"7.5","to_room":101})", "s-2").status == 201);
  CHECK(site.of_room("101", "balance") == "20.000000");
  CHECK(site.listed().text("/balance") == "0.000000");
  CHECK(site.listed().find("/items/0") == nullptr);
}

TEST_CASE("money in suspense goes back through a provider, who is not asked") {
  EndedStay site;
  const auto paid_out = site.decide(R"({"amount":"20","provider":"cash_desk"})", "s-1");
  CHECK(paid_out.status == 201);
  CHECK(paid_out.text("/provider") == "cash_desk");
  CHECK(site.listed().text("/balance") == "0.000000");
  CHECK(site.desk.site().index().balance(clearing_pocket(Provider::cash_desk)).micros == 0);
  CHECK(site.of_room("101", "balance") == "0.000000");
}

TEST_CASE("what an ended stay has left below a fen is told as a sum, and is no item") {
  EndedStay site;
  CHECK(site.listed().text("/crumbs") == "0.000000");
  CHECK(site.decide(R"({"amount":"12.505678","to_room":101})", "s-1").status == 201);
  CHECK(site.listed().text("/items/0/left") == "7.494322");
  CHECK(site.decide(R"({"amount":"7.49","provider":"cash_desk"})", "s-2").status == 201);
  CHECK(site.listed().find("/items/0") == nullptr);
  CHECK(site.listed().text("/crumbs") == "0.004322");
  CHECK(site.listed().text("/balance") == "0.004322");
}

TEST_CASE("who decides about suspense is an admin, and says what is meant") {
  EndedStay site;
  CHECK(site.decide(R"({"amount":"1"})", "s-1").text("/errors/0/field") == "/provider");
  CHECK(site.decide(R"({"amount":"1","provider":"bank"})", "s-2").text("/errors/0/field") == "/provider");
  CHECK(site.decide(R"({"amount":"0","to_room":101})", "s-3").text("/errors/0/field") == "/amount");
  CHECK(site.decide(R"({"amount":"1","to_room":101,"provider":"alipay"})", "s-4").text("/errors/0/field") == "/provider");
  CHECK(site.decide(R"({"amount":"0.001","provider":"alipay"})", "s-5").text("/errors/0/field") == "/amount");
  CHECK(site.decide(R"({"amount":"1","to_room":999})", "s-6").code() == "room.unknown");
  CHECK(site.client.post("/api/v1/suspense/ended.nothing/resolutions", R"({"amount":"1","to_room":101})", "s-7").code() ==
        "suspense.unknown");
  site.client.token = test::cashier_token;
  CHECK(site.decide(R"({"amount":"1","to_room":101})", "s-8").code() == "access.forbidden");
  CHECK(site.listed().text("/balance") == "20.000000");
}

TEST_CASE("what was decided and waits for its box is left to nobody else") {
  EndedStay site;
  site.fit("102", "8");
  const auto waits = site.decide(R"({"amount":"15","to_room":102})", "s-1");
  CHECK(waits.status == 201);
  CHECK(waits.text("/state") == "waiting");
  CHECK(site.listed().text("/items/0/left") == "5.000000");
  CHECK(site.listed().text("/balance") == "20.000000");
  CHECK(site.decide(R"({"amount":"5.01","provider":"cash_desk"})", "s-2").code() == "suspense.exceeds_left");
  site.desk.add_box(test::box_eight);
  CHECK(site.of_room("102", "balance") == "15.000000");
  CHECK(site.listed().text("/balance") == "5.000000");
}

TEST_CASE("money in suspense goes into no room whose stay is over") {
  EndedStay site;
  REQUIRE(site.client.post("/api/v1/rooms/101/closings", R"({"reason":"graduated"})", "c-2").status == 201);
  CHECK(site.decide(R"({"amount":"20","to_room":101})", "s-1").code() == "suspense.stay_over");
  REQUIRE(site.client.post("/api/v1/rooms/101/openings", R"({"opening":3,"edge":7})").status == 201);
  CHECK(site.decide(R"({"amount":"20","to_room":101})", "s-1").status == 201);
  CHECK(site.of_room("101", "balance") == "20.000000");
}

TEST_CASE("after a restore nothing new is decided about suspense, and what was decided is known") {
  EndedStay site;
  CHECK(site.decide(R"({"amount":"5","to_room":101})", "s-1").status == 201);
  site.desk.restored();
  REQUIRE_FALSE(site.desk.site().is_settled());
  CHECK(site.decide(R"({"amount":"5","to_room":101})", "s-2").code() == "suspense.not_settled");
  CHECK(site.decide(R"({"amount":"5","to_room":101})", "s-1").status == 200);
}

TEST_CASE("the core refuses to decide about more than is left, whoever asks") {
  EndedStay site;
  const auto of = std::string(site.desk.site().index().suspended().begin()->first.text());
  const auto give = [&](std::uint8_t id, Money amount) {
    auto answer = cloud::OrderAnswer::accepted;
    Uid uid;
    uid.bytes.fill(id);
    site.desk.give(cloud::Ordered{cloud::Resolution{uid, of, cloud::ResolveTo::provider, {}, 0, Provider::cash_desk, amount}},
                   [&](Desk::Answer given) { answer = *given; });
    return answer;
  };
  CHECK(give(1, yuan(21)) == cloud::OrderAnswer::refused);
  CHECK(give(2, yuan(20)) == cloud::OrderAnswer::accepted);
  CHECK(give(2, yuan(20)) == cloud::OrderAnswer::known);
  CHECK(give(3, Money{1}) == cloud::OrderAnswer::refused);
}

TEST_CASE("an order about suspense is read as it was written, and means one thing") {
  const cloud::Resolution to_room{{{5}}, "ended/x", cloud::ResolveTo::room, {101}, 2, {}, yuan(3)};
  const auto bytes = encode(cloud::Order(to_room));
  const auto read = cloud::decode_order(bytes);
  REQUIRE(read);
  CHECK(encode(*read) == bytes);
  CHECK(cloud::is_valid(*read));
  CHECK(cloud::id_of(*read).text() == "resolve/" + to_hex(to_room.id));
  const auto is_valid = [&](auto change) {
    auto other = to_room;
    change(other);
    return cloud::is_valid(other);
  };
  CHECK_FALSE(is_valid([](auto& v) { v.amount = {}; }));
  CHECK_FALSE(is_valid([](auto& v) { v.of = "a b"; }));
  CHECK_FALSE(is_valid([](auto& v) { v.opening = 0; }));
  CHECK_FALSE(is_valid([](auto& v) { v.provider = Provider::wechat; }));
  CHECK_FALSE(is_valid([](auto& v) { v.to = cloud::ResolveTo::provider; }));
  CHECK_FALSE(is_valid([](auto& v) { v.to = static_cast<cloud::ResolveTo>(7); }));
}

}  // namespace
}  // namespace wattle::api
