// wattle-cloud as a process: its whole story with a box, kills, restores, and everything bad that may come by MQTT and HTTP.

#include <catch2/catch.hpp>
#include <filesystem>

#include "cloud/gateway/backups.hpp"
#include "shared/io/files.hpp"
#include "tests/integration/cloud/cloud_site.hpp"

namespace wattle {
namespace {

using test::Answer;
using test::Box;
using test::CloudSite;
using test::Wire;

constexpr RoomId room_101{101};

void fit(CloudSite& cloud, int slot) {
  REQUIRE(cloud.put("/api/v1/prices/1", R"({"starts":"2020-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})").status == 201);
  const auto body =
      R"({"room":101,"edge":)" + std::to_string(slot) + R"(,"circuits":[{"circuit":1010,"meter":5001,"first_reading":0}]})";
  REQUIRE(cloud.post("/api/v1/rooms", body).status == 201);
}

std::string balance(CloudSite& cloud) { return cloud.get("/api/v1/rooms/101").at("/balance"); }

int audit(CloudSite& cloud) {
  const int code = cloud.command({"audit", "--json"});
  INFO(cloud.output);
  CHECK(code == 0);
  return code;
}

TEST_CASE("a box is claimed, a room paid for, and a kill -9 forgets nothing") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, 7);
  const auto paid = cloud.recharge(101, "20.00", "key-1");
  REQUIRE(paid.status == 201);
  REQUIRE(box.until([&] { return box.balance(room_101) == yuan(20); }));
  CHECK(cloud.get("/api/v1/edges").at("/items/0/online") == "true");

  CHECK(cloud.kill(SIGKILL) == -SIGKILL);
  CHECK(audit(cloud) == 0);
  cloud.start();
  CHECK(balance(cloud) == "20.000000");
  const auto again = cloud.recharge(101, "20.00", "key-1");
  CHECK(again.status == 200);
  CHECK(again.at("/number") == paid.at("/number"));
  CHECK(cloud.recharge(101, "21.00", "key-1").at("/code") == "idempotency.key_reused");

  // The same box asks again, since its answer may have been lost; another may not.
  const auto repeated = box.claim(box.code);
  CHECK(repeated.status == 201);
  CHECK(repeated.at("/incarnation") == box.claimed.at("/incarnation"));
  Box thief(cloud, 8);
  CHECK(thief.claim(box.code).at("/code") == "claim.used");
  CHECK(thief.claim("00" + box.code.substr(2)).at("/code") == "claim.bad_code");

  CHECK(cloud.recharge(101, "5.00", "key-2").status == 201);
  REQUIRE(box.until([&] { return box.balance(room_101) == yuan(25); }));
  REQUIRE(box.until([&] { return cloud.get("/api/v1/rooms/101").at("/online") == "true"; }));
  CHECK(cloud.kill(SIGTERM) == 0);
  CHECK(audit(cloud) == 0);
}

TEST_CASE("money in suspense is decided about once, also when the cloud is killed behind the decision") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, 7);
  REQUIRE(cloud.recharge(101, "20.00", "key-1").status == 201);
  REQUIRE(box.until([&] { return box.balance(room_101) == yuan(20); }));
  REQUIRE(cloud.post("/api/v1/rooms/101/closings", "{}", "key-2").status == 201);
  REQUIRE(box.until([&] {
    box.give(edge::MeterRead{room_101, {1010}, {5001}, {0}, true});  // without which it answers no request
    return cloud.get("/api/v1/suspense").at("/items/0/left") == "20.000000";
  }));
  REQUIRE(cloud.post("/api/v1/rooms/101/openings", R"({"opening":2,"edge":7})").status == 201);
  const auto path = "/api/v1/suspense/" + cloud.get("/api/v1/suspense").at("/items/0/id") + "/resolutions";
  CHECK(cloud.post(path, R"({"amount":"20.01","to_room":101})", "key-3").at("/code") == "suspense.exceeds_left");
  REQUIRE(cloud.post(path, R"({"amount":"12","to_room":101})", "key-4").status == 201);
  CHECK(cloud.kill(SIGKILL) == -SIGKILL);
  cloud.start();
  CHECK(cloud.post(path, R"({"amount":"12","to_room":101})", "key-4").status == 200);
  REQUIRE(box.until([&] { return box.balance(room_101) == yuan(12); }));
  CHECK(cloud.post(path, R"({"amount":"8","provider":"cash_desk"})", "key-5").status == 201);
  CHECK(cloud.get("/api/v1/suspense").at("/balance") == "0.000000");
  CHECK(cloud.kill(SIGTERM) == 0);
  CHECK(audit(cloud) == 0);
}

