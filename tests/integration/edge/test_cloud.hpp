#pragma once
// A cloud for one box: the product's own core on a store in memory, spoken to by MQTT and HTTP as the contract says
// (api-spec/provisioning.md). It answers each claim for the same keys alike.

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <functional>

#include "cloud/core/site.hpp"
#include "edge/runner.hpp"
#include "shared/crypto/key_table.hpp"
#include "shared/io/coroutine.hpp"
#include "shared/io/entropy.hpp"
#include "shared/readings/message.hpp"
#include "tests/integration/mqtt/broker.hpp"
#include "tests/support/memory_store.hpp"

namespace wattle::test {

inline Seed random_seed() {
  Seed seed{};
  fill_random(seed);
  return seed;
}

inline std::array<std::uint8_t, 32> raw_key(const boost::json::value& hex) {
  const auto bytes = from_hex(std::string_view(hex.as_string()));
  WATTLE_CHECK(bytes.size() == 32);
  std::array<std::uint8_t, 32> key{};
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

class TestCloud {
 public:
  static constexpr SiteId site_id{1};
  static constexpr KeyEpoch epoch{1};

  /// `site_clock`: the site's. A cloud that told another time would have its box charge by that.
  TestCloud(boost::asio::io_context& loop, Broker& broker, Metrics& metrics, std::function<Instant()> site_clock)
      : site_clock_(std::move(site_clock)),
        broker_(&broker),
        signer_(random_seed()),
        box_(random_seed()),
        site_({site_id, yuan(500)}, store_, crypto_, signer_, entropy_, now()),
        wake_(loop),
        http_(loop),
        mqtt_(loop, mqtt_settings(broker), mqtt_handlers(), random_u64(), metrics) {
    run(site_.begin({}, false, now()));
    http_.open(boost::asio::ip::tcp::v4());
    http_.bind({boost::asio::ip::address_v4::loopback(), 0});
    http_.listen();
    boost::asio::co_spawn(loop, serve(), rethrow);
    mqtt_.start();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(http_.local_endpoint().port()); }
  std::string claim_code() const { return code_ + "." + broker_->authority().fingerprint(); }
  Holder holder() const { return holder_; }
  CodeKey code_key() const { return code_key_; }
  int claims() const { return claims_; }
  std::size_t reports() const { return reports_; }
  /// The newest one.
  const Bytes& report() const { return report_; }
  std::size_t refused() const { return refused_; }
  std::size_t alarms() const { return alarms_; }
  /// How many of the next claims are lost after the cloud has acted on them.
  void lose_claims(int count) { lose_ = count; }

  /// As after a restart: another life of the cloud's session.
  void reconnect() {
    handle(cloud::Disconnected{});
    handle(cloud::Connected{});
  }
  /// What the cloud says is changed on its way out.
  void spoil(std::function<Bytes(const Bytes&)> change) { spoil_ = std::move(change); }
  Bytes envelope(ByteView body, const EnvelopeHeader& header, const Signer& signer) const {
    Nonce nonce;
    fill_random(nonce.bytes);
    return seal_envelope(header, body, nonce, *seal_, signer);
  }
  EnvelopeHeader header() const { return {site_id, cloud_holder, holder_, epoch, epoch, 0}; }
  void ask_read(const ReadQuestion& question) {
    const auto sent = mqtt_.publish("down/" + name_ + "/reads", envelope(encode(question), header(), signer_), 0);
    WATTLE_CHECK(sent.has_value());
  }
  /// Recorded readings that came, each chunk once.
  const std::map<ChunkId, ReadingChunk>& chunks() const { return chunks_; }
  /// The newest answer of the box's.
  const std::optional<ReadAnswer>& read() const { return read_; }
  void publish_raw(ByteView envelope) { WATTLE_CHECK(mqtt_.publish("down/" + name_ + "/sync", envelope, 0).has_value()); }
  const Signer& signer() const { return signer_; }

  void order(cloud::Order order) { handle(cloud::Ordered{std::move(order)}); }
  const Link* link() const { return site_.link(holder_); }
  const RoomState* room(RoomId id) const { return link() != nullptr ? link()->state().find(id) : nullptr; }
  const Crypto& crypto() const { return crypto_; }

 private:
  static MqttSettings mqtt_settings(const Broker& broker) {
    auto settings = broker.settings("cloud");
    settings.subscriptions = {{"up/#", 1}};
    settings.clean_session = false;
    return settings;
  }

  MqttHandlers mqtt_handlers() {
    MqttHandlers handlers;
    handlers.connected = [this] { handle(cloud::Connected{}); };
    handlers.disconnected = [this](std::string_view) { handle(cloud::Disconnected{}); };
    handlers.message = [this](std::string_view topic, ByteView payload) { take(topic, payload); };
    return handlers;
  }

  void take(std::string_view topic, ByteView payload) {
    auto opened = open_envelope(crypto_, payload, {site_id, cloud_holder}, ring_);
    if (!opened) {
      ++refused_;
      return;
    }
    if (topic.ends_with("/report"))
      ++reports_, report_ = std::move(opened->body);
    else if (topic.ends_with("/reads"))
      read_ = decode_read_answer(opened->body).value();
    else if (topic.ends_with("/readings"))
      take_readings(opened->body);
    else
      handle(cloud::Received{opened->header.sender, std::move(opened->body)});
  }

  /// As the intake does; the same chunk again is known.
  void take_readings(ByteView body) {
    ReadingsAck ack;
    const auto batch = decode_readings_batch(body).value();
    for (const auto& bytes : batch.chunks) {
      ack.stored.push_back(chunk_id(crypto_, bytes));
      chunks_.emplace(ack.stored.back(), decode_chunk(bytes).value());
    }
    const auto sent = mqtt_.publish("down/" + name_ + "/readings", envelope(encode(ack), header(), signer_), 0);
    WATTLE_CHECK(sent.has_value());
  }

  void handle(const cloud::Event& event) { run(site_.handle(event, now())); }
  Now now() const { return {site_clock_(), monotonic_clock()}; }

  void run(const cloud::Effects& effects) {
    for (const auto& effect : effects) {
      if (const auto* persist = std::get_if<cloud::Persist>(&effect)) {
        WATTLE_CHECK(store_.commit(persist->commit).has_value());
        site_.committed();
      } else if (const auto* send = std::get_if<cloud::Send>(&effect)) {
        publish(send->bytes);
      } else if (std::holds_alternative<cloud::Raise>(effect)) {
        ++alarms_;
      }
    }
    const auto next = site_.wake_up();
    if (next == never) return;
    const auto at = std::max(next, monotonic_clock() + milliseconds(20));
    wake_.expires_at(std::chrono::steady_clock::time_point(to_chrono(Duration{at.micros})));
    wake_.async_wait([this](const Error& cancelled) {
      if (!cancelled) handle(cloud::Woke{});
    });
  }

  void publish(const Bytes& body) {
    if (!mqtt_.connected() || !seal_) return;
    publish_raw(envelope(spoil_ ? spoil_(body) : body, header(), signer_));
  }

  boost::asio::awaitable<void> serve() {
    for (;;) {
      auto [error, peer] = co_await http_.async_accept(use_result);
      if (error) co_return;
      std::string heard;
      const auto [bad, head] =
          co_await boost::asio::async_read_until(peer, boost::asio::dynamic_buffer(heard), "\r\n\r\n", use_result);
      if (bad) continue;
      const auto length = heard.find("Content-Length: ");
      const auto size = head + std::stoul(heard.substr(length + 16));
      while (heard.size() < size) {
        const auto [cut, more] = co_await boost::asio::async_read(
            peer, boost::asio::dynamic_buffer(heard), boost::asio::transfer_exactly(size - heard.size()), use_result);
        if (cut) break;
      }
      const auto [status, body] = claim(heard.substr(head));
      if (lose_ > 0 && lose_-- > 0) continue;
      const auto reply = "HTTP/1.1 " + status +
                         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                         "\r\nConnection: close\r\n\r\n" + body;
      co_await boost::asio::async_write(peer, boost::asio::buffer(reply), use_result);
    }
  }

  std::pair<std::string, std::string> claim(const std::string& json) {
    ++claims_;
    const auto asked = boost::json::parse(json).as_object();
    if (asked.at("claim_code").as_string() != code_) return {"403 Forbidden", R"({"code":"claim.bad_code"})"};
    const PublicKey key{raw_key(asked.at("signing_key"))};
    if (seal_ && key != key_) return {"409 Conflict", R"({"code":"claim.used"})"};
    if (!seal_) {
      key_ = key;
      const BoxKey sealing{raw_key(asked.at("sealing_key"))};
      seal_ = *box_.seal_with(sealing);
      ring_.put({{site_id, holder_}, epoch, epoch}, key, *box_.seal_with(sealing));
      handle(cloud::Claimed{holder_, key});
    }
    return {"201 Created", answer(std::string(asked.at("csr").as_string()))};
  }

  std::string answer(const std::string& csr) {
    Nonce nonce;
    fill_random(nonce.bytes);
    Bytes code_key(nonce.bytes.begin(), nonce.bytes.end());
    code_key.resize(nonce.bytes.size() + code_key_.size() + seal_overhead);
    seal_->close(code_key_, nonce, code_key.data() + nonce.bytes.size());
    const auto& ca = broker_->authority();
    return boost::json::serialize(
        boost::json::object{{"site", site_id.value},
                            {"edge", holder_.edge.value},
                            {"incarnation", holder_.incarnation.value},
                            {"client_name", name_},
                            {"certificate", ca.sign_request(csr, name_, wall_clock())->pem},
                            {"ca", ca.certificate()},
                            {"cloud_signing_key", to_hex(signer_.key().bytes)},
                            {"cloud_sealing_key", to_hex(box_.key().bytes)},
                            {"key_epoch", epoch.value},
                            {"code_key", to_hex(code_key)},
                            {"broker", {{"host", "127.0.0.1"}, {"port", mqtt_settings(*broker_).port}}},
                            {"topic_up", "up/p41/" + name_ + "/sync"},
                            {"topic_report", "up/p41/" + name_ + "/report"},
                            {"topic_down", "down/" + name_ + "/sync"},
                            {"of_a_later_version", true}});
  }

  std::function<Instant()> site_clock_;
  Broker* broker_;
  MemoryStore store_;
  SodiumCrypto crypto_;
  SodiumSigner signer_;
  SodiumBox box_;
  edge::SystemEntropy entropy_;
  cloud::Site site_;
  boost::asio::steady_timer wake_;
  boost::asio::ip::tcp::acceptor http_;
  MqttClient mqtt_;
  KeyTable ring_;
  std::unique_ptr<Seal> seal_;
  PublicKey key_;
  const Holder holder_{{7}, {0xc41e}};
  const std::string name_ = "edge-7-c41e";
  const std::string code_ = "00c0ffee";
  const CodeKey code_key_ = random_seed();
  std::function<Bytes(const Bytes&)> spoil_;
  std::optional<ReadAnswer> read_;
  std::map<ChunkId, ReadingChunk> chunks_;
  int claims_ = 0;
  int lose_ = 0;
  std::size_t reports_ = 0;
  Bytes report_;
  std::size_t refused_ = 0;
  std::size_t alarms_ = 0;
};

}  // namespace wattle::test
