#include "shared/policy/registers.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace wattle {

namespace {

constexpr std::uint8_t version = 1;  // the first byte of each
constexpr std::string_view control_prefix = "control/";
constexpr std::string_view clear_prefix = "clear/";
constexpr std::string_view timetable_prefix = "timetable/";
constexpr std::string_view site_prefix = "site/";
constexpr std::string_view plan_prefix = "plan/";
constexpr std::string_view meter_prefix = "meter/";
constexpr std::string_view rollover_prefix = "rollover/";
constexpr std::string_view parameters_prefix = "parameters/";
constexpr std::string_view accept_prefix = "accept/";
constexpr std::string_view correction_prefix = "correction/";
constexpr std::string_view purse_prefix = "purse/";

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || number == 0 || number > most || text.front() == '0') return std::nullopt;
  return number;
}

/// A whole number of units within a width; more makes the reader fail.
std::uint64_t bounded(Reader& in, std::uint64_t most) {
  const auto value = in.varint();
  return value <= most ? value : in.fail();
}

void write(Writer& out, const ControlSettings& v) {
  out.u8(static_cast<std::uint8_t>(v.mode));
  out.u8(static_cast<std::uint8_t>(v.load));
  out.zigzag(v.cut_at.micros);
  out.zigzag(v.warn_first.micros);
  out.zigzag(v.warn_second.micros);
  out.varint(static_cast<std::uint64_t>(v.trip.limit.watts));
  out.varint(static_cast<std::uint64_t>(v.trip.patience.micros / seconds(1).micros));
  out.u8(v.trip.restore_minutes);
  out.u8(v.trip.lock_after);
  out.varint(static_cast<std::uint64_t>(v.trip.window.micros / minutes(1).micros));
  out.u8(v.timetable);
}

ControlSettings read_settings(Reader& in) {
  ControlSettings v;
  v.mode = static_cast<ControlMode>(in.u8());
  v.load = static_cast<LoadKind>(in.u8());
  v.cut_at = {in.zigzag()};
  v.warn_first = {in.zigzag()};
  v.warn_second = {in.zigzag()};
  v.trip.limit = {static_cast<std::int64_t>(bounded(in, INT64_MAX))};
  v.trip.patience = seconds(static_cast<std::int64_t>(bounded(in, UINT16_MAX)));
  v.trip.restore_minutes = in.u8();
  v.trip.lock_after = in.u8();
  v.trip.window = minutes(static_cast<std::int64_t>(bounded(in, UINT16_MAX)));
  v.timetable = in.u8();
  return v;
}

TimePeriod read_period(Reader& in) {
  TimePeriod period;
  period.from = static_cast<std::uint16_t>(bounded(in, minutes_a_day));
  period.to = static_cast<std::uint16_t>(bounded(in, minutes_a_day));
  period.days = in.u8();
  const auto action = in.u8();
  if (action > static_cast<std::uint8_t>(TimeAction::limit)) in.fail();
  period.action = static_cast<TimeAction>(action);
  if (period.action == TimeAction::limit)
    period.limit = {static_cast<std::int64_t>(bounded(in, static_cast<std::uint64_t>(control_power_max.watts)))};
  return period;
}

TimetableSet read_set(Reader& in) {
  TimetableSet set;
  set.begins = {in.u8(), in.u8()};
  const auto periods = bounded(in, periods_max);
  for (std::uint64_t i = 0; in.ok() && i < periods; ++i) set.periods.push_back(read_period(in));
  return set;
}

void write(Writer& out, const ReadingRule& rule) {
  out.u8(static_cast<std::uint8_t>(rule.kind));
  switch (rule.kind) {
    case ReadingRuleKind::interval: out.varint(rule.every); return;
    case ReadingRuleKind::cron: out.blob(view(rule.cron)); return;
    case ReadingRuleKind::weekdays: out.u8(rule.weekdays), out.varint(rule.at); return;
    case ReadingRuleKind::settlement_day: out.u8(rule.day), out.varint(rule.at); return;
  }
}

