// As slices are written: at which price, band and tier period the energy between two of a circuit's slices was charged,
// reckoned anew minute by minute from what the box has read. Shares no code with the tariff. A share may be off by a unit for
// each gap that it is made of: that they sum up is seen in the meter chain.

#include <algorithm>
#include <chrono>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

constexpr Duration late_message = minutes(15);    // a status lies in a broker's queue for minutes
constexpr Duration same_clock = minutes(1);       // what is put right by more may step over a band's end again
constexpr Duration latest_message = minutes(61);  // an hour passes at once with one under way
constexpr Duration wrong_by_hand = minutes(245);  // a clock that nobody contradicts: set back two hours, then ahead two
constexpr Duration longest_reckoned = days(3);

struct Day {
  std::chrono::year_month_day date;
  int minute = 0;
};

Day day_of(std::int64_t local_micros) {
  const std::chrono::sys_time<std::chrono::microseconds> moment{std::chrono::microseconds(local_micros)};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  return {day, static_cast<int>(std::chrono::floor<std::chrono::minutes>(moment - day).count())};
}

std::uint8_t band_of(const PricePlan& plan, const Day& day) {
  if (plan.profiles.empty()) return 0;
  const auto month = static_cast<unsigned>(day.date.month());
  const auto in_month = static_cast<unsigned>(day.date.day());
  const Season* season = &plan.seasons.back();
  for (const auto& begun : plan.seasons)
    if (begun.month < month || (begun.month == month && begun.day <= in_month)) season = &begun;
  const std::chrono::weekday weekday{std::chrono::sys_days(day.date)};
  auto profile = (plan.calendar.rest_days & 1U << weekday.c_encoding()) != 0 ? season->rest : season->working;
  for (const auto& [date, kind] : plan.calendar.exceptions)
    if (date.year == static_cast<int>(day.date.year()) && date.month == month && date.day == in_month)
      profile = kind == DayKind::working ? season->working : kind == DayKind::rest ? season->rest : season->holiday;
  std::uint8_t band = 0;
  for (const auto& span : plan.profiles[profile])
    if (span.from_minute <= day.minute) band = span.band;
  return band;
}

std::uint32_t period_of(const PricePlan& plan, const Day& day) {
  const auto year = static_cast<std::uint32_t>(static_cast<int>(day.date.year()));
  if (plan.period == TierPeriod::none) return 0;
  return plan.period == TierPeriod::year ? year : year * 12 + static_cast<unsigned>(day.date.month()) - 1;
}

struct Known {
  Instant from;
  bool late = false;  // it came after its start
  const PricePlan* plan = nullptr;
};

std::vector<Known> known_prices(const BoxNode& box, Utility utility, Instant clock, Tick tick) {
  std::vector<Known> known;
  for (const auto& [version, plan] : box.engine->link().state().prices()) {
    if (plan.utility != static_cast<std::uint8_t>(utility)) continue;
    const auto read = box.prices_read.find(version);
    const bool before = read == box.prices_read.end() || !read->second;
    const auto came = before ? Instant{INT64_MIN} : clock - (tick - *read->second);
    known.push_back({std::max(plan.starts, came), came > plan.starts, &plan});
  }
  return known;
}

/// Of those that hold the one that started last; before all of them the first.
const PricePlan* price_at(const std::vector<Known>& known, Instant at) {
  const Known* best = nullptr;
  const Known* first = nullptr;
  for (const auto& price : known) {
    if (first == nullptr || price.from < first->from) first = &price;
    if (price.from > at) continue;
    const auto rank = [](const Known& p) { return std::pair(p.plan->starts, p.plan->version); };
    if (best == nullptr || rank(price) > rank(*best)) best = &price;
  }
  return best != nullptr ? best->plan : first != nullptr ? first->plan : nullptr;
}

__extension__ using Wide = __int128;
using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint8_t>;  // version, period, band

struct Reckoning {
  std::map<Key, std::int64_t> thousandths;  // of units
  std::int64_t gaps = 0;
};

Key key_at(const std::vector<Known>& known, Instant at, Duration offset) {
  const auto* plan = price_at(known, at);
  const auto day = day_of((at + offset).micros);
  return {plan->version, period_of(*plan, day), band_of(*plan, day)};
}

