#include "cloud/api/sessions.hpp"

#include <algorithm>

#include "cloud/api/base62.hpp"

namespace wattle::api {
namespace {

constexpr char family_end = '.';  // a refresh token is the family's name, this, and a secret

}  // namespace

std::string Sessions::secret() { return base62(entropy_->uid()) + base62(entropy_->uid()); }

std::string Sessions::digest(std::string_view token) const { return to_hex(crypto_->hash(view(token)).bytes); }

SessionTokens Sessions::give_tokens(cloud::Session& session, std::string_view family, Instant now) {
  SessionTokens tokens;
  tokens.user = session.user;
  tokens.access = secret();
  tokens.access_until = now + times_.access;
  tokens.refresh = std::string(family) + family_end + secret();
  tokens.refresh_until = now + times_.refresh;
  session.access = digest(tokens.access);
  session.access_until = tokens.access_until.micros;
  session.refresh = digest(tokens.refresh);
  session.refresh_until = tokens.refresh_until.micros;
  cloud::put(*registry_, session);
  return tokens;
}

SessionTokens Sessions::start(const std::string& user, std::string_view address, Instant now) {
  auto others = cloud::list<cloud::Session>(*registry_, {{"user", user}}, SIZE_MAX >> 1);
  std::sort(others.begin(), others.end(), [](const auto& a, const auto& b) { return a.started > b.started; });
  for (std::size_t i = 0; i < others.size(); ++i)
    if (i + 1 >= sessions_of_user_max || others[i].refresh_until <= now.micros) end(others[i].session);
  const auto family = base62(entropy_->uid());
  cloud::Session session;
  session.session = digest(family);
  session.user = user;
  session.started = now.micros;
  session.address = address;
  return give_tokens(session, family, now);
}

std::optional<SessionTokens> Sessions::renew(std::string_view refresh_token, Instant now, bool& reused) {
  reused = false;
  const auto family = refresh_token.substr(0, std::min(refresh_token.find(family_end), refresh_token.size()));
  auto session = cloud::find<cloud::Session>(*registry_, {digest(family)});
  if (!session) return std::nullopt;
  // Nobody but who was given it knows the family's name: what comes with it and is not the newest was good once.
  reused = session->refresh != digest(refresh_token);
  if (reused || session->refresh_until <= now.micros) return end(session->session), std::nullopt;
  return give_tokens(*session, family, now);
}

std::optional<cloud::Session> Sessions::find(std::string_view access_token, Instant now) const {
  const auto found = cloud::list<cloud::Session>(*registry_, {{"access", digest(access_token)}}, 1);
  if (found.empty() || found.front().access_until <= now.micros) return std::nullopt;
  return found.front();
}

void Sessions::end(const std::string& session) {
  const cloud::Value key = session;
  registry_->erase(cloud::sheet<cloud::Session>(), {&key, 1});
}

void Sessions::end_all(const std::string& user) {
  for (const auto& session : cloud::list<cloud::Session>(*registry_, {{"user", user}}, SIZE_MAX >> 1)) end(session.session);
}

}  // namespace wattle::api
