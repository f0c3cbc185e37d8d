#pragma once
// Two clocks, two types. Instant is UTC and may jump; it is for people, schedules and prices and decides nothing about money
// or order. Tick is monotonic since the process began; it is for time-outs and is never stored.

#include <compare>
#include <cstdint>

namespace wattle {

struct Duration {
  std::int64_t micros = 0;
  auto operator<=>(const Duration&) const = default;
};

constexpr Duration microseconds(std::int64_t n) { return {n}; }
constexpr Duration milliseconds(std::int64_t n) { return {n * 1000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
constexpr Duration days(std::int64_t n) { return hours(n * 24); }

/// UTC, microseconds since 1970-01-01T00:00:00Z.
struct Instant {
  std::int64_t micros = 0;
  auto operator<=>(const Instant&) const = default;
};
constexpr Instant operator+(Instant t, Duration d) { return {t.micros + d.micros}; }
constexpr Instant operator-(Instant t, Duration d) { return {t.micros - d.micros}; }
constexpr Duration operator-(Instant a, Instant b) { return {a.micros - b.micros}; }

/// Monotonic, microseconds since an origin of the process's own.
struct Tick {
  std::int64_t micros = 0;
  auto operator<=>(const Tick&) const = default;
};
constexpr Tick operator+(Tick t, Duration d) { return {t.micros + d.micros}; }
constexpr Duration operator-(Tick a, Tick b) { return {a.micros - b.micros}; }
inline constexpr Tick never{INT64_MAX};

/// What an event brings along: both clocks, read once by the shell.
struct Now {
  Instant wall;
  Tick tick;
};

}  // namespace wattle
