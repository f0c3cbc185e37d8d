// The feed: numbered, resumed or reset, by room, and silent when nothing has changed.

#include "cloud/api/feed.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_seven;
using test::TestDesk;

class Listener final : public http::WebSocket {
 public:
  bool send(std::shared_ptr<const std::string> text) override {
    test::record("FEED", "/api/v1/feed", {101, "application/json", *text, {}});
    heard.push_back(boost::json::parse(*text));
    return true;
  }
  void close(std::uint16_t code, std::string_view) override {
    closed = true;
    closed_with = code;
  }
  std::size_t queued() const override { return 0; }
  http::QueueRoom room() const override { return queue; }
  std::string type(std::size_t at) const { return std::string(heard.at(at).at("type").as_string()); }
  std::string number(std::size_t at) const { return std::string(heard.at(at).at("number").as_string()); }

  http::QueueRoom queue{SIZE_MAX, SIZE_MAX};
  std::vector<boost::json::value> heard;
  bool closed = false;
  std::uint16_t closed_with = 0;
};

struct World {
  explicit World(RateSettings rates = {})
      : access(desk.crypto(), desk.registry(), desk.entropy(), {}, rates), feed(desk, access, 0xabcd), route(feed.route()) {
    access.add("screen", Role::monitor, test::monitor_token);
    desk.add_box(box_seven);
    fit(101, 1010);
    fit(102, 1020);
  }
  void fit(std::uint32_t room, std::uint32_t circuit) {
    desk.give(cloud::Ordered{cloud::Fitting{{room}, 1, {7}, {{{circuit}, {circuit}, Utility::electricity, {0}, {}, 0}}}},
              [](Desk::Answer) {});
  }
  void pay(std::uint32_t room, const std::string& number) {
    desk.give(cloud::Ordered{cloud::Payment{number, Provider::cash_desk, {room}, 1, yuan(1), std::nullopt}},
              [](Desk::Answer) {});
    feed.room_changed({room});
  }
  std::shared_ptr<Listener> listen(const std::string& rooms = {}, const std::string& after = {}, const std::string& ticket = {},
                                   const std::string& building = {}, http::QueueRoom queue = {SIZE_MAX, SIZE_MAX},
                                   std::string token = std::string(test::monitor_token)) {
    http::Request request;
    request.received = desk.now();
    request.query = {{"rooms", rooms}, {"after", after}, {"ticket", ticket}, {"building", building}};
    if (ticket.empty()) request.headers = {{"authorization", "Bearer " + token}};
    auto listener = std::make_shared<Listener>();
    listener->queue = queue;
    events.push_back(route.open(request, listener));
    return listener;
  }
  TestDesk desk;
  Access access;
  Feed feed;
  http::WebSocketRoute route;
  std::vector<http::WebSocketEvents> events;
};

TEST_CASE("a listener hears what changes, with rising numbers") {
  World world;
  const auto all = world.listen();
  const auto one = world.listen("102");
  world.pay(101, "p1");
  world.pay(102, "p2");
  world.feed.room_changed({101});  // nothing new
  world.feed.edge_changed(box_seven, false);
  REQUIRE(all->heard.size() == 4);
  CHECK(all->type(0) == "hello");
  CHECK(all->type(1) == "room.changed");
  CHECK(all->number(1) == "0000abcd.1");
  CHECK(all->heard[1].at("room").at("balance").as_string() == "1.000000");
  CHECK(all->type(3) == "edge.offline");
  REQUIRE(one->heard.size() == 3);
  CHECK(one->number(1) == "0000abcd.2");
  world.events[0].closed(1000);
  world.pay(101, "p3");
  CHECK(all->heard.size() == 4);
}

TEST_CASE("who comes back gets what he missed, or is told to begin anew") {
  World world;
  for (int i = 0; i < 5; ++i) world.pay(101, "p" + std::to_string(i));
  const auto resumed = world.listen({}, "0000abcd.3");
  REQUIRE(resumed->heard.size() == 3);
  CHECK(resumed->type(0) == "resumed");
  CHECK(resumed->number(1) == "0000abcd.4");
  CHECK(resumed->number(2) == "0000abcd.5");
  for (const auto* stale : {"0000abcd.6", "0000abce.3", "3", "0000abcd.", "0000abcd.-1", "0000abcd.99999999999999999999"}) {
    const auto reset = world.listen({}, stale);
    REQUIRE(reset->heard.size() == 1);
    CHECK(reset->type(0) == "reset");
    CHECK(reset->number(0) == "0000abcd.5");
  }
}

TEST_CASE("what is no longer kept is a reset") {
  World world;
  for (std::size_t i = 0; i < feed_events_kept + 10; ++i) world.feed.edge_changed(box_seven, i % 2 == 0);
  CHECK(world.listen({}, "0000abcd.9")->type(0) == "reset");
  const auto oldest = world.listen({}, "0000abcd.10");
  CHECK(oldest->type(0) == "resumed");
  CHECK(oldest->heard.size() == feed_events_kept + 1);
}

