#include "cloud/site_desk.hpp"

#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"

namespace wattle::cloud {
namespace {

std::string_view text_of(RelayState state) {
  return state == RelayState::open ? "open" : state == RelayState::closed ? "closed" : "";
}

}  // namespace

/// The certificate first: a request that cannot be signed claims nothing.
void SiteDesk::claim(const api::ClaimRequest& request, std::function<void(Result<api::ClaimAnswer>)> done) {
  const auto now = wall_clock();
  const auto planned = gateway_.plan_claim({request.code, request.signing, request.sealing}, now);
  if (!planned) return done(planned.error());
  const auto certificate = authority_.sign_request(request.csr, client_name(planned->holder), now);
  if (!certificate) return done(certificate.error());
  auto claimed = answer(*planned, certificate->pem);
  if (!claimed) return done(claimed.error());
  gateway_.claim(*planned, [claimed = *std::move(claimed), done](Result<void> outcome) {
    if (!outcome) return done(outcome.error());
    done(claimed);
  });
}

Result<api::ClaimAnswer> SiteDesk::answer(const Claim& claim, std::string certificate) const {
  const auto seal = keys_.box().seal_with(claim.sealing);
  if (!seal) return seal.error();
  const SodiumCrypto crypto;
  const auto site = site_id();
  Nonce nonce;
  fill_random(nonce.bytes);
  auto code_key = keys_.code_key(site, claim.holder);
  api::ClaimAnswer out;
  out.site = site;
  out.holder = claim.holder;
  out.client_name = client_name(claim.holder);
  out.certificate = std::move(certificate);
  out.ca = authority_.certificate();
  out.cloud_signing = keys_.signer().key();
  out.cloud_sealing = keys_.box().key();
  out.key_epoch = first_epoch.value;
  out.code_key = Peers::seal_secret(code_key, nonce, **seal);
  wipe(code_key);
  out.broker_host = config_.box_host;
  out.broker_port = config_.box_port;
  out.topic_up = topic_up(crypto, site, claim.holder, "sync");
  out.topic_report = topic_up(crypto, site, claim.holder, "report");
  out.topic_down = topic_down(claim.holder);
  return out;
}

std::optional<api::CircuitNow> SiteDesk::circuit_now(CircuitId circuit) const {
  const auto at = gateway_.reports().find(circuit);
  if (at == gateway_.reports().end()) return std::nullopt;
  const auto& report = at->second;
  api::CircuitNow now;
  now.room = report.room;
  now.relay = text_of(report.relay);
  now.reason = report.reason;
  now.register_units = report.register_units;
  now.live_balance = report.live_balance;
  now.received = report.received;
  now.power = report.power;
  now.mode = report.mode;
  now.warning = report.warning;
  now.trip = report.trip;
  now.locked = report.locked;
  now.control = {report.control.version, report.control.overridden, report.control.good};
  return now;
}

std::optional<api::SettingNow> SiteDesk::setting_now(Holder box, const std::string& key) const {
  const auto at = gateway_.settings_reported().find(box);
  if (at == gateway_.settings_reported().end()) return std::nullopt;
  const auto setting = at->second.find(key);
  if (setting == at->second.end()) return api::SettingNow{};
  return api::SettingNow{setting->second.version, setting->second.overridden, setting->second.good};
}

std::vector<RelayRow> SiteDesk::relay_rows(RoomId room) const { return gateway_.relay_history().of(room); }

}  // namespace wattle::cloud
