#pragma once
// Which rooms have changed, told on a few times a second: a box that comes back changes each of its rooms hundreds of times in
// a moment, and who watches wants the last of it. The first change after a pause is told at once.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <set>

#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"

namespace wattle::cloud {

inline constexpr Duration pulse_pause = milliseconds(200);
inline constexpr std::size_t pulse_rooms_at_once = 100;  // before the loop may do something else

class RoomPulse {
 public:
  /// `tell` runs on the loop, never within changed().
  RoomPulse(boost::asio::io_context& loop, std::function<void(RoomId)> tell)
      : loop_(loop), timer_(loop), tell_(std::move(tell)) {}
  RoomPulse(const RoomPulse&) = delete;
  RoomPulse& operator=(const RoomPulse&) = delete;

  void changed(RoomId room);
  /// Forgets what waits.
  void stop();

 private:
  void begin();
  void tell_some();

  boost::asio::io_context& loop_;
  boost::asio::steady_timer timer_;
  std::function<void(RoomId)> tell_;
  std::set<RoomId> rooms_;    // since the last round began
  std::set<RoomId> telling_;  // of the round under way
  bool scheduled_ = false;
  bool stopped_ = false;
};

}  // namespace wattle::cloud
