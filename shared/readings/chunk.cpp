#include "shared/readings/chunk.hpp"

#include <bit>
#include <limits>

#include "shared/base/check.hpp"

namespace wattle {
namespace {

constexpr std::uint8_t chunk_version = 1;
constexpr std::int64_t second = 1'000'000;

// Quantities by the number of their bit. Further ones follow; none is ever given a second meaning.
enum : unsigned { column_register = 0, column_power = 1, column_voltage = 2, column_current = 3, column_further = 4 };
// From 48 on what is said of the reading, not of the circuit.
constexpr unsigned column_origin = 48;
constexpr std::int64_t origin_history = 1;
constexpr bool is_known(unsigned column) { return column < column_further + further_kinds || column == column_origin; }
constexpr std::uint64_t bit(unsigned column) { return std::uint64_t{1} << column; }

std::uint64_t columns_of(const RecordedReading& reading) {
  return bit(column_register) | (reading.power ? bit(column_power) : 0) | (reading.voltage_mv ? bit(column_voltage) : 0) |
         (reading.current_ma ? bit(column_current) : 0) | std::uint64_t{reading.further.kinds()} << column_further |
         (reading.from_history ? bit(column_origin) : 0);
}

constexpr FurtherKind kind_of(unsigned column) { return static_cast<FurtherKind>(column - column_further); }

std::int64_t value_of(const RecordedReading& reading, unsigned column) {
  switch (column) {
    case column_register: return reading.register_units.units;
    case column_power: return reading.power->watts;
    case column_voltage: return *reading.voltage_mv;
    case column_current: return *reading.current_ma;
    case column_origin: return origin_history;
    default: return *reading.further.get(kind_of(column));
  }
}

void put_value(RecordedReading& reading, unsigned column, std::int64_t value) {
  switch (column) {
    case column_register: reading.register_units = {value}; break;
    case column_power: reading.power = Power{value}; break;
    case column_voltage: reading.voltage_mv = value; break;
    case column_current: reading.current_ma = value; break;
    case column_origin: reading.from_history = true; break;
    default: reading.further.put(kind_of(column), value); break;
  }
}

constexpr bool is_in_range(unsigned column, std::int64_t value) {
  if (column == column_origin) return value == origin_history;
  if (column == column_further + static_cast<unsigned>(FurtherKind::relay)) return value == 0 || value == 1;
  return value >= -recorded_value_max && value <= recorded_value_max;
}

std::int64_t seconds_since_beginning(Instant at) { return (at - recording_begins).micros / second; }

/// The first step as it is, then how each step differs from the one before.
void write_times(Writer& out, const std::vector<RecordedReading>& readings) {
  out.varint(static_cast<std::uint64_t>(seconds_since_beginning(readings.front().at)));
  std::int64_t step = 0;
  for (std::size_t i = 1; i < readings.size(); ++i) {
    const auto next = (readings[i].at - readings[i - 1].at).micros / second;
    out.zigzag(next - step);
    step = next;
  }
}

void write_column(Writer& out, const std::vector<RecordedReading>& readings, unsigned column) {
  Bytes bytes;
  Writer values(bytes);
  std::int64_t before = 0;
  for (const auto& reading : readings) {
    const auto value = value_of(reading, column);
    values.zigzag(value - before);
    before = value;
  }
  out.blob(bytes);
}

Error cut_or_malformed(const Reader& in) {
  return in.at_end() ? WATTLE_FAIL(ReadingsErrc::truncated) : WATTLE_FAIL(ReadingsErrc::malformed);
}

Result<void> read_times(Reader& in, std::vector<RecordedReading>& readings) {
  const auto first = in.varint();
  if (!in.ok()) return cut_or_malformed(in);
  constexpr auto latest = static_cast<std::uint64_t>((recording_ends - recording_begins).micros / second);
  if (first >= latest) return WATTLE_FAIL(ReadingsErrc::range);
  const auto begin = static_cast<std::int64_t>(first);
  auto at = begin;
  std::int64_t step = 0;
  readings.front().at = recording_begins + seconds(at);
  for (std::size_t i = 1; i < readings.size(); ++i) {
    const auto change = in.zigzag();
    if (!in.ok()) return cut_or_malformed(in);
    constexpr auto span = chunk_span_max.micros / second;
    if (change < -span || change > span) return WATTLE_FAIL(ReadingsErrc::range);
    step += change;
    at += step;
    if (step <= 0 || at - begin > span) return WATTLE_FAIL(ReadingsErrc::range);
    readings[i].at = recording_begins + seconds(at);
  }
  return readings.back().at < recording_ends ? Result<void>() : WATTLE_FAIL(ReadingsErrc::range);
}

Result<void> read_column(Reader& in, std::vector<RecordedReading>& readings, unsigned column) {
  const auto size = in.varint();
  if (!in.ok()) return cut_or_malformed(in);
  const auto bytes = in.raw(static_cast<std::size_t>(size));
  if (!in.ok()) return WATTLE_FAIL(ReadingsErrc::truncated);
  if (!is_known(column)) return {};
  Reader values(bytes);
  std::int64_t value = 0;
  for (auto& reading : readings) {
    const auto change = values.zigzag();
    if (!values.ok()) return WATTLE_FAIL(ReadingsErrc::malformed);
    if (__builtin_add_overflow(value, change, &value) || !is_in_range(column, value)) return WATTLE_FAIL(ReadingsErrc::range);
    put_value(reading, column, value);
  }
  return values.finished() ? Result<void>() : WATTLE_FAIL(ReadingsErrc::malformed);
}

}  // namespace

ChunkId chunk_id(const Crypto& crypto, ByteView chunk) { return {Reader(crypto.hash(chunk).bytes).u64()}; }

bool is_recordable(const RecordedReading& reading) {
  const bool whole = reading.at.micros % second == 0 && reading.at >= recording_begins && reading.at < recording_ends;
  for (auto left = columns_of(reading); left != 0; left &= left - 1) {
    const auto column = static_cast<unsigned>(std::countr_zero(left));
    if (!is_in_range(column, value_of(reading, column))) return false;
  }
  return whole;
}

bool may_follow(const ReadingChunk& chunk, const RecordedReading& reading) {
  if (chunk.readings.empty()) return true;
  return chunk.readings.size() < chunk_readings_max && reading.at > chunk.readings.back().at &&
         reading.at - chunk.readings.front().at <= chunk_span_max && columns_of(reading) == columns_of(chunk.readings.back());
}

Bytes encode(const ReadingChunk& chunk) {
  WATTLE_CHECK(!chunk.readings.empty() && chunk.readings.size() <= chunk_readings_max);
  Bytes bytes;
  Writer out(bytes);
  out.u8(chunk_version);
  out.varint(chunk.circuit.value);
  out.varint(chunk.room.value);
  out.varint(chunk.meter.value);
  const auto columns = columns_of(chunk.readings.front());
  out.varint(columns);
  out.varint(chunk.readings.size());
  write_times(out, chunk.readings);
  for (auto left = columns; left != 0; left &= left - 1)
    write_column(out, chunk.readings, static_cast<unsigned>(std::countr_zero(left)));
  return bytes;
}

Result<ReadingChunk> decode_chunk(ByteView bytes) {
  if (bytes.size() > chunk_bytes_max) return WATTLE_FAIL(ReadingsErrc::too_large);
  Reader in(bytes);
  const auto version = in.u8();
  if (!in.ok()) return WATTLE_FAIL(ReadingsErrc::truncated);
  if (version != chunk_version) return WATTLE_FAIL(ReadingsErrc::version);
  const auto circuit = in.varint();
  const auto room = in.varint();
  const auto meter = in.varint();
  const auto columns = in.varint();
  const auto count = in.varint();
  if (!in.ok()) return cut_or_malformed(in);
  constexpr std::uint64_t id_max = std::numeric_limits<std::uint32_t>::max();
  if (circuit > id_max || room > id_max || meter > INT64_MAX) return WATTLE_FAIL(ReadingsErrc::range);
  if ((columns & bit(column_register)) == 0 || count == 0) return WATTLE_FAIL(ReadingsErrc::malformed);
  if (count > chunk_readings_max) return WATTLE_FAIL(ReadingsErrc::too_large);
  ReadingChunk chunk{{static_cast<std::uint32_t>(circuit)}, {static_cast<std::uint32_t>(room)}, {meter}, {}};
  chunk.readings.resize(static_cast<std::size_t>(count));
  if (const auto times = read_times(in, chunk.readings); !times) return times.error();
  for (auto left = columns; left != 0; left &= left - 1)
    if (const auto column = read_column(in, chunk.readings, static_cast<unsigned>(std::countr_zero(left))); !column)
      return column.error();
  if (!in.at_end()) return WATTLE_FAIL(ReadingsErrc::malformed);
  return chunk;
}

}  // namespace wattle
