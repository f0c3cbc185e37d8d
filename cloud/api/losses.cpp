// What comes into a building and its floors, and what its rooms use of it: main meters against the rooms' meters, by the days
// that history keeps. The sums are made beside the loop, by whoever owns the store, a few circuits at a time: between two turns
// other people's questions are answered.

#include <set>

#include "cloud/api/loss_use.hpp"
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
constexpr std::size_t circuits_told_max = 200;
constexpr std::size_t circuits_a_turn = 32;  // of 400 days each, at most

/// One circuit to be summed. Of a room, or of the main meter of a floor (0: of the building).
struct Counted {
  bool is_main = false;
  std::int64_t floor = 0;
  RoomId room;  // 0 of a main meter
  CircuitId circuit;
  bool is_past = false;  // of an earlier stay alone: nobody wonders that it is silent
};

struct Metered {
  std::optional<std::int64_t> main;  // of its own main meters; nothing where one is missing
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
    for (const auto& [circuit, its] : circuits_of_stays(desk, id))
      if (its.utility == utility) all.push_back({false, room.floor, id, circuit, !its.is_of_newest});
  });
  return all;
}

struct Sums {
  std::map<std::int64_t, Metered> floors;  // 0: of the building itself, and of rooms that are on no floor
  std::vector<CircuitId> silent;           // of those that there are now: without readings in the period
  std::vector<std::pair<CircuitId, CircuitUse>> read;
  Instant until;  // the newest reading of any, or the period's end
};

/// A building's sums as far as they have come. It passes from turn to turn, and is never with two threads.
struct Summing {
  std::vector<Counted> all;
  LossPeriod asked;
  std::shared_ptr<const cloud::RegisterEnds> register_ends;
  std::size_t done = 0;
  Sums sums = {};
  std::set<std::int64_t> unknown = {};  // floors with a main meter that tells nothing
};

/// Of all days that begin in the period. Nothing: there is no reading.
Result<std::optional<CircuitUse>> used_by(ReadingsStore& store, const Counted& counted, const Summing& work) {
  ReadingsQuery query{counted.room, counted.circuit, work.asked.from, work.asked.to, days_a_page, {}, work.register_ends};
  DaysUse use;
  do {
    const auto page = store.totals(query, cloud::TotalSpan::day);
    if (!page) return page.error();
    for (const auto& day : page->rows)
      if (!use.add(day)) return WATTLE_FAIL(StoreErrc::corrupt);
    query.begin = page->next;
  } while (query.begin);
  return use.take();
}

Result<void> add_used(Summing& work, const Counted& counted, const std::optional<CircuitUse>& use) {
  auto& floor = work.sums.floors[counted.floor];
  if (!use) {
    if (!counted.is_past) work.sums.silent.push_back(counted.circuit);
    if (counted.is_main) work.unknown.insert(counted.floor);
    return {};
  }
  const auto sum = checked_sum(counted.is_main ? floor.main.value_or(0) : floor.rooms, use->used);
  if (!sum) return WATTLE_FAIL(StoreErrc::corrupt);
  if (counted.is_main)
    floor.main = *sum;
  else
    floor.rooms = *sum;
  work.sums.until = std::max(work.sums.until, std::min(use->to, days_within(*use, work.asked).to));
  if (!counted.is_past) work.sums.read.emplace_back(counted.circuit, *use);
  return {};
}

