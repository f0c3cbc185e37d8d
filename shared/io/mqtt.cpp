#include "shared/io/mqtt.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <unordered_map>

#include "shared/base/check.hpp"
#include "shared/base/random.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/errors.hpp"
#include "shared/io/log.hpp"
#include "shared/io/mqtt_paho.hpp"
#include "shared/io/mqtt_queue.hpp"

namespace wattle {
namespace {

constexpr int arrivals_at_once = 256;  // before the loop may do something else

}  // namespace

class MqttClient::Link : public std::enable_shared_from_this<Link> {
 public:
  Link(boost::asio::io_context& loop, MqttSettings settings, MqttHandlers handlers, std::uint64_t seed, Metrics& metrics);

  void attach();
  void start();
  void stop(std::function<void()> done);
  void close();
  bool connected() const { return state_ == State::up; }
  Result<void> publish(std::string_view topic, ByteView payload, int qos);
  void subscribe(MqttSubscription subscription);

 private:
  enum class State { idle, connecting, subscribing, up, refused, pausing, stopping, stopped };

  void connect();
  void pause(std::string_view reason);
  void lose(std::string_view reason);
  void send_subscriptions();
  void subscribe_at_broker(const MqttSubscription& wanted);
  void disconnect_from_broker(int quiesce_ms);
  void come_up();
  void finish_stop();
  void drain();
  void handle(const mqtt::const_message_ptr& message);
  void handle(const MqttConnectDone& done);
  void handle(const MqttSubscribeDone& done);
  void handle(const MqttLost& lost);
  void handle(const MqttSent& sent);
  void handle(const MqttDisconnectDone&);
  MetricLabels labels() const { return {{"client", settings_.client_id}}; }

  boost::asio::io_context& loop_;
  MqttSettings settings_;
  MqttHandlers handlers_;
  Random random_;
  boost::asio::steady_timer timer_;
  State state_ = State::idle;
  std::uintptr_t attempt_ = 0;  // counts connections tried, and marks what belongs to which
  unsigned failures_ = 0;       // since the last settled connection
  Tick up_since_;
  std::size_t unanswered_subscriptions_ = 0;
  std::uintptr_t publications_ = 0;
  std::unordered_map<std::uintptr_t, std::size_t> unsent_;  // bytes by number of the publication, of this attempt
  std::size_t unsent_bytes_ = 0;
  bool was_full_ = false;
  std::function<void()> stopped_;
  // While Paho works there is nothing else of ours in the loop, which must not run dry meanwhile.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  Counter& received_;
  Counter& published_;
  Counter& refused_;
  Counter& oversized_;
  Counter& connects_;
  Counter& connect_failures_;
  Counter& losses_;
  Gauge& connected_;
  MqttQueue queue_;
  Completion on_connect_;
  Completion on_subscribe_;
  Completion on_publish_;
  Completion on_disconnect_;
  std::unique_ptr<mqtt::async_client> paho_;
  // Paho holds one lock of the whole process while it hands over a message. A loop that called Paho while Paho's thread waits
  // for room in our queue would stand still for ever; so all calls into Paho are made here, and the loop always goes on to make
  // room.
  boost::asio::thread_pool caller_{1};
};

MqttClient::Link::Link(boost::asio::io_context& loop, MqttSettings settings, MqttHandlers handlers, std::uint64_t seed,
                       Metrics& metrics)
    : loop_(loop),
      settings_(std::move(settings)),
      handlers_(std::move(handlers)),
      random_(seed),
      timer_(loop),
      work_(loop.get_executor()),
      received_(metrics.counter("wattle_mqtt_received_total", "Messages received", labels())),
      published_(metrics.counter("wattle_mqtt_published_total", "Messages handed to the client", labels())),
      refused_(metrics.counter("wattle_mqtt_refused_total", "Messages not taken for sending", labels())),
      oversized_(metrics.counter("wattle_mqtt_oversized_total", "Messages received beyond the limit, dropped", labels())),
      connects_(metrics.counter("wattle_mqtt_connects_total", "Connections made", labels())),
      connect_failures_(metrics.counter("wattle_mqtt_connect_failures_total", "Connections not made", labels())),
      losses_(metrics.counter("wattle_mqtt_losses_total", "Connections lost", labels())),
      connected_(metrics.gauge("wattle_mqtt_connected", "1 while connected", labels())),
      queue_(settings_.limits.waiting_messages, settings_.limits.waiting_bytes,
             [this] {
               boost::asio::post(loop_, [weak = weak_from_this()] {
                 if (const auto self = weak.lock()) self->drain();
               });
             }),
      on_connect_([this](auto attempt, auto failure) {
        queue_.put_event(MqttConnectDone{attempt, std::move(failure)});
      }),
      on_subscribe_([this](auto attempt, auto failure) {
        queue_.put_event(MqttSubscribeDone{attempt, std::move(failure)});
      }),
      on_publish_([this](auto number, auto) { queue_.put_event(MqttSent{number}); }),
      on_disconnect_([this](auto, auto) { queue_.put_event(MqttDisconnectDone{}); }) {}

void MqttClient::Link::attach() {
  paho_ = std::make_unique<mqtt::async_client>(broker_uri(settings_), settings_.client_id,
                                               mqtt::create_options(MQTTVERSION_3_1_1), nullptr);
  paho_->set_message_callback([this](mqtt::const_message_ptr message) { queue_.put(std::move(message)); });
  paho_->set_connection_lost_handler([this](const std::string& cause) {
    queue_.put_event(MqttLost{cause.empty() ? "the broker closed the connection" : cause});
  });
}

void MqttClient::Link::start() {
  WATTLE_CHECK(state_ == State::idle);
  connect();
}

void MqttClient::Link::connect() {
  state_ = State::connecting;
  ++attempt_;
  unsent_.clear();
  unsent_bytes_ = 0;
  boost::asio::post(caller_, [this, attempt = attempt_] {
    try {
      paho_->connect(connect_options(settings_), as_context(attempt), on_connect_);
    } catch (const mqtt::exception& error) {
      queue_.put_event(MqttConnectDone{attempt, error.what()});
    }
  });
}

void MqttClient::Link::pause(std::string_view reason) {
  state_ = State::pausing;
  connect_failures_.add();
  const auto wait = reconnect_pause(settings_.first_pause, settings_.longest_pause, failures_++, random_.next());
  log_event(LogLevel::warning, "mqtt.connect_failed",
            {{"client", settings_.client_id}, {"reason", reason}, {"pause_ms", wait.micros / 1000}});
  timer_.expires_after(to_chrono(wait));
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && self->state_ == State::pausing) self->connect();
  });
}