TEST_CASE("payments under kills at any moment: each once, none lost") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, 7);
  constexpr int rounds = 12;
  constexpr int payments = 8;
  std::map<std::string, std::string> numbers;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::string> unanswered;
    std::thread killer([&, wait = random_u64() % 30'000] {
      std::this_thread::sleep_for(std::chrono::microseconds(wait));
      cloud.kill(SIGKILL);
    });
    for (int i = 0; i < payments; ++i) {
      const auto key = "key-" + std::to_string(round) + "-" + std::to_string(i);
      const auto answer = cloud.recharge(101, "1", key);
      if (answer.status == 201)
        numbers[key] = answer.at("/number");
      else
        unanswered.push_back(key);
    }
    killer.join();
    cloud.start();
    for (const auto& key : unanswered) {
      const auto answer = cloud.recharge(101, "1", key);
      REQUIRE((answer.status == 201 || answer.status == 200));
      numbers[key] = answer.at("/number");
    }
    for (const auto& [key, number] : numbers) REQUIRE(cloud.get("/api/v1/orders/pay." + number).status == 200);
  }
  const auto sum = rounds * payments;
  CHECK(numbers.size() == static_cast<std::size_t>(sum));
  REQUIRE(box.until([&] { return box.balance(room_101) == yuan(sum); }));
  CHECK(balance(cloud) == std::to_string(sum) + ".000000");
  CHECK(audit(cloud) == 0);
}

TEST_CASE("messages that are not what they should be are counted, and change nothing") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, 7);
  REQUIRE(cloud.recharge(101, "20", "key-1").status == 201);
  REQUIRE(box.until([&] { return box.balance(room_101) == yuan(20); }));
  const auto topic = box.claimed.at("/topic_up");
  const auto good = box.envelope(view("no message of any session"));
  const auto send = [&](ByteView bytes, const std::string& code, const std::string& to) {
    const auto series = "wattle_gateway_refused_total{code=\"" + code + "\"}";
    const auto before = cloud.counted(series);
    box.publish(to, bytes);
    INFO(code);
    CHECK(box.until([&] { return cloud.counted(series) == before + 1; }, 5));
  };
  const auto flipped = [&](std::size_t at) {
    auto bytes = good;
    bytes.at(at) = static_cast<std::uint8_t>(bytes.at(at) ^ 0x40);
    return bytes;
  };
  const SodiumSigner forger(test::random_seed());
  const EnvelopeHeader mine{Box::site, box.holder, cloud_holder, cloud::first_epoch, cloud::first_epoch, 0};
  auto stranger = mine;
  stranger.sender.incarnation = {box.holder.incarnation.value ^ 1};
  send(ByteView(good).first(100), "envelope.truncated", topic);
  send(Bytes{}, "envelope.truncated", topic);
  send(flipped(0), "envelope.format", topic);
  send(flipped(4), "envelope.version", topic);
  send(flipped(100), "envelope.signature", topic);
  send(box.envelope(view("x"), mine, forger), "envelope.signature", topic);
  send(box.envelope(view("x"), stranger, box.signer), "envelope.unknown_key", topic);
  send(box.envelope(view("x"), Holder{{9}, {9}}), "envelope.recipient", topic);
  send(box.envelope(view("x")), "gateway.topic", topic.substr(0, topic.size() - 4) + "else");
  send(box.envelope(view("junk")), "gateway.report", box.claimed.at("/topic_report"));
  box.publish(topic, good);
  send(good, "envelope.replayed", topic);
  // Everything goes on as before.
  REQUIRE(cloud.recharge(101, "5", "key-2").status == 201);
  REQUIRE(box.until([&] { return box.balance(room_101) == yuan(25); }));
  CHECK(audit(cloud) == 0);
}

