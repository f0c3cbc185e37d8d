#include "shared/meter/profile.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle {
namespace {

bool contains(const Block& block, const Point& point) {
  return block.function == point.source && point.address >= block.start &&
         point.address + word_count(point.encoding) <= std::size_t{block.start} + block.count;
}

std::array<const Point*, 6> points(const MeterProfile& p) {
  return {&p.number, &p.energy, &p.power, &p.voltage, &p.current, &p.relay};
}

bool is_sound(const MeterProfile& profile, const Point& point) {
  const bool is_coil = point.source == modbus::Function::read_coils;
  return point.scale.multiply > 0 && point.scale.divide > 0 && is_coil == (point.encoding == Encoding::bit) &&
         std::any_of(profile.blocks.begin(), profile.blocks.end(), [&](const Block& b) { return contains(b, point); });
}

/// The point's value, refused outside of [low, high].
Result<std::int64_t> take(const MeterProfile& profile, std::span<const std::vector<std::uint16_t>> blocks, const Point& point,
                          std::int64_t low, std::int64_t high) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (!contains(profile.blocks[i], point)) continue;
    const std::size_t at = std::size_t{point.address} - profile.blocks[i].start;
    const auto value = decode_value(point, std::span(blocks[i]).subspan(at, word_count(point.encoding)));
    if (!value) return value;
    if (*value < low || *value > high) return WATTLE_FAIL(MeterErrc::value);
    return value;
  }
  return WATTLE_FAIL(MeterErrc::profile);
}

Result<void> place(modbus::RegisterImage& image, const Point& point, std::int64_t value) {
  const auto words = encode_value(point, value);
  if (!words) return words.error();
  auto& bank = point.source == modbus::Function::read_coils   ? image.coils
               : point.source == modbus::Function::read_input ? image.input
                                                              : image.holding;
  for (std::size_t i = 0; i < words->size(); ++i) bank[static_cast<std::uint16_t>(point.address + i)].value = (*words)[i];
  return {};
}

}  // namespace

Result<void> check(const MeterProfile& profile) {
  const bool blocks_sound = std::all_of(profile.blocks.begin(), profile.blocks.end(), [](const Block& b) {
    const auto request = modbus::read(b.function, b.start, b.count);
    return modbus::is_valid(request);
  });
  const auto all = points(profile);
  const bool points_sound = std::all_of(all.begin(), all.end(), [&](const Point* p) { return is_sound(profile, *p); });
  if (!blocks_sound || !points_sound || profile.rollover.units <= 0 || profile.answers_within.micros <= 0) {
    return WATTLE_FAIL(MeterErrc::profile);
  }
  return {};
}

Result<Reading> decode_reading(const MeterProfile& profile, std::span<const std::vector<std::uint16_t>> blocks) {
  if (blocks.size() != profile.blocks.size()) return WATTLE_FAIL(MeterErrc::length);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].size() != profile.blocks[i].count) return WATTLE_FAIL(MeterErrc::length);
  }
  const auto number = take(profile, blocks, profile.number, INT64_MIN, INT64_MAX);
  if (!number || *number <= 0 || static_cast<std::uint64_t>(*number) > max_meter_number) {
    return WATTLE_FAIL(MeterErrc::meter_number);
  }
  const auto energy = take(profile, blocks, profile.energy, 0, profile.rollover.units - 1);
  if (!energy) return energy.error();
  const auto power = take(profile, blocks, profile.power, -max_power_w, max_power_w);
  if (!power) return power.error();
  const auto voltage = take(profile, blocks, profile.voltage, 0, max_voltage_mv);
  if (!voltage) return voltage.error();
  const auto current = take(profile, blocks, profile.current, -max_current_ma, max_current_ma);
  if (!current) return current.error();
  const auto relay = take(profile, blocks, profile.relay, 0, 1);
  if (!relay) return relay.error();
  return Reading{
      MeterId{static_cast<std::uint64_t>(*number)}, Quantity{*energy}, Power{*power}, *voltage, *current, *relay == 1};
}

Result<modbus::RegisterImage> encode_reading(const MeterProfile& profile, const Reading& reading) {
  modbus::RegisterImage image;
  for (const auto& block : profile.blocks) {
    auto& bank = block.function == modbus::Function::read_coils   ? image.coils
                 : block.function == modbus::Function::read_input ? image.input
                                                                  : image.holding;
    for (std::size_t i = 0; i < block.count; ++i) bank.try_emplace(static_cast<std::uint16_t>(block.start + i));
  }
  const std::array<std::int64_t, 6> values{static_cast<std::int64_t>(reading.meter.value),
                                           reading.energy.units,
                                           reading.power.watts,
                                           reading.voltage_mv,
                                           reading.current_ma,
                                           reading.relay_closed ? 1 : 0};
  const auto all = points(profile);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (const auto placed = place(image, *all[i], values[i]); !placed) return placed.error();
  }
  image.coils[profile.relay_coil] = {static_cast<std::uint16_t>(reading.relay_closed), true};
  return image;
}

MeterProfile generic_relay_meter() {
  using modbus::Function;
  return {.model = "generic-relay-meter",
          .blocks = {{Function::read_holding, 0x0000, 10}},
          .number = {Function::read_holding, 0x0006, Encoding::u64, {}},
          .energy = {Function::read_holding, 0x0000, Encoding::u32, {}},
          .rollover = {1'000'000'000},
          .power = {Function::read_holding, 0x0004, Encoding::i16, {}},
          .voltage = {Function::read_holding, 0x0002, Encoding::u16, {100, 1}},
          .current = {Function::read_holding, 0x0003, Encoding::u16, {10, 1}},
          .relay = {Function::read_holding, 0x0005, Encoding::u16, {}},
          .relay_coil = 0,
          .answers_within = milliseconds(500)};
}

}  // namespace wattle
