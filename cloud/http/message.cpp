#include "cloud/http/message.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/ip/address.hpp>

namespace wattle::http {
namespace {

constexpr std::array<std::pair<std::string_view, Method>, 7> methods{{{"GET", Method::get},
                                                                      {"HEAD", Method::head},
                                                                      {"POST", Method::post},
                                                                      {"PUT", Method::put},
                                                                      {"PATCH", Method::patch},
                                                                      {"DELETE", Method::del},
                                                                      {"OPTIONS", Method::options}}};

/// "q=0.8" as thousandths; a malformed weight counts as none given.
int weight(std::string_view parameter) {
  parameter = trimmed(parameter);
  if (!parameter.starts_with("q=")) return 1000;
  parameter.remove_prefix(2);
  int value = 0;
  int scale = 1000;
  for (const char c : parameter.substr(0, 5)) {
    if (c == '.') continue;
    if (c < '0' || c > '9') return 1000;
    value += (c - '0') * scale;
    scale /= 10;
  }
  return value;
}

bool begins_with_language(std::string_view tag, std::string_view language) {
  return tag.size() >= 2 && (tag[0] | 0x20) == language[0] && (tag[1] | 0x20) == language[1] &&
         (tag.size() == 2 || tag[2] == '-');
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view method_name(Method method) {
  return std::find_if(methods.begin(), methods.end(), [&](const auto& one) { return one.second == method; })->first;
}

std::optional<Method> parse_method(std::string_view name) {
  const auto found = std::find_if(methods.begin(), methods.end(), [&](const auto& one) { return one.first == name; });
  return found == methods.end() ? std::nullopt : std::optional(found->second);
}

std::string_view value_of(const Pairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? std::string_view() : found->second;
}

Language preferred_language(std::string_view accept_language) {
  int chinese = 0;
  int english = 0;
  while (!accept_language.empty()) {
    const auto comma = accept_language.find(',');
    const auto item = trimmed(accept_language.substr(0, comma));
    const auto semicolon = item.find(';');
    const auto tag = trimmed(item.substr(0, semicolon));
    const int q = semicolon == std::string_view::npos ? 1000 : weight(item.substr(semicolon + 1));
    if (begins_with_language(tag, "zh")) chinese = std::max(chinese, q);
    if (begins_with_language(tag, "en")) english = std::max(english, q);
    if (comma == std::string_view::npos) break;
    accept_language.remove_prefix(comma + 1);
  }
  return chinese > english ? Language::zh : Language::en;
}

std::optional<std::string> plain_address(std::string_view text) {
  namespace ip = boost::asio::ip;
  boost::system::error_code none;
  const auto address = ip::make_address(text, none);
  if (none) return std::nullopt;
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address.to_string();
  return ip::make_address_v4(ip::v4_mapped, address.to_v6()).to_string();
}

struct Respond::State {
  explicit State(std::function<void(std::optional<Response>)> callback) : deliver(std::move(callback)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (!answered.exchange(true)) deliver(std::nullopt);
  }
  std::function<void(std::optional<Response>)> deliver;
  std::atomic<bool> answered = false;
};

Respond::Respond(std::function<void(std::optional<Response>)> deliver) : state_(std::make_shared<State>(std::move(deliver))) {}

void Respond::operator()(Response response) const {
  if (!state_->answered.exchange(true)) state_->deliver(std::move(response));
}

}  // namespace wattle::http
