#pragma once
// What must be decided about a request before its body is read. Internal to this folder, and free of Beast.

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "cloud/http/message.hpp"
#include "cloud/http/problem.hpp"

namespace wattle::http {

struct Target {
  std::string path;
  Pairs query;
};

/// Origin form and absolute form (RFC 9112 §3.2), and "*" of OPTIONS.
std::optional<Target> parse_target(std::string_view text);

/// The first thing that is wrong with the headers: Host, framing that two readers could read differently (RFC 9112 §6.3),
/// Expect.
const ProblemKind* head_problem(const Pairs& headers, unsigned version);

/// Whose request it is that came from there. A front is asked for the last word of its X-Forwarded-For, which it has added
/// itself; what stands before that anybody may have written. Says it nothing that is an address, it is the front's own.
std::string peer_behind(std::string_view socket_peer, const Pairs& headers, const std::set<std::string>& fronts);

/// True when a list header holds the token, in any case of letters.
bool has_token(std::string_view list, std::string_view token);

/// "application/json; charset=utf-8" is application/json.
bool is_media_type(std::string_view content_type, std::string_view wanted);

/// IMF-fixdate (RFC 9110 §5.6.7).
std::string http_date(Instant at);

}  // namespace wattle::http
