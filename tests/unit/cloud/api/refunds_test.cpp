// Money on its way back: what is taken back, rejected, overtaken by the next stay, or known again after a restore.

#include <catch2/catch.hpp>

#include "cloud/api/orders.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_eight;
using test::box_seven;
using test::TestDesk;

struct PayingSite : test::SmallSite {
  std::string pay(const std::string& room, const std::string& amount, const std::string& key) {
    return recharge(room, amount, key).text("/number");
  }
  test::Reply refund(const std::string& room, const std::string& amount, const std::string& payment, const std::string& key) {
    return client.post("/api/v1/rooms/" + room + "/refunds", R"({"amount":")" + amount + R"(","payment":")" + payment + R"("})",
                       key);
  }
  test::Reply order(const test::Reply& given) { return client.get("/api/v1/orders/" + given.text("/id")); }
};

TEST_CASE("what was not paid out is in the room again, and can be refunded again") {
  PayingSite site;
  const auto payment = site.pay("101", "20", "k-1");
  const auto first = site.refund("101", "15", payment, "r-1");
  CHECK(site.refund("101", "15", payment, "r-2").code() == "refund.exceeds_payment");
  CHECK(site.client.post("/api/v1/orders/" + first.text("/id") + "/parts/0", R"({"outcome":"rejected"})", "p-1").status == 201);
  CHECK(site.of_room("101", "balance") == "20.000000");
  CHECK(site.refund("101", "15", payment, "r-3").status == 201);
  CHECK(site.refund("101", "5.01", payment, "r-4").code() == "refund.exceeds_payment");
}