TEST_CASE("requests that are not what they should be have their codes") {
  CloudSite cloud;
  const auto raw = [&](const std::string& head, const std::string& body = {}) {
    return cloud.talk(head + "Host: x\r\nConnection: close\r\nAuthorization: Bearer " + cloud.token + "\r\n\r\n" + body)
        .at("/code");
  };
  const std::string line = "POST /api/v1/rooms/101/recharges HTTP/1.1\r\n";
  CHECK(raw(line + "Content-Type: application/json\r\nContent-Length: 999999999\r\n") == "http.body_too_large");
  CHECK(raw(line + "Content-Type: text/xml\r\nContent-Length: 2\r\n", "{}") == "http.unsupported_media_type");
  CHECK(raw("DELETE /api/v1/rooms/101 HTTP/1.1\r\n") == "http.method_not_allowed");
  CHECK(raw("GET /api/v1/nothing HTTP/1.1\r\n") == "http.not_found");
  CHECK(raw("GET /api/v1/feed HTTP/1.1\r\n") == "http.upgrade_required");
  CHECK(cloud.recharge(101, "1", "k").at("/code") == "room.unknown");
  CHECK(cloud.recharge(101, "1e9", "k").at("/errors/0/code") == "json.bad_amount");
  CHECK(cloud.recharge(101, "10000.01", "k").at("/errors/0/code") == "json.out_of_range");
  CHECK(cloud.post("/api/v1/rooms/101/recharges", "{\"amount\":", "k").at("/errors/0/code") == "json.syntax");
  CHECK(cloud.post("/api/v1/rooms/101/recharges", R"({"amount":1,"channel":"cash"})", "k").at("/errors/0/code") ==
        "json.wrong_type");
  CHECK(cloud.post("/api/v1/rooms/101/recharges", std::string(100, '[') + std::string(100, ']'), "k").at("/errors/0/code") ==
        "json.too_deep");
  CHECK(cloud.get("/api/v1/rooms/0").at("/code") == "room.unknown");
  cloud.token = "somebody-else-altogether";
  CHECK(cloud.get("/api/v1/edges").at("/code") == "access.unauthenticated");
  CHECK(cloud.get("/api/v1/health").status == 200);
}

TEST_CASE("the feed tells of a payment, and resumes after a broken connection") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, 7);
  REQUIRE(box.until([&] { return box.engine->link().state().find(room_101) != nullptr; }));
  const auto open = [&](const std::string& query) {
    return "GET /api/v1/feed" + query +
           " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer " + cloud.token + "\r\n\r\n";
  };
  std::string last;
  {
    Wire feed(cloud.port());
    feed.send(open("?rooms=101"));
    while (feed.text.find("\"hello\"") == std::string::npos) REQUIRE(feed.read(5000));
    REQUIRE(cloud.recharge(101, "20", "key-1").status == 201);
    while (feed.text.find("\"balance\":\"20.000000\"") == std::string::npos) REQUIRE(feed.read(5000));
    const auto at = feed.text.rfind("\"number\":\"", feed.text.find("\"balance\":\"20.000000\""));
    last = feed.text.substr(at + 10, feed.text.find('"', at + 10) - at - 10);
  }
  REQUIRE(cloud.recharge(101, "5", "key-2").status == 201);
  Wire back(cloud.port());
  back.send(open("?rooms=101&after=" + last));
  while (back.text.find("\"balance\":\"25.000000\"") == std::string::npos) REQUIRE(back.read(5000));
  CHECK(back.text.find("\"resumed\"") != std::string::npos);
  cloud.kill(SIGKILL);
  cloud.start();
  Wire after(cloud.port());
  after.send(open("?after=" + last));
  while (after.text.find("\"reset\"") == std::string::npos) REQUIRE(after.read(5000));
}

