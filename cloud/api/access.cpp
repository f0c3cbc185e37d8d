#include "cloud/api/access.hpp"

#include <algorithm>

#include "cloud/api/base62.hpp"

namespace wattle::api {
namespace {

/// In a time that does not tell where they differ.
bool equal(const Digest& a, const Digest& b) {
  unsigned different = 0;
  for (std::size_t i = 0; i < a.bytes.size(); ++i) different |= static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]);
  return different == 0;
}

constexpr std::string_view scheme = "bearer ";
constexpr std::size_t rooms_of_person_max = 100;

bool is_bearer(std::string_view header) {
  if (header.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = header[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != scheme[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<Role> parse_role(std::string_view name) {
  for (const auto role : {Role::student, Role::monitor, Role::cashier, Role::admin})
    if (role_text(role) == name) return role;
  return std::nullopt;
}

std::string_view role_text(Role role) {
  switch (role) {
    case Role::student: return "student";
    case Role::monitor: return "monitor";
    case Role::cashier: return "cashier";
    case Role::admin: return "admin";
  }
  return "unknown";
}

void Access::add(std::string name, Role role, std::string_view token) {
  Caller caller{std::move(name), role};
  if (role == Role::student) caller.rooms.emplace();  // a program lives nowhere
  known_.push_back({std::move(caller), crypto_->hash(view(token))});
}

std::optional<Caller> Access::find(const http::Request& request) const {
  const auto header = request.header("authorization");
  if (!is_bearer(header) || header.size() > scheme.size() + token_bytes_max) return std::nullopt;
  const auto token = header.substr(scheme.size());
  const auto given = crypto_->hash(view(token));
  const Caller* found = nullptr;
  for (const auto& known : known_)  // all of them, so that the time does not tell which
    if (equal(known.token, given)) found = &known.caller;
  if (found != nullptr) return *found;
  const auto session = sessions_.find(token, request.received.wall);
  return session ? caller_of(*session) : std::nullopt;
}

std::optional<Caller> Access::look_again(const Caller& caller, Instant now) const {
  if (caller.session.empty()) return caller;  // a token is good as long as the process lives
  const auto session = cloud::find<cloud::Session>(*registry_, {caller.session});
  return session && session->refresh_until > now.micros ? caller_of(*session) : std::nullopt;
}

/// Looked up at each call: what an admin takes away is gone with the next one.
std::optional<Caller> Access::caller_of(const cloud::Session& session) const {
  const auto user = cloud::find<cloud::User>(*registry_, {session.user});
  const auto role = user && !user->disabled ? parse_role(user->role) : std::nullopt;
  if (!role) return std::nullopt;
  Caller caller{"user/" + user->user, *role, user->person};
  caller.session = session.session;
  if (*role != Role::student) return caller;
  caller.rooms.emplace();
  for (const auto& stay :
       cloud::list<cloud::Stay>(*registry_, {{"person", user->person}, {"until", std::int64_t{0}}}, rooms_of_person_max))
    caller.rooms->try_emplace({static_cast<std::uint32_t>(stay.room)}, Instant{stay.since});
  return caller;
}

std::string Access::make_ticket(const Caller& caller, Tick now) {
  std::erase_if(tickets_, [&](const auto& item) { return item.second.until <= now; });
  if (tickets_.size() >= tickets_max) tickets_.erase(tickets_.begin());
  const auto text = base62(entropy_->uid());
  tickets_[crypto_->hash(view(text))] = {caller, now + ticket_time};
  return text;
}

const Caller* Access::look_at_ticket(std::string_view ticket, Tick now) const {
  const auto at = tickets_.find(crypto_->hash(view(ticket)));
  return at != tickets_.end() && now < at->second.until ? &at->second.caller : nullptr;
}

std::optional<Caller> Access::use_ticket(std::string_view ticket, Now now) {
  const auto at = tickets_.find(crypto_->hash(view(ticket)));
  if (at == tickets_.end()) return std::nullopt;
  const auto used = std::move(at->second);
  tickets_.erase(at);
  return now.tick < used.until ? look_again(used.caller, now.wall) : std::nullopt;
}

std::optional<Duration> Access::hold_back(const Caller* caller, std::string_view address, Tick now) {
  return caller != nullptr ? limits_.take_for_caller(caller->name, now) : limits_.take_for_address(address, now);
}

}  // namespace wattle::api