/// How many circuits are left.
Result<std::size_t> take_turn(ReadingsStore& store, Summing& work) {
  for (std::size_t i = 0; i < circuits_a_turn && work.done < work.all.size(); ++i, ++work.done) {
    const auto& counted = work.all[work.done];
    const auto use = used_by(store, counted, work);
    if (!use) return use.error();
    if (auto ok = add_used(work, counted, *use); !ok) return ok.error();
  }
  const auto left = work.all.size() - work.done;
  if (left > 0) return left;
  for (const auto floor : work.unknown) work.sums.floors[floor].main.reset();
  return left;
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

/// Which floors are told.
struct FloorPage {
  std::int64_t behind = 0;
  std::size_t limit = 0;
};

/// Circuits of which the figure is not that of the period, with the time that it covers.
void put_incomplete(boost::json::object& out, const Sums& sums, LossPeriod asked) {
  boost::json::array told;
  std::size_t count = 0;
  for (const auto& [circuit, use] : sums.read) {
    const auto gaps = gaps_of(use, asked, sums.until);
    if (gaps.empty() || ++count > circuits_told_max) continue;
    boost::json::array why;
    for (const auto gap : gaps) why.emplace_back(word(gap));
    told.push_back(
        {{"circuit", circuit.value}, {"from", time_text(use.from)}, {"to", time_text(use.to)}, {"why", std::move(why)}});
  }
  out["incomplete"] = std::move(told);
  out["incomplete_count"] = count;
  out["compared_to"] = sums.until.micros == 0 ? boost::json::value(nullptr) : boost::json::value(time_text(sums.until));
}

boost::json::object loss_json(const Sums& sums, const Metered& building, Utility utility, const FloorPage& page) {
  boost::json::object out = {{"utility", utility_text(utility)}, {"unit", utility == Utility::electricity ? "Wh" : "L"}};
  put_metered(out, building);
  boost::json::array floors, silent;
  out["next_cursor"] = nullptr;
  for (auto at = sums.floors.upper_bound(page.behind); at != sums.floors.end(); ++at) {
    const auto& [number, balance] = *at;
    if (floors.size() == page.limit) {
      out["next_cursor"] = std::to_string(std::prev(at)->first);
      break;
    }
    boost::json::object floor = {{"floor", number}};
    put_metered(floor, balance);
    floors.push_back(std::move(floor));
  }
  for (std::size_t i = 0; i < std::min(sums.silent.size(), circuits_told_max); ++i) silent.push_back(sums.silent[i].value);
  out["floors"] = std::move(floors);
  out["without_readings"] = std::move(silent);
  out["without_readings_count"] = sums.silent.size();
  return out;
}

struct LossCall {
  std::shared_ptr<Summing> work;
  Utility utility{};
  FloorPage page;
};

/// Empty while there is more to sum up.
std::optional<std::string> loss_text(ReadingsStore& store, const LossCall& asked) {
  const auto left = take_turn(store, *asked.work);
  if (!left) return std::nullopt;
  if (*left > 0) return std::string();
  const auto building = whole(asked.work->sums);
  if (!building) return std::nullopt;
  auto out = loss_json(asked.work->sums, *building, asked.utility, asked.page);
  put_incomplete(out, asked.work->sums, asked.work->asked);
  return boost::json::serialize(out);
}

void sum_on(const Call& call, const LossCall& asked) {
  const bool taken = call.desk.read_readings([asked](ReadingsStore& store) { return loss_text(store, asked); },
                                             [call, asked](std::optional<std::string> text) {
                                               if (!text) return call.refuse(problems::readings_unavailable);
                                               if (text->empty()) return sum_on(call, asked);
                                               call.respond({200, "application/json", *std::move(text), {}});
                                             });
  if (!taken) call.hold_back(problems::readings_busy, seconds(1));
}

}  // namespace

void get_loss(const Call& call, const http::Request& request) {
  const auto building = named_record<cloud::Building>(call, request);
  if (!building) return;
  const auto from = parse_time(request.query_value("from"));
  const auto to = parse_time(request.query_value("to"));
  if (!from || !to || *from < recording_begins || *to > recording_ends || *from >= *to || *to - *from > longest_loss_period)
    return call.refuse(problems::bad_period);
  if (*to - *from < days(1)) return call.refuse(problems::short_period);  // no day need begin in it
  const auto asked = request.query_value("utility");
  const auto utility = asked.empty() ? std::optional(Utility::electricity) : parse_utility(asked);
  if (!utility) return call.refuse(problems::bad_utility);
  const auto limit = page_limit(call, request);
  if (!limit) return;
  const auto behind = query_number(request, "cursor");
  if (!behind) return call.refuse(problems::bad_cursor);
  const auto work = std::make_shared<Summing>(
      Summing{counted_in(call.desk, building->building, *utility), {*from, *to}, register_ends(call.desk.site())});
  sum_on(call, {work, *utility, {std::max<std::int64_t>(*behind, 0), *limit}});
}

}  // namespace wattle::api
