#pragma once
// Times as the API writes them: RFC 3339 in UTC with microseconds, "2026-03-01T08:00:00.123456Z".

#include <string>

#include "shared/base/time.hpp"

namespace wattle {

std::string time_text(Instant at);

}  // namespace wattle
