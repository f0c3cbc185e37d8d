#include "cloud/http/router.hpp"

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/pct_string_view.hpp>

#include "shared/base/check.hpp"

namespace wattle::http {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    out.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

bool is_param(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

std::optional<std::string> decode(const std::string& segment) {
  const auto checked = boost::urls::make_pct_string_view(segment);
  if (checked.has_error()) return std::nullopt;
  return checked->decode();
}

std::optional<Pairs> match(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  Pairs params;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    auto text = decode(segments[i]);
    if (!text) return std::nullopt;
    if (is_param(pattern[i])) {
      if (text->empty()) return std::nullopt;
      params.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), *std::move(text));
    } else if (*text != pattern[i]) {
      return std::nullopt;
    }
  }
  return params;
}

}  // namespace

Router::Router(std::vector<Route> routes, std::vector<WebSocketRoute> sockets)
    : routes_(std::move(routes)), sockets_(std::move(sockets)) {
  for (const auto& route : routes_) {
    const auto same = [&](const Route& other) { return other.method == route.method && other.path == route.path; };
    WATTLE_CHECK(std::count_if(routes_.begin(), routes_.end(), same) == 1);
    WATTLE_CHECK(route.method != Method::head && route.method != Method::options);
    templates_.push_back(split(route.path));
  }
}

Match Router::find(Method method, std::string_view path) const {
  Match out;
  if (!path.starts_with('/')) return out;
  const auto segments = split(path);
  const auto wanted = method == Method::head ? Method::get : method;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    auto params = match(templates_[i], segments);
    if (!params) continue;
    // Of two that fit, the one with fewer names: a word is meant more exactly than a {name}.
    const bool better = out.route == nullptr || params->size() < out.params.size();
    if (routes_[i].method == wanted && better) {
      out.route = &routes_[i];
      out.params = *std::move(params);
    }
    out.allowed.push_back(routes_[i].method);
  }
  return out;
}

const WebSocketRoute* Router::find_socket(std::string_view path) const {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(), [&](const auto& one) { return one.path == path; });
  return found == sockets_.end() ? nullptr : &*found;
}

std::string allow_text(const std::vector<Method>& methods) {
  std::string out;
  const auto append = [&](std::string_view name) {
    if (!out.empty()) out += ", ";
    out += name;
  };
  for (const auto method : methods) {
    append(method_name(method));
    if (method == Method::get) append("HEAD");
  }
  append("OPTIONS");
  return out;
}

}  // namespace wattle::http
