#pragma once
// A private key for TLS (ECDSA on P-256, which every broker and TLS library takes) and the request for a certificate of it. A
// box makes its own; the key never travels.

#include <memory>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace wattle {

class TlsKey {
 public:
  static Result<TlsKey> make();
  static Result<TlsKey> parse(std::string_view pem);

  /// PKCS#8, unencrypted. Write it with FileAccess::owner_only.
  std::string pem() const;
  /// A PKCS#10 request (RFC 2986), PEM. The authority decides about the name that it grants.
  Result<std::string> request(std::string_view common_name) const;
  evp_pkey_st* get() const { return key_.get(); }

 private:
  explicit TlsKey(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace wattle