TEST_CASE("who has missed more than half of what may wait for him begins anew") {
  World world;
  for (int i = 0; i < 200; ++i) world.feed.edge_changed(box_seven, i % 2 == 0);
  const auto fits = world.listen({}, "0000abcd.72", {}, {}, {256, SIZE_MAX});
  CHECK(fits->type(0) == "resumed");
  CHECK(fits->heard.size() == 1 + 128);
  const auto many = world.listen({}, "0000abcd.71", {}, {}, {256, SIZE_MAX});
  CHECK(many->type(0) == "reset");
  CHECK(many->heard.size() == 1);
  CHECK(many->number(0) == "0000abcd.200");
  CHECK(world.listen({}, "0000abcd.190", {}, {}, {256, 1000})->type(0) == "reset");
  CHECK(world.listen("102", "0000abcd.190", {}, {}, {256, 1000})->type(0) == "reset");  // an edge concerns everybody
}

/// A person in room 101, who has logged in.
struct Student {
  explicit Student(World& given) : world(given) {
    auto& registry = world.desk.registry();
    cloud::put(registry, cloud::Person{1, "Lin", "student", "", "", 1});
    cloud::put(registry, stay(0));
    cloud::put(registry, user(false));
    tokens = world.access.sessions().start("lin", "192.0.2.1", world.desk.now().wall);
    listener = listen();
  }
  static cloud::Stay stay(std::int64_t until) { return {101, 1, 5, until}; }
  static cloud::User user(bool disabled) { return {"lin", "student", 1, disabled, "", 1}; }
  std::shared_ptr<Listener> listen() { return world.listen({}, {}, {}, {}, {SIZE_MAX, SIZE_MAX}, tokens.access); }
  std::string ticket() {
    http::Request request;
    request.received = world.desk.now();
    request.headers = {{"authorization", "Bearer " + tokens.access}};
    return world.access.make_ticket(*world.access.find(request), world.desk.now().tick);
  }
  bool is_closed() {
    world.feed.check_listeners(world.desk.now().wall);
    return listener->closed;
  }
  World& world;
  SessionTokens tokens;
  std::shared_ptr<Listener> listener;
};

TEST_CASE("the feed ends with the session, and with the rights, that it was opened by") {
  World world;
  Student lin(world);
  auto& registry = world.desk.registry();
  const auto others = world.listen();
  CHECK_FALSE(lin.is_closed());
  SECTION("he logs out, or his password is changed") { world.access.sessions().end_all("lin"); }
  SECTION("he is disabled") { cloud::put(registry, Student::user(true)); }
  SECTION("he moves out") { cloud::put(registry, Student::stay(7)); }
  SECTION("he moves into another room as well") { cloud::put(registry, cloud::Stay{102, 1, 6, 0}); }
  SECTION("his session runs out") { world.desk.wait(SessionTimes{}.refresh); }
  CHECK(lin.is_closed());
  CHECK(lin.listener->closed_with == http::close_policy);
  CHECK_FALSE(others->closed);
}

TEST_CASE("the feed goes on when the short-lived token is renewed") {
  World world;
  Student lin(world);
  world.desk.wait(SessionTimes{}.access);
  CHECK_FALSE(lin.is_closed());
  bool reused = false;
  REQUIRE(world.access.sessions().renew(lin.tokens.refresh, world.desk.now().wall, reused));
  CHECK_FALSE(lin.is_closed());
}

TEST_CASE("a ticket is no better than the session that it was made by") {
  World world;
  Student lin(world);
  const auto ticket = lin.ticket();
  world.access.sessions().end_all("lin");
  CHECK(world.listen({}, {}, ticket)->closed);
}

TEST_CASE("who moves out between his ticket and the feed does not hear the room that he names") {
  World world;
  Student lin(world);
  const auto ticket = lin.ticket();
  cloud::put(world.desk.registry(), Student::stay(7));
  http::Request asked;
  asked.received = world.desk.now();
  asked.query = {{"rooms", "101"}, {"ticket", ticket}};
  const auto refused = world.route.refuse(asked);
  REQUIRE(refused);
  CHECK(refused->status == 404);
  const auto listener = world.listen("101", {}, ticket);
  CHECK(listener->closed);
  world.pay(101, "p1");
  CHECK(listener->heard.empty());
}

TEST_CASE("a reported relay is an event of its room") {
  World world;
  const auto listener = world.listen("101");
  world.desk.reported[{1010}] = {{101}, "open", RelayReason::no_credit, {77}, {0}, {5}};
  world.feed.circuit_changed({1010}, {101});
  REQUIRE(listener->heard.size() == 3);
  CHECK(listener->type(1) == "circuit.changed");
  CHECK(listener->heard[1].at("circuit").at("relay").as_string() == "open");
  CHECK(listener->type(2) == "room.changed");
}

TEST_CASE("a room that was read on demand is an event of its room") {
  World world;
  const auto listener = world.listen("101");
  const auto elsewhere = world.listen("102");
  const auto before = elsewhere->heard.size();
  world.feed.room_read({101}, {1, ReadStatus::answered, {{{1010}, ReadOutcome::silent}}});
  REQUIRE(listener->heard.size() == 2);
  CHECK(listener->type(1) == "room.read");
  CHECK(listener->heard[1].at("read").at("room").to_number<int>() == 101);
  CHECK(listener->heard[1].at("read").at("items").at(0).at("outcome").as_string() == "silent");
  CHECK(elsewhere->heard.size() == before);
}

