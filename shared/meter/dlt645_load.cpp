#include "shared/meter/dlt645_load.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_history.hpp"
#include "shared/meter/limits.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::uint8_t load_mark = 0xa0, wrong_load_mark = 0xe0, load_group_end = 0xaa, load_end = 0xe5, load_absent = 0xff;
constexpr std::size_t load_head = 3;  // both marks and the length
constexpr std::size_t load_time_size = 5;
constexpr std::size_t load_tail = 2;  // sum and end
constexpr std::int64_t minutes_an_hour = 60;

constexpr std::uint32_t load_moments[] = {0x02010100, 0x02010200, 0x02010300, 0x02020100, 0x02020200, 0x02020300, 0x02800002};
constexpr std::uint32_t load_powers[] = {0x02030000, 0x02030100, 0x02030200, 0x02030300,
                                         0x02040000, 0x02040100, 0x02040200, 0x02040300};
constexpr std::uint32_t load_factors[] = {0x02060000, 0x02060100, 0x02060200, 0x02060300};
constexpr std::uint32_t load_registers[] = {0x00010000, 0x00020000, 0x00030000, 0x00040000};
constexpr std::uint32_t load_quadrants[] = {0x00050000, 0x00060000, 0x00070000, 0x00080000};
constexpr std::uint32_t load_demands[] = {0x02800004, 0x02800005};
constexpr std::array<std::span<const std::uint32_t>, load_groups> load_layout{load_moments,   load_powers,    load_factors,
                                                                              load_registers, load_quadrants, load_demands};

std::uint8_t load_sum(ByteView bytes) { return static_cast<std::uint8_t>(std::accumulate(bytes.begin(), bytes.end(), 0u)); }

bool is_load_absent(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == load_absent; });
}

/// Each value with its identifier.
template <class Take>
void each_load_value(std::size_t group, ByteView bytes, Take take) {
  for (const auto di : load_layout[group]) {
    const std::size_t size = find_item(Edition::v2007, di)->size;
    take(di, bytes.first(size));
    bytes = bytes.subspan(size);
  }
}

bool are_load_values(std::size_t group, ByteView bytes) {
  bool all = true;
  each_load_value(group, bytes, [&](std::uint32_t di, ByteView value) {
    all = all && (is_load_absent(value) || number_in(Edition::v2007, di, value).has_value());
  });
  return all;
}

bool read_load_groups(LoadRecord& record, ByteView bytes) {
  for (std::size_t group = 0; group < load_groups; ++group) {
    if (bytes.empty()) return false;
    const std::size_t size = bytes.front() == load_group_end ? 0 : load_group_sizes[group];
    if (bytes.size() <= size || bytes[size] != load_group_end) return false;
    const auto values = bytes.first(size);
    if (size > 0 && !are_load_values(group, values)) return false;
    record.groups[group].assign(values.begin(), values.end());
    bytes = bytes.subspan(size + 1);
  }
  return bytes.empty();
}

struct OneLoad {
  LoadRecord record;
  std::size_t size = 0;
};
Result<OneLoad> first_load_of(ByteView data) {
  if (data.size() < load_head) return WATTLE_FAIL(MeterErrc::length);
  const bool is_wrong = data[0] == wrong_load_mark;
  if ((data[0] != load_mark && !is_wrong) || data[1] != data[0]) return WATTLE_FAIL(MeterErrc::data);
  const std::size_t behind = data[2];
  const auto size = load_head + behind + load_tail;
  if (size < load_record_least || size > load_record_most) return WATTLE_FAIL(MeterErrc::data);
  if (data.size() < size) return WATTLE_FAIL(MeterErrc::length);
  if (data[size - 1] != load_end || data[size - 2] != load_sum(data.first(size - load_tail)))
    return WATTLE_FAIL(MeterErrc::data);
  const auto at = freeze_time_in(data.subspan(load_head, load_time_size));
  if (!at) return WATTLE_FAIL(MeterErrc::data);
  OneLoad one{{.at = *at, .is_wrong = is_wrong}, size};
  const auto groups = data.subspan(load_head + load_time_size, behind - load_time_size);
  if (!read_load_groups(one.record, groups)) return WATTLE_FAIL(MeterErrc::data);
  return one;
}

/// In steps of 10^exponent, within both limits.
std::optional<std::int64_t> load_number(const LoadRecord& record, std::uint32_t di, int exponent, std::int64_t least,
                                        std::int64_t most) {
  const auto measured = load_value(record, di);
  const auto value = measured ? scaled(*measured, exponent) : Result<std::int64_t>(measured.error());
  return value && least <= *value && *value <= most ? std::optional(*value) : std::nullopt;
}

std::optional<std::int64_t> load_current(const LoadRecord& record, std::uint32_t phase) {
  return load_number(record, di::current_a + (phase << 8), -3, -max_current_ma, max_current_ma);
}
std::optional<std::int64_t> load_voltage(const LoadRecord& record, std::uint32_t phase) {
  return load_number(record, di::voltage_a + (phase << 8), -3, 0, max_voltage_mv);
}

}  // namespace

std::span<const std::uint32_t> load_items(std::size_t group) { return load_layout.at(group); }

Result<Measured> load_value(const LoadRecord& record, std::uint32_t di) {
  Result<Measured> found = WATTLE_FAIL(MeterErrc::no_such_data);
  for (std::size_t group = 0; group < load_groups; ++group) {
    if (record.groups[group].empty()) continue;
    each_load_value(group, record.groups[group], [&](std::uint32_t of, ByteView value) {
      if (of == di) found = number_in(Edition::v2007, di, value);
    });
  }
  return found;
}

