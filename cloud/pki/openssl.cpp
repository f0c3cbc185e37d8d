#include "cloud/pki/openssl.hpp"

#include <ctime>

namespace wattle::openssl {

std::shared_ptr<X509> parse_x509(std::string_view pem) {
  const auto bio = reading(pem);
  if (!bio) return nullptr;
  auto* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, const_cast<char*>(""));
  return certificate == nullptr ? nullptr : std::shared_ptr<X509>(certificate, &X509_free);
}

std::string to_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  return PEM_write_bio_X509(bio.get(), certificate) == 1 ? content(bio) : std::string();
}

bool set_time(ASN1_TIME* time, Instant at) {
  return ASN1_TIME_adj(time, static_cast<std::time_t>(at.micros / 1'000'000), 0, 0) != nullptr;
}

std::string serial_text(const ASN1_INTEGER* serial) {
  const BigNumber number(ASN1_INTEGER_to_BN(serial, nullptr));
  const std::unique_ptr<char, decltype([](char* text) { OPENSSL_free(text); })> hex(BN_bn2hex(number.get()));
  return hex ? std::string(hex.get()) : std::string();
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

}  // namespace wattle::openssl
