#pragma once
// The route table: every address of the API, who may call it, and what does it. api-spec/openapi.yaml has the same, and a test
// compares them both ways.

#include "cloud/api/access.hpp"
#include "cloud/api/desk.hpp"
#include "cloud/http/router.hpp"

namespace wattle::api {

/// Desk, access and crypto must outlive the routes.
std::vector<http::Route> routes(Desk& desk, Access& access, const Crypto& crypto);

/// Who may call what: the least role, none for anybody.
struct RouteRight {
  http::Method method;
  std::string_view path;
  std::optional<Role> least;
};
std::vector<RouteRight> route_rights();

}  // namespace wattle::api
