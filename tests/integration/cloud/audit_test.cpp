// `wattle-cloud audit` over real files: what was lost, changed or never booked ends in exit code 5 with its word, and what is
// under way does not.

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "cloud/core/order.hpp"
#include "cloud/gateway/journal.hpp"
#include "shared/io/files.hpp"
#include "tests/integration/cloud/cloud_site.hpp"

namespace wattle {
namespace {

using test::Box;
using test::CloudSite;

constexpr RoomId audited_room{101};

/// A room with 20 yuan, and a charged slice of 100 Wh; the cloud stands.
struct Books {
  Books() : box(cloud, 7) {
    REQUIRE(cloud.put("/api/v1/prices/1", R"({"starts":"2020-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})").status == 201);
    const char* fitting = R"({"room":101,"edge":7,"circuits":[{"circuit":1010,"meter":5001,"first_reading":0}]})";
    REQUIRE(cloud.post("/api/v1/rooms", fitting).status == 201);
    REQUIRE(cloud.recharge(101, "20", "key-1").status == 201);
    REQUIRE(box.until([&] { return box.balance(audited_room) == yuan(20); }));
    REQUIRE(box.until([&] { return cloud.get("/api/v1/edges").at("/items/0/down/acknowledged") != "0"; }));
  }

  /// The exit code, and each cause once.
  std::pair<int, std::vector<std::string>> audit(std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"audit", "--json"});
    const int code = cloud.command(words);
    INFO(cloud.output);
    std::set<std::string> causes;
    const auto report = boost::json::parse(cloud.output);
    for (const auto& one : report.at("told").as_array()) causes.emplace(one.at("cause").as_string());
    waiting = report.at("waiting_payments").to_number<std::uint64_t>();
    CHECK((report.at("differences").to_number<std::uint64_t>() == 0) == causes.empty());
    return {code, {causes.begin(), causes.end()}};
  }
  void append(const cloud::Order& order) {
    auto journal = cloud::JournalFile::open(cloud.path("journal"), crypto);
    REQUIRE(journal.has_value());
    REQUIRE(journal->append(order).has_value());
  }
  /// As a faulty program, or a person with a tool, would change it.
  void change_store(const std::string& sql) {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(cloud.path("data/cloud.sqlite").c_str(), &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(sqlite3_changes(database) == 1);
    sqlite3_close(database);
  }

  void accept(const cloud::Order& order) {
    change_store("INSERT INTO rows (tbl, key, value) SELECT tbl, X'00000000000F4240', X'" + to_hex(encode(order)) +
                 "' FROM rows WHERE tbl = " + std::to_string(static_cast<int>(Table::order)) + " LIMIT 1");
  }

  CloudSite cloud;
  Box box;
  SodiumCrypto crypto;
  std::uint64_t waiting = 0;
};

using Found = std::pair<int, std::vector<std::string>>;
const Found clean{0, {}};

cloud::Payment cash(const std::string& number) { return {number, Provider::cash_desk, audited_room, 1, yuan(5), {}}; }

TEST_CASE("a payment that the journal holds and nobody has booked ends in exit code 5") {
  Books books;
  CHECK(books.audit() == clean);
  REQUIRE(books.cloud.kill(SIGTERM) == 0);
  books.append(cash("Lost1"));
  const Found lost{5, {"audit.clearing_differs", "audit.order_missing", "audit.payment_missing"}};
  CHECK(books.audit() == lost);
  CHECK(books.audit({"--at-rest"}) == lost);
  CHECK(books.cloud.output.find("pay/Lost1") != std::string::npos);
}

TEST_CASE("between a restore and the next start the journal knows more than the database, and that is no difference") {
  Books books;
  REQUIRE(books.cloud.kill(SIGTERM) == 0);
  books.append(cash("Later1"));
  std::ofstream(books.cloud.path("data/cloud.sqlite.restored")) << "a backup\n";
  CHECK(books.audit() == clean);
  CHECK(books.waiting == 1);
  books.cloud.start();
  CHECK(books.audit().first == 0);
  REQUIRE(books.box.until([&] { return books.cloud.get("/api/v1/health").at("/settled") == "true"; }, 90));
  REQUIRE(books.box.until([&] { return books.box.balance(audited_room) == yuan(25); }));
  CHECK(books.audit() == clean);
  CHECK(books.waiting == 0);
}

TEST_CASE("a payment that waits for its room is no difference, but at rest nothing waits") {
  Books books;
  Box other(books.cloud, 8);
  // The first box does not listen just now, so the room is on its way.
  REQUIRE(books.cloud.post("/api/v1/rooms/101/moves", R"({"edge":8})", "key-2").status < 300);
  REQUIRE(books.cloud.recharge(101, "3", "key-3").status < 300);
  CHECK(books.audit() == clean);
  CHECK(books.waiting == 1);
  CHECK(books.audit({"--at-rest"}) == Found{5, {"audit.clearing_differs", "audit.payment_missing", "audit.request_open"}});
  books.box.give(edge::MeterRead{audited_room, {1010}, {5001}, {0}, {}});  // by which it closes
  REQUIRE(books.box.until([&] { return books.box.balance(audited_room) == Money{}; }));
  REQUIRE(other.until([&] { return other.balance(audited_room) == yuan(23); }));
  CHECK(books.audit() == clean);
  CHECK(books.waiting == 0);
}

TEST_CASE("an accepted payment that is not booked although nothing is in its way ends in exit code 5") {
  Books books;
  REQUIRE(books.cloud.kill(SIGTERM) == 0);
  const auto order = cash("Stuck1");
  books.append(order);
  books.accept(order);
  CHECK(books.audit() == Found{5, {"audit.clearing_differs", "audit.payment_missing"}});
}

TEST_CASE("an accepted allowance that is not booked although nothing is in its way ends in exit code 5") {
  Books books;
  REQUIRE(books.cloud.kill(SIGTERM) == 0);
  const cloud::Order order = cloud::AllowanceGrant{audited_room, 1, Utility::electricity, yuan(3), "2026a"};
  books.append(order);
  books.accept(order);
  const Found lost{5, {"audit.allowance_missing"}};
  CHECK(books.audit() == lost);
  CHECK(books.audit({"--at-rest"}) == lost);
}

TEST_CASE("what a crash has kept out of the journal stands there after the next start, once") {
  Books books;
  const auto payment = books.cloud.get("/api/v1/rooms/101/entries").at("/items/0/outside_id").substr(4);
  books.box.give(edge::MeterRead{audited_room, {1010}, {5001}, {0}, {}});
  const auto asked = books.cloud.post("/api/v1/rooms/101/refunds", R"({"amount":"1","payment":")" + payment + R"("})", "key-2");
  REQUIRE(asked.status < 300);
  const auto order = "/api/v1/orders/" + asked.at("/id");
  REQUIRE(books.box.until([&] { return books.cloud.get(order).at("/parts/0/state") != "(none)"; }));
  const auto pay = [&](const std::string& key) { return books.cloud.post(order + "/parts/0", R"({"outcome":"paid"})", key); };
  REQUIRE(pay("key-3").status == 201);
  REQUIRE(books.cloud.kill(SIGTERM) == 0);
  CHECK(books.audit() == clean);
  const auto read = [&] { return *read_file(books.cloud.path("journal"), 1 << 20); };
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  const auto whole = read();
  std::ofstream(books.cloud.path("journal"), std::ios::trunc);
  CHECK(books.audit() == Found{5, {"audit.clearing_differs", "audit.payment_unbilled", "audit.refund_unbilled"}});
  for (int life = 0; life < 2; ++life) {
    books.cloud.start();
    CHECK(books.audit() == clean);
    REQUIRE(books.cloud.kill(SIGTERM) == 0);
    CHECK(read().size() == whole.size());
    CHECK(lines(read()) == lines(whole));
  }
  books.cloud.start();
  CHECK(pay("key-3").status == 200);
  CHECK(pay("key-4").at("/code") == "refund.part_told");
}

TEST_CASE("the moment that is audited stays the same while its journal catches up") {
  Books books;
  const auto path = books.cloud.path("journal");
  const auto read = [&] { return *read_file(path, 1 << 20); };
  const auto write = [&](const std::string& text) { std::ofstream(path, std::ios::trunc) << text; };
  const auto whole = read();
  write(whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1));  // the payment's line is still to come
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1000));
    CHECK(books.cloud.recharge(101, "3", "key-2").status == 201);
    const auto line = read().substr(whole.rfind('\n', whole.size() - 2) + 1);
    write(whole);  // now it is there, and that of the next one is not
    std::this_thread::sleep_for(std::chrono::milliseconds(1900));
    write(whole + line);
  });
  CHECK(books.audit() == clean);
  later.join();
  CHECK(books.audit() == clean);
}

