#pragma once
// Virtual meters on one wire: takes requests off a pseudo-terminal, lets the meter that is meant answer, in the time that a
// real line would take if wanted, and does the wire's mischief when told to.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <set>

#include "shared/base/random.hpp"
#include "simulator/devices/pty.hpp"
#include "simulator/devices/virtual_meter.hpp"

namespace wattle::sim {

struct BusTiming {
  bool timed = false;  // or every answer comes at once
  std::uint32_t baud = 9600;
  Duration turnaround = milliseconds(20);
};

struct MeterBusSettings {
  Protocol protocol = Protocol::modbus_rtu;  // of all its meters
  BusTiming timing;
  std::uint64_t seed = 1;  // of the noise
  std::function<Instant()> wall_clock;
  /// Called before a meter's state is shown to a master; a meter whose memory fails does not answer.
  std::function<Result<void>(const VirtualMeter&)> remember;
};

class MeterBus {
 public:
  MeterBus(boost::asio::io_context& loop, Pty pty, std::vector<VirtualMeter> meters, MeterBusSettings settings);

  const std::string& device() const { return pty_.device(); }
  int meters_end() const { return pty_.meters_end(); }
  void start();
  void stop();
  /// Every meter, up to now: for a graceful end.
  Result<void> remember_all();

  /// One control line; the reply's last line is "ok" or "error: why".
  ///   load ADDRESS WATTS|curve      a load instead of the curve
  ///   relay ADDRESS open|closed     by hand at the meter
  ///   dead ADDRESS on|off           does not answer, does not obey
  ///   noise PERMILLE                share of answers that the wire spoils
  ///   status                        a line for each meter
  std::string command(std::string_view line);

 private:
  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> hear(ByteView bytes);
  /// Takes the first request out of what was heard and carries it out; false when there is none.
  boost::asio::awaitable<bool> obey_modbus();
  boost::asio::awaitable<bool> obey_dlt645();
  boost::asio::awaitable<void> send(Bytes bytes, std::size_t request_size);
  /// The bytes, unless the meter's memory fails.
  Bytes remembered(const VirtualMeter& meter, Bytes bytes);
  bool is_dead(const VirtualMeter& meter) const { return dead_.contains(meter.unit()); }
  VirtualMeter* find(std::string_view address);
  std::string load(VirtualMeter& meter, std::string_view what);
  std::string status();

  Pty pty_;
  boost::asio::posix::stream_descriptor wire_;
  boost::asio::steady_timer timer_;
  std::vector<VirtualMeter> meters_;
  MeterBusSettings settings_;
  Random random_;
  Bytes heard_;
  std::chrono::steady_clock::time_point last_byte_;
  std::set<std::uint8_t> dead_;
  std::uint32_t noise_per_mille_ = 0;
};

/// What a bad wire does to a frame: a bit flips, a byte is lost, noise comes first, or the end is cut off.
Bytes spoil(Bytes frame, Random& random);
/// What is heard of two meters that answer at once: a wire on which either can pull a bit down.
Bytes collide(const Bytes& a, const Bytes& b);

}  // namespace wattle::sim
