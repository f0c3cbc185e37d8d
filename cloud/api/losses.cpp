// What comes into a building and its floors, and what its rooms use of it: main meters against the rooms' meters, by the days
// that history keeps. The sums are made beside the loop, by whoever owns the store.

#include <set>

#include "cloud/api/records.hpp"
#include "cloud/api/room_routes.hpp"
#include "cloud/api/site_routes.hpp"
#include "cloud/api/time_parse.hpp"
#include "shared/api/time_text.hpp"
#include "shared/base/checked.hpp"

namespace wattle::api {
namespace {

using cloud::ReadingsQuery;
using cloud::ReadingsStore;

constexpr std::size_t registry_page = 1000;
constexpr std::size_t days_a_page = 400;
constexpr Duration longest_loss_period = days(400);
constexpr std::size_t silent_told_max = 200;

/// One circuit to be summed. Of a room, or of the main meter of a floor (0: of the building).
struct Counted {
  bool is_main = false;
  std::int64_t floor = 0;
  RoomId room;  // 0 of a main meter
  CircuitId circuit;
};

/// Nothing where a meter is missing.
using Sum = std::optional<std::int64_t>;

struct Metered {
  Sum main;  // of its own main meters
  std::int64_t rooms = 0;
};

template <class T>
void for_each_of_building(const cloud::Registry& registry, std::int64_t building, const std::function<void(const T&)>& visit) {
  const std::vector<cloud::Where> where = {{"building", building}};
  std::vector<cloud::Value> behind;
  for (;;) {
    const auto rows = registry.list(cloud::sheet<T>(), where, behind, registry_page, cloud::Sort::up);
    for (const auto& row : rows) visit(cloud::record_of<T>(row));
    if (rows.size() < registry_page) return;
    behind = {rows.back().front()};
  }
}

std::vector<Counted> counted_in(const Desk& desk, std::int64_t building, Utility utility) {
  std::vector<Counted> all;
  for_each_of_building<cloud::MeterRecord>(desk.registry(), building, [&](const cloud::MeterRecord& meter) {
    if (meter.role == "main" && parse_utility(meter.utility) == utility)
      all.push_back({true, meter.floor, {}, {static_cast<std::uint32_t>(meter.circuit)}});
  });
  for_each_of_building<cloud::RoomRecord>(desk.registry(), building, [&](const cloud::RoomRecord& room) {
    const RoomId id{static_cast<std::uint32_t>(room.room)};
    for (const auto& [circuit, counts] : utilities_of(desk, id))
      if (counts == utility) all.push_back({false, room.floor, id, circuit});
  });
  return all;
}

/// Of all days that begin in the period. Nothing: there is no reading. A day on which the register began anew tells nothing.
Result<Sum> used_by(ReadingsStore& store, const Counted& counted, Instant from, Instant to) {
  ReadingsQuery query{counted.room, counted.circuit, from, to, days_a_page, {}};
  std::int64_t used = 0;
  bool any = false;
  do {
    const auto page = store.totals(query, cloud::TotalSpan::day);
    if (!page) return page.error();
    for (const auto& day : page->rows) {
      any = true;
      if (day.used.units <= 0) continue;
      const auto sum = checked_sum(used, day.used.units);
      if (!sum) return WATTLE_FAIL(StoreErrc::corrupt);
      used = *sum;
    }
    query.begin = page->next;
  } while (query.begin);
  return any ? Sum(used) : std::nullopt;
}

struct Sums {
  std::map<std::int64_t, Metered> floors;  // 0: of the building itself, and of rooms that are on no floor
  std::vector<CircuitId> silent;           // without readings in the period
};

Result<Sums> sum_up(ReadingsStore& store, const std::vector<Counted>& all, Instant from, Instant to) {
  Sums sums;
  std::set<std::int64_t> unknown;  // floors with a main meter that tells nothing
  for (const auto& counted : all) {
    const auto used = used_by(store, counted, from, to);
    if (!used) return used.error();
    auto& floor = sums.floors[counted.floor];
    if (!*used) {
      sums.silent.push_back(counted.circuit);
      if (counted.is_main) unknown.insert(counted.floor);
    } else if (counted.is_main) {
      floor.main = checked_sum(floor.main.value_or(0), **used);
      if (!floor.main) return WATTLE_FAIL(StoreErrc::corrupt);
    } else {
      const auto rooms = checked_sum(floor.rooms, **used);
      if (!rooms) return WATTLE_FAIL(StoreErrc::corrupt);
      floor.rooms = *rooms;
    }
  }
  for (const auto floor : unknown) sums.floors[floor].main.reset();
  return sums;
}

/// Of the building: by its own main meters, or else by those of its floors where all of them have one.
Result<Metered> whole(const Sums& sums) {
  Metered out;
  std::int64_t by_floors = 0;
  bool all_have_one = sums.floors.size() > (sums.floors.contains(0) ? 1U : 0U);
  for (const auto& [floor, balance] : sums.floors) {
    const auto rooms = checked_sum(out.rooms, balance.rooms);
    if (!rooms) return WATTLE_FAIL(StoreErrc::corrupt);
    out.rooms = *rooms;
    if (floor == 0) continue;
    all_have_one = all_have_one && balance.main.has_value();
    const auto floors = checked_sum(by_floors, balance.main.value_or(0));
    if (!floors) return WATTLE_FAIL(StoreErrc::corrupt);
    by_floors = *floors;
  }
  const auto own = sums.floors.find(0);
  const bool rooms_on_none = own != sums.floors.end() && own->second.rooms != 0;
  if (own != sums.floors.end() && own->second.main) out.main = own->second.main;
  if (!out.main && all_have_one && !rooms_on_none) out.main = by_floors;
  return out;
}

void put_metered(boost::json::object& out, const Metered& balance) {
  out["main"] = balance.main ? boost::json::value(*balance.main) : boost::json::value(nullptr);
  out["rooms"] = balance.rooms;
  out["loss"] = balance.main ? boost::json::value(*balance.main - balance.rooms) : boost::json::value(nullptr);
}

boost::json::object loss_json(const Sums& sums, const Metered& building, Utility utility) {
  boost::json::object out = {{"utility", utility_text(utility)}, {"unit", utility == Utility::electricity ? "Wh" : "L"}};
  put_metered(out, building);
  boost::json::array floors, silent;
  for (const auto& [number, balance] : sums.floors) {
    if (number == 0) continue;
    boost::json::object floor = {{"floor", number}};
    put_metered(floor, balance);
    floors.push_back(std::move(floor));
  }
  for (std::size_t i = 0; i < std::min(sums.silent.size(), silent_told_max); ++i) silent.push_back(sums.silent[i].value);
  out["floors"] = std::move(floors);
  out["without_readings"] = std::move(silent);
  out["without_readings_count"] = sums.silent.size();
  return out;
}

}  // namespace

void get_loss(const Call& call, const http::Request& request) {
  const auto building = named_record<cloud::Building>(call, request);
  if (!building) return;
  const auto from = parse_time(request.query_value("from"));
  const auto to = parse_time(request.query_value("to"));
  if (!from || !to || *from < recording_begins || *to > recording_ends || *from >= *to || *to - *from > longest_loss_period)
    return call.refuse(problems::bad_period);
  const auto asked = request.query_value("utility");
  const auto utility = asked.empty() ? std::optional(Utility::electricity) : parse_utility(asked);
  if (!utility) return call.refuse(problems::bad_utility);
  const bool taken = call.desk.read_readings(
      [all = counted_in(call.desk, building->building, *utility), from = *from, to = *to,
       utility = *utility](ReadingsStore& store) -> std::optional<std::string> {
        const auto sums = sum_up(store, all, from, to);
        if (!sums) return std::nullopt;
        const auto all_of_it = whole(*sums);
        return all_of_it ? std::optional(boost::json::serialize(loss_json(*sums, *all_of_it, utility))) : std::nullopt;
      },
      [call](std::optional<std::string> text) {
        if (!text) return call.refuse(problems::readings_unavailable);
        call.respond({200, "application/json", *std::move(text), {}});
      });
  if (!taken) call.hold_back(problems::readings_busy, seconds(1));
}

}  // namespace wattle::api
