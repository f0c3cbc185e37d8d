#include "edge/provisioning.hpp"

#include <algorithm>
#include <filesystem>

#include "shared/io/entropy.hpp"
#include "shared/io/files.hpp"
#include "shared/io/mqtt.hpp"
#include "shared/io/tls_key.hpp"

namespace wattle::edge {
namespace {

std::string identity_file(const EdgeConfig& config) { return config.data + "/identity.json"; }

Result<CodeKey> open_code_key(const Identity& identity, const BoxKeys& keys) {
  const auto seal = keys.sealing->seal_with(BoxKey{identity.cloud_sealing_key});
  if (!seal) return WATTLE_FAIL(ClaimErrc::code_key);
  Nonce nonce;
  const ByteView sealed(identity.sealed_code_key);
  std::copy_n(sealed.begin(), nonce.bytes.size(), nonce.bytes.begin());
  CodeKey key{};
  if (!(*seal)->open(sealed.subspan(nonce.bytes.size()), nonce, key.data())) return WATTLE_FAIL(ClaimErrc::code_key);
  return key;
}

/// A start on a full disk writes nothing that is there already.
Result<void> put_file(const std::string& file, const std::string& content) {
  const auto there = read_file(file, content.size());
  if (there && *there == content) return {};
  return write_file(file, content, FileAccess::everyone_reads);
}

/// What Paho wants as files, from the identity at each start.
Result<Claimed> settle(const EdgeConfig& config, const BoxKeys& keys, Identity identity) {
  if (const auto right = check_certificate(identity, keys.tls_pem); !right) return right.error();
  const auto code_key = open_code_key(identity, keys);
  if (!code_key) return code_key.error();
  Claimed claimed{std::move(identity), *code_key, config.data + "/edge.crt", config.data + "/ca.crt"};
  for (const auto& [file, pem] :
       {std::pair(claimed.certificate_file, claimed.identity.certificate), std::pair(claimed.ca_file, claimed.identity.ca)}) {
    if (const auto written = put_file(file, pem); !written) return written.error();
  }
  return claimed;
}

Result<Claimed> present(const EdgeConfig& config, const BoxKeys& keys, const std::string& csr, const ClaimWaiting& waiting,
                        Presented& presented) {
  // Read anew each time: a person may have brought a better one.
  const auto code = read_claim_code(config.claim_code_file);
  if (!code) return code.error();
  HttpPost post;
  post.url = config.cloud_url + "/api/v1/claims";
  post.ca_file = config.cloud_ca;
  post.give_up = waiting.give_up;
  const ClaimRequest request{code->code, keys.signer->key().bytes, keys.sealing->key().bytes, csr};
  auto identity = present_claim(post, request, presented);
  if (!identity) return identity.error();
  if (!code->ca_fingerprint.empty() && fingerprint_of(identity->ca) != code->ca_fingerprint)
    return WATTLE_FAIL(ClaimErrc::authority);
  auto claimed = settle(config, keys, std::move(*identity));
  if (!claimed) return claimed.error();
  if (const auto kept = write_file(identity_file(config), presented.json, FileAccess::owner_only); !kept) return kept.error();
  return claimed;
}

}  // namespace

Result<std::optional<Identity>> read_identity(const EdgeConfig& config) {
  std::error_code ignored;  // a file that cannot even be looked at cannot be read either
  const auto type = std::filesystem::symlink_status(identity_file(config), ignored).type();
  if (type == std::filesystem::file_type::not_found) return std::optional<Identity>{};
  const auto json = read_file(identity_file(config), http_answer_bytes_max);
  if (!json) return json.error();
  auto identity = parse_identity(*json);
  if (!identity) return identity.error();
  return std::optional(std::move(*identity));
}

Result<std::optional<Claimed>> load_identity(const EdgeConfig& config, const BoxKeys& keys) {
  auto identity = read_identity(config);
  if (!identity) return identity.error();
  if (!*identity) return std::optional<Claimed>{};
  auto claimed = settle(config, keys, std::move(**identity));
  if (!claimed) return claimed.error();
  return std::optional(std::move(*claimed));
}

Result<std::optional<Claimed>> claim(const EdgeConfig& config, const BoxKeys& keys, const ClaimWaiting& waiting) {
  const auto tls = TlsKey::parse(keys.tls_pem);
  const auto csr = tls ? tls->request("wattle-edge") : Result<std::string>(tls.error());
  if (!csr) return csr.error();
  for (unsigned attempt = 0;; ++attempt) {
    Presented presented;
    auto claimed = present(config, keys, *csr, waiting, presented);
    if (claimed) return std::optional(std::move(*claimed));
    if (claimed.error().category() != claim_category()) return claimed.error();
    if (waiting.give_up()) return std::optional<Claimed>{};
    const auto pause = reconnect_pause(first_claim_pause, longest_claim_pause, attempt, random_u64());
    log_event(LogLevel::warning, "edge.claim.failed",
              {{"code", claimed.error().message()},
               {"status", presented.status},
               {"why", presented.why},
               {"again_in_s", pause.micros / 1'000'000}});
    if (!waiting.pause(pause)) return std::optional<Claimed>{};
  }
}

}  // namespace wattle::edge
