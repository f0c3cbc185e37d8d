#pragma once
// The route table: every address of the API, who may call it, and what does it. api-spec/openapi.yaml has the same addresses,
// and the test api_contract compares them both ways.

#include "cloud/api/access.hpp"
#include "cloud/api/desk.hpp"
#include "cloud/http/router.hpp"

namespace wattle::api {

/// Desk, access and crypto must outlive the routes.
std::vector<http::Route> routes(Desk& desk, Access& access, const Crypto& crypto);

}  // namespace wattle::api
