#pragma once
// Fields of frames as JSON, the same in all of a technician's tools (docs/operating/technician.md).

#include <boost/json/object.hpp>

#include "shared/meter/capture.hpp"

namespace wattle::edge {

/// Fields of one name are numbered from the second on: "data", "data.2".
boost::json::object json_of(const Fields& fields);
boost::json::object json_of(const Caught& caught);
/// {"code": 2, "reason": "bad checksum"}
boost::json::object json_of(Error error);

}  // namespace wattle::edge
