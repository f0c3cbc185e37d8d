// Held readings and corrections, through the API and down to a real box that carries them out.

#include <catch2/catch.hpp>

#include "cloud/api/control_routes.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_seven;

constexpr const char* meter_page = "/api/v1/circuits/1010/meter";
constexpr const char* acceptances = "/api/v1/circuits/1010/acceptances";
constexpr const char* corrections = "/api/v1/circuits/1010/corrections";
constexpr MeterId fitted_meter{5001};

struct ChargedSite : test::SmallSite {
  ChargedSite() { CHECK(recharge("101", "20.00", "r").status == 201); }
  /// What its box would report of the circuit.
  CircuitNow& report() {
    CircuitNow now;
    now.room = {101};
    return desk.reported[{1010}] = now;
  }
  void report_held(std::int64_t after, std::int64_t shown) {
    auto& now = report();
    now.held = true;
    now.held_after = {after};
    now.held_shown = {shown};
  }
  Uid ordered() const {
    const auto& config = desk.box_link(box_seven).state().config();
    const auto found = config.find("correction/1010");
    return found == config.end() ? Uid{} : decode_correction(found->second.value).value().id;
  }
  /// The number of the newest consumption at the box.
  std::uint64_t newest_slice() const {
    const auto& log = desk.box_link(box_seven).up();
    for (auto number = log.head().number; number > 0; --number)
      if (decode_entry(log.at(number)->bytes)->kind == Kind::consumption) return number;
    return 0;
  }
  std::string order(std::uint64_t number, const std::string& amount, const std::string& way = "back",
                    const std::string& incarnation = "c41e") const {
    return R"({"entry":{"edge":7,"incarnation":")" + incarnation + R"(","number":)" + std::to_string(number) + R"(},"way":")" +
           way + R"(","amount":")" + amount + R"(","reason":"wrong price"})";
  }
  /// 2,000 Wh: a yuan.
  std::uint64_t use_a_slice() {
    desk.use({101}, {1010}, fitted_meter, 2000);
    return newest_slice();
  }
};

}  // namespace

TEST_CASE("a held reading is accepted by an order of its own, once however often it is given") {
  ChargedSite site;
  site.desk.use({101}, {1010}, fitted_meter, 5000);
  const auto left = site.of_room("101", "balance");
  site.desk.use({101}, {1010}, fitted_meter, 40);
  const auto* body = R"({"meter":5001,"register":40,"reason":"reset by its maker"})";
  CHECK(site.client.post(acceptances, body).code() == "reading.not_held");
  site.report_held(5000, 40);
  CHECK(site.client.get(meter_page).number("/held_reading/register") == 40);
  auto reply = site.client.post(acceptances, body);
  CHECK(reply.status == 201);
  CHECK(reply.number("/acceptance/after") == 5000);
  reply = site.client.get(meter_page);
  CHECK(reply.text("/acceptance/outcome") == "done");
  CHECK(reply.number("/charged_to") == 40);
  CHECK(site.of_room("101", "balance") == left);
  site.report();
  reply = site.client.post(acceptances, body);
  CHECK(reply.status == 200);
  CHECK(reply.number("/acceptance/number") == 1);
  // The same reading is held anew: another order.
  site.desk.use({101}, {1010}, fitted_meter, 5000);
  site.desk.use({101}, {1010}, fitted_meter, 40);
  CHECK(site.client.get(meter_page).number("/charged_to") == 5000);
  site.report_held(5000, 40);
  CHECK(site.client.post(acceptances, body).number("/acceptance/number") == 2);
  CHECK(site.client.get(meter_page).number("/charged_to") == 40);
}

TEST_CASE("acceptances that make no sense are refused, each with its code") {
  ChargedSite site;
  for (const auto* bad : {R"({})", R"({"meter":5001,"register":40})", R"({"meter":5001,"register":-1,"reason":"x"})",
                          R"({"meter":0,"register":1,"reason":"x"})", R"({"meter":5001,"register":1,"reason":""})"})
    CHECK(site.client.post(acceptances, bad).code() == "http.bad_body");
  site.report_held(5000, 40);
  CHECK(site.client.post(acceptances, R"({"meter":6001,"register":40,"reason":"x"})").code() == "meter.other");
  CHECK(site.client.post(acceptances, R"({"meter":5001,"register":41,"reason":"x"})").code() == "reading.other");
  site.report_held(5000, 50'000'000);
  CHECK(site.client.post(acceptances, R"({"meter":5001,"register":39999999,"reason":"x"})").code() == "reading.other");
  CHECK(site.client.post("/api/v1/circuits/7/acceptances", R"({"meter":5001,"register":40,"reason":"x"})").code() ==
        "circuit.unknown");
  CHECK(site.client.get(meter_page).find("/acceptance")->is_null());
}

