#pragma once
// People: logging in and out, users and their rights, who lives where, what each has done. A file each: session_routes.cpp,
// users.cpp, people.cpp, occupants.cpp, operations.cpp.

#include "cloud/api/answers.hpp"

namespace wattle::api {

/// POST /api/v1/sessions: a name and a password for two tokens.
void post_session(const Call& call, const http::Request& request);
/// POST /api/v1/sessions/refresh: the refresh token, once, for two new ones.
void post_refresh(const Call& call, const http::Request& request);
/// GET /api/v1/sessions/current: who calls, and what he may.
void get_session(const Call& call, const http::Request& request);
/// DELETE /api/v1/sessions/current: logs out.
void delete_session(const Call& call, const http::Request& request);
/// POST /api/v1/feed/tickets: what a browser opens the feed with.
void post_ticket(const Call& call, const http::Request& request);

/// GET /api/v1/users
void get_users(const Call& call, const http::Request& request);
/// PUT /api/v1/users/{user}/password: an admin for anybody, anybody for himself.
void put_password(const Call& call, const http::Request& request);

/// GET /api/v1/people
void get_people(const Call& call, const http::Request& request);
/// POST /api/v1/people
void post_person(const Call& call, const http::Request& request);
/// GET, PUT, DELETE /api/v1/people/{person}
void get_person(const Call& call, const http::Request& request);
void put_person(const Call& call, const http::Request& request);
void delete_person(const Call& call, const http::Request& request);

/// GET /api/v1/rooms/{room}/occupants: who lives there, and who has.
void get_occupants(const Call& call, const http::Request& request);
/// POST /api/v1/rooms/{room}/occupants: he moves in.
void post_occupant(const Call& call, const http::Request& request);
/// DELETE /api/v1/rooms/{room}/occupants/{person}: he moves out; that he was there stays.
void delete_occupant(const Call& call, const http::Request& request);

/// GET /api/v1/operations: newest first.
void get_operations(const Call& call, const http::Request& request);

}  // namespace wattle::api