void MqttClient::Link::lose(std::string_view reason) {
  if (monotonic_clock() - up_since_ >= settings_.settled) failures_ = 0;
  losses_.add();
  connected_.set(0);
  log_event(LogLevel::warning, "mqtt.lost", {{"client", settings_.client_id}, {"reason", reason}});
}

void MqttClient::Link::send_subscriptions() {
  state_ = State::subscribing;
  unanswered_subscriptions_ = settings_.subscriptions.size();
  if (unanswered_subscriptions_ == 0) return come_up();
  for (const auto& wanted : settings_.subscriptions) subscribe_at_broker(wanted);
}

void MqttClient::Link::subscribe_at_broker(const MqttSubscription& wanted) {
  boost::asio::post(caller_, [this, wanted, attempt = attempt_] {
    try {
      paho_->subscribe(wanted.filter, wanted.qos, as_context(attempt), on_subscribe_);
    } catch (const mqtt::exception& error) {
      queue_.put_event(MqttSubscribeDone{attempt, error.what()});
    }
  });
}

void MqttClient::Link::disconnect_from_broker(int quiesce_ms) {
  boost::asio::post(caller_, [this, quiesce_ms] {
    try {
      paho_->disconnect(quiesce_ms, as_context(0), on_disconnect_);
    } catch (const mqtt::exception&) {
      queue_.put_event(MqttDisconnectDone{});  // there was no connection any more
    }
  });
}

void MqttClient::Link::come_up() {
  state_ = State::up;
  up_since_ = monotonic_clock();
  connects_.add();
  connected_.set(1);
  log_event(LogLevel::info, "mqtt.connected", {{"client", settings_.client_id}, {"broker", broker_uri(settings_)}});
  handlers_.connected();
}

void MqttClient::Link::drain() {
  const auto alive = shared_from_this();
  for (int n = 0; n < arrivals_at_once; ++n) {
    auto arrival = queue_.take();
    if (!arrival) return;
    if (state_ == State::stopped) continue;
    std::visit([this](const auto& item) { handle(item); }, *arrival);
  }
  boost::asio::post(loop_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->drain();
  });
}

void MqttClient::Link::handle(const mqtt::const_message_ptr& message) {
  if (state_ == State::stopping) return;
  const auto& payload = message->get_payload_ref();
  if (payload.size() > settings_.limits.payload || message->get_topic().size() > settings_.limits.topic) {
    oversized_.add();
    log_event(LogLevel::warning, "mqtt.message_too_large",
              {{"client", settings_.client_id}, {"topic", message->get_topic()}, {"bytes", payload.size()}});
    return;
  }
  received_.add();
  handlers_.message(message->get_topic(), view(std::string_view(payload.data(), payload.size())));
}

void MqttClient::Link::handle(const MqttConnectDone& done) {
  if (state_ != State::connecting || done.attempt != attempt_) return;
  if (done.failure) return pause(*done.failure);
  send_subscriptions();
}

void MqttClient::Link::handle(const MqttSubscribeDone& done) {
  if (done.attempt != attempt_ || (state_ != State::subscribing && state_ != State::up)) return;
  if (done.failure) {
    log_event(LogLevel::error, "mqtt.subscribe_refused", {{"client", settings_.client_id}, {"reason", *done.failure}});
    const bool was_up = state_ == State::up;
    state_ = State::refused;
    disconnect_from_broker(0);
    if (was_up) {
      lose("the broker refused a subscription");
      handlers_.disconnected("the broker refused a subscription");
    }
    return;
  }
  if (unanswered_subscriptions_ > 0 && --unanswered_subscriptions_ == 0 && state_ == State::subscribing) come_up();
}

