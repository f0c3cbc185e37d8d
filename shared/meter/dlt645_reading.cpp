#include "shared/meter/dlt645_reading.hpp"

#include "shared/base/check.hpp"
#include "shared/meter/profile.hpp"

namespace wattle::dlt645 {
namespace {

/// What a value is asked for as, and shown as: the identifier, and our unit as a power of ten.
struct Part {
  std::uint32_t di;
  int exponent;
  std::int64_t most;
};
constexpr Part parts_2007[] = {
    {di::forward_energy, 0, rollover.units - 1},
    {di::power, 0, max_power_w},
    {di::voltage_a, -3, max_voltage_mv},
    {di::current_a, -3, max_current_ma},
};
constexpr Part parts_1997[] = {
    {di_1997::forward_energy, 0, rollover.units - 1},
    {di_1997::power, 0, max_power_w},
    {di_1997::voltage_a, -3, max_voltage_mv},
    {di_1997::current_a, -3, max_current_ma},
};
std::span<const Part> parts(Edition edition) { return edition == Edition::v2007 ? parts_2007 : parts_1997; }

constexpr std::int64_t unity_power_factor = 1000;
constexpr std::int64_t mains_hundredths_hz = 5000;
constexpr std::int64_t combined_rollover_wh = 800'000'000;  // the top bit is a sign
constexpr std::uint8_t tariffs_shown = 4;

void put(MeterImage& image, std::uint32_t di, Measured value) {
  const auto bytes = number_bytes(image.edition, di, value);
  WATTLE_CHECK(bytes);  // a virtual meter draws nothing that its registers could not show
  image.items[di] = {*bytes, false};
}

/// A block is its single values in a row; phases that are absent are filled with FFH.
void put_block(MeterImage& image, std::uint32_t block, std::uint32_t first, std::size_t absent, std::size_t size) {
  Bytes bytes = image.items.at(first).bytes;
  bytes.insert(bytes.end(), absent * size, 0xff);
  image.items[block] = {bytes, false};
}

void show_clock(MeterImage& image, Instant now) {
  const auto time = local_time(now + image.clock_error, image.utc_offset);
  const auto year = to_bcd(static_cast<std::uint8_t>(time.year % 100));
  const bool is_new = image.edition == Edition::v2007;
  image.items[is_new ? di::date : 0xc010] = {{weekday(time), to_bcd(time.day), to_bcd(time.month), year}, false};
  image.items[is_new ? di::clock : 0xc011] = {{to_bcd(time.second), to_bcd(time.minute), to_bcd(time.hour)}, false};
}

void show_rest_2007(MeterImage& image, const Reading& reading) {
  put(image, di::combined_energy, {reading.energy.units % combined_rollover_wh, 0, Unit::watt_hour});
  put(image, 0x00020000, {0, 0, Unit::watt_hour});
  Bytes block = image.items[di::forward_energy].bytes;
  Writer(block).raw(image.items[di::forward_energy].bytes);  // all of it in the first tariff
  block.resize(block.size() + (tariffs_shown - 1u) * 4);
  image.items[0x0001ff00] = {block, false};
  put(image, di::power_a, {reading.power.watts, 0, Unit::watt});
  put(image, di::power_factor, {unity_power_factor, -3, Unit::none});
  put(image, di::frequency, {mains_hundredths_hz, -2, Unit::hertz});
  put_block(image, 0x0201ff00, di::voltage_a, 2, 2);
  put_block(image, 0x0202ff00, di::current_a, 2, 3);
  image.items[0x0203ff00] = {image.items[di::power].bytes, false};
  Writer(image.items[0x0203ff00].bytes).raw(image.items[di::power_a].bytes);
  image.items[0x0203ff00].bytes.resize(4 * 3, 0xff);
  const Bytes number(image.address.bytes.begin(), image.address.bytes.end());
  image.items[di::address] = image.items[di::meter_number] = {number, false};
  image.items.try_emplace(di::trip_delay, Cell{{0, 0}, true});
  const auto delay = number_in(image.edition, di::trip_delay, image.items[di::trip_delay].bytes);
  image.trip_delay = delay ? minutes(delay->value) : Duration{};
}

}  // namespace

std::vector<Request> reading_requests(Edition edition, const Address& address) {
  std::vector<Request> all;
  for (const auto& part : parts(edition)) all.push_back(read(edition, address, part.di));
  if (edition == Edition::v2007) all.push_back(read(edition, address, di::status_3));
  return all;
}

Result<Reading> decode_reading(Edition edition, const Address& from, std::span<const Bytes> data, const Dialect& dialect) {
  const auto number = number_of(from);
  if (!number || *number == 0) return WATTLE_FAIL(MeterErrc::meter_number);
  const auto all = parts(edition);
  const bool has_relay = edition == Edition::v2007;
  if (data.size() != all.size() + (has_relay ? 1 : 0)) return WATTLE_FAIL(MeterErrc::length);
  std::array<std::int64_t, std::size(parts_2007)> values{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto value = number_in(edition, all[i].di, data[i]);
    if (!value) return value.error();
    const auto whole = scaled(*value, all[i].exponent);
    if (!whole) return whole.error();
    const auto least = i == 0 || i == 2 ? 0 : -all[i].most;  // energy and voltage have no sign
    if (*whole < least || *whole > all[i].most) return WATTLE_FAIL(MeterErrc::value);
    values[i] = *whole;
  }
  bool closed = true;
  if (has_relay) {
    const auto state = running_state(data.back(), dialect);
    if (!state) return state.error();
    closed = !state->relay_open;
  }
  return Reading{MeterId{*number}, Quantity{values[0]}, Power{values[1]}, values[2], values[3], closed};
}

void show(MeterImage& image, const Reading& reading, Instant now) {
  const auto all = parts(image.edition);
  const auto shown_energy = reading.energy.units - reading.energy.units % energy_step_wh;  // a register counts whole steps
  put(image, all[0].di, {shown_energy, 0, Unit::watt_hour});
  put(image, all[1].di, {reading.power.watts, 0, Unit::watt});
  put(image, all[2].di, {reading.voltage_mv, -3, Unit::volt});
  put(image, all[3].di, {reading.current_ma, -3, Unit::ampere});
  show_clock(image, now);
  if (image.edition == Edition::v2007) {
    auto stepped = reading;
    stepped.energy.units = shown_energy;
    show_rest_2007(image, stepped);
  } else {
    image.items[di_1997::meter_number] = {Bytes(image.address.bytes.begin(), image.address.bytes.end()), false};
  }
}

}  // namespace wattle::dlt645
