#include "shared/policy/relay_row.hpp"

namespace wattle {

namespace {

constexpr std::uint8_t version = 1;

// Bits of the flags.
constexpr unsigned was_known = 1, was_on = 2, is_on = 4, is_fire = 8, is_lamp = 16, is_cut = 32, is_locked = 64, may_go = 128;
constexpr unsigned has_period = 1, has_power = 2, has_limit = 4, has_note = 8, is_over = 16;

unsigned flags_of(const RelayRow& v) {
  return (v.before ? was_known : 0) | (v.before.value_or(false) ? was_on : 0) | (v.decision.on ? is_on : 0) |
         (v.facts.fire ? is_fire : 0) | (v.facts.is_lighting ? is_lamp : 0) | (v.facts.trip.cut_at ? is_cut : 0) |
         (v.facts.trip.locked ? is_locked : 0) | (v.facts.may_return ? may_go : 0);
}

unsigned optional_flags_of(const RelayRow& v) {
  return (v.period ? has_period : 0) | (v.power ? has_power : 0) | (v.limit ? has_limit : 0) | (v.noted ? has_note : 0) |
         (v.facts.is_over ? is_over : 0);
}

template <class Enum>
Enum bounded(Reader& in, Enum least, Enum most) {
  const auto value = in.u8();
  if (value < static_cast<std::uint8_t>(least) || value > static_cast<std::uint8_t>(most)) in.fail();
  return static_cast<Enum>(value);
}

std::uint64_t bounded(Reader& in, std::uint64_t most) {
  const auto value = in.varint();
  return value <= most ? value : in.fail();
}

void write_period(Writer& out, const TimePeriod& period) {
  out.varint(period.from);
  out.varint(period.to);
  out.u8(period.days);
  out.u8(static_cast<std::uint8_t>(period.action));
  out.zigzag(period.limit.watts);
}

TimePeriod read_period(Reader& in) {
  TimePeriod period;
  period.from = static_cast<std::uint16_t>(bounded(in, minutes_a_day));
  period.to = static_cast<std::uint16_t>(bounded(in, minutes_a_day));
  period.days = in.u8();
  period.action = bounded(in, TimeAction::on, TimeAction::limit);
  period.limit = {in.zigzag()};
  return period;
}

void write_note(Writer& out, const MeterEventNote& note) {
  out.u8(static_cast<std::uint8_t>(note.what));
  out.u8(note.cause ? static_cast<std::uint8_t>(*note.cause) : std::uint8_t{0});
  out.i64(note.at.micros);
}

MeterEventNote read_note(Reader& in) {
  MeterEventNote note;
  note.what = bounded(in, all_meter_events.front(), all_meter_events.back());
  const auto cause = bounded(in, MeterEvent{}, all_meter_events.back());
  if (cause != MeterEvent{}) note.cause = cause;
  if (note.cause && (!is_cause(*note.cause) || note.what != MeterEvent::tripped)) in.fail();
  note.at = {in.i64()};
  return note;
}

void read_flags(unsigned flags, RelayRow& v) {
  if ((flags & was_known) != 0) v.before = (flags & was_on) != 0;
  v.decision.on = (flags & is_on) != 0;
  v.facts.fire = (flags & is_fire) != 0;
  v.facts.is_lighting = (flags & is_lamp) != 0;
  if ((flags & is_cut) != 0) v.facts.trip.cut_at = Tick{};
  v.facts.trip.locked = (flags & is_locked) != 0;
  v.facts.may_return = (flags & may_go) != 0;
}

}  // namespace

Bytes encode(const RelayRow& v) {
  Bytes bytes{version};
  Writer out(bytes);
  out.varint(v.number);
  out.i64(v.time.micros);
  out.u8(static_cast<std::uint8_t>(v.event));
  out.varint(v.room.value);
  out.varint(v.circuit.value);
  out.u8(static_cast<std::uint8_t>(flags_of(v)));
  out.u8(static_cast<std::uint8_t>(optional_flags_of(v)));
  out.u8(static_cast<std::uint8_t>(v.decision.reason));
  out.u8(static_cast<std::uint8_t>(v.facts.mode));
  out.zigzag(v.facts.available.micros);
  out.zigzag(v.facts.cut_at.micros);
  out.u8(static_cast<std::uint8_t>(v.facts.trip.cause));
  out.u8(v.facts.trip.count);
  out.varint(v.trip);
  if (v.period) write_period(out, *v.period);
  if (v.power) out.zigzag(v.power->watts);
  if (v.limit) out.zigzag(v.limit->watts);
  out.varint(v.mine);
  out.varint(v.theirs);
  if (v.noted) write_note(out, *v.noted);
  return bytes;
}

std::optional<RelayRow> decode_relay_row(ByteView bytes) {
  Reader in(bytes);
  if (bytes.size() > relay_row_bytes_max || in.u8() != version) return std::nullopt;
  RelayRow v;
  v.number = in.varint();
  v.time = {in.i64()};
  v.event = bounded(in, RelayEvent::decided, RelayEvent::meter);
  v.room = {static_cast<std::uint32_t>(bounded(in, UINT32_MAX))};
  v.circuit = {static_cast<std::uint32_t>(bounded(in, UINT32_MAX))};
  const unsigned flags = in.u8();
  const unsigned optional_flags = in.u8();
  if (optional_flags > (has_period | has_power | has_limit | has_note | is_over) || (flags & (was_known | was_on)) == was_on)
    in.fail();
  read_flags(flags, v);
  v.facts.is_over = (optional_flags & is_over) != 0;
  v.decision.reason = bounded(in, RelayReason::credit, RelayReason::stay_over);
  v.facts.mode = bounded(in, ControlMode::prepaid, ControlMode::forced_off);
  v.facts.available = {in.zigzag()};
  v.facts.cut_at = {in.zigzag()};
  v.facts.trip.cause = bounded(in, TripCause::overload, TripCause::malignant);
  v.facts.trip.count = in.u8();
  v.trip = static_cast<std::uint32_t>(bounded(in, UINT32_MAX));
  if ((optional_flags & has_period) != 0) v.period = read_period(in);
  if ((optional_flags & has_power) != 0) v.power = Power{in.zigzag()};
  if ((optional_flags & has_limit) != 0) v.limit = Power{in.zigzag()};
  v.mine = in.varint();
  v.theirs = in.varint();
  if ((optional_flags & has_note) != 0) v.noted = read_note(in);
  if (v.noted.has_value() != (v.event == RelayEvent::meter)) in.fail();
  if (!in.finished()) return std::nullopt;
  return v;
}

Decision replay(const RelayRow& row) {
  auto facts = row.facts;
  facts.period = row.period ? &*row.period : nullptr;
  return decide(facts);
}

std::string_view word(RelayReason reason) {
  switch (reason) {
    case RelayReason::credit: return "credit";
    case RelayReason::no_credit: return "no_credit";
    case RelayReason::forced_on: return "forced_on";
    case RelayReason::forced_off: return "forced_off";
    case RelayReason::overload: return "overload";
    case RelayReason::malignant: return "malignant";
    case RelayReason::locked_out: return "locked_out";
    case RelayReason::timetable: return "timetable";
    case RelayReason::returning: return "returning";
    case RelayReason::fire: return "fire";
    case RelayReason::stay_over: return "stay_over";
  }
  return {};
}

std::string_view word(RelayEvent event) {
  switch (event) {
    case RelayEvent::decided: return "decided";
    case RelayEvent::strayed: return "strayed";
    case RelayEvent::disobeys: return "disobeys";
    case RelayEvent::obeys: return "obeys";
    case RelayEvent::meter: return "meter";
  }
  return {};
}

std::string_view word(ControlMode mode) {
  switch (mode) {
    case ControlMode::prepaid: return "prepaid";
    case ControlMode::forced_on: return "forced_on";
    case ControlMode::forced_off: return "forced_off";
  }
  return {};
}

std::string_view word(Warning warning) {
  switch (warning) {
    case Warning::none: return "none";
    case Warning::first: return "first";
    case Warning::second: return "second";
  }
  return {};
}

}  // namespace wattle
