#include "shared/io/mqtt.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

#include "shared/io/errors.hpp"
#include "shared/io/mqtt_queue.hpp"
#include "shared/io/signals.hpp"

namespace wattle {
namespace {

TEST_CASE("topics of the portable profile") {
  CHECK(portable_topic("up/p07/edge-7/status"));
  CHECK(portable_filter("up/+/edge-7/#"));
  CHECK(portable_filter("#"));
  for (const auto* topic : {"", "/", "up//x", "up/", "/up", "up/a.b", "up/a b", "up/+/x", "up/#", "上/x", "$SYS/x"}) {
    CHECK_FALSE(portable_topic(topic));
  }
  for (const auto* filter : {"up/#/x", "up/a+", "#/x", "up/x#"}) CHECK_FALSE(portable_filter(filter));
}

TEST_CASE("the pause doubles, is jittered and has an end") {
  const auto first = milliseconds(500);
  const auto longest = seconds(30);
  for (const std::uint64_t random : {std::uint64_t{0}, std::uint64_t{12345}, ~std::uint64_t{0}}) {
    for (const unsigned attempt : {0U, 1U, 5U, 6U, 63U, 4'000'000'000U}) {
      const auto pause = reconnect_pause(first, longest, attempt, random);
      const auto full = std::min(longest.micros, first.micros << std::min(attempt, 20U));
      CHECK(pause.micros >= full / 2);
      CHECK(pause.micros <= full);
    }
  }
}

mqtt::const_message_ptr message(std::size_t size) { return mqtt::make_message("up/p00/edge-7/status", std::string(size, 'x')); }

TEST_CASE("the putting side waits while the queue is full, and is let go when it closes") {
  int wakes = 0;
  MqttQueue queue(2, 100, [&] { ++wakes; });
  queue.put(message(10));
  queue.put(message(10));
  CHECK(wakes == 1);
  std::atomic<int> put = 0;
  std::thread paho([&] {
    queue.put(message(10));
    ++put;
    queue.put(message(95));  // fits by number, not by bytes
    ++put;
    queue.put(message(10));
    ++put;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(put == 0);
  CHECK(queue.take());
  while (put != 1) std::this_thread::yield();
  CHECK(queue.take());
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(put == 1);
  CHECK(queue.take());
  while (put != 2) std::this_thread::yield();
  queue.close();
  paho.join();
  CHECK(put == 3);
  CHECK(queue.take());
  CHECK_FALSE(queue.take());
  queue.put_event(MqttLost{"gone"});
  CHECK(queue.take());
}

TEST_CASE("without a broker publishing is refused and attempts go on") {
  boost::asio::io_context loop;
  Metrics metrics;
  MqttSettings settings;
  settings.port = 1;  // nobody listens there
  settings.client_id = "edge-7";
  settings.first_pause = milliseconds(5);
  settings.longest_pause = milliseconds(10);
  MqttClient client(loop, settings, {}, 1, metrics);
  client.start();
  auto& failures = metrics.counter("wattle_mqtt_connect_failures_total", "", {{"client", "edge-7"}});
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (failures.value() < 3 && std::chrono::steady_clock::now() < end) loop.run_one_for(std::chrono::milliseconds(50));
  CHECK(failures.value() >= 3);
  CHECK_FALSE(client.connected());
  CHECK(client.publish("up/p00/edge-7/x", view("x"), 1).error() == IoErrc::not_connected);
  CHECK(client.publish("up/p00/edge 7/x", view("x"), 1).error() == IoErrc::bad_topic);
  CHECK(client.publish("up/x", Bytes(settings.limits.payload + 1), 1).error() == IoErrc::message_too_large);
  bool stopped = false;
  client.stop([&] { stopped = true; });
  while (!stopped && std::chrono::steady_clock::now() < end) loop.run_one_for(std::chrono::milliseconds(50));
  CHECK(stopped);
}

TEST_CASE("a client may end while its connection is being made") {
  boost::asio::io_context loop;
  boost::asio::ip::tcp::acceptor silent(loop,
                                        {boost::asio::ip::address_v4::loopback(), 0});  // takes a connection, says nothing
  MqttSettings settings;
  settings.port = silent.local_endpoint().port();
  settings.client_id = "edge-7";
  Metrics metrics;
  {
    MqttClient client(loop, settings, {}, 1, metrics);
    client.start();
    boost::asio::ip::tcp::socket peer(loop);
    bool came = false;
    silent.async_accept(peer, [&](const boost::system::error_code& error) { came = !error; });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!came && std::chrono::steady_clock::now() < end) loop.run_one_for(std::chrono::milliseconds(50));
    CHECK(came);
  }
  CHECK(metrics.counter("wattle_mqtt_connects_total", "", {{"client", "edge-7"}}).value() == 0);
}

TEST_CASE("a signal asks for a stop once") {
  boost::asio::io_context loop;
  int asked = 0;
  StopSignals signals(loop, [&](int signal) {
    asked = signal;
    signals.cancel();
  });
  std::raise(SIGTERM);
  loop.run_for(std::chrono::seconds(5));
  CHECK(asked == SIGTERM);
}

}  // namespace
}  // namespace wattle
