#include "edge/io/errors.hpp"

#include <string>

namespace wattle::edge {
namespace {

class ClaimCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "claim"; }
  std::string message(int code) const override { return word(static_cast<ClaimErrc>(code)); }
};

}  // namespace

const char* word(ClaimErrc code) {
  switch (code) {
    case ClaimErrc::no_code: return "claim.no_code";
    case ClaimErrc::unreachable: return "claim.unreachable";
    case ClaimErrc::refused: return "claim.refused";
    case ClaimErrc::unavailable: return "claim.unavailable";
    case ClaimErrc::answer: return "claim.answer";
    case ClaimErrc::certificate: return "claim.certificate";
    case ClaimErrc::authority: return "claim.authority";
    case ClaimErrc::keys: return "claim.keys";
    case ClaimErrc::code_key: return "claim.code_key";
    case ClaimErrc::url: return "claim.url";
  }
  return "claim.unknown";
}

const boost::system::error_category& claim_category() {
  static const ClaimCategory category;
  return category;
}

Error make_error_code(ClaimErrc code) { return {static_cast<int>(code), claim_category()}; }

}  // namespace wattle::edge