TEST_CASE("a busy site whose journal is a moment behind its database is audited clean") {
  Books books;
  constexpr int desks = 12;
  std::atomic<bool> stop = false;
  std::atomic<int> paid = 0;
  std::vector<std::thread> threads;
  for (int desk = 0; desk < desks; ++desk)
    threads.emplace_back([&, desk] {
      for (int i = 0; !stop; ++i)
        paid += books.cloud.recharge(101, "1", "desk-" + std::to_string(desk) + "-" + std::to_string(i)).status == 201 ? 1 : 0;
    });
  constexpr int audits = 3;
  for (int i = 0; i < audits; ++i) CHECK(books.audit() == clean);
  stop = true;
  for (auto& thread : threads) thread.join();
  CHECK(paid > desks);
  CHECK(books.audit() == clean);
}

TEST_CASE("a changed byte ends in exit code 5") {
  Books books;
  REQUIRE(books.cloud.kill(SIGTERM) == 0);
  books.change_store(
      "UPDATE entries SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || X'7F' AS BLOB) WHERE direction = 2 AND number = "
      "1");
  const auto found = books.audit();
  CHECK(found.first == 5);
  CHECK(std::count(found.second.begin(), found.second.end(), "audit.chain") == 1);
}

TEST_CASE("an order that is missing in the database, or another than the journal's, ends in exit code 5") {
  Books books;
  REQUIRE(books.cloud.kill(SIGTERM) == 0);
  const auto table = std::to_string(static_cast<int>(Table::order));
  const auto first = "(SELECT min(key) FROM rows WHERE tbl = " + table + ")";
  SECTION("missing") {
    books.change_store("DELETE FROM rows WHERE tbl = " + table + " AND key = " + first);
    CHECK(books.audit() == Found{5, {"audit.order_missing"}});
  }
  SECTION("an allowance") {
    books.append(cloud::AllowanceGrant{audited_room, 1, Utility::electricity, yuan(3), "2026a"});
    CHECK(books.audit() == Found{5, {"audit.allowance_missing", "audit.order_missing"}});
  }
  SECTION("another") {
    books.append(cloud::Fitting{audited_room, 1, {8}, {}});
    CHECK(books.audit() == Found{5, {"audit.order_differs"}});
  }
}

