#pragma once
// Errors as RFC 9457 problem+json:
// {"type":"about:blank","title":…,"status":404,"code":"http.not_found","detail":…,"errors":[…]}. The code is stable and is what
// programs rest on; the title is for people, in the caller's language.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/http/message.hpp"

namespace wattle::http {

struct ProblemKind {
  unsigned status;
  std::string_view code;
  std::string_view en;
  std::string_view zh;
};

struct FieldProblem {
  std::string_view code;  // lives for ever, like those of ProblemKind
  std::string field;      // a JSON pointer, or a header's name
};

Response problem(const ProblemKind& kind, Language language, std::string_view detail = {},
                 std::span<const FieldProblem> errors = {});

namespace problems {
inline constexpr ProblemKind malformed{400, "http.malformed", "The request is not valid HTTP", "请求不是有效的 HTTP"};
inline constexpr ProblemKind bad_target{400, "http.bad_target", "The address cannot be read", "请求地址无法解析"};
inline constexpr ProblemKind host_missing{400, "http.bad_host", "Exactly one Host header is needed",
                                          "必须且只能有一个 Host 头"};
inline constexpr ProblemKind bad_body{400, "http.bad_body", "The body cannot be accepted", "请求内容有误"};
inline constexpr ProblemKind not_found{404, "http.not_found", "There is nothing at this address", "该地址不存在"};
inline constexpr ProblemKind method_not_allowed{405, "http.method_not_allowed", "The method is not allowed here",
                                                "此地址不支持该方法"};
inline constexpr ProblemKind timeout{408, "http.timeout", "The request took too long to arrive", "请求发送超时"};
inline constexpr ProblemKind body_too_large{413, "http.body_too_large", "The body is too large", "请求内容过大"};
inline constexpr ProblemKind media_type{415, "http.unsupported_media_type", "The body's media type is not supported",
                                        "不支持该内容类型"};
inline constexpr ProblemKind expectation{417, "http.expectation_failed", "The expectation is not supported", "不支持该 Expect"};
inline constexpr ProblemKind upgrade_required{426, "http.upgrade_required", "This address is a WebSocket",
                                              "该地址仅供 WebSocket 使用"};
inline constexpr ProblemKind header_too_large{431, "http.header_too_large", "The header is too large", "请求头过大"};
inline constexpr ProblemKind internal{500, "http.internal", "Something went wrong on our side", "服务器内部错误"};
inline constexpr ProblemKind method_unknown{501, "http.method_unknown", "The method is unknown", "未知的方法"};
inline constexpr ProblemKind slow_answer{503, "http.no_answer_in_time",
                                         "There was no answer in time; the outcome is unknown, ask again with the same key",
                                         "未能及时得到结果；请使用同一幂等键重试"};
inline constexpr ProblemKind too_many_connections{503, "http.too_many_connections", "Too many connections", "连接数过多"};
}  // namespace problems

}  // namespace wattle::http
