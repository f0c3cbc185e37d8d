#pragma once
// The site as a whole. A file each: site.cpp, pockets.cpp, backups.cpp, audits.cpp, losses.cpp.

#include "cloud/api/answers.hpp"

namespace wattle::api {

/// GET /api/v1/site: counts of boxes, rooms and circuits by how they stand.
void get_site(const Call& call, const http::Request& request);
/// GET /api/v1/pockets: what the cloud itself holds and owes.
void get_pockets(const Call& call, const http::Request& request);
/// POST /api/v1/backups: a verified copy of the store, now.
void post_backup(const Call& call, const http::Request& request);
/// GET /api/v1/backups
void get_backups(const Call& call, const http::Request& request);

/// GET /api/v1/buildings/{building}/loss: what its main meters let in, and its rooms did not use.
void get_loss(const Call& call, const http::Request& request);

/// POST /api/v1/audits: begins one.
void post_audit(const Call& call, const http::Request& request);
/// GET /api/v1/audits/{audit}: how it stands, and what it has found.
void get_audit(const Call& call, const http::Request& request);

}  // namespace wattle::api
