#pragma once
// Owning pointers to OpenSSL's objects, and PEM in and out. Only for the .cpp files of this folder.

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "shared/base/time.hpp"

namespace wattle::openssl {

template <auto release>
struct Release {
  template <class T>
  void operator()(T* object) const {
    release(object);
  }
};

using Bio = std::unique_ptr<BIO, Release<BIO_free>>;
using Request = std::unique_ptr<X509_REQ, Release<X509_REQ_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using RevocationList = std::unique_ptr<X509_CRL, Release<X509_CRL_free>>;
using Revoked = std::unique_ptr<X509_REVOKED, Release<X509_REVOKED_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Release<ASN1_INTEGER_free>>;
using Time = std::unique_ptr<ASN1_TIME, Release<ASN1_TIME_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Release<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

inline Bio reading(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

inline std::string content(const Bio& bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::shared_ptr<X509> parse_x509(std::string_view pem);
std::string to_pem(X509* certificate);
bool set_time(ASN1_TIME* time, Instant at);
std::string serial_text(const ASN1_INTEGER* serial);
/// OpenSSL's own words for an extension: ("keyUsage", "critical,digitalSignature").
bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value);

}  // namespace wattle::openssl
