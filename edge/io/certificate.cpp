// What the claim's answer says about certificates, held against the box's own key.

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include "edge/io/claim.hpp"
#include "shared/io/tls_key.hpp"

namespace wattle::edge {
namespace {

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

X509Ptr parse(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  return {bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr, &X509_free};
}

}  // namespace

Result<void> check_certificate(const Identity& identity, std::string_view key_pem) {
  const auto key = TlsKey::parse(key_pem);
  if (!key) return WATTLE_FAIL(ClaimErrc::keys);
  const auto certificate = parse(identity.certificate);
  const auto ca = parse(identity.ca);
  const bool right = certificate && ca && X509_check_private_key(certificate.get(), key->get()) == 1 &&
                     X509_verify(certificate.get(), X509_get0_pubkey(ca.get())) == 1;
  if (!right) return WATTLE_FAIL(ClaimErrc::certificate);
  return {};
}

std::string fingerprint_of(std::string_view ca_pem) {
  const auto ca = parse(ca_pem);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (!ca || X509_digest(ca.get(), EVP_sha256(), digest.data(), &size) != 1) return {};
  return to_hex({digest.data(), size});
}

}  // namespace wattle::edge
