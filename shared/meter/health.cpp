#include "shared/meter/health.hpp"

#include <algorithm>

namespace wattle {
namespace {

constexpr unsigned is_silent = 1;
constexpr unsigned is_foreign = 2;
constexpr unsigned is_stuck = 4;
constexpr unsigned is_flowing = 8;
constexpr unsigned does_not_obey = 16;
constexpr unsigned has_failed = 32;
constexpr unsigned all_flags = 63;

void write_ago(Writer& out, Duration ago) {
  const auto within = std::clamp(ago, Duration{}, health_ago_max);
  out.varint(static_cast<std::uint64_t>(within.micros / seconds(1).micros));
}

std::uint64_t bounded(Reader& in, std::uint64_t most) {
  const auto value = in.varint();
  return value <= most ? value : in.fail();
}

Duration read_ago(Reader& in) {
  const auto most = static_cast<std::uint64_t>(health_ago_max.micros / seconds(1).micros);
  return seconds(static_cast<std::int64_t>(bounded(in, most)));
}

unsigned flags_of(const MeterHealth& health) {
  return (health.silent ? is_silent : 0) | (health.foreign ? is_foreign : 0) | (health.register_stuck ? is_stuck : 0) |
         (health.flows_open ? is_flowing : 0) | (health.disobeys ? does_not_obey : 0) | (health.failure ? has_failed : 0);
}

}  // namespace

void write(Writer& out, const LineFaultsTold& faults) {
  out.varint(faults.size());
  for (const auto& told : faults) {
    out.u8(static_cast<std::uint8_t>(told.fault));
    out.varint(told.count);
    write_ago(out, told.last_ago);
    out.u8(told.goes_on ? 1 : 0);
  }
}

LineFaultsTold read_line_faults(Reader& in) {
  LineFaultsTold faults;
  const auto count = bounded(in, line_fault_kinds);
  for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
    LineFaultTold told;
    const auto fault = in.u8();
    if (fault >= line_fault_kinds) in.fail();
    told.fault = static_cast<LineFault>(fault);
    if (!faults.empty() && faults.back().fault >= told.fault) in.fail();
    told.count = in.varint();
    told.last_ago = read_ago(in);
    const auto goes_on = in.u8();
    if (goes_on > 1) in.fail();
    told.goes_on = goes_on == 1;
    faults.push_back(told);
  }
  return faults;
}

void write(Writer& out, const MeterHealth& health) {
  out.u8(static_cast<std::uint8_t>(flags_of(health)));
  if (health.foreign) out.varint(health.answers_as.value);
  out.varint(health.torn);
  if (!health.failure) return;
  out.u16(health.failure->code);
  write_ago(out, health.failure->ago);
}

MeterHealth read_meter_health(Reader& in) {
  MeterHealth health;
  const unsigned flags = in.u8();
  if (flags > all_flags) in.fail();
  health.silent = (flags & is_silent) != 0;
  health.foreign = (flags & is_foreign) != 0;
  health.register_stuck = (flags & is_stuck) != 0;
  health.flows_open = (flags & is_flowing) != 0;
  health.disobeys = (flags & does_not_obey) != 0;
  if (health.foreign) health.answers_as = {in.varint()};
  health.torn = in.varint();
  if ((flags & has_failed) == 0) return health;
  MeterFailure failure;
  failure.code = in.u16();
  if (failure.code == 0) in.fail();
  failure.ago = read_ago(in);
  health.failure = failure;
  return health;
}

}  // namespace wattle