TEST_CASE("what the box does not find as the order says is told, of this very order") {
  ChargedSite site;
  site.report_held(5000, 40);  // though its meter shows no such thing
  CHECK(site.client.post(acceptances, R"({"meter":5001,"register":40,"reason":"x"})").status == 201);
  auto& now = site.report();
  const auto& config = site.desk.box_link(box_seven).state().config();
  const auto order = decode_accept(config.at("accept/1010").value).value();
  now.accept_refused = std::pair(mark_of(order.id) + 1, LedgerErrc::reading_chain);
  CHECK(site.client.get(meter_page).find("/acceptance/why") == nullptr);
  now.accept_refused = std::pair(mark_of(order.id), LedgerErrc::reading_chain);
  const auto reply = site.client.get(meter_page);
  CHECK(reply.text("/acceptance/outcome") == "refused");
  CHECK(reply.text("/acceptance/why") == "ledger.reading_chain");
  now.accept_refused->second = LedgerErrc::price_unknown;
  CHECK(site.client.get(meter_page).text("/acceptance/outcome") == "waiting");
  CHECK(site.client.get(meter_page).text("/acceptance/why") == "ledger.price_unknown");
}

TEST_CASE("a refused acceptance makes way for another one, of the same reading and the stay of now") {
  ChargedSite site;
  site.report_held(5000, 40);
  const auto* body = R"({"meter":5001,"register":40,"reason":"x"})";
  const auto ordered = [&] { return decode_accept(site.desk.box_link(box_seven).state().config().at("accept/1010").value); };
  CHECK(site.client.post(acceptances, body).status == 201);
  CHECK(site.client.post(acceptances, body).status == 200);
  const auto first = ordered().value();
  CHECK(first.opening == 1);
  site.report_held(5000, 40);
  site.desk.reported[{1010}].accept_refused = std::pair(mark_of(first.id), LedgerErrc::reading_chain);
  const auto reply = site.client.post(acceptances, body);
  CHECK(reply.status == 201);
  CHECK(reply.number("/acceptance/number") == 2);
  CHECK(ordered()->id != first.id);
}

TEST_CASE("a consumption is given back and charged again, each order once however often it is given") {
  ChargedSite site;
  const auto slice = site.use_a_slice();
  CHECK(site.of_room("101", "balance") == "19.000000");
  CHECK(site.client.post(corrections, site.order(slice, "0.4")).code() == "idempotency.key_missing");
  auto reply = site.client.post(corrections, site.order(slice, "0.4"), "k1");
  CHECK(reply.status == 201);
  CHECK(site.of_room("101", "balance") == "19.400000");
  reply = site.client.get(meter_page);
  CHECK(reply.text("/correction/outcome") == "done");
  CHECK(reply.text("/correction/amount") == "0.400000");
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k1").status == 200);
  CHECK(site.client.post(corrections, site.order(slice, "0.3"), "k1").code() == "idempotency.key_reused");
  CHECK(site.client.post(corrections, site.order(slice, "0.1", "charge"), "k2").status == 201);
  CHECK(site.of_room("101", "balance") == "19.300000");
  // Long after another one was given.
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k1").status == 200);
  CHECK(site.of_room("101", "balance") == "19.300000");
}

TEST_CASE("what the box refuses is shown with its reason, and makes way for another order") {
  ChargedSite site;
  const auto slice = site.use_a_slice();
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k1").status == 201);
  CHECK(site.client.post(corrections, site.order(slice, "0.7"), "k2").text("/correction/outcome") == "waiting");
  CHECK(site.client.post(corrections, site.order(slice, "0.6"), "k3").code() == "correction.waiting");
  site.report().correction_refused = std::pair(mark_of(site.ordered()), LedgerErrc::amount);
  const auto reply = site.client.get(meter_page);
  CHECK(reply.text("/correction/outcome") == "refused");
  CHECK(reply.text("/correction/why") == "ledger.amount");
  CHECK(site.client.post(corrections, site.order(slice, "0.6"), "k3").status == 201);
  CHECK(site.of_room("101", "balance") == "20.000000");
}

