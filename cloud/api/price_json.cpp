#include "cloud/api/price_json.hpp"

#include <algorithm>
#include <cstdio>

#include "cloud/api/time_parse.hpp"
#include "shared/api/money_text.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

constexpr std::string_view usual_rest_weekdays = "67";  // ISO 8601: 1 is Monday
constexpr std::array<std::string_view, 3> day_kinds = {"working", "rest", "holiday"};

std::string_view period_text(TierPeriod period) {
  if (period == TierPeriod::month) return "month";
  return period == TierPeriod::year ? "year" : "none";
}

TierPeriod read_period(JsonObject& root) {
  const auto text = root.text("period", {1, 8}, "none");
  for (const auto period : {TierPeriod::none, TierPeriod::month, TierPeriod::year})
    if (text == period_text(period)) return period;
  root.fault("period", JsonErrc::out_of_range);
  return TierPeriod::none;
}

/// Two numbers of two digits with one sign between: "08:30", "07-01".
std::optional<std::pair<std::uint8_t, std::uint8_t>> parse_pair(std::string_view text, char between) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 5 || text[2] != between || !is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[3]) ||
      !is_digit(text[4]))
    return std::nullopt;
  const auto number = [&](std::size_t at) { return static_cast<std::uint8_t>((text[at] - '0') * 10 + (text[at + 1] - '0')); };
  return std::pair(number(0), number(3));
}

std::string pair_text(unsigned first, char between, unsigned second) {
  char text[8];
  std::snprintf(text, sizeof text, "%02u%c%02u", first % 100, between, second % 100);
  return text;
}

Band read_tiers(JsonObject& object) {
  Band band;
  auto tiers = object.objects("tiers");
  if (object.has("tiers") && (tiers.empty() || tiers.size() > tiers_max)) object.fault("tiers", JsonErrc::out_of_range);
  for (auto& tier : tiers) {
    const auto from = tier.integer("from", {0, INT64_MAX}, 0);
    const auto digits = tier.text("rate", {1, 24});
    const auto rate = parse_amount(digits);  // zero is a rate
    if (!rate && !digits.empty())
      tier.fault("rate", JsonErrc::bad_amount);
    else if (rate && rate->micros > rate_max)
      tier.fault("rate", JsonErrc::out_of_range);
    band.tiers.push_back({from, rate.value_or(Money{}).micros});
  }
  return band;
}

/// The list, or an empty one with a fault when it has too many items or none.
std::vector<JsonObject> some(JsonObject& root, std::string_view name, std::size_t most) {
  auto items = root.objects(name);
  if (root.has(name) && (items.empty() || items.size() > most)) {
    root.fault(name, JsonErrc::out_of_range);
    items.clear();
  }
  return items;
}

void read_bands(JsonObject& root, PricePlan& plan) {
  for (auto& item : some(root, "bands", bands_max)) {
    const auto name = item.text("name", {1, band_name_bytes_max});
    auto band = read_tiers(item);
    band.name = name;
    const auto same = [&](const Band& other) { return other.name == name; };
    if (std::any_of(plan.bands.begin(), plan.bands.end(), same)) item.fault("name", JsonErrc::duplicate_field);
    plan.bands.push_back(std::move(band));
  }
}

void read_profiles(JsonObject& root, PricePlan& plan) {
  for (auto& item : some(root, "profiles", day_profiles_max)) {
    DayProfile profile;
    for (auto& span : some(item, "spans", day_spans_max)) {
      const auto from = parse_pair(span.text("from", {5, 5}), ':');
      if (!from || from->first > 23 || from->second > 59) span.fault("from", JsonErrc::out_of_range);
      const auto name = span.text("band", {1, band_name_bytes_max});
      const auto band = std::find_if(plan.bands.begin(), plan.bands.end(), [&](const Band& b) { return b.name == name; });
      if (band == plan.bands.end()) span.fault("band", JsonErrc::out_of_range);
      const auto minute = from ? from->first * 60 + from->second : 0;
      profile.push_back({static_cast<std::uint16_t>(minute), static_cast<std::uint8_t>(band - plan.bands.begin())});
    }
    plan.profiles.push_back(std::move(profile));
  }
}

void read_seasons(JsonObject& root, PricePlan& plan) {
  for (auto& item : some(root, "seasons", seasons_max)) {
    const auto from = parse_pair(item.text("from", {5, 5}, "01-01"), '-');
    if (!from) item.fault("from", JsonErrc::out_of_range);
    const std::pair<std::int64_t, std::int64_t> range{0, static_cast<std::int64_t>(plan.profiles.size()) - 1};
    const auto working = item.integer("working", range);
    const auto rest = item.integer("rest", range, working);
    const auto holiday = item.integer("holiday", range, rest);
    plan.seasons.push_back({from ? from->first : std::uint8_t{1}, from ? from->second : std::uint8_t{1},
                            static_cast<std::uint8_t>(working), static_cast<std::uint8_t>(rest),
                            static_cast<std::uint8_t>(holiday)});
  }
}

