#pragma once
// An MQTT 3.1.1 client on an Asio loop, over Paho: TLS with certificates on both sides, QoS 0 and 1, reconnecting by itself
// with a jittered, doubling pause. All calls and all handlers run on the loop's thread. Paho's own thread only puts what
// arrived into a bounded queue; when that is full Paho's thread waits, so the broker waits too. (One process has one such
// thread, and one lock, for all of its clients.)
//
// A PUBACK proves nothing about the other end's disk (shared/sync does), so what was not yet sent when the connection goes is
// forgotten, and publish() while there is no connection is an error at once.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/io/metrics.hpp"

namespace wattle {

struct MqttLimits {
  std::size_t payload = 256 * 1024;              // bytes of one message, either way
  std::size_t topic = 200;                       // bytes
  std::size_t waiting_messages = 1024;           // received, not yet handled
  std::size_t waiting_bytes = 16 * 1024 * 1024;  // of these
  std::size_t unsent_messages = 1024;            // published, not yet written (QoS 0) or acknowledged (QoS 1)
  std::size_t unsent_bytes = 16 * 1024 * 1024;   // of these
  int inflight = 256;                            // QoS 1 on the wire without acknowledgement
};

struct MqttTls {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

struct MqttSubscription {
  std::string filter;
  int qos = 0;
};

struct MqttSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8883;
  std::string client_id;
  MqttTls tls;                // without CA file: plain TCP, for tests of the wrapper only
  bool clean_session = true;  // false: the broker keeps subscriptions and QoS 1 messages for this client id
  Duration keep_alive = seconds(30);
  Duration connect_time = seconds(10);
  Duration first_pause = milliseconds(500);  // before the first new attempt; doubled up to the longest, each time jittered
  Duration longest_pause = seconds(30);
  Duration settled = seconds(10);  // a connection that lived shorter does not reset the pause
  Duration stop_time = seconds(3);
  MqttLimits limits;
  std::vector<MqttSubscription> subscriptions;  // made anew on each connection, before connected() is called
};

struct MqttHandlers {
  std::function<void()> connected = [] {};
  std::function<void(std::string_view reason)> disconnected = [](std::string_view) {};
  /// Topic and payload are valid during the call only.
  std::function<void(std::string_view topic, ByteView payload)> message = [](std::string_view, ByteView) {};
  /// There is room again after a publish() that failed with queue_full.
  std::function<void()> writable = [] {};
};

class MqttClient {
 public:
  /// The seed is for the jitter alone. The metrics must outlive the client.
  MqttClient(boost::asio::io_context& loop, MqttSettings settings, MqttHandlers handlers, std::uint64_t seed, Metrics& metrics);
  ~MqttClient();
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  void start();
  /// A clean DISCONNECT after what is on its way, within stop_time; then done(). No handler is called after that.
  void stop(std::function<void()> done);

  bool connected() const;
  Result<void> publish(std::string_view topic, ByteView payload, int qos);
  /// Takes effect at once when connected, and again on each later connection.
  void subscribe(MqttSubscription subscription);

 private:
  class Link;
  std::shared_ptr<Link> link_;
};

/// Levels of [A-Za-z0-9_-], none empty: what every broker takes (scale.md). Filters may also hold + and, last, #.
bool portable_topic(std::string_view topic);
bool portable_filter(std::string_view filter);

/// The pause before attempt n (from 0): uniform in the upper half of first × 2^n, at most longest.
Duration reconnect_pause(Duration first, Duration longest, unsigned attempt, std::uint64_t random);

}  // namespace wattle
