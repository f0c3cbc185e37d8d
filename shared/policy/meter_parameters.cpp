#include "shared/policy/meter_parameters.hpp"

#include <utility>

#include "shared/policy/registers.hpp"

namespace wattle {
namespace {

constexpr std::uint8_t parameters_version = 1;
constexpr unsigned told_value = 1;  // flags of what a box tells
constexpr unsigned told_why = 2;

void write(Writer& out, Parameter parameter, const ParameterValue& value) {
  if (!is_table(info(parameter).kind)) return out.zigzag(value.number);
  out.varint(value.entries.size());
  for (const auto& entry : value.entries) out.varint(entry.from), out.u8(entry.number);
}

ParameterValue read_value(Reader& in, Parameter parameter) {
  ParameterValue value;
  if (!is_table(info(parameter).kind)) {
    value.number = in.zigzag();
  } else {
    const auto count = in.varint();
    if (count > table_entries_max) in.fail();
    for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
      const auto from = in.varint();
      if (from > UINT16_MAX) in.fail();
      value.entries.push_back({static_cast<std::uint16_t>(from), in.u8()});
    }
  }
  return value;
}

/// Behind the one before, so that each stands there once.
std::optional<Parameter> read_next(Reader& in, std::uint8_t& before) {
  const auto number = in.u8();
  const auto parameter = parameter_of(number);
  if (!parameter || number <= std::exchange(before, number)) in.fail();
  return in.ok() ? parameter : std::nullopt;
}

std::size_t read_count(Reader& in) {
  const auto count = in.varint();
  if (count > all_parameters().size()) in.fail();
  return in.ok() ? static_cast<std::size_t>(count) : 0;
}

}  // namespace

Bytes encode(const ParameterOrder& order) {
  Bytes bytes{parameters_version};
  Writer out(bytes);
  out.varint(order.values.size());
  for (const auto& [parameter, value] : order.values) {
    out.u8(static_cast<std::uint8_t>(parameter));
    write(out, parameter, value);
  }
  return bytes;
}

std::optional<ParameterOrder> decode_parameters(ByteView bytes) {
  if (bytes.size() > register_bytes_max) return std::nullopt;
  Reader in(bytes);
  if (in.u8() != parameters_version) return std::nullopt;
  ParameterOrder order;
  std::uint8_t before = 0;
  for (auto left = read_count(in); in.ok() && left > 0; --left) {
    const auto parameter = read_next(in, before);
    if (!parameter) return std::nullopt;
    auto value = read_value(in, *parameter);
    if (!in.ok() || !is_valid(*parameter, value)) return std::nullopt;
    order.values.emplace(*parameter, std::move(value));
  }
  return in.finished() ? std::optional(std::move(order)) : std::nullopt;
}

void write(Writer& out, const ParametersTold& told) {
  out.varint(told.size());
  for (const auto& [parameter, of] : told) {
    out.u8(static_cast<std::uint8_t>(parameter));
    out.u8(static_cast<std::uint8_t>(of.state));
    out.u8(static_cast<std::uint8_t>((of.in_meter ? told_value : 0) | (of.why != 0 ? told_why : 0)));
    if (of.in_meter) write(out, parameter, *of.in_meter);
    out.i64(of.read.micros);
    if (of.why != 0) out.u16(of.why);
  }
}

ParametersTold read_parameters_told(Reader& in) {
  ParametersTold told;
  std::uint8_t before = 0;
  for (auto left = read_count(in); in.ok() && left > 0; --left) {
    const auto parameter = read_next(in, before);
    if (!parameter) break;
    ParameterTold of;
    const auto state = in.u8();
    const unsigned flags = in.u8();
    if (state > static_cast<std::uint8_t>(ParameterState::unsupported) || flags > (told_value | told_why)) in.fail();
    of.state = static_cast<ParameterState>(state);
    if ((flags & told_value) != 0) of.in_meter = read_value(in, *parameter);
    if (of.in_meter && !is_valid(*parameter, *of.in_meter)) in.fail();
    of.read = {in.i64()};
    if ((flags & told_why) != 0 && (of.why = in.u16()) == 0) in.fail();
    told.emplace(*parameter, std::move(of));
  }
  return told;
}

void write(Writer& out, const std::optional<ClockTold>& clock) {
  out.u8(!clock ? std::uint8_t{0} : clock->refused ? std::uint8_t{2} : std::uint8_t{1});
  if (!clock) return;
  out.zigzag(clock->error.micros / seconds(1).micros);
  out.i64(clock->read.micros);
}

std::optional<ClockTold> read_clock_told(Reader& in) {
  const auto known = in.u8();
  if (known > 2) in.fail();
  if (known == 0) return std::nullopt;
  const auto error = in.zigzag();
  constexpr auto longest = days(400 * 365).micros / seconds(1).micros;
  if (error > longest || error < -longest) in.fail();
  return ClockTold{in.ok() ? seconds(error) : Duration{}, {in.i64()}, known == 2};
}

}  // namespace wattle
