// A box presents its claim code and its keys.

#include <algorithm>

#include "cloud/gateway/claim_code.hpp"
#include "cloud/gateway/errors.hpp"
#include "cloud/gateway/gateway.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"
#include "shared/io/log.hpp"

namespace wattle::cloud {
namespace {

/// An unfenced incarnation holds the slot, or one whose fence cannot be restored yet.
bool is_held(const Site& site, EdgeId slot) {
  return std::any_of(site.boxes().begin(), site.boxes().end(),
                     [&](const auto& box) { return box.first.edge == slot && !site.link(box.first)->row().told; });
}

Incarnation fresh_incarnation(const Site& site, EdgeId slot) {
  while (true) {
    const Incarnation drawn{static_cast<std::uint32_t>(random_u64())};
    if (drawn.value != 0 && !site.boxes().contains({slot, drawn})) return drawn;
  }
}

}  // namespace

Result<Claim> Gateway::plan_claim(const ClaimRequest& request, Instant now) const {
  const auto code = read_claim_code(crypto_, keys_.claim_key(settings_.site.site), request.code);
  if (!code) return code.error();
  for (const auto& [holder, claim] : claims_) {
    if (claim.code != code->nonce || holder.edge != code->slot) continue;
    const bool same = claim.signing == request.signing && claim.sealing == request.sealing;
    const auto* link = site_->link(holder);
    if (!same || link == nullptr || link->row().fenced) return WATTLE_FAIL(GatewayErrc::claim_used);
    return claim;
  }
  if (has_expired(*code, now)) return WATTLE_FAIL(GatewayErrc::claim_expired);
  if (is_held(*site_, code->slot)) return WATTLE_FAIL(GatewayErrc::slot_held);
  if (!keys_.box().seal_with(request.sealing)) return WATTLE_FAIL(GatewayErrc::box_key);
  return Claim{{code->slot, fresh_incarnation(*site_, code->slot)}, request.signing, request.sealing, code->nonce};
}

void Gateway::claim(const Claim& claim, std::function<void(Result<void>)> done) {
  const bool again = claims_.contains(claim.holder);
  if (!again && is_held(*site_, claim.holder.edge)) return done(WATTLE_FAIL(GatewayErrc::slot_held));
  if (!again) {
    if (const auto added = peers_.add(claim); !added) return done(added.error());
    claims_[claim.holder] = claim;
    presence_.expect(claim.holder, monotonic_clock());
    log_event(LogLevel::info, "cloud.edge.claimed", {{"edge", client_name(claim.holder)}});
  }
  runner_->give(Claimed{claim.holder, claim.signing}, [done](SiteRunner::Answer) { done({}); }, {row_of(claim)});
}

}  // namespace wattle::cloud
