#pragma once
// Eight buses of 32 virtual meters, on lines that take the time of a wire, and the box's side of them.

#include <thread>

#include "edge/meter_line.hpp"
#include "simulator/devices/modbus_tcp_server.hpp"
#include "tests/bench/figure.hpp"

namespace wattle::bench {

inline constexpr std::size_t buses = 8;
inline constexpr std::uint64_t meters_a_bus = 32;
inline constexpr Duration turnaround = milliseconds(20);  // of every meter
inline constexpr Duration as_fast_as_it_goes = milliseconds(200);

/// What stands on the buses of one measurement.
struct BusKind {
  std::string name;
  std::shared_ptr<const MeterProfile> profile;
  LineFormat line;
  bool gateway = false;  // of Modbus-TCP, before each bus
};

/// Modbus-RTU at 9600, 8E1.
const BusKind& usual_kind();
MeterPlace place_of(const MeterProfile& profile, std::uint64_t unit);
/// The n-th of the meters, with that load, and its register at zero.
sim::VirtualMeter metered(const BusKind& kind, std::uint64_t unit, Power load);

/// How a thread that stands for hardware keeps time. Sleeping, it is late by what the machine takes to wake, a tenth of a
/// millisecond or, on a virtual one, several: that is no loss of the box's. Watching, it takes a core of its own.
enum class Pace : std::uint8_t { sleeps, watches };

/// The meters of all buses, on a thread of their own.
class Meters {
 public:
  explicit Meters(const BusKind& kind, Pace pace = Pace::sleeps);
  Meters(const Meters&) = delete;
  Meters& operator=(const Meters&) = delete;
  ~Meters();

  /// Where a master finds the bus.
  void tell_way(std::size_t bus, edge::BusConfig& config) const;
  /// Nothing else goes before them: they have a core, or the right to one when they wake.
  bool are_prompt() const { return are_prompt_; }
  /// Does not answer from now on.
  void kill(std::size_t bus, MeterId number);
  /// Of all buses together.
  sim::WireUse wire_use();

 private:
  boost::asio::io_context loop_{1};
  std::vector<std::unique_ptr<sim::MeterBus>> buses_;
  std::vector<std::unique_ptr<sim::ModbusTcpServer>> gateways_;
  std::thread thread_;
  bool are_prompt_ = false;
};

/// What a box got out of its buses over a time.
struct Got {
  double seconds = 0;
  double answers = 0;  // whole ones, in time
  sim::WireUse use;    // by all
};

/// The box's side of them all.
class Box {
 public:
  Box(const BusKind& kind, const Meters& at);
  /// After a moment to get going.
  Got work(Meters& at, std::chrono::milliseconds time);

 private:
  double answers() const;

  boost::asio::io_context loop_{1};
  std::vector<std::unique_ptr<edge::MeterLine>> lines_;
};

/// Time that the wire needs for it: every character, each meter's turnaround, and the silence before each question.
Duration wire_needs(const BusKind& kind, const sim::WireUse& use);

void measure_ages(Effort effort, const Report& report);

}  // namespace wattle::bench
