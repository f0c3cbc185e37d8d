#include "shared/crypto/errors.hpp"

namespace wattle {
namespace {

class CryptoCategory final : public boost::system::error_category {
 public:
  CryptoCategory() : error_category(0x77746c6372797001) {}  // an id lets equal categories meet across static libraries
  const char* name() const noexcept override { return "crypto"; }
  std::string message(int value) const override { return word(static_cast<CryptoErrc>(value)); }
};

}  // namespace

const char* word(CryptoErrc code) {
  switch (code) {
    case CryptoErrc::truncated: return "envelope.truncated";
    case CryptoErrc::too_large: return "envelope.too_large";
    case CryptoErrc::format: return "envelope.format";
    case CryptoErrc::version: return "envelope.version";
    case CryptoErrc::trailing: return "envelope.trailing";
    case CryptoErrc::recipient: return "envelope.recipient";
    case CryptoErrc::unknown_key: return "envelope.unknown_key";
    case CryptoErrc::signature: return "envelope.signature";
    case CryptoErrc::seal: return "envelope.seal";
    case CryptoErrc::weak_key: return "key.weak";
    case CryptoErrc::replayed: return "envelope.replayed";
    case CryptoErrc::code_length: return "code.length";
    case CryptoErrc::code_digit: return "code.digit";
    case CryptoErrc::code_version: return "code.version";
    case CryptoErrc::code_amount: return "code.amount";
    case CryptoErrc::code_mac: return "code.mac";
  }
  return "crypto.?";
}

const boost::system::error_category& crypto_category() {
  static const CryptoCategory category;
  return category;
}

Error make_error_code(CryptoErrc code) { return {static_cast<int>(code), crypto_category()}; }

}  // namespace wattle
