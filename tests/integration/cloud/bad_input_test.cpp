// Bad input to the running cloud: entries of a box that they should not be, messages of no session, bodies that no handler can
// take. Each has its code, is counted under it, and the right thing is taken afterwards.

#include <catch2/catch.hpp>
#include <filesystem>

#include "sync.pb.h"
#include "tests/integration/cloud/cloud_site.hpp"

namespace wattle {
namespace {

using test::Box;
using test::CloudSite;

constexpr RoomId room{101};
constexpr Kind newer{0x0070};

void fit(CloudSite& cloud, Box& box) {
  REQUIRE(cloud.put("/api/v1/prices/1", R"({"starts":"2020-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})").status == 201);
  REQUIRE(cloud.post("/api/v1/rooms", R"({"room":101,"edge":7,"circuits":[{"circuit":1010,"meter":5001,"first_reading":0}]})")
              .status == 201);
  REQUIRE(cloud.recharge(101, "20", "key-1").status == 201);
  REQUIRE(box.until([&] { return box.balance(room) == yuan(20); }));
}

using Change = std::function<void(Entry&)>;
using Damage = std::function<void(Bytes&)>;

/// The bytes of the last entry of each batch changed, and signed again with the box's own key: a box gone mad.
std::function<Bytes(const Bytes&)> damaging(const Box& box, const Damage& change) {
  return [&box, change](const Bytes& body) {
    sync::Message message;
    WATTLE_CHECK(message.ParseFromArray(body.data(), static_cast<int>(body.size())));
    if (!message.has_batch()) return body;
    auto& batch = *message.mutable_batch();
    auto& last = *batch.mutable_entries(batch.entries_size() - 1);
    Bytes changed(last.begin(), last.end());
    change(changed);
    last.assign(changed.begin(), changed.end());
    const auto& log = box.engine->link().up();
    Head head{batch.first() - 1, *log.hash_at(batch.first() - 1)};
    for (const auto& bytes : batch.entries()) head = {head.number + 1, box.crypto.chain(head.hash, view(bytes))};
    const auto signature = box.signer.sign(signed_head(log.id(), head));
    batch.set_signature(signature.bytes.data(), signature.bytes.size());
    const auto text = message.SerializeAsString();
    return Bytes(text.begin(), text.end());
  };
}

/// In a field, before it is written.
Damage entry(const Change& change) {
  return [change](Bytes& bytes) {
    auto decoded = *decode_entry(bytes);
    change(decoded);
    bytes = encode(decoded);
  };
}
std::function<Bytes(const Bytes&)> changing(const Box& box, const Change& change) { return damaging(box, entry(change)); }

std::string refused(const std::string& code) { return "wattle_gateway_refused_total{code=\"" + code + "\"}"; }

/// The cashier's amount in whole yuan, as the cloud has it.
bool cloud_has(CloudSite& cloud, int amount) {
  return cloud.get("/api/v1/rooms/101").at("/balance") == std::to_string(amount) + ".000000";
}

struct Bad {
  const char* code;
  Damage change;
};

TEST_CASE("an entry that must not be taken stops the box's stream; the next start takes the right one") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, box);
  int money = 20;
  const Holder other{{8}, {1}};
  const auto too_much = [&](Entry& e) {
    e.kind = newer;
    e.outside = {};
    e.lines = {{room_pocket(room, box.holder), transit_pocket(Uid{}), yuan(1000), false}};
  };
  // Without detail, eleven bytes come behind the lines: kind, length and clock; seven before them is the line's flag.
  const auto unreadable_lines = [](Bytes& bytes) {
    auto decoded = *decode_entry(bytes);
    decoded.detail = {};
    bytes = encode(decoded);
    bytes[bytes.size() - 18] = 0xff;
  };
  const std::vector<Bad> all = {
      {"ledger.amount", entry([](Entry& e) { e.lines[0].amount = {-1'000'000}; })},
      {"ledger.overflow", entry([](Entry& e) { e.lines[0].amount = {INT64_MAX}; })},
      {"ledger.foreign_pocket", entry([&](Entry& e) { e.lines[0].from = drawer_pocket(other); })},
      {"ledger.illegal_line", entry([&](Entry& e) { e.lines[0].to = room_pocket(room, other); })},
      {"ledger.not_covered", entry(too_much)},
      {"ledger.after_differs", entry([](Entry& e) { e.after->room.micros += 1; })},
      {"ledger.misplaced", entry([](Entry& e) { e.number += 1; })},
      {"ledger.seen_fell", entry([](Entry& e) { e.seen = {}; })},
      {"ledger.detail", entry([](Entry& e) { e.detail.clear(); })},
      {"ledger.truncated", [](Bytes& bytes) { bytes.pop_back(); }},
      {"ledger.version", [](Bytes& bytes) { bytes[0] = 9; }},
      {"ledger.malformed", unreadable_lines},
  };
  for (const auto& bad : all) {
    INFO(bad.code);
    const auto before = cloud.counted(refused(bad.code));
    box.spoil = damaging(box, bad.change);
    box.give(edge::CashTaken{room, yuan(1)});
    const auto number = box.engine->link().up().head().number;
    REQUIRE(box.until([&] { return cloud.counted(refused(bad.code)) > before; }));
    const auto edges = cloud.get("/api/v1/edges");
    CHECK(edges.at("/items/0/stopped/code") == bad.code);
    CHECK(edges.at("/items/0/stopped/number") == std::to_string(number));
    CHECK(cloud_has(cloud, money));
    CHECK(cloud.counted(std::string("wattle_alarms_total{alarm=\"stream_stopped\",code=\"") + bad.code + "\"}") == 1);
    // The other direction goes on.
    CHECK(cloud.recharge(101, "1", std::string("key-") + bad.code).status == 201);
    box.spoil = nullptr;
    REQUIRE(cloud.kill(SIGTERM) == 0);
    cloud.start();
    money += 2;
    REQUIRE(box.until([&] { return cloud_has(cloud, money) && box.balance(room) == yuan(money); }));
    CHECK(cloud.get("/api/v1/edges").at("/items/0/stopped") == "(none)");
  }
  CHECK(cloud.command({"audit", "--json"}) == 0);
}

