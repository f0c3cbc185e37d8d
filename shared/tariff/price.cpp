#include "shared/tariff/price.hpp"

#include <algorithm>
#include <chrono>

namespace wattle {

namespace {

bool is_valid(const Band& band) {
  const auto& tiers = band.tiers;
  if (tiers.empty() || tiers.size() > tiers_max || tiers.front().from_units != 0) return false;
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    if (tiers[i].rate < 0 || tiers[i].rate > rate_max) return false;
    if (i > 0 && tiers[i].from_units <= tiers[i - 1].from_units) return false;
  }
  return band.name.size() <= band_name_bytes_max;
}

bool is_valid(const DayProfile& profile, std::size_t bands) {
  if (profile.empty() || profile.size() > day_spans_max || profile.front().from_minute != 0) return false;
  for (std::size_t i = 0; i < profile.size(); ++i) {
    if (profile[i].band >= bands || profile[i].from_minute >= 24 * 60) return false;
    if (i > 0 && profile[i].from_minute <= profile[i - 1].from_minute) return false;
  }
  return true;
}

/// A leap year's, so that the 29th of February may begin a season.
bool is_date(std::uint16_t year, std::uint8_t month, std::uint8_t day) {
  return is_valid(LocalTime{year, month, day, 0, 0, 0});
}

bool are_valid(const boost::container::small_vector<Season, 1>& seasons, std::size_t profiles) {
  if (seasons.size() > seasons_max) return false;
  for (std::size_t i = 0; i < seasons.size(); ++i) {
    const auto& season = seasons[i];
    if (!is_date(2000, season.month, season.day)) return false;
    if (season.working >= profiles || season.rest >= profiles || season.holiday >= profiles) return false;
    const auto begins = [](const Season& s) { return std::pair(s.month, s.day); };
    if (i > 0 && begins(season) <= begins(seasons[i - 1])) return false;
  }
  return true;
}

bool is_valid(const Calendar& calendar) {
  return calendar.rest_days < 1U << 7 && calendar.exceptions.size() <= exceptions_max &&
         std::all_of(calendar.exceptions.begin(), calendar.exceptions.end(), [](const auto& exception) {
           return is_date(exception.first.year, exception.first.month, exception.first.day) &&
                  exception.second <= DayKind::holiday;
         });
}

}  // namespace

bool is_valid(const PricePlan& plan) {
  if (plan.bands.empty() || plan.bands.size() > bands_max || plan.profiles.size() > day_profiles_max) return false;
  if (plan.profiles.empty() != plan.seasons.empty() || (plan.profiles.empty() && plan.bands.size() != 1)) return false;
  const auto fits = [&](const DayProfile& profile) { return is_valid(profile, plan.bands.size()); };
  return std::all_of(plan.bands.begin(), plan.bands.end(), [](const Band& band) { return is_valid(band); }) &&
         std::all_of(plan.profiles.begin(), plan.profiles.end(), fits) && are_valid(plan.seasons, plan.profiles.size()) &&
         is_valid(plan.calendar) && plan.period <= TierPeriod::year;
}

std::uint32_t tier_period_of(TierPeriod period, Instant local) {
  if (period == TierPeriod::none) return 0;
  using namespace std::chrono;
  const auto day = floor<std::chrono::days>(sys_time<std::chrono::microseconds>(std::chrono::microseconds(local.micros)));
  const year_month_day date(day);
  const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()));
  if (period == TierPeriod::year) return year;
  return year * 12 + static_cast<unsigned>(date.month()) - 1;
}

std::optional<Charge> charge(const PricePlan& plan, std::uint8_t band, Quantity units, std::uint32_t period,
                             const Accrued& before) {
  if (band >= plan.bands.size() || units.units < 0 || units.units > slice_units_max) return std::nullopt;
  const auto& tiers = plan.bands[band].tiers;
  Accrued after = before;
  if (period != before.tier_period) {
    after.tier_period = period;
    after.tier_units = 0;
  }
  std::int64_t cost = before.remainder;  // thousandths of a micro-unit: at most 10^9 × 10^9 + 999, within 64 bits
  std::int64_t left = units.units;
  for (std::size_t i = 0; i < tiers.size() && left > 0; ++i) {
    const bool last = i + 1 == tiers.size();
    const std::int64_t room = last ? left : tiers[i + 1].from_units - after.tier_units;
    if (room <= 0) continue;
    const std::int64_t here = room < left ? room : left;
    cost += here * tiers[i].rate;
    after.tier_units += here;
    left -= here;
  }
  after.remainder = static_cast<std::uint16_t>(cost % 1000);
  return Charge{{cost / 1000}, after};
}

}  // namespace wattle