TEST_CASE("a ticket opens the feed once, for what its caller may see") {
  World world;
  http::Request request;
  request.received = world.desk.now();
  const auto ticket =
      world.access.make_ticket({"user/lin", Role::student, 1, std::map<RoomId, Instant>{{{102}, {}}}}, world.desk.now().tick);
  request.query = {{"ticket", ticket}};
  CHECK_FALSE(world.route.refuse(request).has_value());
  request.query = {{"ticket", ticket}, {"rooms", "101"}};
  CHECK(world.route.refuse(request)->status == 404);
  const auto own = world.listen({}, {}, ticket);
  CHECK_FALSE(own->closed);
  world.pay(101, "p1");
  world.pay(102, "p2");
  REQUIRE(own->heard.size() == 2);
  CHECK(own->number(1) == "0000abcd.2");
  const auto again = world.listen({}, {}, ticket);
  CHECK(again->closed);
  CHECK(again->heard.empty());
  request.query = {{"ticket", ticket}};
  CHECK(world.route.refuse(request)->status == 401);
}

TEST_CASE("a ticket that nobody has used runs out") {
  World world;
  const auto ticket = world.access.make_ticket({"screen", Role::monitor}, world.desk.now().tick);
  world.desk.wait(ticket_time);
  http::Request request;
  request.received = world.desk.now();
  request.query = {{"ticket", ticket}};
  CHECK(world.route.refuse(request)->status == 401);
}

TEST_CASE("a listener names a building") {
  World world;
  cloud::put(world.desk.registry(), cloud::RoomRecord{102, "1-102", 1, 0, 0, "", 1});
  const auto one = world.listen({}, {}, {}, "1");
  world.pay(101, "p1");
  world.pay(102, "p2");
  CHECK(one->heard.size() == 2);
  const auto empty = world.listen({}, {}, {}, "9");
  world.pay(101, "p3");
  CHECK(empty->heard.size() == 1);
}

TEST_CASE("a user has eight feeds and no ninth") {
  World world;
  Student lin(world);
  for (int i = 1; i < 8; ++i) CHECK_FALSE(lin.listen()->closed);
  CHECK(lin.listen()->closed_with == http::close_policy);
  CHECK_FALSE(lin.listener->closed);
}

TEST_CASE("a token has so many feeds and no more, and leaves the others theirs") {
  World world;
  world.access.add("other", Role::monitor, "token-of-another-screen");
  http::Request request;
  request.received = world.desk.now();
  request.headers = {{"authorization", "Bearer " + std::string(test::monitor_token)}};
  const auto refused = [&] {
    const auto answer = world.route.refuse(request);
    return answer ? answer->status : 0;
  };
  for (std::ptrdiff_t i = 0; i < feeds_of_token_max; ++i) {
    CHECK(refused() == 0);
    CHECK_FALSE(world.listen()->closed);
  }
  REQUIRE(refused() == 429);
  CHECK_FALSE(http::value_of(world.route.refuse(request)->headers, "Retry-After").empty());
  const auto one_more = world.listen();  // as one that was looked at before the last was there
  CHECK(one_more->closed_with == http::close_policy);
  CHECK(one_more->heard.empty());
  CHECK_FALSE(world.listen({}, {}, {}, {}, {SIZE_MAX, SIZE_MAX}, "token-of-another-screen")->closed);
  world.events[3].closed(1000);
  CHECK(refused() == 0);
}

TEST_CASE("opening feeds is calling, of a caller and of an address without one") {
  World world({{10, 2}, {10, 1}});
  http::Request request;
  request.received = world.desk.now();
  request.peer = "192.0.2.7";
  const auto refused = [&] {
    const auto answer = world.route.refuse(request);
    return answer ? answer->status : 0;
  };
  CHECK(refused() == 401);
  CHECK(refused() == 429);
  request.headers = {{"authorization", "Bearer " + std::string(test::monitor_token)}};
  CHECK(refused() == 0);
  CHECK(refused() == 0);
  CHECK(refused() == 429);
  world.access.add("desk-1", Role::cashier, test::cashier_token);
  request.headers = {{"authorization", "Bearer " + std::string(test::cashier_token)}};
  request.query = {{"ticket", world.access.make_ticket(world.access.find(request).value(), request.received.tick)}};
  request.headers = {};
  CHECK(refused() == 0);
}

TEST_CASE("the feed wants a token and readable rooms") {
  World world;
  http::Request request;
  CHECK(world.route.refuse(request)->status == 401);
  request.headers = {{"authorization", "Bearer " + std::string(test::monitor_token)}};
  CHECK_FALSE(world.route.refuse(request).has_value());
  for (const auto* rooms : {"0", "a", "101,,102", ",", "4294967296"}) {
    request.query = {{"rooms", rooms}};
    CHECK(world.route.refuse(request)->status == 400);
  }
}

}  // namespace
}  // namespace wattle::api