ReadingRule read_rule(Reader& in) {
  const auto minute = [&] { return static_cast<std::uint16_t>(bounded(in, minutes_a_day)); };
  ReadingRule rule;
  rule.kind = static_cast<ReadingRuleKind>(in.u8());
  switch (rule.kind) {
    case ReadingRuleKind::interval: rule.every = minute(); break;
    case ReadingRuleKind::cron: {
      const auto text = in.blob(cron_text_max);
      rule.cron.assign(text.begin(), text.end());
      break;
    }
    case ReadingRuleKind::weekdays: rule.weekdays = in.u8(), rule.at = minute(); break;
    case ReadingRuleKind::settlement_day: rule.day = in.u8(), rule.at = minute(); break;
    default: in.fail();
  }
  return rule;
}

Quantity read_shown(Reader& in) { return {static_cast<std::int64_t>(bounded(in, shown_max))}; }

/// The version in front, then what `body` reads, then nothing.
template <class T, class Body>
std::optional<T> read_whole(ByteView bytes, Body&& body) {
  if (bytes.size() > register_bytes_max) return std::nullopt;
  Reader in(bytes);
  if (in.u8() != version) return std::nullopt;
  T value = body(in);
  if (!in.finished()) return std::nullopt;
  return value;
}

template <class T>
std::optional<T> if_valid(std::optional<T> value) {
  return value && is_valid(*value) ? std::move(value) : std::nullopt;
}

bool is_date(const Date& date) { return is_valid(LocalTime{date.year, date.month, date.day, 0, 0, 0}); }

}  // namespace

std::string control_key(CircuitId circuit) { return std::string(control_prefix) + std::to_string(circuit.value); }
std::string clear_key(CircuitId circuit) { return std::string(clear_prefix) + std::to_string(circuit.value); }
std::string timetable_key(std::uint8_t number) { return std::string(timetable_prefix) + std::to_string(number); }
std::string plan_key(CircuitId circuit) { return std::string(plan_prefix) + std::to_string(circuit.value); }
std::string meter_key(CircuitId circuit) { return std::string(meter_prefix) + std::to_string(circuit.value); }
std::string rollover_key(CircuitId circuit) { return std::string(rollover_prefix) + std::to_string(circuit.value); }
std::string parameters_key(CircuitId circuit) { return std::string(parameters_prefix) + std::to_string(circuit.value); }
std::string accept_key(CircuitId circuit) { return std::string(accept_prefix) + std::to_string(circuit.value); }
std::string correction_key(CircuitId circuit) { return std::string(correction_prefix) + std::to_string(circuit.value); }

std::string purse_key(CircuitId circuit) { return std::string(purse_prefix) + std::to_string(circuit.value); }

bool is_control_key(std::string_view key) {
  constexpr std::array prefixes = {control_prefix, clear_prefix,    timetable_prefix,  site_prefix,    plan_prefix,
                                   meter_prefix,   rollover_prefix, parameters_prefix, accept_prefix,  correction_prefix,
                                   purse_prefix,   bus_prefix,      place_prefix,      profile_prefix, pace_prefix};
  return key == calendar_key ||
         std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) { return key.starts_with(prefix); });
}

std::optional<RegisterKey> parse_register_key(std::string_view key) {
  if (key == calendar_key) return RegisterKey{RegisterKind::calendar, 0};
  if (key == defaults_key) return RegisterKey{RegisterKind::defaults, 0};
  if (key == site_plan_key) return RegisterKey{RegisterKind::site_plan, 0};
  const auto numbered = [&](std::string_view prefix, RegisterKind kind, std::uint32_t most) -> std::optional<RegisterKey> {
    const auto number = parse_number(key.substr(prefix.size()), most);
    if (!number) return std::nullopt;
    return RegisterKey{kind, *number};
  };
  if (const auto bus = parse_bus_key(key)) return RegisterKey{RegisterKind::bus, bus->slot.value};
  if (const auto place = parse_place_key(key)) return RegisterKey{RegisterKind::place, place->slot.value};
  if (const auto profile = parse_profile_key(key)) return RegisterKey{RegisterKind::profile, profile->part};
  if (key.starts_with(control_prefix)) return numbered(control_prefix, RegisterKind::control, UINT32_MAX);
  if (key.starts_with(clear_prefix)) return numbered(clear_prefix, RegisterKind::clear, UINT32_MAX);
  if (key.starts_with(timetable_prefix)) return numbered(timetable_prefix, RegisterKind::timetable, UINT8_MAX);
  if (key.starts_with(plan_prefix)) return numbered(plan_prefix, RegisterKind::plan, UINT32_MAX);
  if (key.starts_with(meter_prefix)) return numbered(meter_prefix, RegisterKind::meter, UINT32_MAX);
  if (key.starts_with(rollover_prefix)) return numbered(rollover_prefix, RegisterKind::rollover, UINT32_MAX);
  if (key.starts_with(parameters_prefix)) return numbered(parameters_prefix, RegisterKind::parameters, UINT32_MAX);
  if (key.starts_with(accept_prefix)) return numbered(accept_prefix, RegisterKind::accept, UINT32_MAX);
  if (key.starts_with(correction_prefix)) return numbered(correction_prefix, RegisterKind::correction, UINT32_MAX);
  if (key.starts_with(purse_prefix)) return numbered(purse_prefix, RegisterKind::purse, UINT32_MAX);
  if (key.starts_with(pace_prefix)) return numbered(pace_prefix, RegisterKind::pace, UINT32_MAX);
  return std::nullopt;
}

