#pragma once
// Beyond these a register holds nonsense, or a maker's mark for "not available" (all ones).

#include <cstddef>
#include <cstdint>

namespace wattle {

inline constexpr std::uint64_t max_meter_number = 999'999'999'999;  // twelve digits on the plate
inline constexpr std::int64_t max_power_w = 1'000'000;
inline constexpr std::int64_t max_voltage_mv = 1'000'000;
inline constexpr std::int64_t max_current_ma = 5'000'000;
inline constexpr std::int64_t max_frequency_mhz = 100'000;
inline constexpr std::int64_t unity_per_mille = 1000;
inline constexpr std::int64_t max_reactive_varh = 1'000'000'000'000;
inline constexpr std::int64_t max_remaining_wh = 1'000'000'000'000;
inline constexpr std::int64_t max_remaining_micros = 1'000'000'000'000'000;
inline constexpr std::int64_t max_flow_ml_per_h = 1'000'000'000'000;
inline constexpr std::int64_t max_temperature_mcelsius = 500'000;
inline constexpr std::size_t max_meter_circuits = 4;

/// How much of a meter is asked: what charging and switching need, or all that it tells.
enum class Depth : std::uint8_t { control, full };

}  // namespace wattle
