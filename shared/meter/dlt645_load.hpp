#pragma once
// Load records of DL/T 645-2007 (06…): what a meter writes down of itself at an interval of its own, and is asked for by time.
// A record is A0 A0 (E0 E0: the meter itself holds it for wrong), a byte of length up to the sum, mm hh DD MM YY, six groups
// with AA behind each, empty where the meter keeps none, a sum from the first A0 on, and E5. What is FFH is not available.

#include "shared/meter/dlt645_history_model.hpp"
#include "shared/meter/dlt645_items.hpp"
#include "shared/meter/reading.hpp"

namespace wattle::dlt645 {

inline constexpr std::size_t load_groups = 6;
/// Voltages, currents and frequency; powers; power factors; energies; quadrants; demands. As in the meter's mode word, whose
/// bits are in this order.
inline constexpr std::array<std::uint8_t, load_groups> load_group_sizes{17, 24, 8, 16, 16, 6};
inline constexpr std::size_t load_energies = 3;  // the group of the register
inline constexpr std::size_t load_record_least = 16;
inline constexpr std::size_t load_record_most = load_record_least + 17 + 24 + 8 + 16 + 16 + 6;

/// The identifiers whose values a group holds, in order.
std::span<const std::uint32_t> load_items(std::size_t group);

struct LoadRecord {
  LocalTime at;
  bool is_wrong = false;
  std::array<Bytes, load_groups> groups = {};  // each of its size, or empty
  bool operator==(const LoadRecord&) const = default;
};
/// MeterErrc::no_such_data where its group is not kept, value where it is not available.
Result<Measured> load_value(const LoadRecord& record, std::uint32_t di);

Bytes encode_load_record(const LoadRecord& record);
struct LoadRecords {
  std::vector<LoadRecord> records;
  Error error;            // none: they are all. MeterErrc::length: the data end within one; data: one breaks the layout
  std::size_t taken = 0;  // bytes of whole records
};
LoadRecords decode_load_records(ByteView data);
/// What is behind the last whole record is a field of its own.
Fields describe_load_records(ByteView data, const Dialect& dialect);

/// Bytes of the longest record under this identifier.
std::size_t load_record_size(std::uint32_t di);
/// The first ones that are not before `from`, by the meter's clock.
Request load_records_read(const ModelLoad& load, const Address& at, const LocalTime& from);

/// What a record says of its circuit, in whole units; beyond what a meter can measure nothing is told.
struct LoadReading {
  LocalTime at;
  bool is_wrong = false;
  std::optional<Quantity> energy = {};
  std::optional<Power> power = {};
  std::optional<std::int64_t> voltage_mv = {};
  std::optional<std::int64_t> current_ma = {};
  Further further = {};
  bool operator==(const LoadReading&) const = default;
};
/// `phases`: of the profile. Of three the current is their sum.
LoadReading load_reading(const LoadRecord& record, Quantity rollover, std::uint8_t phases);

/// What contradicts itself; empty when nothing does. The model's edition and clock are looked at elsewhere.
std::string contradiction_of_load(const ModelLoad& load);

}  // namespace wattle::dlt645
