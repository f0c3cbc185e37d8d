#include "cloud/api/edge_routes.hpp"

namespace wattle::api {
namespace {

constexpr std::size_t code_text_max = 256;
constexpr std::size_t csr_text_max = 8192;

template <class Key>
Key read_key(JsonObject& root, std::string_view name) {
  Key key;
  const auto text = root.text(name, {2 * key.bytes.size(), 2 * key.bytes.size()});
  const auto bytes = from_hex(text);
  if (bytes.size() == key.bytes.size())
    std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
  else if (!text.empty())
    root.fault(name, JsonErrc::out_of_range);
  return key;
}

boost::json::value claim_json(const ClaimAnswer& claim) {
  return boost::json::object{{"site", claim.site.value},
                             {"edge", claim.holder.edge.value},
                             {"incarnation", claim.holder.incarnation.value},
                             {"client_name", claim.client_name},
                             {"certificate", claim.certificate},
                             {"ca", claim.ca},
                             {"cloud_signing_key", to_hex(claim.cloud_signing.bytes)},
                             {"cloud_sealing_key", to_hex(claim.cloud_sealing.bytes)},
                             {"key_epoch", claim.key_epoch},
                             {"code_key", to_hex(claim.code_key)},
                             {"broker", {{"host", claim.broker_host}, {"port", claim.broker_port}}},
                             {"topic_up", claim.topic_up},
                             {"topic_report", claim.topic_report},
                             {"topic_down", claim.topic_down}};
}

/// The refusals' words are the same in log, counter and answer.
const http::ProblemKind& problem_of(const Error& error) {
  static constexpr std::array kinds = {&problems::claim_code, &problems::claim_expired, &problems::claim_used,
                                       &problems::slot_held, &problems::claim_key};
  const auto word = error.message();
  for (const auto* kind : kinds)
    if (kind->code == word) return *kind;
  return problems::claim_csr;
}

}  // namespace

void post_claim(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  ClaimRequest claim;
  claim.code = root.text("claim_code", {1, code_text_max});
  claim.signing = read_key<PublicKey>(root, "signing_key");
  claim.sealing = read_key<BoxKey>(root, "sealing_key");
  claim.csr = root.text("csr", {1, csr_text_max});
  if (call.refuse_faults(body)) return;
  call.desk.claim(claim, [call](Result<ClaimAnswer> outcome) {
    if (!outcome) return call.refuse(problem_of(outcome.error()));
    call.answer(201, [claimed = *std::move(outcome)] { return claim_json(claimed); });
  });
}

}  // namespace wattle::api
