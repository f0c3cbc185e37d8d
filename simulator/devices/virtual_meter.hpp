#pragma once
// A meter that answers the bytes of its profile: a register that counts the energy its load draws, and a relay that really
// stops the load. Pure; the time comes in, and runs wherever the caller's wall clock runs.

#include <memory>
#include <optional>

#include "shared/meter/dlt645_reading.hpp"
#include "shared/meter/modbus_rtu.hpp"
#include "shared/meter/profile.hpp"
#include "simulator/devices/load_curve.hpp"

namespace wattle::sim {

inline constexpr std::int64_t microjoules_per_wh = 3'600'000'000;
inline constexpr Duration china_standard_time = hours(8);

/// What a real meter keeps in its non-volatile memory. Watts times microseconds are microjoules: the sum is exact.
struct MeterMemory {
  std::int64_t microjoules = 0;
  bool relay_closed = true;
  bool operator==(const MeterMemory&) const = default;
};

/// What a bus and its meters speak. Under DL/T 645 a meter's address is the number on its plate.
enum class Protocol : std::uint8_t { modbus_rtu, dlt645_2007, dlt645_1997 };

struct VirtualMeterSettings {
  Protocol protocol = Protocol::modbus_rtu;
  MeterProfile profile = generic_relay_meter();
  dlt645::Credentials accepts;  // of the meter's relay and parameters, under DL/T 645
  std::uint8_t unit = 1;
  MeterId number{1};
  std::shared_ptr<const LoadCurve> curve;
  std::int64_t curve_percent = 100;
  std::int64_t curve_shift_minutes = 0;
};

class VirtualMeter {
 public:
  /// Nothing is counted for the time before `now`: a meter without a process has no mains.
  VirtualMeter(VirtualMeterSettings settings, MeterMemory memory, Instant now);

  std::uint8_t unit() const { return settings_.unit; }
  MeterId number() const { return settings_.number; }
  const MeterMemory& memory() const { return memory_; }

  /// Counts up to this moment. A clock that jumps back counts nothing twice, and the register never runs backwards.
  void advance(Instant now);
  /// What the meter shows; advances first.
  Reading read(Instant now);
  /// The answer to a request PDU; advances first, and obeys a relay command.
  Bytes answer(ByteView request_pdu, Instant now);
  /// The same for a frame of DL/T 645, whoever it is meant for; empty when this meter says nothing to it.
  Bytes answer(const dlt645::Frame& heard, Instant now);

  /// A load instead of the curve; nothing gives the curve back. From `now` on.
  void set_load(std::optional<Power> fixed, Instant now);
  /// By hand at the meter, without a command.
  void set_relay(bool closed, Instant now);

 private:
  Power wanted_load(Instant now) const;
  void move_contact(bool closed);

  VirtualMeterSettings settings_;
  dlt645::MeterImage image_;  // its contact is the one in the memory, which also outlives the process
  MeterMemory memory_;
  Instant at_;
  std::optional<Power> fixed_;
};

/// Settings of the n-th room that plays a curve: another share, and another of its weeks.
VirtualMeterSettings room_settings(std::size_t n, std::shared_ptr<const LoadCurve> curve);

}  // namespace wattle::sim
