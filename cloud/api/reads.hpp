#pragma once
// POST /api/v1/rooms/{room}/reads: what the room's meters say now.

#include "cloud/api/answers.hpp"
#include "shared/readings/demand.hpp"

namespace wattle::api {

void post_read(const Call& call, const http::Request& request);
boost::json::object read_json(RoomId room, const ReadAnswer& answer);

}  // namespace wattle::api
