#include <algorithm>
#include <charconv>

#include "cloud/api/control_routes.hpp"
#include "shared/api/money_text.hpp"
#include "shared/meter/errors.hpp"

namespace wattle::api {
namespace {

constexpr std::array<std::string_view, 4> load_names = {"lighting", "socket", "air_conditioning", "water"};
constexpr std::array<std::string_view, 3> mode_names = {"prepaid", "forced_on", "forced_off"};
constexpr std::array<std::string_view, 3> action_names = {"on", "off", "limit"};
constexpr std::array<std::string_view, 3> day_names = {"working", "rest", "holiday"};
constexpr std::array<std::string_view, 4> rule_names = {"interval", "cron", "weekdays", "settlement_day"};  // kinds from 1
constexpr std::array<std::string_view, 7> weekday_names = {"sunday",   "monday", "tuesday", "wednesday",
                                                           "thursday", "friday", "saturday"};

template <class Enum, std::size_t N>
Enum read_enum(JsonObject& object, std::string_view name, const std::array<std::string_view, N>& names, Enum otherwise) {
  const auto text = object.text(name, {1, 24}, std::string(names[static_cast<std::size_t>(otherwise)]));
  const auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end()) {
    object.fault(name, JsonErrc::out_of_range);
    return otherwise;
  }
  return static_cast<Enum>(at - names.begin());
}

std::string two_digits(unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); }

/// "MM-DD" or "HH:MM": two numbers of two digits with one character between.
std::optional<std::pair<unsigned, unsigned>> parse_pair(std::string_view text, char between) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 5 || text[2] != between || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
  const auto number = [&](std::size_t at) { return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0')); };
  return std::pair(number(0), number(3));
}

std::uint16_t read_minute(JsonObject& object, std::string_view name) {
  const auto text = object.text(name, {1, 5});
  const auto time = parse_pair(text, ':');
  const auto minute = time ? time->first * 60 + time->second : 0;
  if (!text.empty() && (!time || time->second > 59 || minute > minutes_a_day)) object.fault(name, JsonErrc::out_of_range);
  return static_cast<std::uint16_t>(std::min<unsigned>(minute, minutes_a_day));
}

std::uint8_t read_weekdays(JsonObject& object, std::string_view name) {
  auto days = object.object(name);
  std::uint8_t bits = 0;
  for (std::size_t day = 0; day < weekday_names.size(); ++day)
    if (days.boolean(weekday_names[day], false)) bits = static_cast<std::uint8_t>(bits | 1U << day);
  return bits;
}

boost::json::object weekdays_json(std::uint8_t bits) {
  boost::json::object out;
  for (std::size_t day = 0; day < weekday_names.size(); ++day) out[weekday_names[day]] = (bits >> day & 1U) != 0;
  return out;
}

ReadingRule read_rule(JsonObject& item) {
  const auto kind = item.text("kind", {1, 24});
  const auto at = std::find(rule_names.begin(), rule_names.end(), kind);
  if (at == rule_names.end()) {
    if (!kind.empty()) item.fault("kind", JsonErrc::out_of_range);
    return {ReadingRuleKind::interval, 1};
  }
  ReadingRule rule;
  rule.kind = static_cast<ReadingRuleKind>(at - rule_names.begin() + 1);
  switch (rule.kind) {
    case ReadingRuleKind::interval:
      rule.every = static_cast<std::uint16_t>(item.integer("minutes", {1, minutes_a_day}));
      if (rule.every == 0 || minutes_a_day % rule.every != 0) item.fault("minutes", JsonErrc::out_of_range);
      break;
    case ReadingRuleKind::cron: {
      const auto text = item.text("expression", {1, cron_text_max});
      rule.cron = normal_cron(text);
      if (!text.empty() && !parse_cron(text)) item.fault("expression", JsonErrc::bad_cron);
      break;
    }
    case ReadingRuleKind::weekdays:
      rule.weekdays = read_weekdays(item, "days");
      rule.at = read_moment(item, "at");
      if (rule.weekdays == 0) item.fault("days", JsonErrc::out_of_range);
      break;
    case ReadingRuleKind::settlement_day:
      rule.day = static_cast<std::uint8_t>(item.integer("day", {1, 31}));
      rule.at = read_moment(item, "at");
      break;
  }
  return rule;
}

boost::json::object rule_json(const ReadingRule& rule) {
  boost::json::object out = {{"kind", rule_names.at(static_cast<std::size_t>(rule.kind) - 1)}};
  switch (rule.kind) {
    case ReadingRuleKind::interval: out["minutes"] = rule.every; return out;
    case ReadingRuleKind::cron: out["expression"] = rule.cron; return out;
    case ReadingRuleKind::weekdays: out["days"] = weekdays_json(rule.weekdays); break;
    case ReadingRuleKind::settlement_day: out["day"] = rule.day; break;
  }
  out["at"] = clock_text(rule.at);
  return out;
}

