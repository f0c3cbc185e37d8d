#pragma once
// A claim, as it goes over the wire (api-spec/provisioning.md): what the box presents, and the identity that it gets for it.

#include <array>
#include <string>
#include <string_view>

#include "edge/io/errors.hpp"
#include "edge/io/http_post.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"

namespace wattle::edge {

using RawKey = std::array<std::uint8_t, 32>;

struct ClaimRequest {
  std::string claim_code;
  RawKey signing_key{};  // public halves
  RawKey sealing_key{};
  std::string csr;  // PEM
};
std::string to_json(const ClaimRequest& request);

struct Identity {
  SiteId site;
  Holder holder;
  std::string client_name;
  std::string certificate;  // PEM
  std::string ca;           // PEM
  RawKey cloud_signing_key{};
  RawKey cloud_sealing_key{};
  Bytes sealed_code_key;  // nonce, then what the cloud sealed for the box
  std::string broker_host;
  std::uint16_t broker_port = 0;
  std::uint32_t key_epoch = 1;
  std::string topic_up;
  std::string topic_report;
  std::string topic_down;
};
/// Fields that this version does not know are passed over.
Result<Identity> parse_identity(std::string_view json);

/// The certificate is for the key of `key_pem` and signed by the authority.
Result<void> check_certificate(const Identity& identity, std::string_view key_pem);
/// SHA-256 of the authority's DER, lower-case hex; empty when it is no certificate.
std::string fingerprint_of(std::string_view ca_pem);

/// A claim code as it stands in its file: what the cloud wants to see, and after a dot, where there is one, the fingerprint of
/// the authority to expect.
struct ClaimCode {
  std::string code;
  std::string ca_fingerprint;  // whole, or its first digits
};
Result<ClaimCode> read_claim_code(const std::string& file);

struct Presented {
  int status = 0;    // of HTTP; 0 when there was no answer
  std::string why;   // for the log: libcurl's reason, or the beginning of the cloud's answer
  std::string json;  // the identity, verbatim
};
/// Presents the code once. `presented` tells more when it fails.
Result<Identity> present_claim(HttpPost post, const ClaimRequest& request, Presented& presented);

}  // namespace wattle::edge
