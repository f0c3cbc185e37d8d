#include "cloud/api/users.hpp"

#include <algorithm>

#include "cloud/api/session_routes.hpp"
#include "shared/crypto/password.hpp"

namespace wattle::api {
namespace {

/// Somebody must be left who can give rights.
bool is_last_admin(const cloud::Registry& registry, const cloud::User& user) {
  for (const auto& other :
       cloud::list<cloud::User>(registry, {{"role", std::string("admin")}, {"disabled", std::int64_t{0}}}, 2))
    if (other.user != user.user) return false;
  const auto now = cloud::find<cloud::User>(registry, {user.user});
  return now && now->role == "admin" && !now->disabled;
}

struct NewPassword {
  std::string user;
  std::string given;   // what he says that his old one is
  std::string stored;  // his old one
  std::string wanted;
  std::string hash;
  PasswordSalt salt{};
  Now at;
  bool own = false;  // he changes his own, and so must know it
  bool right = true;
};

void work_out(NewPassword& change) {
  if (change.own) change.right = check_password(change.given, change.stored);
  if (change.right) change.hash = hash_password(change.wanted, change.salt);
}

void end_change(const Call& call, const NewPassword& change) {
  if (!change.right) return call.refuse(problems::password_wrong);
  auto& guard = call.access.guard();
  if (change.own) guard.succeeded(change.user, call.address, change.at.tick);
  auto user = cloud::find<cloud::User>(call.desk.registry(), {change.user});
  if (!user || user->password != change.stored) return call.refuse(problems::changed_meanwhile);
  if (change.hash.empty()) return call.refuse(problems::login_busy);
  user->password = change.hash;
  user->version = std::max(user->version + 1, change.at.wall.micros);
  cloud::put(call.desk.registry(), *user);
  call.access.sessions().end_all(user->user);
  guard.renewed(user->user);
  answer_record(call, 200, *user);
}

}  // namespace

bool is_user_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

template <>
const http::ProblemKind* write_objection(const cloud::Registry& registry, const cloud::User& user) {
  if (!is_user_name(user.user)) return &problems::user_name;
  const auto role = parse_role(user.role);
  if (!role) return &problems::user_role;
  const bool student = *role == Role::student;
  if (student != (user.person != 0)) return &problems::user_person;
  if (student && !cloud::find<cloud::Person>(registry, {user.person})) return &problems::person_unknown;
  const bool stays_admin = *role == Role::admin && !user.disabled;
  return !stays_admin && is_last_admin(registry, user) ? &problems::last_admin : nullptr;
}

template <>
const http::ProblemKind* erase_objection(const cloud::Registry& registry, const cloud::User& user) {
  return is_last_admin(registry, user) ? &problems::last_admin : nullptr;
}

template <>
void follow_change(const Call& call, const cloud::User& before, const cloud::User* now) {
  if (now != nullptr && now->role == before.role && now->person == before.person && now->disabled == before.disabled) return;
  call.access.sessions().end_all(before.user);
}

/// Names are texts, so their cursor is one too.
void get_users(const Call& call, const http::Request& request) {
  const auto limit = page_limit(call, request);
  if (!limit) return;
  std::vector<cloud::Value> behind;
  if (const auto cursor = request.query_value("cursor"); !cursor.empty()) {
    if (!is_user_name(cursor)) return call.refuse(problems::bad_cursor);
    behind.emplace_back(std::string(cursor));
  }
  answer_page<cloud::User>(call, {}, behind, *limit, cloud::Sort::up);
}

void put_password(const Call& call, const http::Request& request) {
  auto change = std::make_shared<NewPassword>();
  change->user = request.param("user");
  change->at = request.received;
  change->own = call.caller.name == "user/" + change->user;
  if (!change->own && call.caller.role < Role::admin) return call.refuse(problems::forbidden);
  JsonBody body(request.body);
  auto root = body.root();
  change->wanted = root.text("password", {password_least, password_max});
  change->given = change->own ? root.text("current", {1, password_max}) : root.text("current", {0, password_max}, "");
  if (call.refuse_faults(body)) return;
  const auto user = cloud::find<cloud::User>(call.desk.registry(), {change->user});
  if (!user) return call.refuse(problems::record_unknown);
  if (change->own)
    if (const auto wait = call.access.guard().attempt(change->user, call.address, change->at.tick))
      return call.hold_back(problems::login_too_fast, *wait);
  change->stored = user->password;
  for (std::size_t i = 0; i < change->salt.size(); ++i) change->salt[i] = static_cast<std::uint8_t>(call.desk.entropy().word());
  const bool taken = call.desk.off_loop([change] { work_out(*change); }, [call, change] { end_change(call, *change); });
  if (taken) return;
  if (change->own) call.access.guard().undone(change->user, call.address, change->at.tick);
  call.hold_back(problems::login_busy, seconds(1));
}

}  // namespace wattle::api
