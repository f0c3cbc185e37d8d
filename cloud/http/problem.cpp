#include "cloud/http/problem.hpp"

#include <boost/json.hpp>

namespace wattle::http {

Response problem(const ProblemKind& kind, Language language, std::string_view detail, std::span<const FieldProblem> errors) {
  boost::json::object body;
  body["type"] = "about:blank";
  body["title"] = language == Language::zh ? kind.zh : kind.en;
  body["status"] = kind.status;
  body["code"] = kind.code;
  Response response;
  response.problems.push_back(kind.code);
  if (!detail.empty()) body["detail"] = detail;
  if (!errors.empty()) {
    boost::json::array list;
    for (const auto& error : errors) {
      list.push_back({{"code", error.code}, {"field", error.field}});
      response.problems.push_back(error.code);
    }
    body["errors"] = std::move(list);
  }
  response.status = kind.status;
  response.content_type = "application/problem+json";
  response.body = boost::json::serialize(body);
  response.headers.emplace_back("Content-Language", language == Language::zh ? "zh-CN" : "en");
  return response;
}

}  // namespace wattle::http