DayKinds read_days(JsonObject& period) {
  if (!period.has("days")) return every_day;
  auto days = period.object("days");
  DayKinds kinds = 0;
  for (std::size_t kind = 0; kind < day_names.size(); ++kind)
    if (days.boolean(day_names[kind], false)) kinds |= of(static_cast<DayKind>(kind));
  if (kinds == 0) period.fault("days", JsonErrc::out_of_range);
  return kinds;
}

TimePeriod read_period(JsonObject& item) {
  TimePeriod period;
  period.from = read_minute(item, "from");
  period.to = read_minute(item, "to");
  period.days = read_days(item);
  period.action = read_enum(item, "action", action_names, TimeAction::off);
  if (period.action == TimeAction::limit) period.limit = {item.integer("limit_w", {1, control_power_max.watts})};
  if (period.from >= period.to) item.fault("to", JsonErrc::out_of_range);
  return period;
}

TimetableSet read_set(JsonObject& item) {
  TimetableSet set;
  const auto begins = parse_pair(item.text("begins", {1, 5}, "01-01"), '-');
  if (!begins ||
      !is_valid(LocalTime{2000, static_cast<std::uint8_t>(begins->first), static_cast<std::uint8_t>(begins->second), 0, 0, 0}))
    item.fault("begins", JsonErrc::out_of_range);
  else
    set.begins = {static_cast<std::uint8_t>(begins->first), static_cast<std::uint8_t>(begins->second)};
  auto periods = item.objects("periods");
  if (periods.size() > periods_max) item.fault("periods", JsonErrc::out_of_range);
  for (auto& period : periods) set.periods.push_back(read_period(period));
  return set;
}

/// "2026-10-01"
std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-') return std::nullopt;
  unsigned year = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, year);
  const auto day = parse_pair(text.substr(5), '-');
  if (error != std::errc() || end != text.data() + 4 || !day) return std::nullopt;
  const Date date{static_cast<std::uint16_t>(year), static_cast<std::uint8_t>(day->first),
                  static_cast<std::uint8_t>(day->second)};
  if (!is_valid(LocalTime{date.year, date.month, date.day, 0, 0, 0})) return std::nullopt;
  return date;
}

boost::json::object period_json(const TimePeriod& period) {
  boost::json::object days;
  for (std::size_t kind = 0; kind < day_names.size(); ++kind)
    days[day_names[kind]] = (period.days & of(static_cast<DayKind>(kind))) != 0;
  boost::json::object out = {{"from", clock_text(period.from)},
                             {"to", clock_text(period.to)},
                             {"days", std::move(days)},
                             {"action", action_names[static_cast<std::size_t>(period.action)]}};
  if (period.action == TimeAction::limit) out["limit_w"] = period.limit.watts;
  return out;
}

}  // namespace

Money read_money(JsonObject& object, std::string_view name, Money otherwise) {
  const auto text = object.text(name, {1, 24}, money_text(otherwise));
  const bool negative = text.starts_with('-');
  const auto amount = parse_amount(std::string_view(text).substr(negative ? 1 : 0));
  if (!amount) {
    object.fault(name, JsonErrc::bad_amount);
    return otherwise;
  }
  if (*amount > control_money_max) object.fault(name, JsonErrc::out_of_range);
  return {negative ? -amount->micros : amount->micros};
}

std::uint16_t read_moment(JsonObject& object, std::string_view name) {
  const auto minute = object.has(name) ? read_minute(object, name) : std::uint16_t{0};
  if (minute >= minutes_a_day) object.fault(name, JsonErrc::out_of_range);
  return minute;
}

std::string clock_text(unsigned minute) { return two_digits(minute / 60) + ":" + two_digits(minute % 60); }

std::uint16_t read_day_of_year(JsonObject& object, std::string_view name) {
  const auto day = parse_pair(object.text(name, {5, 5}), '-');
  if (!day) object.fault(name, JsonErrc::out_of_range);
  return static_cast<std::uint16_t>(day ? day->first * month_factor + day->second
                                        : 0);  // whether there is such a day, is_valid says
}

std::string day_of_year_text(std::uint16_t from) {
  return two_digits(from / month_factor) + "-" + two_digits(from % month_factor);
}

boost::json::object to_json(const ControlSettings& v) {
  return {{"mode", mode_names[static_cast<std::size_t>(v.mode)]},
          {"load", load_names[static_cast<std::size_t>(v.load)]},
          {"cut_at", money_text(v.cut_at)},
          {"warn_first", money_text(v.warn_first)},
          {"warn_second", money_text(v.warn_second)},
          {"limit_w", v.trip.limit.watts},
          {"patience_s", v.trip.patience.micros / seconds(1).micros},
          {"restore_minutes", v.trip.restore_minutes},
          {"lock_after", v.trip.lock_after},
          {"window_minutes", v.trip.window.micros / minutes(1).micros},
          {"timetable", v.timetable}};
}

boost::json::object to_json(const SiteDefaults& v) {
  return {{"circuit", to_json(v.circuit)}, {"return_pause_s", v.return_pause.micros / seconds(1).micros}};
}

