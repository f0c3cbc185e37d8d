#pragma once
// Rooms: fitting, what they hold, their entries, moving them. Prices too. A file each: fitting.cpp, rooms.cpp, room_list.cpp,
// entries.cpp, moves.cpp, stays.cpp, rehoming.cpp, prices.cpp.

#include <map>

#include "cloud/api/answers.hpp"
#include "cloud/store/readings_store.hpp"
#include "cloud/store/records.hpp"

namespace wattle::api {

inline constexpr std::size_t entries_limit_max = 200;
inline constexpr std::size_t entries_limit_usual = 50;
inline constexpr std::size_t entries_scan_max = 5000;  // looked at for one page

/// POST /api/v1/rooms: an installer has fitted the room's meters.
void post_room(const Call& call, const http::Request& request);
/// GET /api/v1/rooms: a line for each, with its name and how it stands.
void get_rooms(const Call& call, const http::Request& request);
/// Name, building and floor, into a room's answer.
void put_record_of(const cloud::RoomRecord& record, boost::json::object& out);
/// GET /api/v1/rooms/{room}
void get_room(const Call& call, const http::Request& request);
boost::json::object room_json(const Desk& desk, RoomId room);
/// GET /api/v1/rooms/{room}/entries
void get_entries(const Call& call, const http::Request& request);
inline constexpr std::size_t readings_limit_max = 50'000;  // a month at a minute
inline constexpr std::size_t readings_limit_usual = 1000;

/// GET /api/v1/rooms/{room}/readings
void get_readings(const Call& call, const http::Request& request);
/// GET /api/v1/meters/{meter}/readings: of one that is no room's
void get_meter_readings(const Call& call, const http::Request& request);
/// A circuit as the newest of the room's stays had it in which it stood there.
struct StayCircuit {
  Utility utility{};
  bool is_of_newest = false;  // stay; an older one's may be gone for good
};
/// Of all stays, at whatever boxes they were, as far as the books know them.
std::map<CircuitId, StayCircuit> circuits_of_stays(const Desk& desk, RoomId room);
/// What each of them counts.
std::map<CircuitId, Utility> utilities_of(const Desk& desk, RoomId room);
/// Where the registers of meters end that are wired through the API, to that slot's box or any, by their profiles; and of those
/// that an order for a register that turned over says it of. register_ends.cpp
std::shared_ptr<const cloud::RegisterEnds> register_ends(const cloud::Site& site, std::optional<EdgeId> slot = {});
/// POST /api/v1/rooms/{room}/moves
void post_move(const Call& call, const http::Request& request);
/// Gives it, with the room's present opening; to no box: the stay ends.
void give_move(const Call& call, cloud::Move move);
/// POST /api/v1/rooms/{room}/closings: the stay ends; what is left of its money waits for a person.
void post_closing(const Call& call, const http::Request& request);
/// POST /api/v1/rooms/{room}/openings: the next stay begins, with the circuits of the last.
void post_opening(const Call& call, const http::Request& request);
/// POST /api/v1/rooms/{room}/rehomings: to another box, since the one that was to get it is fenced.
void post_rehoming(const Call& call, const http::Request& request);
/// GET /api/v1/prices: all versions, by number
void get_prices(const Call& call, const http::Request& request);
/// GET, PUT /api/v1/prices/{version}
void get_price(const Call& call, const http::Request& request);
void put_price(const Call& call, const http::Request& request);

}  // namespace wattle::api
