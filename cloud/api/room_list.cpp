// Every room, as lists and maps of the building show it: those of the registry and those that were fitted, by number.

#include "cloud/api/records.hpp"
#include "cloud/api/room_routes.hpp"
#include "cloud/api/room_state.hpp"
#include "shared/api/money_text.hpp"

namespace wattle::api {
namespace {

constexpr std::size_t rooms_max = 100'000;  // of one site

using Names = std::map<RoomId, cloud::RoomRecord>;

boost::json::object item_json(const Desk& desk, RoomId room, const cloud::RoomRecord* record) {
  const auto now = room_now(desk, room);
  boost::json::object out = {{"room", room.value}};
  if (record != nullptr) put_record_of(*record, out);
  out["state"] = state_text(now.state);
  out["open_at"] = now.open_at ? boost::json::value(holder_json(*now.open_at)) : boost::json::value(nullptr);
  out["balance"] = money_text(now.balance);
  boost::json::array circuits;
  for (const auto circuit : now.circuits) {
    const auto reported = desk.circuit_now(circuit);
    boost::json::object item = {{"circuit", circuit.value}};
    item["relay"] = reported && !reported->relay.empty() ? reported->relay : "unknown";
    if (reported && reported->reason) item["reason"] = word(*reported->reason);
    circuits.push_back(std::move(item));
  }
  out["circuits"] = std::move(circuits);
  return out;
}

boost::json::value page_json(const Desk& desk, const Names& names, const std::set<RoomId>& rooms, RoomId after,
                             std::size_t limit) {
  boost::json::array items;
  boost::json::value next = nullptr;
  RoomId last;
  for (auto at = rooms.upper_bound(after); at != rooms.end(); ++at) {
    if (items.size() == limit) {
      next = std::to_string(last.value);
      break;
    }
    last = *at;
    const auto record = names.find(*at);
    items.push_back(item_json(desk, *at, record == names.end() ? nullptr : &record->second));
  }
  return boost::json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

}  // namespace

void put_record_of(const cloud::RoomRecord& record, boost::json::object& out) {
  out["name"] = record.name;
  out["building"] = record.building;
  if (record.floor != 0) out["floor"] = record.floor;
}

void get_rooms(const Call& call, const http::Request& request) {
  const auto limit = page_limit(call, request);
  if (!limit) return;
  const auto after = query_number(request, "cursor");
  if (!after || *after > UINT32_MAX) return call.refuse(problems::bad_cursor);
  const auto building = query_number(request, "building");
  Names names;
  const auto& registry = call.desk.registry();
  const auto records = building == not_asked
                           ? cloud::list<cloud::RoomRecord>(registry, {}, rooms_max)
                           : cloud::list<cloud::RoomRecord>(registry, {{"building", building.value_or(-1)}}, rooms_max);
  for (const auto& record : records) names[{static_cast<std::uint32_t>(record.room)}] = record;
  auto rooms = building == not_asked ? fitted_rooms(call.desk.site()) : std::set<RoomId>{};
  for (const auto& [room, record] : names) rooms.insert(room);
  std::erase_if(rooms, [&](RoomId room) { return !call.caller.may_see(room); });
  const RoomId behind{*after == not_asked ? 0 : static_cast<std::uint32_t>(*after)};
  call.answer(200, [&desk = call.desk, names = std::move(names), rooms = std::move(rooms), behind, limit = *limit] {
    return page_json(desk, names, rooms, behind, limit);
  });
}

}  // namespace wattle::api