TEST_CASE("a correction that its box does not carry out makes way for one that says so, and is told to have done so") {
  ChargedSite site;
  const auto slice = site.use_a_slice();
  site.desk.cut(box_seven);
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k1").status == 201);
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k1").status == 200);
  CHECK(site.client.post(corrections, site.order(slice, "0.3"), "k2").code() == "correction.waiting");
  auto superseding = site.order(slice, "0.3");
  superseding.insert(1, R"("supersede":true,)");
  CHECK(site.client.post(corrections, superseding, "k2").status == 201);
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k1").code() == "correction.passed");
  CHECK(site.client.post(corrections, superseding, "k2").status == 200);
  site.desk.heal(box_seven);
  CHECK(site.client.get(meter_page).text("/correction/outcome") == "done");
}

TEST_CASE("of two corrections that are given at once one is told that it never will be carried out") {
  ChargedSite site;
  const auto slice = site.use_a_slice();
  // What another caller gave is durable first, and has the higher number.
  site.desk.before_next_order = [&] {
    Uid id;
    id.bytes.fill(0xff);
    const CorrectionOrder other{id, box_seven, slice, CorrectionWay::back, {1}};
    site.desk.give(cloud::Ordered{cloud::ConfigOrder{id, {7}, "correction/1010", encode(other), 2}}, [](auto) {});
  };
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k1").code() == "correction.passed");
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k1").code() == "correction.passed");
  CHECK(site.of_room("101", "balance") == "19.000001");
}

TEST_CASE("corrections that make no sense are refused, each with its code") {
  ChargedSite site;
  const auto slice = site.use_a_slice();
  for (const auto& bad :
       {std::string("{}"), site.order(0, "0.4"), site.order(slice, "0"), site.order(slice, "-1"), site.order(slice, "1000001"),
        site.order(slice, "0.4", "both"), site.order(slice, "0.4", "back", "xyz")})
    CHECK(site.client.post(corrections, bad, "bad").code() == "http.bad_body");
  CHECK(site.client.post(corrections, site.order(slice + 1, "0.4"), "k").code() == "correction.entry_unknown");
  CHECK(site.client.post(corrections, site.order(1'000'000, "0.4"), "k").code() == "correction.entry_unknown");
  CHECK(site.client.post(corrections, site.order(slice, "0.4", "back", "c41f"), "k").code() == "correction.entry_unknown");
  CHECK(site.client.post(corrections, site.order(slice, "1.000001"), "k").code() == "correction.too_much");
  site.fit("102", "7");
  CHECK(site.client.post("/api/v1/circuits/1020/corrections", site.order(slice, "0.4"), "k").code() ==
        "correction.entry_unknown");
  CHECK(site.client.post("/api/v1/circuits/7/corrections", site.order(slice, "0.4"), "k").code() == "circuit.unknown");
  CHECK(site.client.get(meter_page).find("/correction")->is_null());
}

TEST_CASE("no correction is for the next stay, nor for a room that has gone") {
  ChargedSite site;
  const auto slice = site.use_a_slice();
  site.desk.cut(box_seven);
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k1").status == 201);
  CHECK(site.client.get(meter_page).text("/correction/outcome") == "waiting");
  site.desk.heal(box_seven);
  CHECK(site.client.get(meter_page).text("/correction/outcome") == "done");
  CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c").status == 201);
  site.desk.use({101}, {1010}, fitted_meter, 2000);
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k2").code() == "correction.stay_over");
  CHECK(site.client.post("/api/v1/rooms/101/openings", R"({"opening":2,"edge":7})").status == 201);
  site.desk.use({101}, {1010}, fitted_meter, 2000);
  REQUIRE(site.client.get("/api/v1/rooms/101").number("/opening") == 2);
  CHECK(site.client.post(corrections, site.order(slice, "0.4"), "k3").code() == "correction.stay_over");
  CHECK(site.of_room("101", "balance") == "0.000000");
}

}  // namespace wattle::api
