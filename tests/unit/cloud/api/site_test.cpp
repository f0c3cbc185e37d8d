// The site at a glance, claim codes, backups.

#include <catch2/catch.hpp>

#include "cloud/api/audit_json.hpp"
#include "shared/store/errors.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_seven;
using test::Client;
using test::TestDesk;

TEST_CASE("the site counts its rooms by how they stand, each once") {
  TestDesk desk;
  Client client(desk);
  desk.add_box(box_seven);
  const auto fit = [&](int room, int slot) {
    const auto number = std::to_string(room);
    CHECK(client
              .post("/api/v1/rooms", R"({"room":)" + number + R"(,"edge":)" + std::to_string(slot) +
                                         R"(,"circuits":[{"circuit":)" + number + R"(0,"meter":)" + number +
                                         R"(,"first_reading":0}]})")
              .status == 201);
  };
  for (const auto room : {101, 102, 103, 104}) fit(room, 7);
  fit(201, 8);
  desk.reported[{1010}] = {{101}, "open", RelayReason::no_credit, {0}, yuan(-1), {}};
  desk.reported[{1020}] = {{102}, "closed", RelayReason::credit, {0}, yuan(2), {}};
  desk.reported[{1020}].warning = Warning::second;
  desk.reported[{1030}] = {{103}, "closed", RelayReason::credit, {0}, yuan(9), {}};
  desk.reported[{1030}].warning = Warning::first;
  desk.reported[{1040}] = {{104}, "", {}, {0}, yuan(90), {}};
  auto site = client.get("/api/v1/site");
  CHECK(site.text("/name") == "A site of the tests");
  CHECK(site.number("/edges/online") == 1);
  CHECK(site.number("/rooms/total") == 5);
  CHECK(site.number("/rooms/not_initialised") == 1);
  CHECK(site.number("/rooms/arrears") == 1);
  CHECK(site.number("/rooms/alarm_2") == 1);
  CHECK(site.number("/rooms/alarm_1") == 1);
  CHECK(site.number("/rooms/normal") == 1);
  CHECK(site.number("/circuits/on") == 2);
  CHECK(site.number("/circuits/off/no_credit") == 1);
  CHECK(site.number("/circuits/unknown") == 1);
  desk.silent.insert(box_seven);
  site = client.get("/api/v1/site");
  CHECK(site.number("/edges/offline") == 1);
  CHECK(site.number("/rooms/lost") == 4);
  CHECK(site.number("/circuits/unknown") == 4);
}

TEST_CASE("a claim code is for one slot and for so many hours") {
  TestDesk desk;
  Client client(desk);
  const auto code = client.post("/api/v1/edges/7/claim-codes", R"({"hours":2})");
  CHECK(code.status == 201);
  CHECK(code.number("/edge") == 7);
  CHECK(code.text("/claim_code") == "7." + std::to_string((desk.now().wall + hours(2)).micros));
  CHECK(code.text("/expires") == "2026-03-01T02:00:00.000000Z");
  CHECK(client.post("/api/v1/edges/7/claim-codes", "{}").text("/expires") == "2026-03-08T00:00:00.000000Z");
  CHECK(client.post("/api/v1/edges/7/claim-codes", R"({"hours":0})").text("/errors/0/field") == "/hours");
  CHECK(client.post("/api/v1/edges/zero/claim-codes", "{}").code() == "edge.unknown");
}

TEST_CASE("backups are made when somebody asks, and listed") {
  TestDesk desk;
  Client client(desk);
  CHECK(client.get("/api/v1/backups").find("/items")->as_array().empty());
  const auto made = client.post("/api/v1/backups", "");
  CHECK(made.status == 201);
  CHECK(client.get("/api/v1/backups").text("/items/0/name") == made.text("/name"));
  desk.backup_error = make_error_code(StoreErrc::full);
  const auto failed = client.post("/api/v1/backups", "{}");
  CHECK(failed.code() == "backup.failed");
  CHECK(failed.text("/detail").starts_with("store.full"));
}

TEST_CASE("an audit is a job that is asked after") {
  TestDesk desk;
  Client client(desk);
  const auto started = client.post("/api/v1/audits", "");
  CHECK(started.status == 202);
  CHECK(http::value_of(started.headers, "Location") == "/api/v1/audits/1");
  CHECK(client.get("/api/v1/audits/1").text("/state") == "running");
  AuditReport report;
  report.standing[room_pocket({101}, {{7}, {0xc41e}})] = yuan(20);
  report.standing[clearing_pocket(Provider::cash_desk)] = {-20'000'000};
  report.waits.push_back({WaitCause::suspense_missing, "resolve/1", "ended/2/0"});
  desk.audits[1].outcome = audit_json(report, 3);
  const auto done = client.get("/api/v1/audits/1");
  CHECK(done.text("/state") == "done");
  CHECK(done.find("/report/clean")->as_bool());
  CHECK(done.number("/report/waiting_payments") == 3);
  CHECK(done.text("/report/waits/0/cause") == "wait.suspense_missing");
  CHECK(done.text("/report/waits/0/what") == "resolve/1");
  CHECK(done.text("/report/waits/0/on") == "ended/2/0");
  CHECK(done.text("/report/balances/room~1101@7.c41e") == "20.000000");
  CHECK(done.text("/report/balances/clearing~1cash_desk@cloud") == "-20.000000");
  desk.audits[1] = {1, {}, {}, "store.busy"};
  CHECK(client.get("/api/v1/audits/1").text("/failure") == "store.busy");
  CHECK(client.get("/api/v1/audits/2").code() == "audit.unknown");
  desk.is_busy = true;
  CHECK(client.post("/api/v1/audits", "").code() == "audit.running");
}

}  // namespace
}  // namespace wattle::api
