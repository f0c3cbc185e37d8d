#include "shared/tariff/schedule.hpp"

#include <algorithm>

namespace wattle {

namespace {

__extension__ using Wide = __int128;

const DayProfile& profile_of(const PricePlan& plan, const LocalTime& time) {
  const auto begun = [&](const Season& season) {
    return std::pair(season.month, season.day) <= std::pair(time.month, time.day);
  };
  // Before the year's first season the last one of the year before still holds.
  const auto at = std::find_if(plan.seasons.rbegin(), plan.seasons.rend(), begun);
  const auto& season = at == plan.seasons.rend() ? plan.seasons.back() : *at;
  switch (day_kind(plan.calendar, time)) {
    case DayKind::rest: return plan.profiles[season.rest];
    case DayKind::holiday: return plan.profiles[season.holiday];
    default: return plan.profiles[season.working];
  }
}

Instant midnight_after(Instant local) {
  const auto day = days(1).micros;
  const auto since = local.micros % day;
  return {local.micros - (since < 0 ? since + day : since) + day};
}

}  // namespace

std::uint8_t band_at(const PricePlan& plan, Instant local) {
  if (plan.profiles.empty()) return 0;
  const auto time = local_time(local, {});
  const auto minute = time.hour * 60 + time.minute;
  const auto& profile = profile_of(plan, time);
  const auto at =
      std::find_if(profile.rbegin(), profile.rend(), [&](const DaySpan& span) { return span.from_minute <= minute; });
  return at->band;
}

PricePoint point_at(const PricePlan& plan, Instant utc, Duration utc_offset) {
  const auto local = utc + utc_offset;
  return {plan.version, tier_period_of(plan.period, local), band_at(plan, local)};
}

Instant next_boundary(const PricePlan& plan, Instant local) {
  const auto midnight = midnight_after(local);  // tier periods and seasons begin at midnight
  if (plan.profiles.empty()) return midnight;
  const auto today = midnight - days(1);
  for (const auto& span : profile_of(plan, local_time(local, {})))
    if (const auto begins = today + minutes(span.from_minute); begins > local) return begins;
  return midnight;
}

const PricePlan& plan_at(std::span<const InForce> versions, Instant utc) {
  const auto at = std::find_if(versions.rbegin(), versions.rend(), [&](const InForce& v) { return v.from <= utc; });
  return at == versions.rend() ? *versions.front().plan : *at->plan;
}

Shares divide(std::span<const InForce> versions, Instant begin, Instant end, std::int64_t units, Duration utc_offset) {
  if (begin >= end) return {{point_at(plan_at(versions, end), end, utc_offset), units, end}};
  struct Stay {
    PricePoint point;
    std::int64_t micros = 0;
    Instant until;
  };
  boost::container::small_vector<Stay, 2> stays;
  for (auto at = begin; at < end;) {
    const auto& plan = plan_at(versions, at);
    auto until = std::min(end, next_boundary(plan, at + utc_offset) - utc_offset);
    for (const auto& version : versions)
      if (version.from > at) until = std::min(until, version.from);
    const auto point = point_at(plan, at, utc_offset);
    auto stay = std::find_if(stays.begin(), stays.end(), [&](const Stay& known) { return known.point == point; });
    if (stay == stays.end()) stay = stays.insert(stays.end(), Stay{point, 0, until});
    stay->micros += (until - at).micros;
    stay->until = until;
    at = until;
  }
  Shares shares;
  const Wide whole = (end - begin).micros;
  std::int64_t passed = 0;
  std::int64_t given = 0;
  for (const auto& stay : stays) {
    passed += stay.micros;
    const auto up_to_here = static_cast<std::int64_t>(Wide{units} * passed / whole);  // of the last one: all
    shares.push_back({stay.point, up_to_here - given, stay.until});
    given = up_to_here;
  }
  return shares;
}

std::uint8_t cheapest_band(const PricePlan& plan, Quantity units, std::uint32_t period, const Accrued& before) {
  std::uint8_t best = 0;
  std::optional<std::pair<std::int64_t, std::uint16_t>> least;
  for (std::uint8_t band = 0; band < plan.bands.size(); ++band) {
    const auto cost = charge(plan, band, units, period, before);
    if (!cost) continue;
    const std::pair price{cost->amount.micros, cost->after.remainder};
    if (least && *least <= price) continue;
    least = price;
    best = band;
  }
  return best;
}

}  // namespace wattle
