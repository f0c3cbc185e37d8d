#include "shared/readings/demand.hpp"

#include "shared/base/check.hpp"

namespace wattle {
namespace {

constexpr unsigned has_power = 1;
constexpr unsigned has_voltage = 2;
constexpr unsigned has_current = 4;
constexpr unsigned has_power_factor = 8;
constexpr unsigned has_relay = 16;
constexpr unsigned relay_is_closed = 32;
constexpr unsigned all_flags = 63;
constexpr std::uint32_t all_kinds = (1U << further_kinds) - 1;

constexpr std::size_t head_bytes = 1 + 8;

/// Whatever was wrong: the end came too soon, or a value cannot be.
Error demand_error(const Reader& in, ByteView bytes) {
  const bool is_cut = bytes.size() < head_bytes || in.at_end();
  return is_cut ? WATTLE_FAIL(ReadingsErrc::truncated) : WATTLE_FAIL(ReadingsErrc::malformed);
}

std::uint64_t at_most(Reader& in, std::uint64_t most) {
  const auto value = in.varint();
  return value <= most ? value : in.fail();
}

unsigned flags_of(const DemandedReading& v) {
  unsigned flags = 0;
  if (v.reading.power) flags |= has_power;
  if (v.reading.voltage_mv) flags |= has_voltage;
  if (v.reading.current_ma) flags |= has_current;
  if (v.power_factor_per_mille) flags |= has_power_factor;
  if (v.relay_closed) flags |= has_relay | (*v.relay_closed ? relay_is_closed : 0);
  return flags;
}

void write_further(Writer& out, const Further& told) {
  std::uint32_t kinds = 0;
  for (std::size_t i = 0; i < further_kinds; ++i)
    if (const auto kind = static_cast<FurtherKind>(i); told.has(kind) && is_further_of_demand(kind)) kinds |= 1U << i;
  out.varint(kinds);
  for (std::size_t i = 0; i < further_kinds; ++i)
    if ((kinds >> i & 1U) != 0) out.zigzag(*told.get(static_cast<FurtherKind>(i)));
}

Further read_further(Reader& in) {
  Further told;
  const auto kinds = at_most(in, all_kinds);
  for (std::size_t i = 0; in.ok() && i < further_kinds; ++i) {
    if ((kinds >> i & 1U) == 0) continue;
    const auto kind = static_cast<FurtherKind>(i);
    if (!is_further_of_demand(kind)) in.fail();
    told.put(kind, in.zigzag());
  }
  return told;
}

void write(Writer& out, const DemandedReading& v, std::uint8_t version) {
  out.varint(v.circuit.value);
  out.u8(static_cast<std::uint8_t>(v.outcome));
  if (v.outcome != ReadOutcome::read) return;
  out.varint(v.meter.value);
  out.zigzag(v.reading.at.micros);
  out.zigzag(v.reading.register_units.units);
  out.u8(static_cast<std::uint8_t>(flags_of(v)));
  if (v.reading.power) out.zigzag(v.reading.power->watts);
  if (v.reading.voltage_mv) out.zigzag(*v.reading.voltage_mv);
  if (v.reading.current_ma) out.zigzag(*v.reading.current_ma);
  if (v.power_factor_per_mille) out.zigzag(*v.power_factor_per_mille);
  if (version > demand_version_first) write_further(out, v.reading.further);
}

DemandedReading read_demanded(Reader& in, std::uint8_t version) {
  DemandedReading v;
  v.circuit = {static_cast<std::uint32_t>(at_most(in, UINT32_MAX))};
  const auto outcome = in.u8();
  if (outcome > static_cast<std::uint8_t>(ReadOutcome::late)) in.fail();
  v.outcome = static_cast<ReadOutcome>(outcome);
  if (v.outcome != ReadOutcome::read || !in.ok()) return v;
  v.meter = {in.varint()};
  v.reading.at = {in.zigzag()};
  v.reading.register_units = {in.zigzag()};
  const unsigned flags = in.u8();
  if (flags > all_flags || ((flags & relay_is_closed) != 0 && (flags & has_relay) == 0)) in.fail();
  if ((flags & has_power) != 0) v.reading.power = Power{in.zigzag()};
  if ((flags & has_voltage) != 0) v.reading.voltage_mv = in.zigzag();
  if ((flags & has_current) != 0) v.reading.current_ma = in.zigzag();
  if ((flags & has_power_factor) != 0) v.power_factor_per_mille = in.zigzag();
  if ((flags & has_relay) != 0) v.relay_closed = (flags & relay_is_closed) != 0;
  if (version > demand_version_first) v.reading.further = read_further(in);
  return v;
}

bool is_known(std::uint8_t version) { return version >= demand_version_first && version <= demand_version; }

}  // namespace

Bytes encode(const ReadQuestion& question) {
  WATTLE_CHECK(is_known(question.version) && (question.circuit.value == 0 || question.version > demand_version_first));
  Bytes bytes;
  Writer out(bytes);
  out.u8(question.version);
  out.u64(question.id);
  out.varint(question.room.value);
  if (question.version > demand_version_first) out.varint(question.circuit.value);
  return bytes;
}

Result<ReadQuestion> decode_read_question(ByteView bytes) {
  Reader in(bytes);
  ReadQuestion question;
  question.version = in.u8();
  if (in.ok() && !is_known(question.version)) return WATTLE_FAIL(ReadingsErrc::version);
  question.id = in.u64();
  question.room = {static_cast<std::uint32_t>(at_most(in, UINT32_MAX))};
  if (question.version > demand_version_first) {
    question.circuit = {static_cast<std::uint32_t>(at_most(in, UINT32_MAX))};
    if ((question.room.value == 0) == (question.circuit.value == 0)) in.fail();
  }
  if (!in.finished()) return demand_error(in, bytes);
  return question;
}

Bytes encode(const ReadAnswer& answer) {
  WATTLE_CHECK(is_known(answer.version) && answer.circuits.size() <= demand_circuits_max);
  Bytes bytes;
  Writer out(bytes);
  out.u8(answer.version);
  out.u64(answer.id);
  out.u8(static_cast<std::uint8_t>(answer.status));
  out.varint(answer.circuits.size());
  for (const auto& circuit : answer.circuits) write(out, circuit, answer.version);
  return bytes;
}

Result<ReadAnswer> decode_read_answer(ByteView bytes) {
  Reader in(bytes);
  ReadAnswer answer;
  answer.version = in.u8();
  if (in.ok() && !is_known(answer.version)) return WATTLE_FAIL(ReadingsErrc::version);
  answer.id = in.u64();
  const auto status = in.u8();
  if (status > static_cast<std::uint8_t>(ReadStatus::busy)) in.fail();
  answer.status = static_cast<ReadStatus>(status);
  const auto circuits = at_most(in, demand_circuits_max);
  for (std::uint64_t i = 0; in.ok() && i < circuits; ++i) answer.circuits.push_back(read_demanded(in, answer.version));
  if (!in.finished()) return demand_error(in, bytes);
  return answer;
}

}  // namespace wattle
