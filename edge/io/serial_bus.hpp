#pragma once
// The master of one RS485 line: one question at a time, silence between frames, late bytes thrown away before they can pass for
// an answer, and a device that may be unplugged. For one thread, the loop's.

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>

#include "edge/io/serial_bus_device.hpp"

namespace wattle {

struct SerialBusSettings {
  std::string device;
  LineFormat format;
  Duration gap = milliseconds(5);        // between frames: at least 3.5 characters, which is 4 ms at 9600
  Duration quiet = milliseconds(100);    // after garbage, the line must be this long without a byte
  Duration longest_babble = seconds(1);  // but a line that is never quiet is given up waiting for
  Duration first_reopen = seconds(1);    // doubled up to the last, until something is heard again
  Duration last_reopen = seconds(60);
};

struct BusTransaction {
  // A constructor, since g++ 12 destroys an aggregate made within a co_await expression twice (seen here).
  BusTransaction(Bytes request_, Judge judge_, Duration timeout_, Urgency urgency_ = Urgency::poll)
      : request(std::move(request_)), judge(std::move(judge_)), timeout(timeout_), urgency(urgency_) {}

  Bytes request;
  Judge judge;
  Duration timeout;  // from the first byte sent to the whole answer
  Urgency urgency;
};

class SerialBus : public std::enable_shared_from_this<SerialBus> {
 public:
  using Done = std::function<void(Result<Bytes>)>;

  static std::shared_ptr<SerialBus> start(boost::asio::io_context& loop, SerialBusSettings settings);

  /// All bytes that were heard until the judge called them complete, or until the line gave no more; what they are worth is the
  /// caller's to say. Errors are of BusErrc. `done` is called from the loop, never from within this call.
  void transact(BusTransaction transaction, Done done);
  /// The same for coroutines: `Result<Bytes> heard = co_await bus->transact(...)`.
  boost::asio::awaitable<Result<Bytes>> transact(BusTransaction transaction);

  /// What waits gets BusErrc::stopped. The bus cannot be started again.
  void stop();

  const BusCounters& counters() const { return counters_; }
  bool is_open() const { return port_.is_open(); }

 private:
  struct Waiting {
    BusTransaction transaction;
    Done done;
  };
  using Clock = std::chrono::steady_clock;

  SerialBus(boost::asio::io_context& loop, SerialBusSettings settings);
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> until(Clock::time_point when);
  boost::asio::awaitable<Result<Bytes>> perform(const BusTransaction& transaction);
  boost::asio::awaitable<Result<void>> open_before(Clock::time_point deadline);
  boost::asio::awaitable<Result<Bytes>> ask(const BusTransaction& transaction, Clock::time_point deadline);
  void cancel_port_at(Clock::time_point deadline);
  void disarm();
  boost::asio::awaitable<Result<std::size_t>> hear(Bytes& buffer, Clock::time_point deadline);
  boost::asio::awaitable<void> wait_for_quiet();
  Result<void> discard_unasked();
  void put_off_reopening();
  Error lose_port();
  std::optional<Waiting> next();

  SerialBusSettings settings_;
  boost::asio::posix::stream_descriptor port_;
  boost::asio::steady_timer timer_;  // of the transaction, and of waiting for work
  std::deque<Waiting> commands_;
  std::deque<Waiting> polls_;
  BusCounters counters_;
  Clock::time_point line_free_;  // not before this is the next frame sent
  Clock::time_point next_open_;
  Duration reopen_after_;
  bool was_open_ = false;
  bool idle_ = false;
  bool stopped_ = false;
  std::uint64_t armed_ = 0;  // which operation a deadline belongs to
};

}  // namespace wattle
