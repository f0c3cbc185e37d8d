#pragma once
// A request and its answer as plain structs. Handlers see nothing of the library that moves the bytes.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/time.hpp"

namespace wattle::http {

enum class Method { get, head, post, put, patch, del, options };
std::string_view method_name(Method method);
std::optional<Method> parse_method(std::string_view name);

enum class Language { en, zh };

using Pairs = std::vector<std::pair<std::string, std::string>>;
/// The first value of that name, or empty.
std::string_view value_of(const Pairs& pairs, std::string_view name);
/// Without the blanks and tabs around it.
std::string_view trimmed(std::string_view text);

/// An address in the one way that it is written here, without a port; nothing when it is none. An IPv4 one that comes as IPv6
/// is itself.
std::optional<std::string> plain_address(std::string_view text);

struct Request {
  Method method = Method::get;
  std::string path;  // as sent, without the query
  Pairs params;      // of the route's template, decoded
  Pairs query;       // decoded
  Pairs headers;     // names in lower case
  std::string body;
  std::string peer;  // address without port; behind a trusted front the one that it names
  Language language = Language::en;
  Now received;

  std::string_view param(std::string_view name) const { return value_of(params, name); }
  std::string_view header(std::string_view name) const { return value_of(headers, name); }
  std::string_view query_value(std::string_view name) const { return value_of(query, name); }
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  Pairs headers;
  std::vector<std::string_view> problems = {};  // the codes that the body names, to be counted; they live for ever
};

/// The answer's way back: to be called once, from any thread, now or later (after the commit, say). Copies share the one
/// answer; what is said after the first is ignored. If the last copy goes without an answer, the client gets an error.
class Respond {
 public:
  explicit Respond(std::function<void(std::optional<Response>)> deliver);
  void operator()(Response response) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The request is valid during the call only: what is needed later is copied.
using Handler = std::function<void(const Request&, Respond)>;

/// zh when the header prefers any Chinese to English (RFC 9110 §12.5.4), else en.
Language preferred_language(std::string_view accept_language);

}  // namespace wattle::http
