#pragma once
// A model that speaks CJ/T 188: one register, in litres, and perhaps a valve. One question gives all that a water meter shows.

#include "shared/meter/cjt188_meter.hpp"
#include "shared/meter/reading.hpp"

namespace wattle::cjt188 {

/// Supply that can be cut. In readings the valve is the circuit's relay: an open valve is a closed contact.
struct ModelValve {
  StatusBits bits;
  ValveCommand open = ValveCommand::open;
  ValveCommand close = ValveCommand::close;
  bool operator==(const ModelValve&) const = default;
};

/// Each reading tells it.
struct ModelClock {
  bool writable = false;
  Duration within = minutes(5);  // further away it is wrong, and written
  bool operator==(const ModelClock&) const = default;
};

struct Model {
  std::uint8_t type = cold_water;
  std::uint16_t maker = 0;  // the upper two pairs of the address, as they are read
  DiOrder order = DiOrder::high_first;
  std::optional<ModelValve> valve{};
  std::optional<ModelClock> clock{};
  bool operator==(const Model&) const = default;
};

inline constexpr std::uint64_t max_number = 9'999'999'999;  // the lower five pairs of the address
inline constexpr Quantity usual_rollover{1'000'000'000};    // XXXXXX.XX m³
inline constexpr std::int64_t volume_step_l = 10;           // the last digit

/// The number must be one to max_number.
Address address_of(const Model& model, std::uint64_t number);
Request reading_ask(const Model& model, std::uint64_t number);
/// Refused when the register is not available, not a volume, or beyond the rollover. A valve between its ends, or one that is
/// stuck, leaves the relay unknown.
Result<Reading> decode_reading(const Model& model, Quantity rollover, std::uint64_t number, ByteView data);
/// The model must have a valve.
Request valve_ask(const Model& model, std::uint64_t number, bool open);

/// Of a clock that runs; a meter that leaves the century out is in year 26.
inline constexpr std::uint16_t clock_first_year = 2000;
inline constexpr std::uint16_t clock_last_year = 2099;
/// MeterErrc::value when it shows no time of these years. The model must have a clock, also below.
Result<LocalTime> clock_in(ByteView data);
Request clock_write(const Model& model, std::uint64_t number, const LocalTime& to);

/// Puts the register into the image; the valve is the image's own.
void show(MeterImage& image, const Reading& reading);

/// What contradicts itself; empty when nothing does.
std::string contradiction(const Model& model);

}  // namespace wattle::cjt188
