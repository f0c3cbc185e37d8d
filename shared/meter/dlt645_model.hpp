#pragma once
// A model that speaks DL/T 645: which data identifiers it shows its values under, how its relay is commanded. Every value
// travels in a frame of its own, so that the values of one reading are some hundred milliseconds apart.
//
// The standard knows one circuit an address. A meter with three outgoing circuits therefore answers at three addresses, the one
// on its plate and the following ones (Acrel's multi-user boxes do); models that do otherwise are not public.

#include <string>

#include "shared/meter/dlt645_meter.hpp"
#include "shared/meter/limits.hpp"
#include "shared/meter/reading.hpp"

namespace wattle::dlt645 {

struct ModelRelay {
  std::uint32_t state = di::status_3;  // a word of status bits; some makers publish the relay under 0400 0501
  std::uint8_t bit = 4;
  bool open_when_set = true;
  RelayCommand open = RelayCommand::trip;
  RelayCommand close = RelayCommand::close;
  bool operator==(const ModelRelay&) const = default;
};

struct ModelCircuit {
  std::uint8_t address_offset = 0;
  std::uint32_t energy = di::forward_energy;
  std::optional<std::uint32_t> power;
  std::optional<std::uint32_t> current;
  std::optional<std::uint32_t> power_factor;
  std::optional<ModelRelay> relay;
  bool operator==(const ModelCircuit&) const = default;
};

struct Model {
  Edition edition = Edition::v2007;
  std::optional<std::uint32_t> number;  // asked for and compared; nothing: the address is the number on the plate
  std::optional<std::uint32_t> voltage;
  std::optional<std::uint32_t> frequency;
  std::vector<ModelCircuit> circuits;
  bool operator==(const Model&) const = default;
};

inline constexpr Quantity usual_rollover{1'000'000'000};  // XXXXXX.XX kWh
inline constexpr std::int64_t energy_step_wh = 10;        // the last digit

/// The questions whose answers make up a reading, in order. The address and its offsets must be encodable.
std::vector<Request> reading_asks(const Model& model, std::uint64_t address, Depth depth);
/// Their answers' data in that order. Refuses the whole reading when one value is not available or beyond what a meter can
/// measure.
Result<Reading> decode_reading(const Model& model, Quantity rollover, std::uint64_t address, Depth depth,
                               std::span<const Bytes> answers);
/// The circuit must have a relay. Valid until the end of 2099: meters with a flat clock battery sit in the past or the future.
Request relay_ask(const Model& model, std::uint64_t address, std::size_t circuit, bool close, const Credentials& by);

/// Puts what the circuit shows, the clock and what else a plain single-phase meter shows into the image; the relay is the
/// image's own.
void show(MeterImage& image, const Model& model, const Reading& reading, std::size_t circuit, Instant now);

/// What contradicts itself; empty when nothing does.
std::string contradiction(const Model& model);

}  // namespace wattle::dlt645