void MqttClient::Link::handle(const MqttLost& lost) {
  if (state_ == State::subscribing || state_ == State::refused) return pause(lost.reason);
  if (state_ != State::up) return;
  lose(lost.reason);
  pause(lost.reason);
  handlers_.disconnected(lost.reason);
}

void MqttClient::Link::handle(const MqttSent& sent) {
  const auto found = unsent_.find(sent.number);
  if (found == unsent_.end()) return;  // of an earlier connection
  unsent_bytes_ -= found->second;
  unsent_.erase(found);
  const auto& limits = settings_.limits;
  if (was_full_ && unsent_.size() <= limits.unsent_messages / 2 && unsent_bytes_ <= limits.unsent_bytes / 2) {
    was_full_ = false;
    handlers_.writable();
  }
}

void MqttClient::Link::handle(const MqttDisconnectDone&) {
  if (state_ == State::refused) pause("the broker refused a subscription");
  if (state_ == State::stopping) finish_stop();
}

Result<void> MqttClient::Link::publish(std::string_view topic, ByteView payload, int qos) {
  const auto refuse = [this](Error error) -> Result<void> {
    refused_.add();
    return error;
  };
  WATTLE_CHECK(qos == 0 || qos == 1);
  if (!portable_topic(topic) || topic.size() > settings_.limits.topic) return refuse(WATTLE_FAIL(IoErrc::bad_topic));
  if (payload.size() > settings_.limits.payload) return refuse(WATTLE_FAIL(IoErrc::message_too_large));
  if (state_ != State::up) return refuse(WATTLE_FAIL(IoErrc::not_connected));
  if (unsent_.size() >= settings_.limits.unsent_messages || unsent_bytes_ + payload.size() > settings_.limits.unsent_bytes) {
    was_full_ = true;
    return refuse(WATTLE_FAIL(IoErrc::queue_full));
  }
  const auto number = ++publications_;
  unsent_.emplace(number, payload.size());
  unsent_bytes_ += payload.size();
  published_.add();
  auto message = mqtt::make_message(std::string(topic), payload.data(), payload.size(), qos, false);
  boost::asio::post(caller_, [this, number, message = std::move(message)] {
    try {
      paho_->publish(message, as_context(number), on_publish_);
    } catch (const mqtt::exception&) {
      queue_.put_event(MqttSent{number});  // lost with the connection, as what was on the wire is
    }
  });
  return {};
}

void MqttClient::Link::subscribe(MqttSubscription subscription) {
  WATTLE_CHECK(portable_filter(subscription.filter));
  settings_.subscriptions.push_back(subscription);
  if (state_ != State::up && state_ != State::subscribing) return;
  ++unanswered_subscriptions_;
  subscribe_at_broker(subscription);
}

void MqttClient::Link::stop(std::function<void()> done) {
  WATTLE_CHECK(state_ != State::stopping && state_ != State::stopped);
  stopped_ = std::move(done);
  const bool linked = state_ == State::up || state_ == State::subscribing || state_ == State::connecting;
  state_ = State::stopping;
  queue_.close();
  connected_.set(0);
  timer_.expires_after(to_chrono(settings_.stop_time));
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && self->state_ == State::stopping) self->finish_stop();
  });
  if (linked) return disconnect_from_broker(static_cast<int>(settings_.stop_time.micros / 2000));
  boost::asio::post(loop_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->state_ == State::stopping) self->finish_stop();
  });
}

void MqttClient::Link::finish_stop() {
  state_ = State::stopped;
  timer_.cancel();
  log_event(LogLevel::info, "mqtt.stopped", {{"client", settings_.client_id}});
  work_.reset();
  auto done = std::move(stopped_);
  if (done) done();
}

void MqttClient::Link::close() {
  state_ = State::stopped;
  connected_.set(0);
  timer_.cancel();
  work_.reset();
  queue_.close();
  caller_.join();  // what was posted is done
  try {
    paho_->disable_callbacks();
  } catch (const mqtt::exception&) {
    // Refused while a connection is being made; what it still brings ends in the closed queue.
  }
  paho_.reset();
}

MqttClient::MqttClient(boost::asio::io_context& loop, MqttSettings settings, MqttHandlers handlers, std::uint64_t seed,
                       Metrics& metrics)
    : link_(std::make_shared<Link>(loop, std::move(settings), std::move(handlers), seed, metrics)) {
  link_->attach();
}

MqttClient::~MqttClient() { link_->close(); }

void MqttClient::start() { link_->start(); }
void MqttClient::stop(std::function<void()> done) { link_->stop(std::move(done)); }
bool MqttClient::connected() const { return link_->connected(); }
Result<void> MqttClient::publish(std::string_view topic, ByteView payload, int qos) {
  return link_->publish(topic, payload, qos);
}
void MqttClient::subscribe(MqttSubscription subscription) { link_->subscribe(std::move(subscription)); }

}  // namespace wattle
