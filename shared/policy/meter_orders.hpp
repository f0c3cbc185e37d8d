#pragma once
// What a person has ordered about a circuit's meter. Each names its instance, so that it may come twice, or late: once the
// circuit has another meter, or its register has gone on beyond, it does nothing.

#include "shared/base/ids.hpp"
#include "shared/base/units.hpp"

namespace wattle {

/// Another meter is behind the circuit. Readings as the displays show them, in Wh or litres.
struct MeterOrder {
  MeterId before;
  Quantity last;  // of the one that was there
  MeterId after;
  Quantity first;  // of the one that is there now
  bool operator==(const MeterOrder&) const = default;
};

/// This meter's register has come to its end, and has begun again from zero.
struct RolloverOrder {
  MeterId meter;
  Quantity ends;           // it shows up to one less
  std::uint32_t turn = 0;  // so often since the meter was made; 0: not once, as a box says that had believed it had
  bool operator==(const RolloverOrder&) const = default;
};

inline constexpr std::int64_t shown_max = 1'000'000'000'000'000;  // what a display may show
inline constexpr std::int64_t register_ends_min = 1'000'000;      // no meter's register is so short
inline constexpr std::uint32_t turns_max = 1000;
inline constexpr std::uint64_t meter_number_max = UINT64_C(1) << 63U;

bool is_valid(const MeterOrder& order);
bool is_valid(const RolloverOrder& order);

}  // namespace wattle
