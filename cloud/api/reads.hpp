#pragma once
// What meters say now: those of a room, or the one of a circuit, which may be nobody's.

#include "cloud/api/answers.hpp"
#include "shared/readings/demand.hpp"

namespace wattle::api {

/// POST /api/v1/rooms/{room}/reads
void post_read(const Call& call, const http::Request& request);
/// POST /api/v1/circuits/{circuit}/reads
void post_circuit_read(const Call& call, const http::Request& request);
/// `room`: 0 of a circuit that is nobody's.
boost::json::object read_json(RoomId room, const ReadAnswer& answer);

}  // namespace wattle::api
