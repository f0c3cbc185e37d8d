#pragma once
// What every bus has in common, whatever moves its bytes. A bus understands nothing: whoever asks brings the question along
// with a judge of what is heard, and gets the bytes back.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace wattle {

enum class BusErrc : int {
  silence = 1,        // nothing was heard until the time was up
  closed = 2,         // nobody is there: a collector that has not dialled in
  unplugged = 3,      // it went away in the middle
  busy = 4,           // another process has the device
  line_settings = 5,  // the device takes no such rate or format
  queue_full = 6,
  stopped = 7,
  direction = 8,  // the device's driver does not turn an RS485 line around
};
const boost::system::error_category& bus_category();
Error make_error_code(BusErrc code);
/// Why the call before has failed, as the system says it.
Error last_system_error();

/// On the bytes heard since the question was sent.
enum class Verdict : std::uint8_t {
  more,      // an answer may still come of it
  complete,  // an answer is in it
  broken,    // no answer will come of it; the bus waits until the line is quiet
};
using Judge = std::function<Verdict(ByteView heard)>;

enum class Urgency : std::uint8_t { command, poll };  // commands go before polls, between two transactions

struct BusTransaction {
  // A constructor, since g++ 12 destroys an aggregate made within a co_await expression twice (seen here).
  BusTransaction(Bytes request_, Judge judge_, Duration timeout_, Urgency urgency_ = Urgency::poll, Duration gap_ = {})
      : request(std::move(request_)), judge(std::move(judge_)), timeout(timeout_), urgency(urgency_), gap(gap_) {}

  Bytes request;
  Judge judge;
  Duration timeout;  // from the first byte sent to the whole answer
  Urgency urgency;
  Duration gap;                  // silence before the request, since the last byte on the line
  bool is_answered = true;       // false: to all, and the whole timeout passes; what is heard is given, be it nothing
  bool may_be_repeated = false;  // it changes nothing: asked once more where the connection ended behind it
};

/// When bytes came that no judge was given.
enum class Stray : std::uint8_t {
  idle,    // since the last transaction was over; told before the next request is sent
  behind,  // after a transaction's time, or behind what no answer could come of; told before `done`
};
using StrayHandler = std::function<void(Stray when, ByteView bytes)>;

struct BusCounters {
  std::uint64_t transactions = 0;
  std::uint64_t silences = 0;
  std::uint64_t broken = 0;         // something was heard, and no answer
  std::uint64_t unasked_bytes = 0;  // heard when nobody had been asked: late answers, noise, a stranger on the wire
  std::uint64_t reopens = 0;
};

inline constexpr std::size_t max_bus_queue = 64;
inline constexpr std::size_t max_heard = 1024;  // four frames of the longest kind; beyond that it is noise

/// For one thread, the loop's.
class Bus {
 public:
  using Done = std::function<void(Result<Bytes>)>;

  virtual ~Bus() = default;

  /// All bytes that were heard until the judge called them complete, or until the line gave no more; what they are worth is the
  /// caller's to say. Errors are of BusErrc, or the system's own where the port cannot be opened, also while it waits to be
  /// tried again. `done` is called from the loop, never from within this call.
  virtual void transact(BusTransaction transaction, Done done) = 0;
  /// The same for coroutines: `Result<Bytes> heard = co_await bus->transact(...)`.
  boost::asio::awaitable<Result<Bytes>> transact(BusTransaction transaction);
  /// Whoever wants to know what is thrown away; at most max_heard bytes a time, the first ones. Not called after stop().
  virtual void on_stray(StrayHandler handler) = 0;
  /// What waits gets BusErrc::stopped. The bus cannot be started again.
  virtual void stop() = 0;

  virtual const BusCounters& counters() const = 0;
  virtual bool is_open() const = 0;
};

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::BusErrc> : std::true_type {};
