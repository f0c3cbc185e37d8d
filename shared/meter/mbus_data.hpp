#pragma once
// The data of a meter's answer (EN 13757-3): a header, and records that name and scale themselves.

#include <optional>
#include <vector>

#include "shared/base/local_time.hpp"
#include "shared/meter/field.hpp"
#include "shared/meter/mbus.hpp"
#include "shared/meter/mbus_vif.hpp"

namespace wattle::mbus {

inline constexpr std::size_t header_size = 12;
inline constexpr std::size_t max_extensions = 10;  // EN 13757-3 §6.3.5: behind a DIF, and behind a VIF

struct Header {
  SecondaryAddress own;
  std::uint8_t access = 0;  // counts the answers
  std::uint8_t status = 0;  // bits 0-1 application, 2 power low, 3 permanent error, 4 temporary error
  std::uint16_t signature = 0;
};

enum class RecordFunction : std::uint8_t { instantaneous, maximum, minimum, at_error };

struct Record {
  RecordFunction function = RecordFunction::instantaneous;
  std::uint64_t storage = 0;
  std::uint32_t tariff = 0;
  std::uint16_t subunit = 0;
  std::string name;  // of the quantity, with its modifiers: "volume", "volume.per_input_pulse_0", "vif_fb_2c"
  FieldValue value;
  bool is_plain = true;    // no modifier changes what it means
  std::size_t offset = 0;  // of its DIF, from the header on
};

struct Data {
  Header header;
  std::vector<Record> records;
  Bytes maker;              // behind a DIF of 0FH or 1FH
  unsigned encryption = 0;  // the mode
  bool more = false;        // another telegram follows: toggle the frame count and read on
  Error error;              // where the records break off; those before it stand
  std::size_t offset = 0;   // of that, from the header on
};

/// How the bytes behind the header are encrypted, by its configuration field (EN 13757-3 §7.2.4, the upper byte of the
/// signature); 0: not at all, or they have been deciphered already, which 2F2FH in front of them tells.
unsigned encryption_mode(std::uint16_t signature, ByteView records);

/// Encrypted records are none, and MeterErrc::data stands for them. MeterErrc::length when there is no whole header; a record
/// that breaks off leaves its reason in the data. Bounded by the frame.
Result<Data> decode_variable(ByteView data);

/// Instantaneous, of storage, tariff and subunit 0, and without a modifier.
bool is_present(const Record& record);
/// The present register: the first record of that unit that is present. MeterErrc::no_such_data when there is none, value when
/// the meter marks it as not available, data when the frame is not sound up to its end.
Result<Measured> present(const Data& data, Unit unit);

/// The fixed structure of old meters (CI 73H): two counters.
struct FixedData {
  static constexpr std::uint8_t binary_counters = 0x01;    // of the status: 32 bits with a sign; else eight digits
  static constexpr std::uint8_t stored_counters = 0x02;    // they stand as they were on a day that was fixed
  static constexpr std::uint8_t same_but_historic = 0x3e;  // a unit code: that of the first counter, at another time
  SecondaryAddress own;                                    // the number alone
  std::uint8_t access = 0;
  std::uint8_t status = 0;
  std::uint8_t medium = 0;
  std::optional<Measured> counters[2];  // nothing where the unit is none of ours, or the digits are none
  std::uint8_t units[2] = {};
};
Result<FixedData> decode_fixed(ByteView data);
/// The first counter of that unit which shows the present; errors as above.
Result<Measured> present(const FixedData& data, Unit unit);
/// For answering meters: the counters' values in the scale of their unit codes. Nothing when one does not fit.
std::optional<Bytes> encode_fixed(const FixedData& data);

/// For answering meters: a header, and one record with a number of at most eight digits or 32 bits.
Bytes encode_header(const Header& header);
enum class RecordShape : std::uint8_t { integer, digits };
/// Its value is a whole number in the scale of the VIF code of the main table. False when it does not fit.
bool put_record(Bytes& out, RecordShape shape, std::uint8_t vif, std::int64_t value, std::uint64_t storage = 0,
                std::uint32_t tariff = 0, RecordFunction function = RecordFunction::instantaneous);

/// A frame for people, whichever side sent it.
Described describe(const Frame& frame);

}  // namespace wattle::mbus
