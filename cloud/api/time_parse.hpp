#pragma once
// RFC 3339 in UTC ("2026-03-01T08:00:00Z", up to six places after the second's point), read strictly.

#include <optional>
#include <string_view>

#include "shared/base/time.hpp"

namespace wattle::api {

std::optional<Instant> parse_time(std::string_view text);

}  // namespace wattle::api
