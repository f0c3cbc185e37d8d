// The client against a real mosquitto: identities, rights, order, back-pressure, and a broker that is killed.

#include "shared/io/mqtt.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "shared/io/errors.hpp"
#include "shared/io/log.hpp"
#include "tests/integration/mqtt/broker.hpp"

namespace wattle {
namespace {

using test::Broker;

struct Node {
  Node(boost::asio::io_context& loop, MqttSettings settings)
      : name(settings.client_id), client(loop, std::move(settings), handlers(), 42, metrics) {}

  MqttHandlers handlers() {
    MqttHandlers out;
    out.connected = [this] { ++connections; };
    out.disconnected = [this](std::string_view) { ++losses; };
    out.message = [this](std::string_view topic, ByteView payload) {
      received.push_back(std::string(topic) + ' ' + std::string(payload.begin(), payload.end()));
    };
    out.writable = [this] { ++writable; };
    return out;
  }
  std::uint64_t counted(const std::string& what) {
    return metrics.counter("wattle_mqtt_" + what, "", {{"client", name}}).value();
  }

  std::string name;
  Metrics metrics;
  int connections = 0;
  int losses = 0;
  int writable = 0;
  std::vector<std::string> received;
  MqttClient client;
};

struct World {
  template <class Condition>
  bool until(const Condition& condition, int limit_seconds = 20) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(limit_seconds);
    while (!condition() && std::chrono::steady_clock::now() < end) loop.run_one_for(std::chrono::milliseconds(20));
    return condition();
  }
  void settle() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
    while (std::chrono::steady_clock::now() < end) loop.run_one_for(std::chrono::milliseconds(20));
  }
  bool stop(Node& node) {
    bool done = false;
    node.client.stop([&] { done = true; });
    return until([&] { return done; });
  }

  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{loop.get_executor()};
  Broker broker;
};

MqttSettings with(MqttSettings settings, std::vector<MqttSubscription> subscriptions) {
  settings.subscriptions = std::move(subscriptions);
  return settings;
}

TEST_CASE("messages travel both ways, and identities bound what they may write") {
  World world;
  Node cloud(world.loop, with(world.broker.settings("cloud"), {{"up/#", 1}}));
  Node edge(world.loop, with(world.broker.settings("edge-7"), {{"down/edge-7/#", 0}, {"down/edge-8/#", 0}}));
  cloud.client.start();
  edge.client.start();
  REQUIRE(world.until([&] { return cloud.client.connected() && edge.client.connected(); }));

  REQUIRE(edge.client.publish("up/p07/edge-8/status", view("forged"), 1));
  REQUIRE(edge.client.publish("down/edge-7/status", view("forged"), 1));
  REQUIRE(edge.client.publish("up/p07/edge-7/status", view("mine"), 1));
  REQUIRE(world.until([&] { return !cloud.received.empty(); }));
  CHECK(cloud.received == std::vector<std::string>{"up/p07/edge-7/status mine"});

  REQUIRE(cloud.client.publish("down/edge-8/status", view("for another"), 0));
  REQUIRE(cloud.client.publish("down/edge-7/status", view("for me"), 0));
  REQUIRE(world.until([&] { return !edge.received.empty(); }));
  world.settle();
  CHECK(edge.received == std::vector<std::string>{"down/edge-7/status for me"});

  CHECK(world.stop(edge));
  CHECK(world.stop(cloud));
  CHECK(edge.losses == 0);
}

TEST_CASE("a broker that is killed and comes back finds its clients again") {
  World world;
  Node cloud(world.loop, with(world.broker.settings("cloud"), {{"up/#", 1}}));
  Node edge(world.loop, world.broker.settings("edge-7"));
  cloud.client.start();
  edge.client.start();
  const auto both = [&] { return cloud.client.connected() && edge.client.connected(); };
  REQUIRE(world.until(both));
  for (int round = 1; round <= 3; ++round) {
    world.broker.kill();
    REQUIRE(world.until([&] { return !cloud.client.connected() && !edge.client.connected(); }));
    CHECK(edge.client.publish("up/p07/edge-7/x", view("lost"), 1).error() == IoErrc::not_connected);
    CHECK(edge.losses == round);
    world.settle();
    world.broker.start();
    REQUIRE(world.until(both));
    cloud.received.clear();
    REQUIRE(edge.client.publish("up/p07/edge-7/x", view("after"), 1));
    CHECK(world.until([&] { return !cloud.received.empty(); }));
  }
  CHECK(edge.connections == 4);
  CHECK(edge.counted("losses_total") == 3);
  CHECK(world.stop(edge));
  CHECK(world.stop(cloud));
}