void reckon_gap(Reckoning& reckoning, const std::vector<Known>& known, const Dated& from, const Dated& to, Instant until,
                Duration offset) {
  ++reckoning.gaps;
  const auto thousandths = (to.units - from.units) * 1000;
  const auto whole = (to.at - from.at).micros;
  if (whole == 0) reckoning.thousandths[key_at(known, to.at, offset)] += thousandths;
  // Minute by minute the thousandths that are cut off would come to units.
  const auto up_to = [&](Instant at) { return static_cast<std::int64_t>(Wide{thousandths} * (at - from.at).micros / whole); };
  for (auto at = from.at; at < std::min(to.at, until);) {
    auto next = at + Duration{minutes(1).micros - (at + offset).micros % minutes(1).micros};
    for (const auto& price : known)
      if (price.from > at) next = std::min(next, price.from);
    next = std::min({next, to.at, until});
    reckoning.thousandths[key_at(known, at, offset)] += up_to(next) - up_to(at);
    at = next;
  }
}

std::vector<Known> price_alone(const BoxNode& box, std::uint32_t version) {
  return {{Instant{INT64_MIN}, false, &box.engine->link().state().prices().at(version)}};
}

/// A slice closes by itself when a local hour, a price, a band or a tier period has begun since the last one ended.
bool has_changed(const std::vector<Known>& known, Instant from, Instant now, Duration offset) {
  const auto hour = [&](Instant at) { return (at + offset).micros / hours(1).micros; };
  if (hour(from) != hour(now)) return true;
  const auto begun = key_at(known, from, offset);
  for (auto at = from; at < now; at = at + minutes(1) - Duration{(at + offset).micros % minutes(1).micros})
    if (key_at(known, at, offset) != begun) return true;
  return key_at(known, now, offset) != begun;
}

/// It is known here when the circuit's last slice ended.
bool begins_dated(const BoxNode& box, CircuitId circuit) {
  const auto gap = box.first_gaps.find(circuit);
  return box.begun.contains(circuit) || (gap != box.first_gaps.end() && gap->second.dated);
}

}  // namespace

void World::note_prices(BoxNode& box) {
  if (!box.engine) return;
  for (const auto& [version, plan] : box.engine->link().state().prices()) box.prices_read.try_emplace(version, tick_);
}

bool World::has_price(const BoxNode& box, const CircuitFigures& circuit, Now now) {
  const auto clock = box.engine->clock(now);
  const auto& prices = box.engine->link().state().prices();
  if (prices.contains(circuit.price)) return true;
  return clock && std::any_of(prices.begin(), prices.end(), [&](const auto& price) {
           return price.second.utility == static_cast<std::uint8_t>(circuit.utility) && price.second.starts <= *clock;
         });
}

/// Never before what the cloud has written here, and never far beyond the truth.
void World::check_clock(BoxNode& box) const {
  if (!box.engine) return;
  const auto clock = box.engine->clock(now_of(box));
  if (!clock) return;
  const auto& down = box.engine->link().down();
  if (box.newest.first != down.head().hash) {
    const auto record = down.at(down.head().number);
    const auto newest = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    box.newest = {down.head().hash, newest ? newest->time : Instant{}};
  }
  require(*clock >= box.newest.second - latest_message, "clock",
          "a box trusts a clock that stands " + std::to_string((box.newest.second - *clock).micros / 1'000'000) +
              " s before the cloud's last word");
  require(*clock <= now().wall + wrong_by_hand, "clock", "a box trusts a clock that is far ahead");
}

/// A box's first reading of a circuit: up to there it goes on at the price of its last slice, by whichever box, and from when
/// that ended.
void World::note_first_gap(BoxNode& box, const CircuitFigures& circuit, const Dated& reading) {
  if (!box.gone_on.insert(circuit.circuit).second || reading.units <= circuit.reading.units) return;
  if (is_fenced(box.holder)) return;  // it goes on from what it has charged beyond the cut
  const auto& up = box.engine->link().up();
  if (!up.holds(database_.head(up.id()))) return;  // it has forgotten, and goes on from an older slice of its own
  const auto last = last_slices_.find(circuit.circuit);
  const auto* room = box.engine->link().state().find(facts_.meters.at(circuit.circuit).room);
  if (last == last_slices_.end() || room == nullptr || last->second.opening != room->opening) return;
  const auto& [opening, price, to, until] = last->second;
  if (to != circuit.reading.units || !box.engine->link().state().prices().contains(price)) return;
  const bool is_dated = until != Instant{};
  box.first_gaps[circuit.circuit] = {price, reading.units, reading.at, is_dated};
  if (is_dated) box.dated[circuit.circuit] = {{until, to, reading.zero}};
}