TEST_CASE("what a box reports of its relays is shown") {
  CloudSite cloud;
  Box box(cloud, 7);
  fit(cloud, 7);
  REQUIRE(box.until([&] { return box.engine->link().state().find(room_101) != nullptr; }));
  cloud::Report said;
  said.circuits = {{{1010}, room_101, cloud::RelayState::closed, RelayReason::credit, {42}, yuan(3)}};
  const auto report = cloud::write_report(said);
  box.publish(box.claimed.at("/topic_report"), box.envelope(report));
  REQUIRE(box.until([&] { return cloud.get("/api/v1/rooms/101").at("/circuits/0/relay") == "closed"; }));
  CHECK(cloud.get("/api/v1/rooms/101").at("/live_balance") == "3.000000");
}

TEST_CASE("a box is fenced and replaced; an old backup is healed from the new box and the journal") {
  CloudSite cloud;
  Box old_box(cloud, 7);
  fit(cloud, 7);
  REQUIRE(cloud.recharge(101, "20", "key-1").status == 201);
  REQUIRE(old_box.until([&] { return old_box.balance(room_101) == yuan(20); }));
  CHECK(cloud.command({"claim-code", "--edge", "7"}) == 0);
  const auto code = cloud.output.substr(0, cloud.output.find('\n'));
  CHECK(old_box.claim(code).at("/code") == "claim.slot_held");

  const boost::json::object fence = {
      {"incarnation", old_box.claimed.at("/client_name").substr(7)}, {"destination", 7}, {"reason", "burnt"}};
  CHECK(cloud.post("/api/v1/edges/7/fence", boost::json::serialize(fence)).at("/fenced") == "true");
  REQUIRE(old_box.until([&] { return cloud.get("/api/v1/edges").at("/items/0/fence_restorable") == "true"; }));
  const auto backups = cloud::backup_files(cloud.path("backups"));
  REQUIRE_FALSE(backups.empty());

  Box new_box(cloud, 7);
  REQUIRE(new_box.until([&] { return new_box.balance(room_101) == yuan(20); }));
  REQUIRE(cloud.recharge(101, "5", "key-2").status == 201);
  REQUIRE(new_box.until([&] { return new_box.balance(room_101) == yuan(25); }));
  REQUIRE(new_box.until([&] { return cloud.get("/api/v1/rooms/101").at("/on_the_way") == "0.000000"; }));

  cloud.kill(SIGKILL);
  CHECK(cloud.command({"restore", "--from", backups.back()}) == 3);  // the store is still there
  std::filesystem::rename(cloud.path("data"), cloud.path("lost"));
  REQUIRE(cloud.command({"restore", "--from", backups.back()}) == 0);
  cloud.start();
  CHECK_FALSE(std::filesystem::exists(cloud.path("data/cloud.sqlite.restored")));
  const auto newest = [&](const std::string& field) {
    const auto edges = cloud.get("/api/v1/edges");
    const bool first = edges.at("/items/0/incarnation") == new_box.claimed.at("/client_name").substr(7);
    return edges.at(std::string(first ? "/items/0/" : "/items/1/") + field);
  };
  REQUIRE(new_box.until([&] { return newest("asking") == "false" && newest("down/number") != "0"; }));
  new_box.give(edge::Connected{});  // its next beat would say the same, within a minute
  REQUIRE(new_box.until([&] { return cloud.get("/api/v1/health").at("/settled") == "true"; }));
  REQUIRE(new_box.until([&] { return balance(cloud) == "25.000000"; }, 60));
  CHECK(cloud.recharge(101, "5", "key-2").status == 200);
  REQUIRE(cloud.recharge(101, "1", "key-3").status == 201);
  REQUIRE(new_box.until([&] { return new_box.balance(room_101) == yuan(26); }, 60));
  CHECK(audit(cloud) == 0);
}

