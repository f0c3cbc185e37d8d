#pragma once
// A meter that answers the bytes of its profile: a register a circuit that counts the energy its load draws, and relays that
// really stop the loads. To a meter of water a load of one watt is one litre an hour, and its valve takes its time. Pure; the
// time comes in, and runs wherever the caller's wall clock runs.

#include <functional>
#include <memory>
#include <optional>

#include "shared/meter/exchange.hpp"
#include "shared/meter/meter_purse.hpp"
#include "shared/meter/modbus_parameters.hpp"
#include "simulator/devices/load_curve.hpp"

namespace wattle::sim {

inline constexpr std::int64_t microjoules_per_wh = 3'600'000'000;
inline constexpr Duration china_standard_time = hours(8);

/// What a real meter keeps in its non-volatile memory, of each circuit. Watts times microseconds are microjoules: the sum is
/// exact.
struct CircuitMemory {
  std::int64_t microjoules = 0;
  bool relay_closed = true;
  MeterPurse purse{};  // of a model that has one
  bool operator==(const CircuitMemory&) const = default;
};
using MeterMemory = std::vector<CircuitMemory>;

struct VirtualCircuit {
  std::shared_ptr<const LoadCurve> curve;
  std::int64_t curve_percent = 100;
  std::int64_t curve_shift_minutes = 0;
};

/// What hangs behind a main meter: it counts what those count, and a share more that is lost on the way to them.
struct MeterFeed {
  std::function<std::int64_t(Instant)>
      microjoules;  // of all behind it, up to then; never less than before, but for a new meter
  std::function<Power(Instant)> power;
  std::int64_t loss_per_mille = 0;

  std::int64_t with_loss(std::int64_t value) const {
    return value + value / 1000 * loss_per_mille + value % 1000 * loss_per_mille / 1000;
  }
};

struct VirtualMeterSettings {
  std::shared_ptr<const MeterProfile> profile;
  dlt645::Credentials accepts;                // of the meter's relay and parameters, under DL/T 645
  std::uint64_t address = 1;                  // Modbus unit, or twelve digits
  std::uint8_t primary = mbus::unconfigured;  // of a meter of M-Bus that is asked by its number, and has this address beside it
  MeterId number{1};
  std::vector<VirtualCircuit> circuits;  // one for each of the profile's; of a main meter, one without a curve
  std::optional<MeterFeed> feed = {};    // of a main meter
  Duration valve_travel = seconds(10);   // of a meter of water
};

class VirtualMeter {
 public:
  /// Nothing is counted for the time before `now`: a meter without a process has no mains. A memory without circuits is a new
  /// meter's.
  VirtualMeter(VirtualMeterSettings settings, MeterMemory memory, Instant now);

  std::uint64_t address() const { return settings_.address; }
  MeterId number() const { return settings_.number; }
  const MeterProfile& profile() const { return *settings_.profile; }
  template <class Model>
  bool speaks() const {
    return std::holds_alternative<Model>(settings_.profile->protocol);
  }
  bool is_modbus() const { return speaks<ModbusModel>(); }
  const MeterMemory& memory() const { return memory_; }
  /// What its circuits have counted, as if no register ever came to its end; advances first.
  std::int64_t counted(Instant now);
  /// What it lets through just now.
  Power drawn(Instant now);
  /// Whether one of its circuits answers there (Modbus).
  bool is_at(std::uint8_t unit) const;

  /// Counts up to this moment. A clock that jumps back counts nothing twice, and no register runs backwards.
  void advance(Instant now);
  /// What the meter shows; advances first.
  Reading read(Instant now);
  /// The answer to a request PDU to one of its units; advances first, and obeys a relay command.
  Bytes answer(std::uint8_t unit, ByteView request_pdu, Instant now);
  /// The same for a frame of another protocol, whoever it is meant for; empty when this meter says nothing to it.
  Bytes answer(const dlt645::Frame& heard, Instant now);
  Bytes answer(const cjt188::Frame& heard, Instant now);
  Bytes answer(const mbus::Frame& heard, Instant now);