bool World::has_twin(const BoxNode& box) const {
  return std::any_of(boxes_.begin(), boxes_.end(),
                     [&](const auto& other) { return other.get() != &box && other->holder == box.holder; });
}

void World::note_dated(BoxNode& box, const CircuitFigures& circuit, std::int64_t units) {
  const auto clock = box.engine->clock(now_of(box));
  if (clock) box.latest = std::max(box.latest, *clock);
  // At the box's first reading of it the circuit goes on at the price of its last slice.
  const bool goes_on = box.engine->link().state().prices().contains(circuit.price) && !box.begun.contains(circuit.circuit);
  const auto known = clock ? known_prices(box, circuit.utility, *clock, tick_) : std::vector<Known>{};
  const auto holds = [&](const Known& price) { return price.from <= *clock; };
  if (!clock || (!goes_on && std::none_of(known.begin(), known.end(), holds))) {
    box.undated.insert(circuit.circuit);
    return;
  }
  box.undated.erase(circuit.circuit);
  const Dated reading{*clock, units, *clock - (tick_ - Tick{})};
  note_first_gap(box, circuit, reading);
  box.dated[circuit.circuit].push_back(reading);
}

/// A slice names a price of the circuit's utility that has begun, or at which the circuit was charged before.
void World::check_price(BoxNode& box, const Entry& entry) {
  const auto slice = detail_of<Consumption>(entry).value_or(Consumption{});
  if (const auto clock = box.engine->clock(now_of(box))) box.latest = std::max(box.latest, *clock);
  const auto& prices = box.engine->link().state().prices();
  const auto plan = prices.find(slice.price);
  const auto name = "slice " + std::to_string(entry.number) + " of circuit " + std::to_string(slice.circuit.value);
  require(plan != prices.end(), "cost of each slice", name + " names no price");
  require(plan->second.utility == static_cast<std::uint8_t>(facts_.meters.at(slice.circuit).utility), "cost of each slice",
          name + " is charged at another utility's price");
  require(plan->second.starts <= box.latest || priced_[slice.circuit].contains(slice.price), "cost of each slice",
          name + " is charged at a price that has not begun");
  priced_[slice.circuit].insert(slice.price);
  box.gone_on.insert(slice.circuit);  // from here on it goes by this life's own readings, be they of an unknown hour
  const auto gap = box.first_gaps.find(slice.circuit);
  require(gap == box.first_gaps.end() || slice.from.units >= gap->second.units || slice.price == gap->second.price,
          "cost of each slice", name + " is of a gap, and not charged at the price of the slice before");
  require(slice.split != SplitBy::lowest || box.undated.contains(slice.circuit) || !begins_dated(box, slice.circuit),
          "cost of each slice", name + " is charged at the lowest price although its time is known");
  const auto* room = box.engine->link().state().find(*entry.room);
  if (has_twin(box))
    last_slices_.erase(slice.circuit);  // of which one's will go
  else if (const auto& up = box.engine->link().up(); !is_fenced(box.holder) && up.holds(database_.head(up.id())))
    last_slices_[slice.circuit] = {room->opening, slice.price, slice.to.units, slice.until};
}

/// Whoever opens the room next goes on from the figures of its close. A slice that ended at another reading is of another life:
/// a box that was fenced has charged beyond the cut, and may come back and go on from there.
void World::note_left(const CircuitFigures& figures) {
  const auto last = last_slices_.find(figures.circuit);
  if (last != last_slices_.end() && last->second.to == figures.reading.units) last->second.until = figures.at;
}

