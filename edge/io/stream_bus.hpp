#pragma once
// The master of a line behind a descriptor, a serial device's or a socket's: one question at a time, silence between frames,
// late bytes thrown away before they can pass for an answer, and a way out that may go away and come back.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <vector>

#include "edge/io/bus.hpp"

namespace wattle {

struct StreamBusSettings {
  Duration quiet = milliseconds(100);    // after garbage, the line must be this long without a byte
  Duration longest_babble = seconds(1);  // but a line that is never quiet is given up waiting for
  Duration first_reopen = seconds(1);    // doubled up to the last, until something is heard again
  Duration last_reopen = seconds(60);
  unsigned deaf_after = 0;           // silences in a row, after which a connection is made anew; 0: never
  bool drains_after_silence = true;  // an answer that comes too late must not pass for one to the next question
  std::vector<Bytes> injected = {};  // what no meter sends, and may stand anywhere: a collector's heartbeat
};

class StreamBus final : public Bus, public std::enable_shared_from_this<StreamBus> {
 public:
  using Clock = std::chrono::steady_clock;
  /// A descriptor that does not block; the bus owns it then. Takes no longer than until the deadline.
  using Opener = std::function<boost::asio::awaitable<Result<int>>(Clock::time_point deadline)>;

  static std::shared_ptr<StreamBus> start(boost::asio::io_context& loop, Opener opener, StreamBusSettings settings);

  using Bus::transact;
  void transact(BusTransaction transaction, Done done) override;
  void on_stray(StrayHandler handler) override { stray_ = std::move(handler); }
  void stop() override;
  const BusCounters& counters() const override { return counters_; }
  bool is_open() const override { return port_.is_open(); }

 private:
  struct Waiting {
    BusTransaction transaction;
    Done done;
  };

  StreamBus(boost::asio::io_context& loop, Opener opener, StreamBusSettings settings);
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> until(Clock::time_point when);
  boost::asio::awaitable<Result<Bytes>> perform(const BusTransaction& transaction);
  boost::asio::awaitable<Result<void>> open_before(Clock::time_point deadline);
  boost::asio::awaitable<Result<void>> make_ready(const BusTransaction& transaction);
  boost::asio::awaitable<Result<Bytes>> ask(const BusTransaction& transaction, Clock::time_point deadline);
  Verdict judge(const BusTransaction& transaction, Bytes& heard) const;
  void cancel_port_at(Clock::time_point deadline);
  void disarm();
  boost::asio::awaitable<Result<std::size_t>> hear(Bytes& buffer, Clock::time_point deadline);
  boost::asio::awaitable<void> wait_for_quiet();
  Result<void> discard_unasked();
  void tell_stray(Stray when, const Bytes& bytes);
  void leave_deaf_connection();
  void put_off_reopening();
  Error lose_port();
  std::optional<Waiting> next();

  Opener opener_;
  StreamBusSettings settings_;
  boost::asio::posix::stream_descriptor port_;
  boost::asio::steady_timer timer_;  // of the transaction, and of waiting for work
  std::deque<Waiting> commands_;
  std::deque<Waiting> polls_;
  BusCounters counters_;
  StrayHandler stray_ = [](Stray, ByteView) {};
  Clock::time_point last_heard_;  // when the line was last known to carry something
  Clock::time_point next_open_;
  Duration reopen_after_;
  unsigned silences_ = 0;                                // since something was heard, or the connection was made
  bool has_answered_ = false;                            // since the connection was made
  Error why_closed_ = make_error_code(BusErrc::closed);  // the last time that it was to be opened
  bool was_open_ = false;
  bool idle_ = false;
  bool stopped_ = false;
  std::uint64_t armed_ = 0;  // which operation a deadline belongs to
};

}  // namespace wattle