bool is_wiring(RegisterKind kind) {
  return kind == RegisterKind::bus || kind == RegisterKind::place || kind == RegisterKind::profile ||
         kind == RegisterKind::pace;
}

std::optional<CircuitId> circuit_of_register(std::string_view key) {
  const auto parsed = parse_register_key(key);
  if (!parsed || parsed->number == 0 || parsed->kind == RegisterKind::timetable || is_wiring(parsed->kind)) return std::nullopt;
  return CircuitId{parsed->number};
}

Bytes encode(const ControlSettings& settings) {
  Bytes bytes{version};
  Writer out(bytes);
  write(out, settings);
  return bytes;
}

Bytes encode(const SiteDefaults& defaults) {
  Bytes bytes{version};
  Writer out(bytes);
  write(out, defaults.circuit);
  out.varint(static_cast<std::uint64_t>(defaults.return_pause.micros / seconds(1).micros));
  return bytes;
}

Bytes encode(const Timetable& timetable) {
  Bytes bytes{version};
  Writer out(bytes);
  out.varint(timetable.sets.size());
  for (const auto& set : timetable.sets) {
    out.u8(set.begins.month);
    out.u8(set.begins.day);
    out.varint(set.periods.size());
    for (const auto& period : set.periods) {
      out.varint(period.from);
      out.varint(period.to);
      out.u8(period.days);
      out.u8(static_cast<std::uint8_t>(period.action));
      if (period.action == TimeAction::limit) out.varint(static_cast<std::uint64_t>(period.limit.watts));
    }
  }
  return bytes;
}

Bytes encode(const Calendar& calendar) {
  Bytes bytes{version};
  Writer out(bytes);
  out.u8(calendar.rest_days);
  out.varint(calendar.exceptions.size());
  for (const auto& [date, kind] : calendar.exceptions) {
    out.u16(date.year);
    out.u8(date.month);
    out.u8(static_cast<std::uint8_t>(date.day | static_cast<unsigned>(kind) << 6U));
  }
  return bytes;
}

Bytes encode(const ClearOrder& order) {
  Bytes bytes{version};
  Writer(bytes).varint(order.trip);
  return bytes;
}

Bytes encode(const ReadingPlan& plan) {
  Bytes bytes{version};
  Writer out(bytes);
  out.varint(plan.rules.size());
  for (const auto& rule : plan.rules) write(out, rule);
  return bytes;
}

Bytes encode(const MeterOrder& order) {
  Bytes bytes{version};
  Writer out(bytes);
  out.varint(order.before.value);
  out.varint(static_cast<std::uint64_t>(order.last.units));
  out.varint(order.after.value);
  out.varint(static_cast<std::uint64_t>(order.first.units));
  return bytes;
}

Bytes encode(const RolloverOrder& order) {
  Bytes bytes{version};
  Writer out(bytes);
  out.varint(order.meter.value);
  out.varint(static_cast<std::uint64_t>(order.ends.units));
  out.varint(order.turn);
  return bytes;
}

std::optional<ControlSettings> decode_control(ByteView bytes) {
  return if_valid(read_whole<ControlSettings>(bytes, [](Reader& in) { return read_settings(in); }));
}

std::optional<SiteDefaults> decode_defaults(ByteView bytes) {
  return if_valid(read_whole<SiteDefaults>(bytes, [](Reader& in) {
    SiteDefaults v;
    v.circuit = read_settings(in);
    v.return_pause = seconds(static_cast<std::int64_t>(bounded(in, UINT16_MAX)));
    return v;
  }));
}