TEST_CASE("a refund that is told again is what it was, whatever was taken of the payment since") {
  PayingSite site;
  const auto payment = site.pay("101", "20", "k-1");
  site.desk.use({101}, {1010}, {5001}, 30'000);  // 15 of them
  const auto first = site.refund("101", "20", payment, "r-1");
  CHECK(first.status == 201);
  REQUIRE(site.order(first).text("/released") == "5.000000");
  site.pay("101", "30", "k-2");
  CHECK(site.refund("101", "15", payment, "r-2").status == 201);
  CHECK(site.refund("101", "20", payment, "r-1").status == 200);
  CHECK(site.refund("101", "19", payment, "r-1").code() == "idempotency.key_reused");
  CHECK(site.refund("101", "1", payment, "r-3").code() == "refund.exceeds_payment");
}

TEST_CASE("a payment of the last stay is not paid back out of the present one's money") {
  PayingSite site;
  const auto first = site.pay("101", "10", "k-1");
  const auto code = site.client.post("/api/v1/rooms/101/codes", R"({"amount":"5","channel":"cash"})", "k-2").text("/number");
  const auto ordered = site.refund("101", "4", first, "r-1");
  REQUIRE(ordered.status == 201);
  REQUIRE(site.client.post("/api/v1/rooms/101/closings", "{}", "c-1").status == 201);
  REQUIRE(site.client.post("/api/v1/rooms/101/openings", R"({"opening":2,"edge":7})").status == 201);
  const auto second = site.pay("101", "20", "k-3");
  CHECK(site.refund("101", "6", first, "r-2").code() == "refund.stay_over");
  CHECK(site.refund("101", "5", code, "r-3").code() == "refund.stay_over");
  CHECK(site.of_room("101", "balance") == "20.000000");
  CHECK(site.refund("101", "4", first, "r-1").status == 200);  // the same again, and no other
  CHECK(site.order(site.refund("101", "20", second, "r-4")).text("/released") == "20.000000");
}

TEST_CASE("a part that the journal has as paid is shown so before it is booked, and is not paid again") {
  PayingSite site;
  site.desk.add_box(box_eight);
  const auto payment = site.pay("101", "20", "k-1");
  const auto asked = site.refund("101", "8", payment, "r-1");
  REQUIRE(site.order(asked).text("/parts/0/state") == "waiting");
  site.desk.cut(box_eight);
  site.desk.restored();
  cloud::BillsRead bills;
  const auto& release = std::get<cloud::Release>(site.desk.site().orders().at(*parse_order_id(asked.text("/id"))));
  bills.refunds.push_back({release.request.id, 0, Provider::cash_desk, {101}, yuan(8)});
  site.desk.give(bills, [](Desk::Answer) {});
  site.desk.heal(box_seven);
  REQUIRE_FALSE(site.desk.site().is_settled());
  CHECK(site.order(asked).text("/parts/0/state") == "paid");
  const auto say = [&](const std::string& outcome) {
    return site.client.post("/api/v1/orders/" + asked.text("/id") + "/parts/0", R"({"outcome":")" + outcome + R"("})", "p-1");
  };
  CHECK(say("rejected").code() == "refund.part_settled");
  CHECK(say("paid").code() == "refund.part_told");
  CHECK(site.of_room("101", "in_transit") == "8.000000");
  site.desk.heal(box_eight);
  CHECK(site.of_room("101", "in_transit") == "0.000000");
  CHECK(site.desk.site().index().balance(clearing_pocket(Provider::cash_desk)) == yuan(8 - 20));
}

TEST_CASE("of two cashiers at one part of a refund one is told to pay it") {
  PayingSite site;
  const auto asked = site.refund("101", "8", site.pay("101", "20", "k-1"), "r-1");
  const auto say = [&](const std::string& outcome, const std::string& key) {
    return site.client.post("/api/v1/orders/" + asked.text("/id") + "/parts/0", R"({"outcome":")" + outcome + R"("})", key);
  };
  CHECK(say("paid", {}).code() == "idempotency.key_missing");
  CHECK(site.order(asked).text("/parts/0/state") == "waiting");
  const auto first = say("paid", "a");
  CHECK(first.status == 201);
  CHECK(first.text("/parts/0/state") == "paid");
  CHECK(say("paid", "a").status == 200);
  CHECK(say("paid", "b").code() == "refund.part_told");
  CHECK(say("rejected", "a").code() == "refund.part_settled");
  CHECK(say("rejected", "b").code() == "refund.part_settled");
  site.client.token = test::cashier_token;
  CHECK(say("paid", "a").code() == "refund.part_told");  // another caller's key is another key
  CHECK(site.desk.site().index().balance(clearing_pocket(Provider::cash_desk)) == yuan(8 - 20));
}

TEST_CASE("a part that one cashier could not pay is no part for another") {
  PayingSite site;
  const auto asked = site.refund("101", "8", site.pay("101", "20", "k-1"), "r-1");
  const auto say = [&](const std::string& outcome, const std::string& key) {
    return site.client.post("/api/v1/orders/" + asked.text("/id") + "/parts/0", R"({"outcome":")" + outcome + R"("})", key);
  };
  CHECK(say("rejected", "a").status == 201);
  CHECK(say("rejected", "a").status == 200);
  CHECK(say("rejected", "b").code() == "refund.part_told");
  CHECK(say("paid", "b").code() == "refund.part_settled");
  CHECK(site.of_room("101", "balance") == "20.000000");
}

TEST_CASE("a refund that was taken back before its box was asked is never asked") {
  PayingSite site;
  site.fit("102", "8");
  const auto payment = site.pay("102", "20", "k-1");
  const auto asked = site.refund("102", "20", payment, "r-1");
  CHECK(site.order(asked).text("/state") == "waiting");
  CHECK(site.client.post("/api/v1/orders/" + asked.text("/id") + "/cancel", "{}").status == 201);
  CHECK(site.order(asked).text("/state") == "done");
  site.desk.add_box(box_eight);
  CHECK(site.of_room("102", "balance") == "20.000000");
  CHECK(site.desk.site().index().requests().empty());
  CHECK(site.refund("102", "20", payment, "r-2").status == 201);
  CHECK(site.of_room("102", "balance") == "0.000000");
}

TEST_CASE("a move that was taken back before its box was asked is never asked") {
  PayingSite site;
  site.fit("102", "8");
  const auto move = site.client.post("/api/v1/rooms/102/moves", R"({"edge":7})", "m-1");
  REQUIRE(move.status == 201);
  CHECK(site.client.post("/api/v1/orders/" + move.text("/id") + "/cancel", "{}").status == 201);
  site.desk.add_box(box_eight);
  CHECK(site.client.get("/api/v1/rooms/102").number("/open_at/edge") == 8);
}

TEST_CASE("the next term's allowance waits until the last one's has gone back") {
  PayingSite site;
  const auto grant = [&](const std::string& term, const std::string& amount) {
    return site.client.put("/api/v1/rooms/101/allowances/" + term, R"({"amount":")" + amount + R"("})");
  };
  CHECK(grant("spring", "8").status == 201);
  site.desk.cut(box_seven);
  const auto end = site.client.post("/api/v1/rooms/101/allowance-ends", "{}", "e-1");
  CHECK(end.status == 201);
  const auto autumn = grant("autumn", "9");
  CHECK(autumn.text("/state") == "waiting");
  SECTION("it has gone") {
    site.desk.heal(box_seven);
    CHECK(site.order(end).text("/released") == "8.000000");
    CHECK(site.of_room("101", "allowance") == "9.000000");
  }
  SECTION("its end is taken back") {
    CHECK(site.client.post("/api/v1/orders/" + end.text("/id") + "/cancel", "{}").status == 201);
    CHECK(site.order(autumn).text("/state") == "waiting");
    site.desk.heal(box_seven);
    CHECK(site.order(end).text("/reason") == "cancelled");
    CHECK(site.of_room("101", "allowance") == "17.000000");
  }
  SECTION("of another utility there is nothing to wait for") {
    CHECK(site.client.put("/api/v1/rooms/101/allowances/water", R"({"amount":"3","utility":"cold_water"})").text("/state") ==
          "done");
  }
}

TEST_CASE("an allowance does not wait for an end that was taken back before its box was asked") {
  PayingSite site;
  site.fit("102", "8");
  const auto end = site.client.post("/api/v1/rooms/102/allowance-ends", "{}", "e-1");
  CHECK(site.client.put("/api/v1/rooms/102/allowances/autumn", R"({"amount":"9"})").text("/state") == "waiting");
  CHECK(site.client.post("/api/v1/orders/" + end.text("/id") + "/cancel", "{}").status == 201);
  site.desk.add_box(box_eight);
  CHECK(site.of_room("102", "allowance") == "9.000000");
}

TEST_CASE("money for another room is for those who lived there when it was ordered") {
  PayingSite site;
  site.desk.add_box(box_eight);
  site.fit("102", "8");
  site.pay("101", "20", "k-1");
  site.desk.cut(box_seven);
  const auto ask = [&] { return site.client.post("/api/v1/rooms/101/refunds", R"({"amount":"8","to_room":102})", "x"); };
  CHECK(ask().status == 201);
  CHECK(site.client.post("/api/v1/rooms/102/closings", "{}", "c-1").status == 201);
  CHECK(site.client.post("/api/v1/rooms/102/openings", R"({"opening":2,"edge":8})").status == 201);
  CHECK(ask().status == 200);  // the same again is the same order, whoever lives there now
  site.desk.heal(box_seven);
  CHECK(site.of_room("101", "balance") == "12.000000");
  CHECK(site.client.get("/api/v1/rooms/102").number("/opening") == 2);
  CHECK(site.of_room("102", "balance") == "0.000000");
  CHECK(site.client.get("/api/v1/pockets").text("/suspense") == "8.000000");
}

TEST_CASE("orders as they were stored before a release knew the other room's opening are read, and stay as they are") {
  const ReleaseRequest request{{{7}}, 1, Utility::none, yuan(8), ReleaseTo::room, {102}, {}};
  const auto old = encode(cloud::Order(cloud::Release{{101}, request}));
  CHECK(old.size() == 1 + to_bytes(RoomId{101}).size() + to_bytes(request).size());
  const auto read = cloud::decode_order(old);
  REQUIRE(read);
  CHECK(encode(*read) == old);
  const auto with = encode(cloud::Order(cloud::Release{{101}, request, 3}));
  REQUIRE(cloud::decode_order(with));
  CHECK(std::get<cloud::Release>(*cloud::decode_order(with)).to_opening == 3);
  auto zero = with;
  std::fill(zero.end() - 4, zero.end(), std::uint8_t{0});
  CHECK_FALSE(cloud::decode_order(zero));  // there is one way to write it
}

/// A site on a copy of the store, as a restored one is.
struct Restored {
  explicit Restored(const TestDesk& desk)
      : store(dynamic_cast<const wattle::test::MemoryStore&>(desk.store())), now(desk.now()) {}
  void start() {
    site.emplace(cloud::SiteConfig{test::site_one, yuan(500)}, store, crypto, signer, entropy, now);
    take(site->begin({}, false, now));
  }
  void take(cloud::Effects effects) {
    for (const auto& effect : effects) {
      if (const auto* persist = std::get_if<cloud::Persist>(&effect)) {
        REQUIRE(store.commit(persist->commit).has_value());
        site->committed();
      }
      if (const auto* call = std::get_if<cloud::CallProvider>(&effect)) called.push_back(call->part);
      if (const auto* answered = std::get_if<cloud::AnswerRefund>(&effect)) answer = answered->answer;
    }
  }
  std::optional<cloud::OrderAnswer> settle(const Uid& request, std::uint32_t part, cloud::RefundOutcome outcome,
                                           std::optional<Uid> by = {}) {
    answer.reset();
    take(site->handle(cloud::RefundSettled{request, part, outcome, by}, now));
    return answer;
  }
  wattle::test::MemoryStore store;
  Now now;
  SodiumCrypto crypto;
  SodiumSigner signer{test::seed_of(99)};
  test::SeededEntropy entropy;
  std::optional<cloud::Site> site;
  std::vector<std::uint32_t> called;
  std::optional<cloud::OrderAnswer> answer;
};

/// 30 yuan of two payments, released and not paid out yet.
struct TwoParts : PayingSite {
  TwoParts() {
    const auto one = pay("101", "20", "k-1");
    const auto two = pay("101", "10", "k-2");
    ReleaseRequest request{id, 1, Utility::none, yuan(30), ReleaseTo::provider, {}, {}};
    request.payments.push_back({Provider::cash_desk, one, yuan(20)});
    request.payments.push_back({Provider::cash_desk, two, yuan(10)});
    desk.give(cloud::Ordered{cloud::Release{{101}, request}}, [](Desk::Answer) {});
    REQUIRE(desk.site().refund(id) != nullptr);
  }
  void reject_first() {
    desk.give(cloud::RefundSettled{id, 0, cloud::RefundOutcome::rejected}, [](Desk::Answer) {});
    REQUIRE(of_room("101", "balance") == "20.000000");
  }
  static constexpr Uid id{{9}};
};

TEST_CASE("a part that the books show as back in the room is not paid after a restore") {
  TwoParts before;
  const auto open = *before.desk.site().refund(TwoParts::id);
  before.reject_first();
  Restored after(before.desk);
  REQUIRE(
      after.store.commit({PutRow{Table::refund, to_bytes(TwoParts::id), to_bytes(open)}}).has_value());  // as the backup had it
  after.start();
  CHECK(after.called == std::vector<std::uint32_t>{1});
  after.settle(TwoParts::id, 0, cloud::RefundOutcome::paid);
  CHECK(after.answer == cloud::OrderAnswer::contradicts);
  after.settle(TwoParts::id, 0, cloud::RefundOutcome::rejected);
  CHECK(after.answer == cloud::OrderAnswer::known);
  after.settle(TwoParts::id, 1, cloud::RefundOutcome::paid);
  CHECK(after.answer == cloud::OrderAnswer::accepted);
  after.settle(TwoParts::id, 2, cloud::RefundOutcome::paid);
  CHECK(after.answer == cloud::OrderAnswer::refused);
}

TEST_CASE("whose word on a part was taken stands in the store, and what forgets it lets nobody pay") {
  using cloud::OrderAnswer;
  constexpr auto paid = cloud::RefundOutcome::paid;
  constexpr Uid by{{1}};
  constexpr Uid another{{2}};
  TwoParts before;
  Restored forgotten(before.desk);
  before.desk.give(cloud::RefundSettled{TwoParts::id, 0, paid, by}, [](Desk::Answer) {});
  Restored after(before.desk);
  after.start();
  CHECK(after.settle(TwoParts::id, 0, paid, by) == OrderAnswer::known);
  CHECK(after.settle(TwoParts::id, 0, paid, another) == OrderAnswer::of_other);
  CHECK(after.settle(TwoParts::id, 1, paid, another) == OrderAnswer::accepted);
  after.site->catch_up();
  CHECK(after.settle(TwoParts::id, 1, paid, another) == OrderAnswer::known);
  CHECK(after.settle(TwoParts::id, 1, paid, by) == OrderAnswer::of_other);
  forgotten.start();
  cloud::BillsRead journal;
  journal.refunds.push_back({TwoParts::id, 0, Provider::cash_desk, {101}, yuan(20)});
  forgotten.take(forgotten.site->handle(journal, forgotten.now));
  CHECK(forgotten.settle(TwoParts::id, 0, paid, by) == OrderAnswer::of_other);
  CHECK(forgotten.settle(TwoParts::id, 0, paid) == OrderAnswer::known);  // a provider's word
}

TEST_CASE("programs that do not know whose word it was pass over its row, and leave parts without one that nobody pays") {
  TwoParts site;
  site.desk.give(cloud::RefundSettled{TwoParts::id, 0, cloud::RefundOutcome::paid, Uid{{1}}}, [](Desk::Answer) {});
  std::size_t requests = 0;
  for (const auto& [key, value] : site.desk.store().rows(Table::refund))
    if (from_bytes<Uid>(key) && from_bytes<std::vector<cloud::RefundPart>>(value)) ++requests;
  CHECK(site.desk.store().rows(Table::refund).size() == 2);
  CHECK(requests == 1);
  site.desk.give(cloud::RefundSettled{TwoParts::id, 1, cloud::RefundOutcome::paid}, [](Desk::Answer) {});
  CHECK(site.desk.store().rows(Table::refund).size() == 2);
  Restored newer(site.desk);
  newer.start();
  CHECK(newer.settle(TwoParts::id, 1, cloud::RefundOutcome::paid, Uid{{1}}) == cloud::OrderAnswer::of_other);
}

TEST_CASE("a part that the journal knows as rejected goes back, and is not paid after a restore") {
  TwoParts before;
  Restored after(before.desk);
  after.start();
  cloud::BillsRead bills;
  bills.rejected.push_back({TwoParts::id, 0, Provider::cash_desk, {101}, yuan(20)});
  after.take(after.site->handle(bills, after.now));
  CHECK(after.site->index().has(OutsideId("back/" + to_hex(TwoParts::id) + "/0")));
  after.settle(TwoParts::id, 0, cloud::RefundOutcome::paid);
  CHECK(after.answer == cloud::OrderAnswer::contradicts);
}

TEST_CASE("what a bill shows as paid although it went back to the room lies in suspense, and takes nothing of other parts") {
  TwoParts site;
  site.reject_first();
  cloud::BillsRead bills;
  bills.refunds.push_back({TwoParts::id, 0, Provider::cash_desk, {101}, yuan(20)});
  site.desk.give(bills, [](Desk::Answer) {});
  CHECK(site.client.get("/api/v1/pockets").text("/suspense") == "-20.000000");
  CHECK(site.of_room("101", "in_transit") == "10.000000");
  site.desk.give(cloud::RefundSettled{TwoParts::id, 1, cloud::RefundOutcome::paid}, [](Desk::Answer) {});
  CHECK(site.of_room("101", "in_transit") == "0.000000");
}

/// What the bills say of a refund that nobody remembers: parts 0 and 2 were paid, of part 1 they say nothing.
cloud::BillsRead bills_of_a_forgotten_refund() {
  cloud::BillsRead bills;
  bills.refunds.push_back({TwoParts::id, 0, Provider::cash_desk, {101}, yuan(7)});
  bills.refunds.push_back({TwoParts::id, 2, Provider::wechat, {101}, yuan(4)});
  return bills;
}

TEST_CASE("a refund in parts that only the bills know is one request again, and nobody is asked to pay it") {
  PayingSite site;
  site.pay("101", "20", "k-1");
  const auto clearing = [&](Provider provider) { return site.desk.site().index().balance(clearing_pocket(provider)); };
  for (int day = 0; day < 3; ++day) site.desk.give(bills_of_a_forgotten_refund(), [](Desk::Answer) {});
  const auto* parts = site.desk.site().refund(TwoParts::id);
  REQUIRE(parts != nullptr);
  REQUIRE(parts->size() == 3);
  CHECK(site.desk.site().index().request(TwoParts::id)->released == yuan(11));
  CHECK(site.of_room("101", "balance") == "9.000000");
  CHECK(site.of_room("101", "in_transit") == "0.000000");
  CHECK(clearing(Provider::cash_desk) == yuan(7 - 20));
  CHECK(clearing(Provider::wechat) == yuan(4));
  CHECK(site.client.get("/api/v1/pockets").text("/suspense") == "0.000000");
}

TEST_CASE("where less is left than the bills show the rest of each part lies in suspense") {
  PayingSite site;
  site.pay("101", "8", "k-1");
  site.desk.give(bills_of_a_forgotten_refund(), [](Desk::Answer) {});
  site.desk.give(bills_of_a_forgotten_refund(), [](Desk::Answer) {});
  CHECK(site.of_room("101", "balance") == "0.000000");
  CHECK(site.of_room("101", "in_transit") == "0.000000");
  CHECK(site.desk.site().index().balance(clearing_pocket(Provider::wechat)) == yuan(4));
  CHECK(site.client.get("/api/v1/pockets").text("/suspense") == "-3.000000");
}

TEST_CASE("a bill with a part that no refund has makes no request") {
  PayingSite site;
  site.pay("101", "20", "k-1");
  cloud::BillsRead bills;
  bills.refunds.push_back({TwoParts::id, 4'000'000'000U, Provider::wechat, {101}, yuan(4)});
  site.desk.give(bills, [](Desk::Answer) {});
  CHECK(site.desk.site().index().request(TwoParts::id) == nullptr);
  CHECK(site.of_room("101", "balance") == "20.000000");
}

}  // namespace
}  // namespace wattle::api
