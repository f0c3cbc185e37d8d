#pragma once
// Boxes: claiming, the list of them, fencing. A file each: claims.cpp, edges.cpp.

#include "cloud/api/answers.hpp"

namespace wattle::api {

/// POST /api/v1/claims: by the claim code, without a token.
void post_claim(const Call& call, const http::Request& request);
/// GET /api/v1/edges
void get_edges(const Call& call, const http::Request& request);
/// POST /api/v1/edges/{slot}/fence: a person ends an incarnation for good.
void post_fence(const Call& call, const http::Request& request);

}  // namespace wattle::api
