#include "edge/cloud_link.hpp"

#include "shared/base/check.hpp"
#include "shared/crypto/errors.hpp"
#include "shared/io/entropy.hpp"

namespace wattle::edge {
namespace {

/// A key of small order was refused when the identity was taken in: it opens no code key.
std::unique_ptr<Seal> seal_with(const BoxKeys& keys, const Identity& cloud) {
  auto seal = keys.sealing->seal_with(BoxKey{cloud.cloud_sealing_key});
  WATTLE_CHECK(seal.has_value());
  return std::move(*seal);
}

/// The same topic for another kind of message (api-spec/readings.md).
std::string with_last_level(const std::string& topic, std::string_view level) {
  return topic.substr(0, topic.rfind('/') + 1) + std::string(level);
}

}  // namespace

CloudLink::CloudLink(boost::asio::io_context& loop, const EdgeConfig& config, const Claimed& claimed, const BoxKeys& keys,
                     CloudLinkHandlers handlers, Metrics& metrics)
    : me_{claimed.identity.site, claimed.identity.holder},
      epoch_{claimed.identity.key_epoch},
      topic_up_(claimed.identity.topic_up),
      topic_report_(claimed.identity.topic_report),
      topic_readings_(with_last_level(topic_up_, "readings")),
      topic_readings_down_(with_last_level(claimed.identity.topic_down, "readings")),
      topic_reads_(with_last_level(topic_up_, "reads")),
      topic_reads_down_(with_last_level(claimed.identity.topic_down, "reads")),
      signer_(keys.signer.get()),
      seal_(seal_with(keys, claimed.identity)),
      handlers_(std::move(handlers)),
      metrics_(&metrics),
      client_(loop, mqtt_settings(config, claimed, keys), mqtt_handlers(), random_u64(), metrics) {
  ring_.put({{me_.site, cloud_holder}, epoch_, epoch_}, PublicKey{claimed.identity.cloud_signing_key},
            seal_with(keys, claimed.identity));
}

MqttSettings CloudLink::mqtt_settings(const EdgeConfig& config, const Claimed& claimed, const BoxKeys& keys) const {
  const auto& identity = claimed.identity;
  MqttSettings settings;
  settings.host = config.mqtt_host.empty() ? identity.broker_host : config.mqtt_host;
  settings.port = config.mqtt_port == 0 ? identity.broker_port : config.mqtt_port;
  settings.longest_pause = config.mqtt_longest_pause;
  settings.client_id = identity.client_name;
  settings.tls = {claimed.ca_file, claimed.certificate_file, keys.tls_file};
  settings.subscriptions = {{identity.topic_down, 0},
                            {with_last_level(identity.topic_down, "readings"), 0},
                            {with_last_level(identity.topic_down, "reads"), 0}};
  return settings;
}

MqttHandlers CloudLink::mqtt_handlers() {
  MqttHandlers mqtt;
  mqtt.connected = [this] {
    log_event(LogLevel::info, "edge.link.up");
    handlers_.connected();
  };
  mqtt.disconnected = [this](std::string_view reason) {
    log_event(LogLevel::warning, "edge.link.down", {{"reason", reason}});
    handlers_.disconnected();
  };
  mqtt.message = [this](std::string_view topic, ByteView payload) { open(topic, payload); };
  return mqtt;
}

bool CloudLink::publish(const std::string& topic, ByteView body, std::uint64_t head) {
  Nonce nonce;
  fill_random(nonce.bytes);
  const EnvelopeHeader header{me_.site, me_.holder, cloud_holder, epoch_, epoch_, head};
  const auto sent = client_.publish(topic, seal_envelope(header, body, nonce, *seal_, *signer_), 1);
  if (!sent) {
    metrics_->counter("wattle_edge_unsent_total", "Messages that could not be handed to the broker").add();
    log_event(LogLevel::debug, "edge.link.unsent", {{"why", sent.error().message()}});
  }
  return sent.has_value();
}

void CloudLink::open(std::string_view topic, ByteView envelope) {
  auto opened = open_envelope(crypto_, envelope, me_, ring_);
  if (!opened) return refuse(opened.error());
  if (!recent_.is_new(envelope)) return refuse(WATTLE_FAIL(CryptoErrc::replayed));
  if (topic == topic_readings_down_) return handlers_.readings_received(std::move(opened->body));
  if (topic == topic_reads_down_) return handlers_.read_asked(std::move(opened->body));
  handlers_.received(std::move(opened->body));
}

/// Anybody at the broker may cause these: they are counted, not shouted.
void CloudLink::refuse(const Error& error) {
  const auto code = error.message();
  metrics_->counter("wattle_edge_refused_total", "Messages of the cloud that were not taken, by the reason", {{"code", code}})
      .add();
  log_event(LogLevel::debug, "edge.link.refused", {{"code", code}});
}

}  // namespace wattle::edge
