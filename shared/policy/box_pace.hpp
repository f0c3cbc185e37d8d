#pragma once
// How often a box reads its meters, how often it keeps a reading, and when it tells meters the time: the register pace/<slot>
// of the configuration (api-spec/control.md). What the register does not say is as the box's own file has it.

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"

namespace wattle {

inline constexpr Duration poll_every_min = milliseconds(200);
inline constexpr Duration poll_every_max = minutes(1);
inline constexpr Duration record_every_min = minutes(1);
inline constexpr Duration record_every_max = days(1);
inline constexpr std::uint16_t broadcast_midnight_minutes = 10;  // before and after midnight no meter is told the time

/// The minute of the local day; nothing: never.
struct ClockBroadcast {
  std::optional<std::uint16_t> minute;
  bool operator==(const ClockBroadcast&) const = default;
};

struct BoxPace {
  std::optional<Duration> poll_every = {};    // whole ms
  std::optional<Duration> record_every = {};  // whole seconds, and a whole part of a day
  std::optional<ClockBroadcast> broadcast = {};
  bool operator==(const BoxPace&) const = default;
};

inline constexpr std::string_view pace_prefix = "pace/";
inline constexpr std::size_t pace_bytes_max = 16;
std::string pace_key(EdgeId slot);

bool is_valid(const BoxPace& pace);
Bytes encode(const BoxPace& pace);
std::optional<BoxPace> decode_pace(ByteView bytes);

}  // namespace wattle
