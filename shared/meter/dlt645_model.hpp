#pragma once
// A model that speaks DL/T 645: which data identifiers it shows its values under, how its relay is commanded. Every value
// travels in a frame of its own, so that the values of one reading are some hundred milliseconds apart.
//
// The standard knows one circuit an address. A meter with three outgoing circuits therefore answers at three addresses, the one
// on its plate and the following ones (Acrel's multi-user boxes do); models that do otherwise are not public.

#include <string>

#include "shared/base/parameter.hpp"
#include "shared/base/purse.hpp"
#include "shared/meter/contradiction.hpp"
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
  std::optional<RelayWrite> write = {};  // 1997, which has no command
  bool operator==(const ModelRelay&) const = default;
};

struct ModelCircuit {
  std::uint8_t address_offset = 0;
  std::uint32_t energy = di::forward_energy;
  std::optional<std::uint32_t> power;
  std::optional<std::uint32_t> current;
  std::optional<std::uint32_t> power_factor;
  std::map<FurtherKind, std::uint32_t> further;
  std::map<FurtherKind, std::uint32_t> overdrawn;  // below zero, of a remaining that shows no debt itself
  std::optional<ModelRelay> relay;
  bool operator==(const ModelCircuit&) const = default;
};

/// A parameter that can be written. Keep-power is written by a command, and read in a bit of a word of status.
struct ModelParameter {
  std::uint32_t di = 0;
  std::uint8_t bit = 0;      // of keep-power
  std::uint8_t periods = 0;  // of a table: so many entries are always written, the last one again and again
  bool operator==(const ModelParameter&) const = default;
};
inline constexpr std::uint8_t writable_periods_max = 12;  // in the fifty bytes of a write

/// A broadcast that would move a clock further is ignored: a common rule, which no standard states.
inline constexpr Duration usual_clock_within = minutes(5);

struct ModelClock {
  std::uint32_t date = di::date;
  std::uint32_t time = di::clock;
  bool broadcast = true;  // hears 08H
  bool writable = false;  // date and time may be written, where a broadcast would be too great a step
  Duration within = usual_clock_within;
  bool operator==(const ModelClock&) const = default;
};

/// How a purchase travels: no standard publishes one without an encryption chip, so that a profile says all of it. The amount
/// is four bytes of digits with two behind the point; the count, digits too.
struct ModelTrade {
  std::uint32_t di = 0;
  Command command = Command::write;  // or authenticate, 03H
  bool count_first = false;
  std::uint8_t count_bytes = 2;  // 1 to 4
  bool operator==(const ModelTrade&) const = default;
};

struct ModelPurse {
  PurseForm form;
  std::map<PurseItem, std::uint32_t> items;
  std::map<PurseTrade, ModelTrade> trades;
  bool operator==(const ModelPurse&) const = default;
};

/// A number that the standard does not have, as a profile lays it out.
struct OwnItem {
  Unit unit = Unit::none;  // watt_hour or yuan
  std::uint8_t size = 4;   // bytes of digits
  std::int32_t step = 1;   // of the last digit: Wh or micro-units
  bool has_sign = false;   // the top bit
  bool operator==(const OwnItem&) const = default;
};
inline constexpr std::uint8_t own_size_max = 4;

struct Model {
  Edition edition = Edition::v2007;
  std::optional<std::uint32_t> number;  // asked for and compared; nothing: the address is the number on the plate
  std::optional<std::uint32_t> voltage;
  std::optional<std::uint32_t> frequency;
  std::vector<ModelCircuit> circuits;
  std::map<Parameter, ModelParameter> parameters;  // of each address
  std::optional<ModelClock> clock;
  ModelHistory history;                      // of each address
  std::optional<ModelPurse> purse;           // of each address
  std::optional<RefusalBits> refusals = {};  // what the bits of its refusals mean; nothing: as the edition has it
  std::map<std::uint32_t, OwnItem> own = {};
  bool fills_with_any = false;  // 1997: asked with AAH in the pairs above the number's highest, not 00H
  bool operator==(const Model&) const = default;
};

inline constexpr Quantity usual_rollover{1'000'000'000};  // XXXXXX.XX kWh
inline constexpr std::int64_t energy_step_wh = 10;        // the last digit

/// As its meters are asked. Whoever writes names them by the whole number, which no other meter has: address_of(number).
/// MeterErrc::meter_number beyond twelve digits.
Result<Address> address_of(const Model& model, std::uint64_t number);
/// As of the edition's items, and of those that the profile lays out itself.
Result<Measured> number_in(const Model& model, std::uint32_t di, ByteView data);
Result<Bytes> number_bytes(const Model& model, std::uint32_t di, const Measured& value);

/// The questions whose answers make up a reading, in order. The address and its offsets must be encodable.
std::vector<Request> reading_asks(const Model& model, std::uint64_t address, Depth depth);
/// Their answers' data in that order. Refuses the whole reading when one value is not available or beyond what a meter can
/// measure; a power factor beyond one, and what else nothing rests on, is only not told.
Result<Reading> decode_reading(const Model& model, Quantity rollover, std::uint64_t address, Depth depth,
                               std::span<const Bytes> answers);
/// The circuit must have a relay. Valid until the end of 2099: meters with a flat clock battery sit in the past or the future.
Request relay_ask(const Model& model, std::uint64_t address, std::size_t circuit, bool close, const Credentials& by);

/// Puts what the circuit shows, the clock and what else a plain single-phase meter shows into the image; the relay is the
/// image's own.
void show(MeterImage& image, const Model& model, const Reading& reading, std::size_t circuit, Instant now);

/// What contradicts itself; empty when nothing does. The same in words.
Contradiction find_contradiction(const Model& model);
std::string contradiction(const Model& model);
/// Where the energy register of the circuit begins again, in Wh; nothing when the standard does not say.
std::optional<std::uint64_t> turns_over_at(const Model& model, std::size_t circuit);
/// Of its last digit, in Wh.
std::int64_t step_of_energy(const Model& model, std::size_t circuit);

}  // namespace wattle::dlt645
