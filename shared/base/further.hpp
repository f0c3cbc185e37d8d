#pragma once
// What a meter may tell of a circuit beside its register, power, voltage and current. Most models tell few of these, so they
// travel as a set of numbers: read by a profile, recorded as columns, thinned to hours and days, each by its kind.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wattle {

/// Numbered as their columns follow each other (api-spec/readings.md); none is ever given a second meaning.
enum class FurtherKind : std::uint8_t {
  power_factor = 0,      // thousandths
  frequency = 1,         // mHz
  relay = 2,             // 1 closed (an open valve), 0 open
  reactive_energy = 3,   // varh, cumulative
  reactive_power = 4,    // var, negative when it flows back
  remaining_energy = 5,  // Wh in the meter's own purse; negative: overdrawn
  remaining_money = 6,   // micros of the currency, likewise
  flow = 7,              // ml/h
  temperature = 8,       // thousandths of a degree Celsius
  voltage_b = 9,         // mV, of the second phase; that of the first is the reading's own
  voltage_c = 10,        // of the third
  current_a = 11,        // mA, of the first phase, where the circuit's own current is a sum over the phases
  current_b = 12,
  current_c = 13,
};
inline constexpr std::size_t further_kinds = 14;

/// What adds up to it over a time: its last value less its first. Of all others the mean, least and most say something.
constexpr bool is_counter(FurtherKind kind) { return kind == FurtherKind::reactive_energy; }

class Further {
 public:
  bool has(FurtherKind kind) const { return (kinds_ >> index(kind) & 1u) != 0; }
  bool empty() const { return kinds_ == 0; }
  /// A bit for each kind that is told, by its number.
  std::uint32_t kinds() const { return kinds_; }
  std::optional<std::int64_t> get(FurtherKind kind) const {
    return has(kind) ? std::optional(values_[index(kind)]) : std::nullopt;
  }
  void put(FurtherKind kind, std::int64_t value) {
    kinds_ |= 1u << index(kind);
    values_[index(kind)] = value;
  }
  void put(FurtherKind kind, std::optional<std::int64_t> value) {
    if (value) put(kind, *value);
  }
  /// Takes over what only the one before told, since much is asked less often. Not the relay: where it is not known now, what
  /// it was says nothing.
  void fill_from(const Further& before) {
    for (std::size_t i = 0; i < further_kinds; ++i) {
      const auto kind = static_cast<FurtherKind>(i);
      if (!has(kind) && kind != FurtherKind::relay) put(kind, before.get(kind));
    }
  }
  bool operator==(const Further&) const = default;

 private:
  static constexpr std::size_t index(FurtherKind kind) { return static_cast<std::size_t>(kind); }

  std::uint32_t kinds_ = 0;
  std::array<std::int64_t, further_kinds> values_{};  // 0 of what is not told
};

/// "reactive_power" and "var": what stands in JSON is name_unit, and of a time name_mean_unit and the like.
struct FurtherName {
  std::string_view name;
  std::string_view unit;
};
constexpr FurtherName name_of(FurtherKind kind) {
  constexpr FurtherName names[further_kinds] = {
      {"power_factor", "per_mille"}, {"frequency", "mhz"},      {"relay", ""},
      {"reactive_energy", "varh"},   {"reactive_power", "var"}, {"remaining_energy", "wh"},
      {"remaining_money", "micros"}, {"flow", "ml_per_h"},      {"temperature", "mcelsius"},
      {"voltage_b", "mv"},           {"voltage_c", "mv"},       {"current_a", "ma"},
      {"current_b", "ma"},           {"current_c", "ma"},
  };
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace wattle
