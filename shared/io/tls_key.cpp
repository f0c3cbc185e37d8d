#include "shared/io/tls_key.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "shared/base/check.hpp"
#include "shared/io/errors.hpp"

namespace wattle {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string content(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

TlsKey::TlsKey(evp_pkey_st* key) : key_(key, &EVP_PKEY_free) {}

Result<TlsKey> TlsKey::make() {
  auto* key = EVP_EC_gen("P-256");
  if (key == nullptr) return WATTLE_FAIL(IoErrc::key_failed);
  return TlsKey(key);
}

Result<TlsKey> TlsKey::parse(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  // An empty passphrase in place of the default callback, which would ask at the terminal.
  auto* key = bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")) : nullptr;
  if (key == nullptr) return WATTLE_FAIL(IoErrc::key_failed);
  return TlsKey(key);
}

std::string TlsKey::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  WATTLE_CHECK(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return content(bio.get());
}

Result<std::string> TlsKey::request(std::string_view common_name) const {
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(X509_REQ_new(), &X509_REQ_free);
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  auto* subject = X509_REQ_get_subject_name(request.get());
  const bool made =
      X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) == 1 &&
      X509_REQ_set_pubkey(request.get(), key_.get()) == 1 && X509_REQ_sign(request.get(), key_.get(), EVP_sha256()) > 0 &&
      PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1;
  if (!made) return WATTLE_FAIL(IoErrc::key_failed);
  return content(bio.get());
}

}  // namespace wattle
