#include "cloud/api/session_routes.hpp"

#include "cloud/api/users.hpp"
#include "shared/api/time_text.hpp"
#include "shared/crypto/password.hpp"

namespace wattle::api {
namespace {

constexpr std::size_t user_name_max = 32;
constexpr std::int64_t micros_a_second = 1'000'000;

boost::json::object tokens_json(const SessionTokens& tokens) {
  return {{"user", tokens.user},
          {"access_token", tokens.access},
          {"access_until", time_text(tokens.access_until)},
          {"refresh_token", tokens.refresh},
          {"refresh_until", time_text(tokens.refresh_until)}};
}

void answer_tokens(const Call& call, const SessionTokens& tokens) {
  call.answer(201, [tokens] { return tokens_json(tokens); }, {{"Cache-Control", "no-store"}});
}

struct Attempt {
  std::string user;
  std::string password;
  std::string stored;  // as it was read when the attempt began
  Now at;
  bool right = false;
};

/// On the loop again, after the hash was worked out elsewhere.
void end_attempt(const Call& call, const Attempt& attempt) {
  const auto user = cloud::find<cloud::User>(call.desk.registry(), {attempt.user});
  const bool still = user && !user->disabled && user->password == attempt.stored;
  if (!attempt.right || !still) return call.refuse(problems::login_refused);
  call.access.guard().succeeded(attempt.user, call.address, attempt.at.tick);
  answer_tokens(call, call.access.sessions().start(attempt.user, call.address, attempt.at.wall));
}

}  // namespace

/// Whoever is not there, disabled or without a password takes as long as a wrong password, and gets the same answer.
void post_session(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  auto attempt = std::make_shared<Attempt>();
  attempt->user = root.text("user", {1, user_name_max});
  attempt->password = root.text("password", {1, password_max});
  attempt->at = request.received;
  if (call.refuse_faults(body)) return;
  if (const auto wait = call.access.guard().attempt(attempt->user, call.address, attempt->at.tick))
    return call.hold_back(problems::login_too_fast, *wait);
  const auto user = cloud::find<cloud::User>(call.desk.registry(), {attempt->user});
  const bool may = user && !user->disabled && !user->password.empty();
  attempt->stored = may ? user->password : std::string(nobodys_password());
  const bool taken = call.desk.off_loop([attempt] { attempt->right = check_password(attempt->password, attempt->stored); },
                                        [call, attempt] { end_attempt(call, *attempt); });
  if (taken) return;
  call.access.guard().undone(attempt->user, call.address, attempt->at.tick);
  call.hold_back(problems::login_busy, {micros_a_second});
}

void post_refresh(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  const auto token = body.root().text("refresh_token", {1, token_bytes_max});
  if (call.refuse_faults(body)) return;
  bool reused = false;
  const auto tokens = call.access.sessions().renew(token, request.received.wall, reused);
  if (!tokens) return call.refuse(reused ? problems::refresh_reused : problems::refresh_refused);
  const auto user = cloud::find<cloud::User>(call.desk.registry(), {tokens->user});
  if (!user || user->disabled) {
    call.access.sessions().end_all(tokens->user);
    return call.refuse(problems::refresh_refused);
  }
  answer_tokens(call, *tokens);
}

void get_session(const Call& call, const http::Request&) {
  boost::json::object out = {{"name", call.caller.name}, {"role", role_text(call.caller.role)}};
  if (call.caller.rooms) {
    boost::json::array rooms;
    for (const auto& [room, since] : *call.caller.rooms) rooms.emplace_back(room.value);
    out["rooms"] = std::move(rooms);
  }
  call.answer(200, [out] { return out; });
}

void delete_session(const Call& call, const http::Request&) {
  if (call.caller.session.empty()) return call.refuse(problems::no_session);
  call.access.sessions().end(call.caller.session);
  call.answer(200, [name = call.caller.name] { return boost::json::object{{"name", name}, {"ended", true}}; });
}

void post_ticket(const Call& call, const http::Request& request) {
  const auto ticket = call.access.make_ticket(call.caller, request.received.tick);
  const auto until = request.received.wall + ticket_time;
  call.answer(201, [ticket, until] { return boost::json::object{{"ticket", ticket}, {"until", time_text(until)}}; });
}

}  // namespace wattle::api