TEST_CASE("a batch that is damaged, early or ahead of the cloud is refused, and comes again") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, box);
  int money = 20;
  const auto spoiling = [](const std::function<void(sync::Batch&)>& change) {
    return [change](const Bytes& body) {
      sync::Message message;
      WATTLE_CHECK(message.ParseFromArray(body.data(), static_cast<int>(body.size())));
      if (!message.has_batch()) return body;
      change(*message.mutable_batch());
      const auto text = message.SerializeAsString();
      return Bytes(text.begin(), text.end());
    };
  };
  const std::vector<std::pair<std::string, std::function<Bytes(const Bytes&)>>> all = {
      {"ledger.signature", spoiling([](sync::Batch& batch) { batch.mutable_entries(0)->back() ^= 1; })},
      {"ledger.chain", spoiling([](sync::Batch& batch) {  // the entry before it, once more and otherwise
         batch.set_first(batch.first() - 1);
         *batch.add_entries() = batch.entries(0);
         batch.mutable_entries(0)->back() ^= 1;
       })},
      {"ledger.hole", spoiling([](sync::Batch& batch) { batch.set_first(batch.first() + 1); })},
      {"ledger.seen_unknown", changing(box, [](Entry& e) { e.seen.number += 9; })},
      {"ledger.bad_message", spoiling([](sync::Batch& batch) { batch.clear_signature(); })},
  };
  for (const auto& [code, spoil] : all) {
    INFO(code);
    const auto before = cloud.counted(refused(code));
    box.spoil = spoil;
    box.give(edge::CashTaken{room, yuan(1)});
    REQUIRE(box.until([&] { return cloud.counted(refused(code)) > before; }));
    CHECK(cloud_has(cloud, money));
    CHECK(cloud.get("/api/v1/edges").at("/items/0/stopped") == "(none)");
    box.spoil = nullptr;
    ++money;
    REQUIRE(box.until([&] { return cloud_has(cloud, money); }));
  }
  CHECK(cloud.command({"audit", "--json"}) == 0);
}

