#include "cloud/http/request_head.hpp"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <ctime>

namespace wattle::http {
namespace {

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::ptrdiff_t count(const Pairs& headers, std::string_view name) {
  return std::count_if(headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; });
}

Target from_view(const boost::urls::url_view& url) {
  Target out;
  out.path = std::string(url.encoded_path());
  for (const auto param : url.params()) out.query.emplace_back(param.key, param.value);
  return out;
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) {
  if (text == "*") return Target{"*", {}};
  if (text.starts_with('/')) {
    const auto url = boost::urls::parse_origin_form(text);
    return url.has_value() ? std::optional(from_view(*url)) : std::nullopt;
  }
  const auto url = boost::urls::parse_absolute_uri(text);
  if (!url.has_value() || !url->has_authority()) return std::nullopt;
  auto out = from_view(*url);
  if (out.path.empty()) out.path = "/";
  return out;
}

const ProblemKind* head_problem(const Pairs& headers, unsigned version) {
  const auto hosts = count(headers, "host");
  if (hosts > 1 || (version == 11 && hosts == 0)) return &problems::host_missing;
  const auto encodings = count(headers, "transfer-encoding");
  if (encodings > 0) {
    // Chunked alone, and never beside a length: anything else is where request smuggling begins.
    const bool chunked = encodings == 1 && same_letters(trimmed(value_of(headers, "transfer-encoding")), "chunked");
    if (!chunked || count(headers, "content-length") > 0 || version != 11) return &problems::malformed;
  }
  if (count(headers, "content-length") > 1) return &problems::malformed;
  const auto expect = value_of(headers, "expect");
  if (!expect.empty() && !same_letters(expect, "100-continue")) return &problems::expectation;
  return nullptr;
}

std::string peer_behind(std::string_view socket_peer, const Pairs& headers, const std::set<std::string>& fronts) {
  auto peer = plain_address(socket_peer).value_or(std::string(socket_peer));
  if (!fronts.contains(peer)) return peer;
  std::string_view last;
  for (const auto& [name, value] : headers)  // several are one list (RFC 9110 §5.3)
    if (name == "x-forwarded-for") last = value;
  return plain_address(trimmed(last.substr(last.rfind(',') + 1))).value_or(std::move(peer));
}

bool has_token(std::string_view list, std::string_view token) {
  while (true) {
    const auto comma = list.find(',');
    if (same_letters(trimmed(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

bool is_media_type(std::string_view content_type, std::string_view wanted) {
  return same_letters(trimmed(content_type.substr(0, content_type.find(';'))), wanted);
}

std::string http_date(Instant at) {
  const auto seconds = static_cast<std::time_t>(at.micros / 1'000'000);
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  std::array<char, 40> out{};
  const auto size = std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
  return {out.data(), size};
}

}  // namespace wattle::http
