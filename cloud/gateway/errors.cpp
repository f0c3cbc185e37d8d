#include "cloud/gateway/errors.hpp"

namespace wattle::cloud {
namespace {

class GatewayCategory final : public boost::system::error_category {
 public:
  GatewayCategory() : error_category(0x77746c6761746501) {}  // an id lets equal categories meet across static libraries
  const char* name() const noexcept override { return "gateway"; }
  std::string message(int value) const override { return word(static_cast<GatewayErrc>(value)); }
};

}  // namespace

const char* word(GatewayErrc code) {
  switch (code) {
    case GatewayErrc::topic: return "gateway.topic";
    case GatewayErrc::report: return "gateway.report";
    case GatewayErrc::keys: return "gateway.keys";
    case GatewayErrc::lists: return "gateway.lists";
    case GatewayErrc::journal: return "gateway.journal";
    case GatewayErrc::heads: return "gateway.heads";
    case GatewayErrc::older_than_fence: return "gateway.older_than_fence";
    case GatewayErrc::older_than_promised: return "gateway.older_than_promised";
    case GatewayErrc::ended_branch: return "gateway.ended_branch";
    case GatewayErrc::claim_code: return "claim.bad_code";
    case GatewayErrc::claim_expired: return "claim.expired";
    case GatewayErrc::claim_used: return "claim.used";
    case GatewayErrc::slot_held: return "claim.slot_held";
    case GatewayErrc::box_key: return "claim.bad_key";
  }
  return "gateway.?";
}

const boost::system::error_category& gateway_category() {
  static const GatewayCategory category;
  return category;
}

Error make_error_code(GatewayErrc code) { return {static_cast<int>(code), gateway_category()}; }

}  // namespace wattle::cloud
