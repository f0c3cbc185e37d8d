#pragma once
// Paho's side of the client: options, completions, and its error numbers in words. Only for mqtt.cpp.

#include <mqtt/async_client.h>

#include <functional>
#include <optional>
#include <string>

#include "shared/io/clock.hpp"
#include "shared/io/mqtt.hpp"

namespace wattle {

inline std::string failure_text(int code) {
  switch (code) {
    case MQTTASYNC_FAILURE: return "no connection, or no TLS handshake";
    case 1: return "the broker refuses MQTT 3.1.1";  // 1 to 5: MQTT 3.1.1 §3.2.2.3
    case 2: return "the broker refuses the client id";
    case 3: return "the broker is unavailable";
    case 4: return "the broker refuses the user name";
    case 5: return "the broker has not authorised this client";
    case 0x80: return "the broker refuses the subscription";  // §3.9.3
    default: return mqtt::exception::error_str(code) + " (" + std::to_string(code) + ')';
  }
}

/// Paho's completion of one action, passed on with the number that was given along.
class Completion final : public mqtt::iaction_listener {
 public:
  using Handler = std::function<void(std::uintptr_t number, std::optional<std::string> failure)>;
  explicit Completion(Handler handler) : handler_(std::move(handler)) {}

  void on_failure(const mqtt::token& token) override { handler_(number_of(token), failure_text(token.get_return_code())); }
  void on_success(const mqtt::token& token) override { handler_(number_of(token), std::nullopt); }

 private:
  static std::uintptr_t number_of(const mqtt::token& token) {
    return reinterpret_cast<std::uintptr_t>(token.get_user_context());
  }
  Handler handler_;
};

inline void* as_context(std::uintptr_t number) { return reinterpret_cast<void*>(number); }

inline mqtt::connect_options connect_options(const MqttSettings& settings) {
  mqtt::connect_options options;
  options.set_mqtt_version(MQTTVERSION_3_1_1);
  options.set_clean_session(settings.clean_session);
  options.set_keep_alive_interval(to_chrono(settings.keep_alive));
  options.set_connect_timeout(to_chrono(settings.connect_time));
  options.set_max_inflight(settings.limits.inflight);
  options.set_automatic_reconnect(false);
  if (settings.tls.ca_file.empty()) return options;
  mqtt::ssl_options tls;
  tls.set_trust_store(settings.tls.ca_file);
  tls.set_key_store(settings.tls.certificate_file);
  tls.set_private_key(settings.tls.key_file);
  tls.set_enable_server_cert_auth(true);
  tls.set_verify(true);  // the host's name or address must stand in the certificate
  tls.set_ssl_version(MQTT_SSL_VERSION_TLS_1_2);
  options.set_ssl(std::move(tls));
  return options;
}

inline std::string broker_uri(const MqttSettings& settings) {
  return (settings.tls.ca_file.empty() ? "tcp://" : "ssl://") + settings.host + ':' + std::to_string(settings.port);
}

}  // namespace wattle
