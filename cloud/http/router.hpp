#pragma once
// Routes as data: method, path template with {names}, handler. Looked up linearly, since a table of some dozens is faster so
// than in a tree.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/http/message.hpp"
#include "cloud/http/websocket.hpp"

namespace wattle::http {

struct Route {
  Method method;
  std::string path;  // "/api/v1/rooms/{room}/recharges"
  Handler handler;
  std::size_t body_limit = 64 * 1024;           // bytes
  std::string media_type = "application/json";  // of the body, where the method has one
};

struct Match {
  const Route* route = nullptr;
  Pairs params;
  std::vector<Method> allowed;  // when there is no route: the methods that the path has
};

class Router {
 public:
  /// A path template that stands there twice for one method is a bug.
  Router(std::vector<Route> routes, std::vector<WebSocketRoute> sockets);

  /// HEAD finds the GET route. The path is as sent; segments are percent-decoded one by one, so that %2F stays inside one.
  Match find(Method method, std::string_view path) const;
  const WebSocketRoute* find_socket(std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> templates_;  // segments, beside routes_
  std::vector<WebSocketRoute> sockets_;
};

/// For an Allow header, with HEAD and OPTIONS where they follow.
std::string allow_text(const std::vector<Method>& methods);

}  // namespace wattle::http
