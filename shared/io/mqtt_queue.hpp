#pragma once
// The way from Paho's thread to the loop's: messages bounded in number and bytes (the putting side waits), and the few events
// of the connection, which never wait. Order is kept.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "mqtt/message.h"

namespace wattle {

struct MqttConnectDone {
  std::uintptr_t attempt;
  std::optional<std::string> failure;
};
struct MqttSubscribeDone {
  std::uintptr_t attempt;
  std::optional<std::string> failure;
};
struct MqttLost {
  std::string reason;
};
struct MqttSent {
  std::uintptr_t number;
};
struct MqttDisconnectDone {};
using MqttArrival =
    std::variant<mqtt::const_message_ptr, MqttConnectDone, MqttSubscribeDone, MqttLost, MqttSent, MqttDisconnectDone>;

class MqttQueue {
 public:
  /// wake is called, from the putting thread, when the queue turns from empty to not empty.
  MqttQueue(std::size_t most_messages, std::size_t most_bytes, std::function<void()> wake)
      : most_messages_(most_messages), most_bytes_(most_bytes), wake_(std::move(wake)) {}

  void put(mqtt::const_message_ptr message) {
    std::unique_lock lock(mutex_);
    const auto size = message->get_payload_ref().size();
    room_.wait(lock, [&] { return closed_ || messages_ == 0 || (messages_ < most_messages_ && bytes_ + size <= most_bytes_); });
    if (closed_) return;
    ++messages_;
    bytes_ += size;
    push(lock, std::move(message));
  }

  void put_event(MqttArrival event) {
    std::unique_lock lock(mutex_);
    push(lock, std::move(event));
  }

  std::optional<MqttArrival> take() {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) return std::nullopt;
    auto item = std::move(items_.front());
    items_.pop_front();
    if (const auto* message = std::get_if<mqtt::const_message_ptr>(&item)) {
      --messages_;
      bytes_ -= (*message)->get_payload_ref().size();
      room_.notify_one();
    }
    return item;
  }

  /// Messages are dropped from now on, and nobody waits any more; events still pass.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
  }

 private:
  void push(std::unique_lock<std::mutex>& lock, MqttArrival item) {
    const bool was_empty = items_.empty();
    items_.push_back(std::move(item));
    lock.unlock();
    if (was_empty) wake_();
  }

  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<MqttArrival> items_;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
  bool closed_ = false;
  const std::size_t most_messages_;
  const std::size_t most_bytes_;
  const std::function<void()> wake_;
};

}  // namespace wattle
