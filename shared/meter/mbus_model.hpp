#pragma once
// A model that speaks wired M-Bus: the records of its answer name and scale themselves, so that little is left to say. The link
// is reset before each reading, or the meter selected by its number; then one telegram is asked for, and as many more as the
// meter says that there are.

#include <optional>
#include <string>

#include "shared/meter/limits.hpp"
#include "shared/meter/mbus_meter.hpp"
#include "shared/meter/reading.hpp"

namespace wattle::mbus {

struct Model {
  Unit counts = Unit::cubic_metre;  // or watt_hour
  bool by_number = false;           // selected by the number on its plate (secondary address), or asked at a primary address
  // No VIF means a power factor. Of a meter of energy whose sheet says so it is the first number without a unit (FD 3A); its
  // last digit is 10^this.
  std::optional<int> power_factor_exponent = {};
  bool operator==(const Model&) const = default;
};

inline constexpr std::uint64_t max_number = 99'999'999;  // eight digits
inline constexpr std::size_t telegrams_max = 16;         // of one reading; what comes behind them is not asked for

/// The questions whose answers make up a reading. `address` is the number on the plate under by_number.
std::vector<Request> reading_asks(const Model& model, std::uint64_t address);
/// What a sequence of telegrams is followed for.
struct Sought {
  Depth depth = Depth::full;
  bool tells_power = true;  // false: the newest full reading had no power, so that control looks for none
};
/// What is to be asked behind the answers so far, which are those to reading_asks and to what this gave before: where the last
/// telegram says that another follows, that one. No more than bring the register and the power of a meter of energy, and for a
/// full reading voltage and current, as long as telegrams tell of the present at all; of one of water the register, and for a
/// full reading flow and temperature. Nothing: they are all, or the last one is of no use.
std::optional<Request> following_ask(const Model& model, std::uint64_t address, const Sought& sought,
                                     std::span<const Bytes> answers);
/// Whether the answers so far make a reading, so that it can do without what follows.
bool has_register(const Model& model, std::span<const Bytes> answers);
/// Longest answer to one of them, in bytes.
std::size_t answer_size(const Request& request);
/// What travels as an answer's data: the CI field, and what follows it. Empty for a mere acknowledgement.
Bytes data_of(const Answer& answer);
/// Litres or Wh of the present register (of one in J the whole Wh, rounded down), and of a meter of energy what it tells of
/// power, voltage, current, frequency and reactive quantities, of its phases as subunits 1 to 3; of a meter of water flow and
/// temperature. The number is the telegrams' own, the same in all of them. Old meters tell the fixed structure. A telegram
/// behind the register that is missing or unsound ends the reading, and does not refuse it.
Result<Reading> decode_reading(const Model& model, Quantity rollover, std::span<const Bytes> answers);

/// Puts what is counted, and of energy what else the reading has, into the image, with the number.
void show(MeterImage& image, const Model& model, const Reading& reading);

std::string contradiction(const Model& model);

}  // namespace wattle::mbus
