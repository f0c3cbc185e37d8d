#pragma once
// A model that speaks wired M-Bus: the records of its answer name and scale themselves, so that little is left to say. The link
// is reset before each reading, or the meter selected by its number; then one telegram is asked for.

#include "shared/meter/limits.hpp"
#include "shared/meter/mbus_meter.hpp"
#include "shared/meter/reading.hpp"

namespace wattle::mbus {

struct Model {
  Unit counts = Unit::cubic_metre;  // or watt_hour
  bool by_number = false;           // selected by the number on its plate (secondary address), or asked at a primary address
  bool operator==(const Model&) const = default;
};

inline constexpr std::uint64_t max_number = 99'999'999;  // eight digits

/// The questions whose answers make up a reading. `address` is the number on the plate under by_number.
std::vector<Request> reading_asks(const Model& model, std::uint64_t address);
/// Longest answer to one of them, in bytes.
std::size_t answer_size(const Request& request);
/// What travels as an answer's data: the CI field, and what follows it. Empty for a mere acknowledgement.
Bytes data_of(const Answer& answer);
/// Litres or Wh of the present register, and the power of a meter of energy that tells it. The number is the telegram's own.
Result<Reading> decode_reading(const Model& model, Quantity rollover, std::span<const Bytes> answers);

/// Puts what is counted into the image, with the number.
void show(MeterImage& image, const Model& model, const Reading& reading);

std::string contradiction(const Model& model);

}  // namespace wattle::mbus
