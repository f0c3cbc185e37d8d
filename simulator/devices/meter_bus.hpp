#pragma once
// Virtual meters on one wire: takes requests off a pseudo-terminal, lets the meter that is meant answer, in the time that a
// real line would take if wanted, and does the wire's mischief when told to.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <variant>

#include "shared/base/random.hpp"
#include "simulator/devices/pty.hpp"
#include "simulator/devices/virtual_meter.hpp"

namespace wattle::sim {

struct BusTiming {
  bool timed = false;  // or every answer comes at once
  LineFormat line;
  Duration turnaround = milliseconds(20);
};

struct MeterBusSettings {
  BusTiming timing;
  std::uint64_t seed = 1;  // of the noise
  std::function<Instant()> wall_clock;
  /// Called before a meter's state is shown to a master; a meter whose memory fails does not answer.
  std::function<Result<void>(const VirtualMeter&)> remember;
};

/// What has been said on the wire, by both sides.
struct WireUse {
  std::uint64_t answers = 0;     // with the requests that they answer
  std::uint64_t characters = 0;  // of both
};

/// What is wrong with one meter.
struct MeterFaults {
  bool dead = false;          // does not answer, does not obey
  Duration slow;              // thinks so much longer
  bool misaddressed = false;  // answers as its neighbour would: somebody has set the wrong address
};

class MeterBus {
 public:
  MeterBus(boost::asio::io_context& loop, Pty pty, std::vector<VirtualMeter> meters, MeterBusSettings settings);

  const std::string& device() const { return pty_.device(); }
  int meters_end() const { return pty_.meters_end(); }
  void start();
  void stop();
  const WireUse& wire_use() const { return wire_use_; }
  std::vector<VirtualMeter>& meters() { return meters_; }
  /// Every meter, up to now: for a graceful end.
  Result<void> remember_all();

  /// Of its n-th meter, up to now: what it has counted, and what it lets through. A dead meter counts too.
  std::int64_t counted(std::size_t meter) { return meters_.at(meter).counted(settings_.wall_clock()); }
  Power drawn(std::size_t meter) { return meters_.at(meter).drawn(settings_.wall_clock()); }

  /// One control line; the reply's last line is "ok" or "error: why". WHO is a bus address or a meter's number, with ".2"
  /// behind it for its second circuit.
  ///   load WHO WATTS|curve      a load instead of the curve
  ///   relay WHO open|closed     by hand at the meter
  ///   weld WHO on|off           the contact lets power through whatever the relay shows; a valve is stuck
  ///   tear WHO on|off           counts between the words of a register while it is read
  ///   event WHO NAME            it writes down "overloaded", "cover_opened"…; overload and an empty purse open its relay
  ///   energy WHO WH             as if it had counted so far
  ///   purse WHO                 what its purse or display shows
  ///   buy WHO AMOUNT            somebody's card at the meter: yuan, or kWh of a purse of energy
  ///   replace WHO NUMBER        another meter of this model is put there, its registers at zero
  ///   dead WHO on|off           does not answer, does not obey
  ///   slow WHO MS               thinks so much longer
  ///   misaddress WHO on|off     answers as its neighbour would
  ///   noise PERMILLE            share of answers that the wire spoils
  ///   say HEX                   bytes that come from somewhere else, as a second master's
  ///   status                    a line for each circuit, with purse or display, parameters and clock where it has them
  std::string command(std::string_view line);

  /// Puts bytes on the wire that no meter has sent.
  Error say(ByteView bytes);

  /// What a gateway of Modbus-TCP in front of these meters gets out of them, and how long the line takes for it. Nothing when
  /// nobody answers. The noise of the wire is not its business: a gateway checks the CRC.
  struct GatewayAnswer {
    Bytes pdu;
    Duration takes;
  };
  std::optional<GatewayAnswer> ask(std::uint8_t unit, ByteView request_pdu);

 private:
  struct ToUnit {
    std::uint8_t unit = 0;
    Bytes pdu;
  };
  struct Request {
    std::variant<ToUnit, dlt645::Frame, cjt188::Frame, mbus::Frame> what;
    std::size_t size = 0;  // on the wire, with noise in front of it
  };
  struct Answer {
    Bytes bytes;
    Duration slow;
  };

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> hear(ByteView bytes);
  boost::asio::awaitable<void> obey_all(Wire wire);
  void watch_silence();
  boost::asio::awaitable<void> send(Answer answer, std::size_t request_size);
  void count(std::size_t characters);
  /// Takes the first request out of what was heard.
  std::optional<Request> next_request(Wire wire);
  /// Whether one of the meters does.
  template <class Model>
  bool speaks() const;
  Answer obey(const ToUnit& request);
  template <class Frame>
  Answer obey(const Frame& request);
  Answer beside(Answer one, Answer other) const;
  /// The bytes, unless the meter's memory fails.
  Bytes remembered(const VirtualMeter& meter, Bytes bytes);
  std::string meter_command(std::string_view verb, std::string_view who, std::string_view value);
  std::string circuit_command(VirtualMeter& meter, std::size_t circuit, std::string_view verb, std::string_view value);
  std::string purse_command(VirtualMeter& meter, std::size_t circuit, std::string_view verb, std::string_view value);
  std::string fault_command(MeterFaults& faults, std::string_view verb, std::string_view value);
  std::string status();

  Pty pty_;
  boost::asio::posix::stream_descriptor wire_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer silence_;
  bool is_reading_ = false;
  std::vector<VirtualMeter> meters_;
  std::vector<MeterFaults> faults_;  // of each
  MeterBusSettings settings_;
  Random random_;
  Bytes heard_;
  std::chrono::steady_clock::time_point last_byte_;
  std::uint32_t noise_per_mille_ = 0;
  WireUse wire_use_;
};

/// What a bad wire does to a frame: a bit flips, a byte is lost, noise comes first, or the end is cut off.
Bytes spoil(Bytes frame, Random& random);
/// What is heard of two meters that answer at once, the second so many characters after the first, at most behind it: a wire on
/// which either can pull a bit down.
Bytes collide(const Bytes& a, const Bytes& b, std::size_t later = 0);

}  // namespace wattle::sim
