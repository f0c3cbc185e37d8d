#include "shared/meter/dlt645_shown.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "shared/meter/limits.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::int64_t combined_rollover_wh = 800'000'000;  // the top bit is a sign
constexpr std::size_t phases_most = 3;

/// A family of values whose numbers follow each other: total and tariffs, or total and phases.
struct Family {
  std::uint32_t total;
  std::uint32_t step;  // from one to the next
  std::uint8_t first;  // 0 the total, 1 the first phase
  std::uint8_t last;
  std::uint32_t block;
};
constexpr Family families_2007[] = {
    {0x00000000, 0x100, 0, tariffs_shown, 0x0000ff00}, {0x00010000, 0x100, 0, tariffs_shown, 0x0001ff00},
    {0x00020000, 0x100, 0, tariffs_shown, 0x0002ff00}, {0x02010000, 0x100, 1, phases_most, 0x0201ff00},
    {0x02020000, 0x100, 1, phases_most, 0x0202ff00},   {0x02030000, 0x100, 0, phases_most, 0x0203ff00},
    {0x02040000, 0x100, 0, phases_most, 0x0204ff00},   {0x02050000, 0x100, 0, phases_most, 0x0205ff00},
    {0x02060000, 0x100, 0, phases_most, 0x0206ff00},   {0x02070000, 0x100, 1, phases_most, 0x0207ff00},
};
constexpr Family families_1997[] = {
    {0x9010, 1, 0, tariffs_shown, 0x901f}, {0x9020, 1, 0, tariffs_shown, 0x902f}, {0xb610, 1, 1, phases_most, 0xb61f},
    {0xb620, 1, 1, phases_most, 0xb62f},   {0xb630, 1, 0, phases_most, 0xb63f},   {0xb640, 1, 0, phases_most, 0xb64f},
    {0xb650, 1, 0, phases_most, 0xb65f},
};
std::span<const Family> families(Edition edition) {
  return edition == Edition::v2007 ? std::span<const Family>(families_2007) : std::span<const Family>(families_1997);
}

/// Filled with FFH where it does not fit: a meter has no value beyond what it can show.
void put_number(MeterImage& image, std::uint32_t di, const Measured& value) {
  const auto* item = find_item(image.edition, di);
  if (item == nullptr) return;
  const auto bytes = number_bytes(image.edition, di, value);
  image.items[di] = {bytes ? *bytes : Bytes(item->size, 0xff), false};
}

void put_energy(MeterImage& image, const Family& family, std::int64_t wh) {
  for (std::uint8_t n = 0; n <= tariffs_shown; ++n)
    put_number(image, family.total + n * family.step, {n <= 1 ? wh : 0, 0, Unit::watt_hour});
}

/// The same quantities of the whole, and of each phase.
struct Flow {
  std::int64_t watts = 0;
  std::int64_t voltage_mv = 0;
  std::int64_t current_ma = 0;
};

/// One phase, or three; the power of each by its share of current times voltage, and what is left over the first's.
std::vector<Flow> phases_of(const Reading& reading, const CircuitReading& circuit) {
  const auto& further = circuit.further;
  const auto watts = circuit.power.value_or(Power{}).watts;
  const auto current = circuit.current_ma.value_or(0);
  const Flow first{watts, reading.voltage_mv.value_or(0), further.get(FurtherKind::current_a).value_or(current)};
  const auto b = further.get(FurtherKind::voltage_b);
  const auto c = further.get(FurtherKind::voltage_c);
  if (!b || !c) return {first};
  std::vector<Flow> phases{first,
                           {0, *b, further.get(FurtherKind::current_b).value_or(0)},
                           {0, *c, further.get(FurtherKind::current_c).value_or(0)}};
  std::int64_t all = 0;
  for (const auto& phase : phases) all += phase.voltage_mv / 1000 * std::abs(phase.current_ma);
  for (std::size_t n = 1; n < phases.size(); ++n) {
    auto& phase = phases[n];
    phase.watts =
        all == 0 ? 0
                 : watts * (phase.voltage_mv / 1000 * std::abs(phase.current_ma) / 100) / std::max<std::int64_t>(all / 100, 1);
    phases[0].watts -= phase.watts;
  }
  return phases;
}

/// What follows from power and power factor, in tenths.
std::int64_t tenths_apparent(std::int64_t watts, std::int64_t per_mille) {
  return per_mille == 0 ? 0 : std::abs(watts) * 10 * unity_per_mille / std::abs(per_mille);
}
std::int64_t tenths_reactive(std::int64_t watts, std::int64_t per_mille) {
  const auto apparent = static_cast<double>(tenths_apparent(watts, per_mille));
  const auto active = static_cast<double>(watts) * 10;
  return std::llround(std::sqrt(std::max(apparent * apparent - active * active, 0.0)));
}
std::int64_t tenths_angle(std::int64_t per_mille) {
  constexpr double tenths_half_turn = 1'800, pi = 3.14159265358979323846;
  const auto cosine = std::clamp(static_cast<double>(per_mille) / unity_per_mille, -1.0, 1.0);
  return std::llround(std::acos(cosine) * tenths_half_turn / pi);
}