TEST_CASE("thousands of messages keep their order through small queues") {
  World world;
  auto settings = with(world.broker.settings("cloud"), {{"up/#", 1}});
  settings.limits.waiting_messages = 8;  // so that Paho's thread waits again and again
  Node cloud(world.loop, std::move(settings));
  auto small = world.broker.settings("edge-7");
  small.limits.unsent_messages = 64;
  Node edge(world.loop, std::move(small));
  cloud.client.start();
  edge.client.start();
  REQUIRE(world.until([&] { return cloud.client.connected() && edge.client.connected(); }));

  constexpr std::size_t count = 5000;
  std::size_t sent = 0;
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(world.until(
      [&] {
        while (sent < count && edge.client.publish("up/p07/edge-7/n", view(std::to_string(sent)), 1)) ++sent;
        return cloud.received.size() >= count;
      },
      60));
  const auto took = std::chrono::steady_clock::now() - began;
  WARN("QoS 1 messages a second: " << static_cast<double>(count) / std::chrono::duration<double>(took).count());
  std::size_t out_of_order = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (cloud.received[i] != "up/p07/edge-7/n " + std::to_string(i)) ++out_of_order;
  }
  CHECK(out_of_order == 0);
  CHECK(edge.counted("refused_total") > 0);
  CHECK(edge.writable > 0);
  CHECK(world.stop(edge));
  CHECK(world.stop(cloud));
}

TEST_CASE("a foreign, a revoked or no certificate is not let in, and a foreign broker is not trusted") {
  World world;
  const test::Folder other;
  const auto stranger = *Authority::open(other.path(), "another site", wall_clock());
  REQUIRE(ensure_client_files(stranger, other.path(), "edge-7", wall_clock()));

  auto foreign = world.broker.settings("edge-7");
  foreign.tls.certificate_file = other.path("edge-7.crt");
  foreign.tls.key_file = other.path("edge-7.key");
  auto distrusting = world.broker.settings("edge-8");
  distrusting.tls.ca_file = other.path("ca.crt");
  auto plain = world.broker.settings("edge-9");
  plain.tls = {};

  const auto pem = *read_file(world.broker.folder().path("cloud.crt"), 100'000);
  const auto list = world.broker.authority().revocation_list({{parse_certificate(pem)->serial, wall_clock()}}, 2, wall_clock());
  REQUIRE(write_file(world.broker.folder().path("ca.crl"), *list, FileAccess::everyone_reads));
  world.broker.reload();
  world.settle();

  std::vector<std::unique_ptr<Node>> nodes;
  for (auto& settings : {foreign, distrusting, plain, world.broker.settings("cloud")}) {
    nodes.push_back(std::make_unique<Node>(world.loop, settings));
    nodes.back()->client.start();
  }
  Node good(world.loop, world.broker.settings("edge-7"));
  good.client.start();
  CHECK(world.until([&] { return good.client.connected(); }));
  CHECK(world.until([&] {
    return std::all_of(nodes.begin(), nodes.end(), [](auto& node) { return node->counted("connect_failures_total") >= 2; });
  }));
  for (auto& node : nodes) {
    INFO(node->name);
    CHECK(node->connections == 0);
    CHECK(world.stop(*node));
  }
  CHECK(world.stop(good));
}

TEST_CASE("the same client id elsewhere takes the place, and the pause keeps both from fighting") {
  World world;
  Node first(world.loop, world.broker.settings("edge-7"));
  first.client.start();
  REQUIRE(world.until([&] { return first.client.connected(); }));
  Node second(world.loop, world.broker.settings("edge-7"));
  second.client.start();
  REQUIRE(world.until([&] { return second.connections >= 1 && first.losses >= 1; }));
  CHECK(world.stop(second));
  CHECK(world.until([&] { return first.client.connected(); }));
  CHECK(world.stop(first));
}

TEST_CASE("an oversized message is dropped and counted") {
  World world;
  auto settings = with(world.broker.settings("cloud"), {{"up/#", 1}});
  settings.limits.payload = 1000;
  Node cloud(world.loop, std::move(settings));
  Node edge(world.loop, world.broker.settings("edge-7"));
  cloud.client.start();
  edge.client.start();
  REQUIRE(world.until([&] { return cloud.client.connected() && edge.client.connected(); }));
  REQUIRE(edge.client.publish("up/p07/edge-7/big", Bytes(1001), 1));
  REQUIRE(edge.client.publish("up/p07/edge-7/fit", Bytes(0), 1));
  REQUIRE(world.until([&] { return !cloud.received.empty(); }));
  CHECK(cloud.received == std::vector<std::string>{"up/p07/edge-7/fit "});
  CHECK(cloud.counted("oversized_total") == 1);
  CHECK(world.stop(edge));
  CHECK(world.stop(cloud));
}

}  // namespace
}  // namespace wattle