Bytes encode_load_record(const LoadRecord& record) {
  const auto mark = record.is_wrong ? wrong_load_mark : load_mark;
  Bytes bytes{mark, mark, 0};
  const auto year = static_cast<std::uint8_t>(record.at.year % 100);
  for (const auto part : {record.at.minute, record.at.hour, record.at.day, record.at.month, year})
    bytes.push_back(to_bcd(part));
  for (std::size_t group = 0; group < load_groups; ++group) {
    const auto& values = record.groups[group];
    WATTLE_CHECK(values.empty() || values.size() == load_group_sizes[group]);
    Writer(bytes).raw(values);
    bytes.push_back(load_group_end);
  }
  bytes[2] = static_cast<std::uint8_t>(bytes.size() - load_head);
  bytes.push_back(load_sum(bytes));
  bytes.push_back(load_end);
  return bytes;
}

LoadRecords decode_load_records(ByteView data) {
  LoadRecords out;
  while (out.taken < data.size()) {
    auto one = first_load_of(data.subspan(out.taken));
    if (!one) {
      out.error = one.error();
      break;
    }
    out.records.push_back(std::move(one->record));
    out.taken += one->size;
  }
  return out;
}

Fields describe_load_records(ByteView data, const Dialect& dialect) {
  constexpr std::size_t up_to_minutes = 16;
  const auto read = decode_load_records(data);
  Fields fields;
  std::size_t n = 0;
  for (const auto& record : read.records) {
    const auto name = "record_" + std::to_string(++n) + '.';
    fields.push_back({name + "at", to_text(record.at).substr(0, up_to_minutes)});
    fields.push_back({name + "held_wrong", record.is_wrong});
    for (std::size_t group = 0; group < load_groups; ++group) {
      if (record.groups[group].empty()) continue;
      each_load_value(group, record.groups[group], [&](std::uint32_t di, ByteView value) {
        for (auto& field : describe_item(Edition::v2007, di, value, dialect))
          fields.push_back({name + field.name, std::move(field.value)});
      });
    }
  }
  const auto rest = data.subspan(read.taken);
  if (!rest.empty()) fields.push_back({"rest", Bytes(rest.begin(), rest.end())});
  return fields;
}

std::size_t load_record_size(std::uint32_t di) {
  const auto group = di >> 16 & 0xff;
  return group >= 1 && group <= load_groups ? load_record_least + load_group_sizes[group - 1] : load_record_most;
}

/// Not more than a frame holds is waited for: where a meter sends each record in a frame of its own, the rest is asked later.
Request load_records_read(const ModelLoad& load, const Address& at, const LocalTime& from) {
  const auto most = load.blocks * load_record_size(load.records);
  return needing(read_records(at, load.records, load.blocks, &from), std::min(most, max_data - di_size(Edition::v2007)));
}

LoadReading load_reading(const LoadRecord& record, Quantity rollover, std::uint8_t phases) {
  LoadReading out{.at = record.at, .is_wrong = record.is_wrong};
  if (const auto wh = load_number(record, di::forward_energy, 0, 0, rollover.units - 1)) out.energy = Quantity{*wh};
  const bool is_one = phases <= 1;
  auto watts = load_number(record, di::power, 0, -max_power_w, max_power_w);
  if (!watts && is_one) watts = load_number(record, di::power_a, 0, -max_power_w, max_power_w);
  if (watts) out.power = Power{*watts};
  out.voltage_mv = load_voltage(record, 0);
  out.current_ma = load_current(record, 0);
  auto& further = out.further;
  further.put(FurtherKind::power_factor, load_number(record, di::power_factor, -3, -unity_per_mille, unity_per_mille));
  further.put(FurtherKind::frequency, load_number(record, di::frequency, -3, 1, max_frequency_mhz));
  further.put(FurtherKind::reactive_power, load_number(record, 0x02040000, 0, -max_power_w, max_power_w));
  further.put(FurtherKind::reactive_energy, load_number(record, 0x00030000, 0, -max_reactive_varh, max_reactive_varh));
  if (is_one) return out;
  further.put(FurtherKind::voltage_b, load_voltage(record, 1));
  further.put(FurtherKind::voltage_c, load_voltage(record, 2));
  const auto a = std::exchange(out.current_ma, std::nullopt), b = load_current(record, 1), c = load_current(record, 2);
  further.put(FurtherKind::current_a, a);
  further.put(FurtherKind::current_b, b);
  further.put(FurtherKind::current_c, c);
  if (a && b && c) out.current_ma = *a + *b + *c;
  return out;
}

std::string contradiction_of_load(const ModelLoad& load) {
  const auto* item = find_item(Edition::v2007, load.records);
  const auto group = load.records >> 16 & 0xff;
  const bool is_by_time = item == nullptr || (item->shape == Shape::load_records && (load.records & 0xff) == 1);
  if (!is_by_time) return "load records are asked for from a given time on: 0600 0001 or 0604 0001";
  if (item != nullptr && group != 0 && group != load_energies + 1)
    return "the register is in the whole load record, 0600 0001, or in that of the energies, 0604 0001";
  if (load.minutes == 0 || minutes_an_hour % load.minutes != 0) return "load records are kept at a whole part of an hour";
  if (load.blocks == 0 || load.blocks > load_blocks_max) return "one to six load records are asked for at once";
  return {};
}

}  // namespace wattle::dlt645
