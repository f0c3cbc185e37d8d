#include "cloud/pki/errors.hpp"

namespace wattle {
namespace {

class PkiCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "wattle.pki"; }
  std::string message(int code) const override {
    switch (static_cast<PkiErrc>(code)) {
      case PkiErrc::bad_certificate: return "the certificate cannot be read";
      case PkiErrc::bad_request: return "the certificate request cannot be read, or its own signature is wrong";
      case PkiErrc::weak_key: return "the key in the certificate request is not on P-256";
      case PkiErrc::bad_name: return "the name is not fit for a certificate";
      case PkiErrc::wrong_key: return "the private key is not that of the certificate";
      case PkiErrc::failed: return "OpenSSL refused";
    }
    return "unknown certificate error";
  }
};

}  // namespace

const boost::system::error_category& pki_category() {
  static const PkiCategory category;
  return category;
}

Error make_error_code(PkiErrc code) { return {static_cast<int>(code), pki_category()}; }

}  // namespace wattle
