#pragma once
// The box's end of the line to its cloud: MQTT underneath, envelopes on it (api-spec/envelope.md). It understands no message;
// bodies go in and come out. What cannot be sent is dropped: the session sends it again.

#include <functional>

#include "edge/box_keys.hpp"
#include "edge/config.hpp"
#include "edge/provisioning.hpp"
#include "shared/crypto/key_table.hpp"
#include "shared/crypto/recent_envelopes.hpp"
#include "shared/io/mqtt.hpp"

namespace wattle::edge {

struct CloudLinkHandlers {
  std::function<void()> connected;
  std::function<void()> disconnected;
  std::function<void(Bytes body)> received;
  std::function<void(Bytes body)> readings_received;
  std::function<void(Bytes body)> read_asked;
};

class CloudLink {
 public:
  CloudLink(boost::asio::io_context& loop, const EdgeConfig& config, const Claimed& claimed, const BoxKeys& keys,
            CloudLinkHandlers handlers, Metrics& metrics);

  void start() { client_.start(); }
  void stop(std::function<void()> done) { client_.stop(std::move(done)); }
  bool connected() const { return client_.connected(); }

  void send(ByteView body, std::uint64_t head) { publish(topic_up_, body, head); }
  void report(ByteView body, std::uint64_t head) { publish(topic_report_, body, head); }
  /// Lost when the line is away: whoever asked gives up.
  void answer_read(ByteView body, std::uint64_t head) { publish(topic_reads_, body, head); }
  bool send_readings(ByteView body, std::uint64_t head) { return publish(topic_readings_, body, head); }

 private:
  /// False when it could not be handed to the broker.
  bool publish(const std::string& topic, ByteView body, std::uint64_t head);
  void open(std::string_view topic, ByteView envelope);
  void refuse(const Error& error);
  MqttSettings mqtt_settings(const EdgeConfig& config, const Claimed& claimed, const BoxKeys& keys) const;
  MqttHandlers mqtt_handlers();

  Address me_;
  KeyEpoch epoch_;
  std::string topic_up_;
  std::string topic_report_;
  std::string topic_readings_;
  std::string topic_readings_down_;
  std::string topic_reads_;
  std::string topic_reads_down_;
  SodiumCrypto crypto_;
  const Signer* signer_;
  std::unique_ptr<Seal> seal_;  // of what leaves; the ring has its own
  KeyTable ring_;
  RecentEnvelopes recent_;
  CloudLinkHandlers handlers_;
  Metrics* metrics_;
  MqttClient client_;
};

}  // namespace wattle::edge