TEST_CASE("a status of another life and bytes of no message are counted, and change nothing") {
  CloudSite cloud;
  Box box(cloud, 7);
  Bytes old;
  box.spoil = [&](const Bytes& body) { return old = body; };
  fit(cloud, box);
  const auto from_before = old;  // within a session: a greeting, which names none, is no stranger
  box.give(edge::Connected{});
  const auto send = [&](ByteView body, const std::string& code) {
    INFO(code);
    const auto before = cloud.counted(refused(code));
    box.publish(box.claimed.at("/topic_up"), box.envelope(body));
    CHECK(box.until([&] { return cloud.counted(refused(code)) > before; }));
  };
  REQUIRE(box.until([&] { return box.engine->session().peer_life() != 0; }));
  send(from_before, "ledger.other_session");
  send(view("junk"), "ledger.bad_message");
  send(ByteView(from_before).first(from_before.size() - 1), "ledger.bad_message");
  box.give(edge::CashTaken{room, yuan(1)});
  CHECK(box.until([&] { return cloud_has(cloud, 21); }));
  CHECK(cloud.counted("wattle_alarms_total{alarm=\"stream_stopped\",code=\"ledger.bad_message\"}") == 0);
}

TEST_CASE("an unknown kind is counted, and its money is there") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, box);
  box.spoil = changing(box, [](Entry& e) { e.kind = newer; });
  box.give(edge::CashTaken{room, yuan(1)});
  REQUIRE(box.until([&] { return cloud.counted("wattle_unknown_kinds_total") == 1; }));
  CHECK(cloud_has(cloud, 21));
  CHECK(cloud.get("/api/v1/edges").at("/items/0/stopped") == "(none)");
  CHECK(cloud.command({"audit", "--json"}) == 0);
}

TEST_CASE("bodies that no handler can take are counted by code, and the right one is taken under the same key") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, box);
  const auto pay = [&](const std::string& body, const std::string& at = "101") {
    return cloud.post("/api/v1/rooms/" + at + "/recharges", body, "key-2");
  };
  const auto cash = [](const std::string& amount) { return R"({"amount":)" + amount + R"(,"channel":"cash"})"; };
  const auto deep = std::string(100, '[') + std::string(100, ']');
  const std::vector<std::tuple<std::string, std::string, std::string>> all = {
      {"json.syntax", R"({"amount":)", "101"},
      {"json.too_deep", deep, "101"},
      {"json.wrong_type", cash("5"), "101"},
      {"json.wrong_type", cash("[]"), "101"},
      {"json.bad_amount", cash("\"-5\""), "101"},
      {"json.bad_amount", cash("\"99999999999999999999\""), "101"},
      {"json.bad_amount", cash("\"1e9\""), "101"},
      {"json.out_of_range", cash("\"10000.01\""), "101"},
      {"json.unknown_field", R"({"amount":"5","channel":"cash","tip":"1"})", "101"},
      {"json.duplicate_field", R"({"amount":"5","amount":"6","channel":"cash"})", "101"},
      {"json.missing_field", R"({"channel":"cash"})", "101"},
      {"room.unknown", cash("\"5\""), "999"},
      {"room.unknown", cash("\"5\""), "4294967296"},
      {"http.body_too_large", std::string(70'000, ' '), "101"},
  };
  for (const auto& [code, body, at] : all) {
    INFO(code << ' ' << body.substr(0, 60));
    const auto series = "wattle_http_problems_total{code=\"" + code + "\"}";
    const auto before = cloud.counted(series);
    const auto answer = pay(body, at);
    CHECK(answer.status >= 400);
    CHECK(answer.status < 500);
    CHECK((answer.at("/code") == code || answer.at("/errors/0/code") == code));
    CHECK(cloud.counted(series) == before + 1);
    CHECK(cloud_has(cloud, 20));
  }
  CHECK(pay(cash("\"5\"")).status == 201);
  CHECK(box.until([&] { return box.balance(room) == yuan(25); }));
  CHECK(cloud.command({"audit", "--json"}) == 0);
}

TEST_CASE("the folder of the backups is there before the first claim") {
  CloudSite cloud;
  CHECK(std::filesystem::is_directory(cloud.path("backups")));
}

}  // namespace
}  // namespace wattle
