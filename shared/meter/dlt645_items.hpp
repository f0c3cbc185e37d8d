#pragma once
// What the data identifiers of DL/T 645 mean: name, unit, scale and shape, as a table an edition. An identifier that is not in
// it is carried as bytes.

#include <span>
#include <string>

#include "shared/meter/bcd.hpp"
#include "shared/meter/dlt645.hpp"
#include "shared/meter/field.hpp"

namespace wattle::dlt645 {

/// The shape of one value on the wire, low byte first.
enum class Shape : std::uint8_t {
  number,         // BCD
  signed_number,  // BCD, the top bit is the sign
  digits,         // BCD without a unit that is a name: an address, a meter number
  text,           // ASCII
  status,         // two bytes of bits, named by status_bits
  date_weekday,   // WW DD MM YY
  clock,          // ss mm hh
  date_clock,     // ss mm hh WW DD MM YY
  minute_time,    // mm hh DD MM YY
  second_time,    // ss mm hh DD MM YY
  month_time,     // mm hh DD MM
  day_hour,       // hh DD
  hour_minute,    // mm hh
  zone,           // NN DD MM: day table NN from that day on
  period,         // NN mm hh: tariff NN from that time on
  holiday,        // NN DD MM YY
  demand,         // XX.XXXX, then mm hh DD MM YY
  binary,         // a plain number of one byte
  record,         // several items one behind the other: record_parts
  load_records,   // dlt645_load.hpp
  bytes,
};

/// How a block answer (DI1 = FFH; in 1997 the low digit F) repeats the item, and what a single one is called.
enum class Axis : std::uint8_t { one, tariffs, phases, total_and_phases, status_words, table };

/// What a value is, beside its unit: a power, a limit of it and a demand are all in watts.
enum class Role : std::uint8_t {
  other,      // nothing that a meter's readings, parameters or purse are made of
  total,      // counted since ever; of settlement days too, which the identifier tells apart
  present,    // measured now
  remaining,  // in the meter's purse
  overdrawn,
  bought,     // in all
  purchases,  // how many
  price,      // of a kWh
  setting,    // a threshold, limit or delay, which is written
};

struct Item {
  std::uint32_t di = 0;    // of the first of its family
  std::uint32_t mask = 0;  // the bits that count
  const char* name = "";
  Shape shape = Shape::number;
  std::uint8_t size = 0;  // bytes of one value
  int exponent = 0;
  Unit unit = Unit::none;
  Axis axis = Axis::one;
  Role role = Role::other;
};

/// Nothing for an identifier that no table here knows.
const Item* find_item(Edition edition, std::uint32_t di);
/// What the identifier is called: its family, and the settlement day (2007) that it counts back to, `.settlement_1` the last
/// one.
std::string item_name(Edition edition, const Item& item, std::uint32_t di);
/// Whether the identifier picks a tariff or phase that there can be, or all of them.
bool picks_one_there(Edition edition, const Item& item, std::uint32_t di);
/// Of Shape::record: what stands in it, in the order of its bytes.
std::span<const Item> record_parts(const Item& record);

/// What the standard leaves open, or its readers do not agree about.
struct Dialect {
  bool text_low_byte_first = true;   // of ASCII items: by the general rule; some meters send them as they are read
  bool late_status_bits = false;     // bits 10 to 15 of status word 3 changed between printings; named only if wanted
  std::uint8_t class_text_size = 4;  // of the accuracy class, 6 in one printing
};

/// The bytes behind an identifier as fields; more than one for blocks, status words and records. Never more than a few hundred:
/// a frame has at most max_data bytes. Bytes that are left over are a field of their own.
/// The bytes of a time or date as people write it; not available when it says that there is none, or is none.
FieldValue time_value(Shape shape, ByteView bytes);
Fields describe_item(Edition edition, std::uint32_t di, ByteView data, const Dialect& dialect);

/// Whether these are values of the identifier's shape: neither too few bytes nor too many, and no date or time that cannot be.
/// What is filled with 00H, 99H or FFH says that there is none, and the stray byte behind some meters' numbers of 1997 nothing.
/// True of an identifier that no table knows.
bool is_sound(Edition edition, std::uint32_t di, ByteView data, const Dialect& dialect);

/// One number of a good answer, the n-th of a block. MeterErrc::value when it is marked as not available, length when the
/// answer is too short, no_such_data when the identifier is no number's. Bytes behind it are tolerated: there are meters that
/// send them.
Result<Measured> number_in(Edition edition, std::uint32_t di, ByteView data, std::size_t n = 0);
/// The other direction, for answering meters. MeterErrc::value when the value does not fit or has more digits than the wire.
Result<Bytes> number_bytes(Edition edition, std::uint32_t di, const Measured& value);

// Identifiers that Wattle itself asks for, 2007.
namespace di {
inline constexpr std::uint32_t combined_energy = 0x00000000;
inline constexpr std::uint32_t forward_energy = 0x00010000;
inline constexpr std::uint32_t remaining_energy = 0x00900100;
inline constexpr std::uint32_t remaining_money = 0x00900200;
inline constexpr std::uint32_t overdrawn_money = 0x00900201;
inline constexpr std::uint32_t voltage_a = 0x02010100;
inline constexpr std::uint32_t current_a = 0x02020100;
inline constexpr std::uint32_t power = 0x02030000;
inline constexpr std::uint32_t power_a = 0x02030100;
inline constexpr std::uint32_t power_factor = 0x02060000;
inline constexpr std::uint32_t frequency = 0x02800002;
inline constexpr std::uint32_t date = 0x04000101;
inline constexpr std::uint32_t clock = 0x04000102;
inline constexpr std::uint32_t address = 0x04000401;
inline constexpr std::uint32_t meter_number = 0x04000402;
inline constexpr std::uint32_t status_3 = 0x04000503;
inline constexpr std::uint32_t trip_delay = 0x04001401;
inline constexpr std::uint32_t close_delay = 0x04001402;
}  // namespace di
/// The same in 1997, where there is one.
namespace di_1997 {
inline constexpr std::uint32_t forward_energy = 0x9010;
inline constexpr std::uint32_t last_month_energy = 0x9410;
inline constexpr std::uint32_t voltage_a = 0xb611;
inline constexpr std::uint32_t current_a = 0xb621;
inline constexpr std::uint32_t power = 0xb630;
inline constexpr std::uint32_t date = 0xc010;
inline constexpr std::uint32_t clock = 0xc011;
inline constexpr std::uint32_t meter_number = 0xc032;
inline constexpr std::uint32_t settlement_day = 0xc117;
}  // namespace di_1997

/// Status word 3 (0400 0503), the part that all printings share.
struct RunningState {
  bool relay_open = false;       // the contact; of a meter with an external contactor only what it was told
  bool relay_commanded = false;  // to open
  bool pre_trip_alarm = false;
  bool keeps_power = false;  // only if the dialect says that bit 12 means it
  bool operator==(const RunningState&) const = default;
};
Result<RunningState> running_state(ByteView status_3, const Dialect& dialect);
inline constexpr std::size_t first_late_bit = 10;  // of status word 3: from here on printings differ
/// Names of a status word's bits, "" for those without one. Words are 1 to 7.
std::span<const char* const> status_bits(std::size_t word_number);

}  // namespace wattle::dlt645
