#include "simulator/devices/virtual_meter.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::sim {
namespace {

constexpr std::int64_t mains_mv = 220'000;
constexpr std::int64_t droop_mv_per_kw = 1'500;  // a long riser: a kettle dims the lamps a little
constexpr Duration longest_count = days(400);    // a longer step is a clock that was set, not time that passed

constexpr std::int64_t least_percent = 35;
constexpr std::int64_t percent_steps = 31;
constexpr std::int64_t percent_stride = 17;  // prime to the steps, so that neighbours differ
constexpr std::int64_t day_minutes = 24 * 60;
constexpr std::int64_t week_minutes = 7 * day_minutes;

dlt645::MeterImage image_of(const VirtualMeterSettings& settings, const MeterMemory& memory) {
  dlt645::MeterImage image{.address = {}, .items = {}, .accepts = settings.accepts, .utc_offset = china_standard_time};
  image.edition = settings.protocol == Protocol::dlt645_1997 ? dlt645::Edition::v1997 : dlt645::Edition::v2007;
  const auto address = dlt645::address_of(settings.number.value);
  WATTLE_CHECK(address);
  image.address = *address;
  image.relay.closed = memory.relay_closed;
  image.relay.commanded_open = !memory.relay_closed;
  return image;
}

}  // namespace

VirtualMeter::VirtualMeter(VirtualMeterSettings settings, MeterMemory memory, Instant now)
    : settings_(std::move(settings)), image_(image_of(settings_, memory)), memory_(memory), at_(now) {
  WATTLE_CHECK(settings_.curve != nullptr && check(settings_.profile));
}

void VirtualMeter::move_contact(bool closed) {
  memory_.relay_closed = closed;
  image_.relay = {
      .closed = closed, .commanded_open = !closed, .keeps_power = image_.relay.keeps_power, .opens_at = {}, .ends_at = {}};
}

Power VirtualMeter::wanted_load(Instant now) const {
  if (fixed_) return *fixed_;
  const auto minute = minute_since_monday(now, china_standard_time) + settings_.curve_shift_minutes;
  return {settings_.curve->at_minute(minute).watts * settings_.curve_percent / 100};
}

void VirtualMeter::advance(Instant now) {
  if (now < at_ || longest_count < now - at_) {
    at_ = now;
    return;
  }
  while (at_ < now) {
    auto until = std::min(next_minute(at_), now);
    for (const auto& change : {image_.relay.opens_at, image_.relay.ends_at}) {
      if (change && at_ < *change) until = std::min(until, *change);  // a contact moves in the middle of a minute too
    }
    if (memory_.relay_closed) memory_.microjoules += wanted_load(at_).watts * (until - at_).micros;
    at_ = until;
    dlt645::advance(image_, at_);
    memory_.relay_closed = image_.relay.closed;
  }
}

Reading VirtualMeter::read(Instant now) {
  advance(now);
  const auto power = memory_.relay_closed ? wanted_load(now) : Power{0};
  const auto voltage_mv = mains_mv - power.watts * droop_mv_per_kw / 1000;
  const auto rollover = settings_.profile.rollover.units;
  return {settings_.number,
          Quantity{memory_.microjoules / microjoules_per_wh % rollover},
          power,
          voltage_mv,
          power.watts * 1'000'000 / voltage_mv,
          memory_.relay_closed};
}

Bytes VirtualMeter::answer(ByteView request_pdu, Instant now) {
  auto image = encode_reading(settings_.profile, read(now));
  WATTLE_CHECK(image);
  auto bytes = modbus::answer(request_pdu, *image);
  const bool closed = image->coils.at(settings_.profile.relay_coil).value != 0;
  if (closed != memory_.relay_closed) move_contact(closed);
  return bytes;
}

Bytes VirtualMeter::answer(const dlt645::Frame& heard, Instant now) {
  dlt645::show(image_, read(now), now);
  auto bytes = dlt645::answer(heard, image_, now);
  memory_.relay_closed = image_.relay.closed;
  return bytes;
}

void VirtualMeter::set_load(std::optional<Power> fixed, Instant now) {
  advance(now);
  fixed_ = fixed;
}

void VirtualMeter::set_relay(bool closed, Instant now) {
  advance(now);
  move_contact(closed);
}

VirtualMeterSettings room_settings(std::size_t n, std::shared_ptr<const LoadCurve> curve) {
  const auto room = static_cast<std::int64_t>(n);
  const auto weeks = std::max<std::int64_t>(1, static_cast<std::int64_t>(curve->minutes()) / week_minutes);
  VirtualMeterSettings settings;
  settings.curve = std::move(curve);
  settings.curve_percent = least_percent + room * percent_stride % percent_steps;
  settings.curve_shift_minutes = room % weeks * week_minutes;
  return settings;
}

}  // namespace wattle::sim
