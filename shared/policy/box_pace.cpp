#include "shared/policy/box_pace.hpp"

namespace wattle {
namespace {

constexpr std::uint8_t version = 1;
constexpr unsigned says_poll = 1;
constexpr unsigned says_record = 2;
constexpr unsigned says_broadcast = 4;
constexpr std::uint16_t never_told = 0;  // no broadcast is at midnight
constexpr std::uint16_t last_minute = 24 * 60 - 1;

bool is_within(Duration value, Duration least, Duration most) {
  return value.micros >= least.micros && value.micros <= most.micros;
}

bool is_minute(std::uint16_t minute) {
  return minute >= broadcast_midnight_minutes && minute <= last_minute - broadcast_midnight_minutes;
}

std::uint64_t bounded(Reader& in, std::uint64_t most) {
  const auto value = in.varint();
  return value <= most ? value : in.fail();
}

std::uint64_t steps(Duration value, Duration step) { return static_cast<std::uint64_t>(value.micros / step.micros); }

Duration read_steps(Reader& in, Duration most, Duration step) {
  return {static_cast<std::int64_t>(bounded(in, steps(most, step))) * step.micros};
}

}  // namespace

std::string pace_key(EdgeId slot) { return std::string(pace_prefix) + std::to_string(slot.value); }

bool is_valid(const BoxPace& pace) {
  const auto& record = pace.record_every;
  const bool polls = !pace.poll_every || (is_within(*pace.poll_every, poll_every_min, poll_every_max) &&
                                          pace.poll_every->micros % milliseconds(1).micros == 0);
  const bool records = !record || (is_within(*record, record_every_min, record_every_max) &&
                                   record->micros % seconds(1).micros == 0 && days(1).micros % record->micros == 0);
  const bool tells = !pace.broadcast || !pace.broadcast->minute || is_minute(*pace.broadcast->minute);
  return polls && records && tells;
}

Bytes encode(const BoxPace& pace) {
  Bytes bytes{version};
  Writer out(bytes);
  out.u8(static_cast<std::uint8_t>((pace.poll_every ? says_poll : 0) | (pace.record_every ? says_record : 0) |
                                   (pace.broadcast ? says_broadcast : 0)));
  if (pace.poll_every) out.varint(steps(*pace.poll_every, milliseconds(1)));
  if (pace.record_every) out.varint(steps(*pace.record_every, seconds(1)));
  if (pace.broadcast) out.varint(pace.broadcast->minute.value_or(never_told));
  return bytes;
}

std::optional<BoxPace> decode_pace(ByteView bytes) {
  Reader in(bytes);
  if (in.u8() != version) return std::nullopt;
  const unsigned says = in.u8();
  if (says > (says_poll | says_record | says_broadcast)) return std::nullopt;
  BoxPace pace;
  if ((says & says_poll) != 0) pace.poll_every = read_steps(in, poll_every_max, milliseconds(1));
  if ((says & says_record) != 0) pace.record_every = read_steps(in, record_every_max, seconds(1));
  if ((says & says_broadcast) != 0) {
    const auto minute = static_cast<std::uint16_t>(bounded(in, last_minute));
    pace.broadcast = ClockBroadcast{minute == never_told ? std::nullopt : std::optional(minute)};
  }
  return in.finished() && is_valid(pace) ? std::optional(pace) : std::nullopt;
}

}  // namespace wattle
