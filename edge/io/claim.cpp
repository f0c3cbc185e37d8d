#include "edge/io/claim.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "shared/api/json.hpp"
#include "shared/io/files.hpp"
#include "shared/io/mqtt.hpp"

namespace wattle::edge {
namespace {

constexpr std::size_t claim_file_bytes_max = 1024;
constexpr std::size_t pem_bytes_max = 16 * 1024;
constexpr std::size_t sealed_code_key_bytes = 24 + 16 + 32;  // nonce, tag, key
constexpr std::size_t told_bytes_max = 300;                  // of a refusal, for the log

RawKey key_of(JsonObject& object, std::string_view name) {
  RawKey key{};
  const auto bytes = from_hex(object.text(name, {2 * key.size(), 2 * key.size()}));
  if (bytes.size() == key.size())
    std::copy(bytes.begin(), bytes.end(), key.begin());
  else
    object.fault(name, JsonErrc::out_of_range);
  return key;
}

std::string topic_of(JsonObject& object, std::string_view name) {
  auto topic = object.text(name, {1, MqttLimits{}.topic});
  if (!portable_topic(topic)) object.fault(name, JsonErrc::out_of_range);
  return topic;
}

bool is_final(int status) { return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429; }

}  // namespace

std::string to_json(const ClaimRequest& request) {
  return boost::json::serialize(boost::json::object{{"claim_code", request.claim_code},
                                                    {"signing_key", to_hex(request.signing_key)},
                                                    {"sealing_key", to_hex(request.sealing_key)},
                                                    {"csr", request.csr}});
}

Result<Identity> parse_identity(std::string_view json) {
  JsonBody body(json);
  auto root = body.root();
  const auto u32 = [&](std::string_view name) { return static_cast<std::uint32_t>(root.integer(name, {1, UINT32_MAX})); };
  Identity identity;
  identity.site = {u32("site")};
  identity.holder = {{u32("edge")}, {u32("incarnation")}};
  identity.client_name = root.text("client_name", {1, 64});
  identity.certificate = root.text("certificate", {1, pem_bytes_max});
  identity.ca = root.text("ca", {1, pem_bytes_max});
  identity.cloud_signing_key = key_of(root, "cloud_signing_key");
  identity.cloud_sealing_key = key_of(root, "cloud_sealing_key");
  identity.sealed_code_key = from_hex(root.text("code_key", {2 * sealed_code_key_bytes, 2 * sealed_code_key_bytes}));
  if (identity.sealed_code_key.size() != sealed_code_key_bytes) root.fault("code_key", JsonErrc::out_of_range);
  auto broker = root.object("broker");
  identity.broker_host = broker.text("host", {1, 253});
  identity.broker_port = static_cast<std::uint16_t>(broker.integer("port", {1, 65535}));
  identity.key_epoch = static_cast<std::uint32_t>(root.integer("key_epoch", {0, UINT32_MAX}));
  identity.topic_up = topic_of(root, "topic_up");
  identity.topic_report = topic_of(root, "topic_report");
  identity.topic_down = topic_of(root, "topic_down");
  const auto faults = body.finish();
  const bool sound = std::all_of(faults.begin(), faults.end(), [](const auto& f) { return f.code == JsonErrc::unknown_field; });
  if (!sound || !portable_topic(identity.client_name)) return WATTLE_FAIL(ClaimErrc::answer);
  return identity;
}

Result<ClaimCode> read_claim_code(const std::string& file) {
  auto text = read_file(file, claim_file_bytes_max);
  if (!text) return WATTLE_FAIL(ClaimErrc::no_code);
  std::erase_if(*text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  if (text->empty()) return WATTLE_FAIL(ClaimErrc::no_code);
  const auto dot = text->find('.');
  if (dot == std::string::npos) return ClaimCode{*text, {}};
  return ClaimCode{text->substr(0, dot), text->substr(dot + 1)};
}

Result<Identity> present_claim(HttpPost post, const ClaimRequest& request, Presented& presented) {
  post.body = to_json(request);
  const auto answer = http_post(post, presented.why);
  if (!answer) return answer.error();
  presented.status = answer->status;
  if (answer->status != 200 && answer->status != 201) {
    presented.why = answer->body.substr(0, told_bytes_max);
    if (is_final(answer->status)) return WATTLE_FAIL(ClaimErrc::refused);
    return WATTLE_FAIL(ClaimErrc::unavailable);
  }
  presented.json = answer->body;
  return parse_identity(answer->body);
}

}  // namespace wattle::edge