std::optional<Timetable> decode_timetable(ByteView bytes) {
  return if_valid(read_whole<Timetable>(bytes, [](Reader& in) {
    Timetable v;
    const auto sets = bounded(in, timetable_sets_max);
    for (std::uint64_t i = 0; in.ok() && i < sets; ++i) v.sets.push_back(read_set(in));
    return v;
  }));
}

std::optional<Calendar> decode_calendar(ByteView bytes) {
  return if_valid(read_whole<Calendar>(bytes, [](Reader& in) {
    Calendar v;
    v.rest_days = in.u8();
    const auto exceptions = bounded(in, calendar_exceptions_max);
    Date last{0, 0, 0};
    for (std::uint64_t i = 0; in.ok() && i < exceptions; ++i) {
      const auto year = in.u16();
      const auto month = in.u8();
      const auto day = in.u8();
      const Date date{year, month, static_cast<std::uint8_t>(day & 0x3fU)};
      if (date <= last) in.fail();  // one order, each once: the form is canonical
      last = date;
      v.exceptions.emplace_hint(v.exceptions.end(), date, static_cast<DayKind>(day >> 6U));
    }
    return v;
  }));
}

std::optional<ClearOrder> decode_clear(ByteView bytes) {
  const auto order =
      read_whole<ClearOrder>(bytes, [](Reader& in) { return ClearOrder{static_cast<std::uint32_t>(bounded(in, UINT32_MAX))}; });
  return order && order->trip != 0 ? order : std::nullopt;
}

std::optional<ReadingPlan> decode_plan(ByteView bytes) {
  return if_valid(read_whole<ReadingPlan>(bytes, [](Reader& in) {
    ReadingPlan v;
    const auto rules = bounded(in, reading_rules_max);
    for (std::uint64_t i = 0; in.ok() && i < rules; ++i) v.rules.push_back(read_rule(in));
    return v;
  }));
}

std::optional<MeterOrder> decode_meter(ByteView bytes) {
  return if_valid(read_whole<MeterOrder>(bytes, [](Reader& in) {
    MeterOrder v;
    v.before = {in.varint()};
    v.last = read_shown(in);
    v.after = {in.varint()};
    v.first = read_shown(in);
    return v;
  }));
}

std::optional<RolloverOrder> decode_rollover(ByteView bytes) {
  return if_valid(read_whole<RolloverOrder>(bytes, [](Reader& in) {
    RolloverOrder v;
    v.meter = {in.varint()};
    v.ends = read_shown(in);
    v.turn = static_cast<std::uint32_t>(bounded(in, turns_max));
    return v;
  }));
}

bool is_valid(const Calendar& calendar) {
  constexpr unsigned week = 0x7f;
  return (calendar.rest_days & ~week) == 0 && calendar.exceptions.size() <= calendar_exceptions_max &&
         std::all_of(calendar.exceptions.begin(), calendar.exceptions.end(),
                     [](const auto& item) { return is_date(item.first) && item.second <= DayKind::holiday; });
}

bool is_valid_register(std::string_view key, ByteView value) {
  if (!is_control_key(key)) return true;
  const auto parsed = parse_register_key(key);
  if (!parsed) return false;
  switch (parsed->kind) {
    case RegisterKind::control: return decode_control(value).has_value();
    case RegisterKind::timetable: return decode_timetable(value).has_value();
    case RegisterKind::calendar: return decode_calendar(value).has_value();
    case RegisterKind::defaults: return decode_defaults(value).has_value();
    case RegisterKind::clear: return decode_clear(value).has_value();
    case RegisterKind::plan:
    case RegisterKind::site_plan: return decode_plan(value).has_value();
    case RegisterKind::meter: return decode_meter(value).has_value();
    case RegisterKind::rollover: return decode_rollover(value).has_value();
    case RegisterKind::bus: return decode_bus(value).has_value();
    case RegisterKind::place: return decode_place(value).has_value();
    case RegisterKind::parameters: return decode_parameters(value).has_value();
    case RegisterKind::profile:
      return parsed->number == 0 ? decode_profile_head(value).has_value() : decode_profile_part(value).has_value();
    case RegisterKind::accept: return decode_accept(value).has_value();
    case RegisterKind::correction: return decode_correction(value).has_value();
    case RegisterKind::purse: return decode_purse(value).has_value();
    case RegisterKind::pace: return decode_pace(value).has_value();
  }
  return false;
}

}  // namespace wattle
