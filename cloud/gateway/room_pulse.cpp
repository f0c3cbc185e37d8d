#include "cloud/gateway/room_pulse.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "shared/io/clock.hpp"

namespace wattle::cloud {

void RoomPulse::changed(RoomId room) {
  if (stopped_) return;
  rooms_.insert(room);
  // At the end of the queue: what else the same transaction has changed comes with it.
  if (!std::exchange(scheduled_, true)) boost::asio::post(loop_, [this] { begin(); });
}

void RoomPulse::begin() {
  telling_ = std::exchange(rooms_, {});
  tell_some();
}

void RoomPulse::tell_some() {
  if (stopped_) return;
  for (std::size_t told = 0; told < pulse_rooms_at_once && !telling_.empty(); ++told)
    tell_(telling_.extract(telling_.begin()).value());
  if (!telling_.empty()) return boost::asio::post(loop_, [this] { tell_some(); });
  timer_.expires_after(to_chrono(pulse_pause));
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    scheduled_ = !rooms_.empty();
    if (scheduled_) begin();
  });
}

void RoomPulse::stop() {
  stopped_ = true;
  rooms_.clear();
  telling_.clear();
  timer_.cancel();
}

}  // namespace wattle::cloud
