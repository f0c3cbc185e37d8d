// At rest: what each slice cost, reckoned anew from its price and its energy along the whole way of the circuit, from box to
// box. Shares no code with the tariff or the fold.

#include <algorithm>
#include <map>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

/// A circuit's place on its way, in this file's own reckoning.
struct Way {
  MeterId meter;
  std::int64_t reading = 0;
  std::int64_t thousandths = 0;
  std::int64_t tier_units = 0;
  std::uint32_t period = 0;
};

/// Thousandths of a micro-unit for these units one after another through the tiers.
std::int64_t thousandths_of(const Band& band, std::int64_t used, std::int64_t units) {
  std::int64_t cost = 0;
  for (std::size_t i = band.tiers.size(); i-- > 0 && units > 0;) {  // from the highest tier down
    const auto begins = band.tiers[i].from_units;
    const auto here = std::min(units, std::max<std::int64_t>(0, used + units - begins));
    cost += here * band.tiers[i].rate;
    units -= here;
  }
  return cost;
}

class Walk {
 public:
  explicit Walk(const std::map<Place, Entry>& entries) : entries_(entries) {
    for (const auto& [place, entry] : entries) {
      if (entry.kind == Kind::price && place.direction == Direction::down)
        if (const auto plan = detail_of<PricePlan>(entry)) plans_.emplace(plan->version, *plan);
      if (entry.kind == Kind::open && place.direction == Direction::down) opens_[entry.cause].push_back(place);
    }
  }

  /// From each first open through all the stays that continue it.
  void check() {
    for (const auto& first : opens_[std::nullopt]) {
      ways_.clear();
      for (std::optional<Place> at = first; at;) {
        const auto close = stay(*at);
        const auto next = close ? opens_.find(*close) : opens_.end();
        if (next == opens_.end()) break;
        require(next->second.size() == 1, "two holders", "one close is continued by two opens");
        at = next->second.front();
      }
    }
  }

 private:
  /// One room at one box. The place of its close, if it has left.
  std::optional<Place> stay(const Place& opened) {
    const auto& open = entries_.at(opened);
    const auto figures = detail_of<Open>(open).value_or(Open{});
    take_on(figures, *open.room);
    allowances_.clear();
    auto read = entries_.lower_bound(opened);
    for (auto at = entries_.lower_bound(Place{opened.link, Direction::up, 1}); at != entries_.end(); ++at) {
      const auto& [place, entry] = *at;
      if (place.link != opened.link || place.direction != Direction::up) break;
      if (entry.room != open.room || entry.seen.number < opened.number) continue;
      for (; read != entries_.end() && read->first.link == opened.link && read->first.direction == Direction::down &&
             read->first.number <= entry.seen.number;
           ++read)
        count_allowances(read->second, *open.room);
      count_allowances(entry, *open.room);
      if (entry.kind == Kind::consumption) slice(entry);
      if (entry.kind == Kind::meter_change) change(entry);
      if (entry.kind == Kind::anomaly) hold(entry);
      if (entry.kind == Kind::close) return place;
    }
    for (const auto& [place, entry] : entries_) {
      if (entry.kind != Kind::close_for || entry.room != open.room) continue;
      if (const auto on_behalf = detail_of<CloseFor>(entry); on_behalf && on_behalf->holder == opened.link)
        return entry.cause.value_or(place);  // in the place of one that was lost with its box
    }
    return std::nullopt;
  }

  void count_allowances(const Entry& entry, RoomId room) {
    for (const auto& line : entry.lines) {
      if (line.from.kind == PocketKind::allow && line.from.room() == room) allowances_[line.from.utility] -= line.amount.micros;
      if (line.to.kind == PocketKind::allow && line.to.room() == room) allowances_[line.to.utility] += line.amount.micros;
    }
  }

  void take_on(const Open& open, RoomId room) {
    for (const auto& circuit : open.circuits) {
      const Way way{circuit.meter, circuit.reading.units, circuit.accrued.remainder, circuit.accrued.tier_units,
                    circuit.accrued.tier_period};
      const auto [at, fresh] = ways_.try_emplace(circuit.circuit, way);
      const auto& before = at->second;
      const auto text =
          "room " + std::to_string(room.value) + ", circuit " + std::to_string(circuit.circuit.value) + " opens at ";
      require(fresh || (before.meter == way.meter && before.reading == way.reading), "meter chain",
              text + std::to_string(way.reading) + " and was left at " + std::to_string(before.reading));
      require(fresh || (before.thousandths == way.thousandths && before.tier_units == way.tier_units), "cost of each slice",
              text + "another remainder or tier than it was left with");
    }
  }

  void slice(const Entry& entry) {
    const auto detail = detail_of<Consumption>(entry).value_or(Consumption{});
    auto& way = ways_[detail.circuit];
    const auto name = "slice " + std::to_string(entry.number) + " of circuit " + std::to_string(detail.circuit.value);
    require(detail.from.units == way.reading && detail.to.units > way.reading, "meter chain",
            name + " does not continue the last");
    const auto plan = plans_.find(detail.price);
    require(plan != plans_.end() && detail.band < plan->second.bands.size(), "cost of each slice", name + " names no price");
    if (detail.after.tier_period != way.period) way.tier_units = 0;
    way.period = detail.after.tier_period;
    const auto units = detail.to.units - detail.from.units;
    const auto used = thousandths_of(plan->second.bands[detail.band], way.tier_units, units);
    for (const auto& band : plan->second.bands)
      require(detail.split != SplitBy::lowest || used <= thousandths_of(band, way.tier_units, units), "cost of each slice",
              name + " is of a time that nobody knows, and is not charged at the lowest price");
    const auto cost = way.thousandths + used;
    std::int64_t charged = 0;
    for (const auto& line : entry.lines) {
      charged += line.amount.micros;
      require(line.from.kind != PocketKind::room || allowances_[line.to.utility] <= 0, "allowance",
              name + " takes the room's money first");
    }
    require(charged == cost / 1000 && detail.after.remainder == cost % 1000, "cost of each slice",
            name + " cost " + std::to_string(charged) + " of " + std::to_string(cost) + " thousandths");
    way.reading = detail.to.units;
    way.thousandths = cost % 1000;
    way.tier_units += units;
    require(way.tier_units == detail.after.tier_units, "cost of each slice", name + " miscounts its tier");
  }

  void change(const Entry& entry) {
    const auto detail = detail_of<MeterChange>(entry).value_or(MeterChange{});
    auto& way = ways_[detail.circuit];
    require(detail.old_meter == way.meter && detail.final_reading.units == way.reading, "meter chain",
            "a meter change leaves a gap");
    way.meter = detail.new_meter;
    way.reading = detail.first_reading.units;
  }

  /// What a register has said before, it may never say again.
  void hold(const Entry& entry) const {
    const auto detail = detail_of<Anomaly>(entry).value_or(Anomaly{});
    const auto& way = ways_.at(detail.circuit);
    require(detail.last.units == way.reading, "anomaly",
            "a reading of circuit " + std::to_string(detail.circuit.value) + " is held behind " +
                std::to_string(detail.last.units) + ", and the circuit is charged up to " + std::to_string(way.reading));
  }

  const std::map<Place, Entry>& entries_;
  std::map<std::uint32_t, PricePlan> plans_;
  std::map<std::optional<Place>, std::vector<Place>> opens_;
  std::map<CircuitId, Way> ways_;
  std::map<Utility, std::int64_t> allowances_;  // of the room whose stay is walked, after each entry
};

}  // namespace

void World::check_slices() const { Walk(counted_entries()).check(); }

}  // namespace wattle::sim