  /// A load instead of the curve; nothing gives the curve back. From `now` on.
  void set_load(std::size_t circuit, std::optional<Power> fixed, Instant now);
  /// By hand at the meter, without a command.
  void set_relay(std::size_t circuit, bool closed, Instant now);
  /// Something that it writes down by itself (DL/T 645, as far as its model has a record for it). Overload and an empty purse
  /// open its relay.
  void happens(std::size_t circuit, MeterEvent event, Instant now);
  /// A contact that is welded lets power through whatever the relay shows; a valve that is stuck stays where it is, and shows
  /// it.
  void weld(std::size_t circuit, bool is_welded, Instant now);
  /// The register as if it had counted so far: for rollovers.
  void set_energy(std::size_t circuit, Quantity wh, Instant now);
  /// Counts between two words of a register while it is read (Modbus): where the higher words have changed since the last
  /// answer, this one was taken in the moment of the carry, and has the new ones with the last low word of before, or the old
  /// ones with zero.
  void set_tears(bool tears) { tears_ = tears; }
  /// Its clock runs ahead by this (DL/T 645, CJ/T 188).
  void set_clock_error(Duration error) {
    water_.clock_error = error;
    for (auto& circuit : circuits_) circuit.image.clock_error = error;
  }
  Duration clock_error() const { return speaks<cjt188::Model>() ? water_.clock_error : circuits_.front().image.clock_error; }
  /// Answers with at most so many bytes of data a frame, with identifier and sequence, and the rest when asked on (DL/T 645).
  void set_answer_data(std::size_t bytes) {
    for (auto& circuit : circuits_) circuit.image.answer_data = bytes;
  }
  /// By a card, or whoever else can: nobody whom the box knows of.
  MeterPurse& purse(std::size_t circuit) { return memory_.at(circuit).purse; }
  /// What it was told, or holds from the start; nothing: its model has no such parameter, or it holds what is none.
  std::optional<ParameterValue> parameter(std::size_t circuit, Parameter parameter);
  /// Somebody's card at the meter, so much more in its purse. False: it has none that takes purchases.
  bool buy(std::size_t circuit, std::int64_t amount, Instant now);
  /// Somebody has put another meter of this model here: another number, registers at zero.
  void replace(MeterId number, Instant now);

 private:
  struct Circuit {
    std::optional<Power> fixed;
    bool welded = false;
    std::vector<std::uint16_t> shown;  // words of its register in the last answer, as on the wire
    dlt645::MeterImage image;          // its contact is the one in the memory, which also outlives the process
  };
  void make_images();
  void count_until(Instant until);
  void count_feed(Instant now);
  void keep_load(std::size_t circuit);
  Quantity register_of(std::size_t circuit) const;
  void move_contact(std::size_t circuit, bool closed);
  void begin_purses();
  void obey_purse(std::size_t circuit);
  void obey_command(std::size_t circuit, bool close);
  void tear(const ModbusModel& model, std::uint8_t unit_offset, modbus::RegisterImage& image);
  Power wanted_load(std::size_t circuit, Instant now) const;
  bool conducts(std::size_t circuit) const {
    return memory_[circuit].relay_closed || circuits_[circuit].welded || (speaks<cjt188::Model>() && lets_flow(water_.valve));
  }

  VirtualMeterSettings settings_;
  MeterMemory memory_;
  std::vector<Circuit> circuits_;
  std::map<std::uint8_t, modbus::ParameterRegisters> parameters_;  // by unit offset, as written (Modbus)
  cjt188::MeterImage water_;                                       // its valve is the one in the memory
  mbus::MeterImage mbus_;
  bool tears_ = false;
  bool low_first_ = false;  // the next torn register
  Instant at_;
  std::optional<std::int64_t> fed_;  // of the feed, at that moment
};

/// The n-th room that plays a curve: another share, and another of its weeks.
VirtualCircuit room_circuit(std::size_t n, std::shared_ptr<const LoadCurve> curve);

}  // namespace wattle::sim