/// What one event has written for a circuit, one after another. `asked`: for a release, a close, a change of its meter or a
/// reading that is held.
void World::check_shares(BoxNode& box, CircuitId circuit, const std::vector<Consumption>& slices, bool asked) {
  auto& dated = box.dated[circuit];
  const auto& last = slices.back();
  const auto gap = box.first_gaps.find(circuit);
  const bool placed = std::all_of(slices.begin(), slices.end(), [](const auto& s) { return s.split != SplitBy::lowest; });
  if (begins_dated(box, circuit) && placed && last.until != Instant{}) compare_shares(box, circuit, slices, asked);
  if (gap != box.first_gaps.end()) gap->second.dated = false;
  if (gap != box.first_gaps.end() && last.to.units >= gap->second.units) box.first_gaps.erase(gap);
  // A reading after its end that shows no more keeps its place: what flowed later flowed after it.
  std::erase_if(dated, [&](const Dated& reading) {
    return reading.units < last.to.units || (reading.units == last.to.units && reading.at <= last.until);
  });
  // What is left of a gap before which nothing is known here may still go on at an older price.
  const auto told = box.told.find(circuit);
  const bool whole = told != box.told.end() && told->second.second == last.to;
  const bool known = last.until != Instant{} && (box.begun.contains(circuit) || whole);
  const auto clock = box.engine->clock(now_of(box));
  dated.insert(dated.begin(), {last.until, last.to.units, clock ? *clock - (tick_ - Tick{}) : Instant{}});
  if (known)
    box.begun.insert(circuit);
  else
    box.begun.erase(circuit);
}

void World::compare_shares(const BoxNode& box, CircuitId circuit, const std::vector<Consumption>& slices, bool asked) const {
  const auto& dated = box.dated.at(circuit);
  const auto until = slices.back().until;
  const auto clock = box.engine->clock(now_of(box));
  const auto later = [](const Dated& a, const Dated& b) { return a.at > b.at; };
  if (!clock || dated.size() < 2 || std::adjacent_find(dated.begin(), dated.end(), later) != dated.end()) return;
  if (until - dated.front().at > longest_reckoned) return;
  const auto zero = *clock - (tick_ - Tick{});
  const auto by_other_clock = [&](const Dated& d) { return d.zero - zero > same_clock || zero - d.zero > same_clock; };
  if (std::any_of(dated.begin(), dated.end(), by_other_clock)) return;
  const auto known = known_prices(box, facts_.meters.at(circuit).utility, *clock, tick_);
  for (const auto& price : known)  // when it came is known by the clock, which may have been put right meanwhile
    if (price.late && price.from >= dated.front().at - late_message) return;
  const auto goes_on = [&](const Consumption& s) {
    return Key(s.price, s.after.tier_period, s.band) == key_at(known, *clock, utc_offset_);
  };
  const bool changed =
      !std::all_of(slices.begin(), slices.end(), goes_on) || has_changed(known, dated.front().at, *clock, utc_offset_);
  require(asked || changed, "cost of each slice",
          "circuit " + std::to_string(circuit.value) + " is charged twice in one hour, and nothing has changed in between");
  const auto gap = box.first_gaps.find(circuit);
  const bool at_last_price = gap != box.first_gaps.end() && gap->second.dated;
  const auto last_price = at_last_price ? price_alone(box, gap->second.price) : known;
  Reckoning reckoning;
  // Two readings of one moment have no time between them, but perhaps energy.
  for (std::size_t i = 1; i < dated.size() && (dated[i - 1].at < until || dated[i].at <= until); ++i)
    reckon_gap(reckoning, i == 1 ? last_price : known, dated[i - 1], dated[i], until, utc_offset_);
  for (const auto& slice : slices) {
    const auto units = slice.to.units - slice.from.units;
    const auto due = reckoning.thousandths[{slice.price, slice.after.tier_period, slice.band}];
    require(std::abs(units * 1000 - due) <= (reckoning.gaps + 1) * 1000, "cost of each slice",
            "circuit " + std::to_string(circuit.value) + " is charged for " + std::to_string(units) + " in band " +
                std::to_string(slice.band) + " of price " + std::to_string(slice.price) + ", period " +
                std::to_string(slice.after.tier_period) + ", where " + std::to_string(due) + " thousandths flowed");
  }
}

}  // namespace wattle::sim