TEST_CASE("a restore beside a cloud that still runs is refused, and changes nothing") {
  CloudSite cloud;
  fit(cloud, 7);
  const auto backup = cloud.path("backups/" + cloud.post("/api/v1/backups", "{}").at("/name"));
  const auto list = cloud.path("backups/claims-and-fences");
  const auto listed = [&] { return std::filesystem::exists(list) ? *read_file(list, 10'000) : std::string(); };
  const auto before = listed();
  // The store is moved away, and who did forgot to stop the cloud, which goes on in the moved files.
  std::filesystem::create_directory(cloud.path("lost"));
  for (const char* tail : {"", "-wal", "-shm"})
    std::filesystem::rename(cloud.path("data/cloud.sqlite") + tail, cloud.path("lost/cloud.sqlite") + tail);
  CHECK(cloud.command({"restore", "--from", backup}) == 3);
  CHECK(cloud.output.find("store.busy") != std::string::npos);
  CHECK(cloud.output.find("stop the cloud first") != std::string::npos);
  CHECK(listed() == before);
  CHECK_FALSE(std::filesystem::exists(cloud.path("data/cloud.sqlite")));
  CHECK_FALSE(std::filesystem::exists(cloud.path("data/cloud.sqlite.restored")));
  cloud.kill(SIGKILL);
  CHECK(cloud.command({"restore", "--from", backup}) == 0);
  CHECK(listed() != before);
}

TEST_CASE("an audit of a cloud that stands leaves nothing that would keep a restore off") {
  CloudSite cloud;
  fit(cloud, 7);
  const auto backup = cloud.path("backups/" + cloud.post("/api/v1/backups", "{}").at("/name"));
  CHECK(cloud.kill(SIGTERM) == 0);
  CHECK(audit(cloud) == 0);
  std::filesystem::rename(cloud.path("data/cloud.sqlite"), cloud.path("lost.sqlite"));
  std::filesystem::rename(cloud.path("registry.sqlite"), cloud.path("lost-registry.sqlite"));
  CHECK(cloud.command({"restore", "--from", backup}) == 0);
  INFO(cloud.output);
  cloud.start();
  CHECK(cloud.get("/api/v1/rooms/101").status == 200);
}

TEST_CASE("a restore that would lose the registry is refused, with the way on") {
  CloudSite cloud;
  REQUIRE(cloud.put("/api/v1/users/ma", R"({"role":"cashier"})").status < 300);
  const auto made = [&] { return cloud.path("backups/" + cloud.post("/api/v1/backups", "{}").at("/name")); };
  const auto first = made();
  const auto second = made();
  const auto copy_of = [](const std::string& backup) { return cloud::registry_backup_of(backup); };
  REQUIRE(std::filesystem::exists(copy_of(first)));
  REQUIRE(std::filesystem::exists(copy_of(second)));
  cloud.kill(SIGKILL);
  std::filesystem::rename(cloud.path("data"), cloud.path("lost"));
  std::filesystem::rename(cloud.path("registry.sqlite"), cloud.path("lost/registry.sqlite"));
  for (const char* tail : {"-wal", "-shm"}) std::filesystem::remove(cloud.path("registry.sqlite") + tail);
  std::filesystem::remove(copy_of(second));
  CHECK(cloud.command({"restore", "--from", second}) == 3);
  CHECK(cloud.output.find("the newest copy is " + copy_of(first)) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(cloud.path("data/cloud.sqlite")));
  CHECK_FALSE(std::filesystem::exists(cloud.path("registry.sqlite")));

  SECTION("the newest copy is taken") {
    std::filesystem::copy_file(copy_of(first), copy_of(second));
    REQUIRE(cloud.command({"restore", "--from", second}) == 0);
    cloud.start();
    CHECK(cloud.get("/api/v1/users/ma").at("/role") == "cashier");
  }
  SECTION("an empty one is begun") {
    REQUIRE(cloud.command({"init"}) == 0);
    REQUIRE(cloud.command({"restore", "--from", second}) == 0);
    cloud.start();
    CHECK(cloud.get("/api/v1/users/ma").status == 404);
  }
  SECTION("no copy was ever made") {
    std::filesystem::remove(copy_of(first));
    for (const auto& copy : cloud::registry_files(cloud.path("backups"))) std::filesystem::remove(copy);
    REQUIRE(cloud.command({"restore", "--from", second}) == 0);
    CHECK(cloud.output.find("init") != std::string::npos);
  }
}

TEST_CASE("a database that went back with everything beside it but the journal is healed from the journal") {
  CloudSite cloud;
  fit(cloud, 7);
  cloud.kill(SIGKILL);
  std::filesystem::copy(cloud.path("data"), cloud.path("data-then"), std::filesystem::copy_options::recursive);
  std::filesystem::copy(cloud.path("backups/heads"), cloud.path("heads-then"));
  cloud.start();
  REQUIRE(cloud.recharge(101, "20", "key-1").status == 201);
  cloud.kill(SIGKILL);
  std::filesystem::rename(cloud.path("data"), cloud.path("data-lost"));
  std::filesystem::rename(cloud.path("data-then"), cloud.path("data"));
  std::filesystem::rename(cloud.path("heads-then"), cloud.path("backups/heads"));
  cloud.start();
  CHECK(cloud.get("/api/v1/health").at("/settled") == "true");  // no box that could know more
  CHECK(cloud.recharge(101, "20", "key-1").status == 200);      // it is known
}

TEST_CASE("the command line says what is wrong, and by which exit code") {
  CloudSite cloud;
  CHECK(cloud.command({"check-config"}) == 0);
  CHECK(cloud.command({"init"}) == 0);  // again: nothing is touched
  CHECK(cloud.get("/api/v1/edges").status == 200);
  std::filesystem::rename(cloud.broker.folder().path("site.keys"), cloud.path("site.keys"));
  CHECK(cloud.command({"init"}) == 2);  // a store without its keys
  CHECK(cloud.output.find("put the site's keys back") != std::string::npos);
  CHECK(cloud.command({"claim-code", "--edge", "7"}) == 2);
  std::filesystem::rename(cloud.path("site.keys"), cloud.broker.folder().path("site.keys"));
  const auto text = *read_file(cloud.path("cloud.toml"), 10'000);
  const auto with_fronts = [&](const std::string& list) {
    auto with = text;
    with.insert(with.find("[http]\n") + 7, "fronts = " + list + "\n");
    std::ofstream(cloud.path("cloud.toml"), std::ios::trunc) << with;
    return cloud.command({"check-config"});
  };
  CHECK(with_fronts(R"(["10.0.0.0/8"])") == 1);
  CHECK(cloud.output.find("masks: not 10.0.0.0/8") != std::string::npos);
  CHECK(with_fronts(R"(["127.0.0.1", "::1"])") == 0);
  std::ofstream(cloud.path("cloud.toml"), std::ios::app) << "[htp]\nprot = 1\n[http2]\n";
  CHECK(cloud.command({"check-config"}) == 1);
  CHECK(cloud.output.find("cloud.toml:") != std::string::npos);
  CHECK(cloud.output.find("htp") != std::string::npos);
}

}  // namespace
}  // namespace wattle