void put_power(MeterImage& image, std::uint32_t step, std::uint32_t n, std::int64_t watts, std::int64_t per_mille) {
  const bool is_new = image.edition == Edition::v2007;
  const auto at = [&](std::uint32_t new_one, std::uint32_t old_one) { return (is_new ? new_one : old_one) + n * step; };
  put_number(image, at(0x02030000, 0xb630), {watts, 0, Unit::watt});
  put_number(image, at(0x02040000, 0xb640), {tenths_reactive(watts, per_mille), -1, Unit::var});
  put_number(image, at(0x02060000, 0xb650), {per_mille, -3, Unit::none});
  if (!is_new) return;
  put_number(image, 0x02050000 + n * step, {tenths_apparent(watts, per_mille), -1, Unit::volt_ampere});
  if (n > 0) put_number(image, 0x02070000 + n * step, {tenths_angle(per_mille), -1, Unit::degree});
}

void put_moment(MeterImage& image, const Reading& reading, const CircuitReading& circuit) {
  const bool is_new = image.edition == Edition::v2007;
  const std::uint32_t step = is_new ? 0x100 : 1;
  const auto per_mille = circuit.power_factor_per_mille.value_or(unity_per_mille);
  const auto phases = phases_of(reading, circuit);
  put_power(image, step, 0, circuit.power.value_or(Power{}).watts, per_mille);
  for (std::uint32_t n = 1; n <= phases.size(); ++n) {
    const auto& phase = phases[n - 1];
    put_number(image, (is_new ? 0x02010000u : 0xb610u) + n * step, {phase.voltage_mv, -3, Unit::volt});
    put_number(image, (is_new ? 0x02020000u : 0xb620u) + n * step, {phase.current_ma, -3, Unit::ampere});
    put_power(image, step, n, phase.watts, per_mille);
  }
  if (!is_new) return;
  put_number(image, di::frequency, {reading.frequency_mhz.value_or(mains_mhz), -3, Unit::hertz});
  if (phases.size() == 1) put_number(image, 0x02800001, {phases[0].current_ma, -3, Unit::ampere});
}

/// Directions alone: nothing else that the words tell ever is with this meter. The third is the relay's own.
void put_status(MeterImage& image, bool is_reverse) {
  const auto put = [&](std::uint32_t word, std::uint8_t bits) { image.items[0x04000500 + word] = {{bits, 0}, false}; };
  put(1, is_reverse ? 1u << 4 : 0);
  put(2, is_reverse ? 0x07 : 0);
  for (const std::uint32_t word : {4u, 5u, 6u, 7u}) put(word, 0);
}

void put_plate_2007(MeterImage& image) {
  const Bytes number(image.address.bytes.begin(), image.address.bytes.end());
  image.items[di::address] = image.items[di::meter_number] = {number, false};
  image.items[0x04000204] = {{tariffs_shown}, false};
  image.items[0x04000703] = {{image.rate_code}, false};
  put_number(image, 0x04000409, {pulses_per_kwh, 0, Unit::pulse_per_kwh});
}

void put_plate_1997(MeterImage& image) {
  image.items[di_1997::meter_number] = {Bytes(image.address.bytes.begin(), image.address.bytes.end()), false};
  image.items[0xc033] = {Bytes(image.address.bytes.size(), 0), false};  // nobody has told it a customer
  image.items[0xc313] = {{tariffs_shown}, false};
  put_number(image, 0xc030, {pulses_per_kwh, 0, Unit::pulse_per_kwh});
}

}  // namespace

void show_standard(MeterImage& image, const Reading& reading, const CircuitReading& circuit) {
  const auto wh = circuit.energy.units;
  put_moment(image, reading, circuit);
  if (image.edition == Edition::v1997) {
    put_energy(image, families_1997[0], wh);
    put_energy(image, families_1997[1], 0);  // its register counts one direction
    return put_plate_1997(image);
  }
  put_energy(image, families_2007[0], wh % combined_rollover_wh);
  put_energy(image, families_2007[1], wh);
  put_energy(image, families_2007[2], 0);
  put_status(image, circuit.power.value_or(Power{}).watts < 0);
  put_plate_2007(image);
}

void show_blocks(MeterImage& image) {
  for (const auto& family : families(image.edition)) {
    Bytes bytes;
    const auto size = find_item(image.edition, family.total)->size;
    for (std::uint32_t n = family.first; n <= family.last; ++n) {
      const auto one = image.items.find(family.total + n * family.step);
      if (one == image.items.end())
        bytes.insert(bytes.end(), size, 0xff);
      else
        Writer(bytes).raw(one->second.bytes);
    }
    image.items[family.block] = {std::move(bytes), false};
  }
}

}  // namespace wattle::dlt645