boost::json::object to_json(const Timetable& timetable) {
  boost::json::array sets;
  for (const auto& set : timetable.sets) {
    boost::json::array periods;
    for (const auto& period : set.periods) periods.push_back(period_json(period));
    sets.push_back(
        {{"begins", two_digits(set.begins.month) + "-" + two_digits(set.begins.day)}, {"periods", std::move(periods)}});
  }
  return {{"sets", std::move(sets)}};
}

boost::json::object to_json(const Calendar& calendar) {
  boost::json::array exceptions;
  for (const auto& [date, kind] : calendar.exceptions)
    exceptions.push_back({{"date", std::to_string(date.year) + "-" + two_digits(date.month) + "-" + two_digits(date.day)},
                          {"kind", day_names[static_cast<std::size_t>(kind)]}});
  return {{"rest_days", weekdays_json(calendar.rest_days)}, {"exceptions", std::move(exceptions)}};
}

boost::json::object to_json(const ReadingPlan& plan) {
  boost::json::array rules;
  for (const auto& rule : plan.rules) rules.push_back(rule_json(rule));
  return {{"rules", std::move(rules)}};
}

ReadingPlan read_plan(JsonObject& root) {
  ReadingPlan plan;
  auto rules = root.objects("rules");
  if (rules.size() > reading_rules_max) root.fault("rules", JsonErrc::out_of_range);
  for (auto& rule : rules) plan.rules.push_back(read_rule(rule));
  return plan;
}

ControlSettings read_control(JsonObject& root) {
  const ControlSettings usual;
  ControlSettings v;
  v.mode = read_enum(root, "mode", mode_names, usual.mode);
  v.load = read_enum(root, "load", load_names, usual.load);
  v.cut_at = read_money(root, "cut_at", usual.cut_at);
  v.warn_first = read_money(root, "warn_first", usual.warn_first);
  v.warn_second = read_money(root, "warn_second", min(usual.warn_second, v.warn_first));
  if (v.warn_second > v.warn_first) root.fault("warn_second", JsonErrc::out_of_range);
  v.trip.limit = {root.integer("limit_w", {0, control_power_max.watts}, usual.trip.limit.watts)};
  v.trip.patience = seconds(root.integer("patience_s", {0, patience_max.micros / seconds(1).micros}, 5));
  v.trip.restore_minutes = static_cast<std::uint8_t>(root.integer("restore_minutes", {0, restore_minutes_max}, 5));
  v.trip.lock_after = static_cast<std::uint8_t>(root.integer("lock_after", {0, UINT8_MAX}, 3));
  v.trip.window = minutes(root.integer("window_minutes", {1, window_max.micros / minutes(1).micros}, 24 * 60));
  v.timetable = static_cast<std::uint8_t>(root.integer("timetable", {0, UINT8_MAX}, 0));
  return v;
}

SiteDefaults read_defaults(JsonObject& root) {
  SiteDefaults v;
  auto circuit = root.object("circuit");
  v.circuit = read_control(circuit);
  v.return_pause = seconds(root.integer("return_pause_s", {0, return_pause_max.micros / seconds(1).micros}, 2));
  return v;
}

Timetable read_timetable(JsonObject& root) {
  Timetable v;
  auto sets = root.objects("sets");
  if (sets.size() > timetable_sets_max) root.fault("sets", JsonErrc::out_of_range);
  for (auto& set : sets) v.sets.push_back(read_set(set));
  if (v.sets.size() == timetable_sets_max && v.sets[0].begins == v.sets[1].begins)
    sets[1].fault("begins", JsonErrc::out_of_range);
  return v;
}

Calendar read_calendar(JsonObject& root) {
  Calendar v;
  if (root.has("rest_days")) v.rest_days = read_weekdays(root, "rest_days");
  if (!root.has("exceptions")) return v;
  auto exceptions = root.objects("exceptions");
  if (exceptions.size() > calendar_exceptions_max) root.fault("exceptions", JsonErrc::out_of_range);
  for (auto& item : exceptions) {
    const auto text = item.text("date", {1, 10});
    const auto date = parse_date(text);
    const auto kind = read_enum(item, "kind", day_names, DayKind::holiday);
    if (!date && !text.empty()) item.fault("date", JsonErrc::out_of_range);
    if (date && !v.exceptions.emplace(*date, kind).second) item.fault("date", JsonErrc::out_of_range);
  }
  return v;
}

std::string_view meter_why_text(std::uint16_t why) {
  const auto code = static_cast<MeterErrc>(why);
  switch (code) {
    case MeterErrc::silence: return "meter.silent";
    case MeterErrc::value: return "meter.cannot_hold";
    case MeterErrc::password: return "meter.password";
    case MeterErrc::no_such_data: return "meter.no_such_data";
    case MeterErrc::day_periods: return "meter.day_periods";
    case MeterErrc::tariffs: return "meter.tariffs";
    default: return is_refusal(code) ? "meter.refused" : "meter.unreadable";
  }
}

}  // namespace wattle::api