/// What a pragma or query of the registry says.
std::int64_t registry_number(CloudSite& cloud, const std::string& sql) {
  auto registry = Database::open(cloud.path("registry.sqlite"), Access::read_write);
  REQUIRE(registry.has_value());
  const auto number = registry->number(sql.c_str());
  REQUIRE(number.has_value());
  return *number;
}

TEST_CASE("neither an audit nor init changes the registry of an older program") {
  CloudSite cloud;
  cloud.kill(SIGKILL);
  for (const char* column : {"role", "utility", "floor", "circuit"})
    registry_number(cloud, "ALTER TABLE meters DROP COLUMN " + std::string(column));
  registry_number(cloud, "PRAGMA user_version = 1");
  CHECK(cloud.command({"audit"}) == 0);
  CHECK(registry_number(cloud, "PRAGMA user_version") == 1);
  CHECK(cloud.command({"init"}) == 0);
  CHECK(registry_number(cloud, "PRAGMA user_version") == 1);
  cloud.start();
  CHECK(registry_number(cloud, "PRAGMA user_version") > 1);
}

TEST_CASE("init makes no admin beside a cloud that runs") {
  CloudSite cloud;
  registry_number(cloud, "DELETE FROM users");
  CHECK(cloud.command({"init"}) == 3);
  CHECK(cloud.output.find("stop the cloud first") != std::string::npos);
  CHECK(registry_number(cloud, "SELECT count(*) FROM users") == 0);
  cloud.kill(SIGKILL);
  std::filesystem::remove(cloud.path("first-admin"));
  CHECK(cloud.command({"init"}) == 0);
  CHECK(registry_number(cloud, "SELECT count(*) FROM users") == 1);
}

TEST_CASE("a meter that shows less than was charged ends in exit code 5") {
  Books books;
  // Before money leaves a room, what it has used is charged.
  books.box.give(edge::MeterRead{audited_room, {1010}, {5001}, {100}, {}});
  const auto payment = books.cloud.get("/api/v1/rooms/101/entries").at("/items/0/outside_id").substr(4);
  const auto wish = R"({"amount":"1","payment":")" + payment + R"("})";
  REQUIRE(books.cloud.post("/api/v1/rooms/101/refunds", wish, "key-2").status < 300);
  REQUIRE(books.box.until([&] { return books.cloud.get("/api/v1/rooms/101").at("/circuits/0/charged_to") == "100"; }));
  const auto registers = [&](const std::string& lines) {
    std::ofstream(books.cloud.path("registers")) << lines;
    return books.audit({"--registers", books.cloud.path("registers")});
  };
  CHECK(registers("5001 100\n") == clean);
  CHECK(registers("5001 99\n") == Found{5, {"audit.register_behind"}});
}

}  // namespace
}  // namespace wattle