/// As weekday() counts: bit 0 is Sunday.
std::uint8_t read_rest_days(JsonObject& root) {
  unsigned days = 0;
  for (const char digit : root.text("rest_weekdays", {0, 7}, std::string(usual_rest_weekdays))) {
    const bool good = digit >= '1' && digit <= '7';
    if (!good) root.fault("rest_weekdays", JsonErrc::out_of_range);
    if (good) days |= 1U << (static_cast<unsigned>(digit - '0') % 7);
  }
  return static_cast<std::uint8_t>(days);
}

void read_exceptions(JsonObject& root, PricePlan& plan) {
  if (!root.has("exceptions")) return;
  auto items = root.objects("exceptions");
  if (items.size() > exceptions_max) root.fault("exceptions", JsonErrc::out_of_range);
  for (auto& item : items) {
    const auto date = parse_time(item.text("date", {10, 10}) + "T00:00:00Z");
    if (!date) item.fault("date", JsonErrc::out_of_range);
    const auto text = item.text("kind", {1, 8});
    const auto kind = std::find(day_kinds.begin(), day_kinds.end(), text);
    if (kind == day_kinds.end()) item.fault("kind", JsonErrc::out_of_range);
    if (!date || kind == day_kinds.end()) continue;
    const auto day = date_of(local_time(*date, {}));
    if (!plan.calendar.exceptions.emplace(day, static_cast<DayKind>(kind - day_kinds.begin())).second)
      item.fault("date", JsonErrc::duplicate_field);
  }
}

void read_schedule(JsonObject& root, PricePlan& plan) {
  read_bands(root, plan);
  read_profiles(root, plan);
  read_seasons(root, plan);
  plan.calendar.rest_days = read_rest_days(root);
  read_exceptions(root, plan);
}

boost::json::array tiers_json(const Band& band) {
  boost::json::array out;
  for (const auto& tier : band.tiers) out.push_back({{"from", tier.from_units}, {"rate", money_text(Money{tier.rate})}});
  return out;
}

boost::json::array profiles_json(const PricePlan& plan) {
  boost::json::array out;
  for (const auto& profile : plan.profiles) {
    boost::json::array spans;
    for (const auto& span : profile)
      spans.push_back(
          {{"from", pair_text(span.from_minute / 60U, ':', span.from_minute % 60U)}, {"band", plan.bands[span.band].name}});
    out.push_back(boost::json::object{{"spans", std::move(spans)}});
  }
  return out;
}

void put_schedule(boost::json::object& out, const PricePlan& plan) {
  boost::json::array bands;
  for (const auto& band : plan.bands) bands.push_back({{"name", band.name}, {"tiers", tiers_json(band)}});
  out["bands"] = std::move(bands);
  out["profiles"] = profiles_json(plan);
  boost::json::array seasons;
  for (const auto& s : plan.seasons)
    seasons.push_back(
        {{"from", pair_text(s.month, '-', s.day)}, {"working", s.working}, {"rest", s.rest}, {"holiday", s.holiday}});
  out["seasons"] = std::move(seasons);
  std::string rest;
  for (unsigned iso = 1; iso <= 7; ++iso)
    if ((plan.calendar.rest_days >> iso % 7 & 1U) != 0) rest += std::to_string(iso);
  out["rest_weekdays"] = rest;
  boost::json::array exceptions;
  for (const auto& [date, kind] : plan.calendar.exceptions)
    exceptions.push_back({{"date", std::to_string(date.year) + '-' + pair_text(date.month, '-', date.day)},
                          {"kind", day_kinds.at(static_cast<std::size_t>(kind))}});
  out["exceptions"] = std::move(exceptions);
}

}  // namespace

PricePlan read_price(JsonObject& root, std::uint32_t version) {
  PricePlan plan;
  plan.version = version;
  const auto utility = parse_utility(root.text("utility", {1, 16}, "electricity"));
  if (!utility) root.fault("utility", JsonErrc::out_of_range);
  plan.utility = static_cast<std::uint8_t>(utility.value_or(Utility::electricity));
  const auto text = root.text("starts", {1, 40});
  const auto starts = parse_time(text);
  if (!starts && !text.empty()) root.fault("starts", JsonErrc::out_of_range);
  plan.starts = starts.value_or(Instant{});
  plan.period = read_period(root);
  const bool all_day = !root.has("bands");
  if (all_day)
    plan.bands.push_back(read_tiers(root));
  else
    read_schedule(root, plan);
  const auto* what = all_day ? "tiers" : "bands";
  if (root.has(what) && !is_valid(plan)) root.fault(what, JsonErrc::out_of_range);
  return plan;
}

boost::json::object price_json(const PricePlan& plan) {
  boost::json::object out{{"version", plan.version},
                          {"utility", utility_text(static_cast<Utility>(plan.utility))},
                          {"starts", time_text(plan.starts)},
                          {"period", period_text(plan.period)}};
  if (plan.profiles.empty())
    out["tiers"] = tiers_json(plan.bands.front());
  else
    put_schedule(out, plan);
  return out;
}

}  // namespace wattle::api
