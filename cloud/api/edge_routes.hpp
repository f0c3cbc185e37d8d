#pragma once
// Boxes: claiming, the list of them, fencing. A file each: claims.cpp, claim_codes.cpp, edges.cpp, adoptions.cpp.

#include "cloud/api/answers.hpp"

namespace wattle::api {

/// POST /api/v1/claims: by the claim code, without a token.
void post_claim(const Call& call, const http::Request& request);
/// POST /api/v1/edges/{slot}/claim-codes: a new code with which one box may claim the slot.
void post_claim_code(const Call& call, const http::Request& request);
/// GET /api/v1/edges
void get_edges(const Call& call, const http::Request& request);
/// POST /api/v1/edges/{slot}/fence: a person ends an incarnation for good.
void post_fence(const Call& call, const http::Request& request);

/// GET /api/v1/edges/{slot}/listed-sales: cash that fenced boxes of the slot have taken and could no longer book.
void get_listed_sales(const Call& call, const http::Request& request);
/// POST /api/v1/edges/{slot}/adoptions: one of them is right, and is booked.
void post_adoption(const Call& call, const http::Request& request);

}  // namespace wattle::api
