#include "cloud/site_desk.hpp"

#include <boost/asio/post.hpp>
#include <filesystem>

#include "cloud/api/audit_json.hpp"
#include "cloud/books_audit.hpp"
#include "cloud/gateway/claim_code.hpp"
#include "shared/io/clock.hpp"

namespace wattle::cloud {
namespace {

std::string_view text_of(RelayState state) {
  return state == RelayState::open ? "open" : state == RelayState::closed ? "closed" : "";
}

api::CircuitNow circuit_told(const CircuitReport& report) {
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
  const auto setting = [](const SettingReport& s) { return api::SettingNow{s.version, s.overridden, s.good}; };
  now.control = setting(report.control);
  now.held = report.held;
  now.plan = setting(report.plan);
  now.meter = setting(report.meter);
  now.meter_refused = report.meter_refused;
  now.rollover = setting(report.rollover);
  now.parameters = setting(report.parameters);
  now.told = report.told;
  now.clock = report.clock;
  now.accept = setting(report.accept);
  const auto refusal = [](const std::optional<OrderRefusal>& refused) {
    return refused ? std::optional(std::pair(refused->order, refused->why)) : std::nullopt;
  };
  now.accept_refused = refusal(report.accept_refused);
  now.correction = setting(report.correction);
  now.correction_refused = refusal(report.correction_refused);
  now.held_after = report.held_after;
  now.held_shown = report.held_shown;
  now.purse = setting(report.purse);
  now.purse_told = report.purse_told;
  return now;
}

/// The size is for people; a file that has gone meanwhile has none.
api::BackupFile backup_file(const std::string& path) {
  std::error_code gone;
  const auto bytes = std::filesystem::file_size(path, gone);
  return {std::filesystem::path(path).filename().string(), backup_time(path), gone ? 0 : bytes};
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

bool SiteDesk::off_loop(std::function<void()> work, std::function<void()> then) {
  if (working_ >= work_waiting_max) return false;
  ++working_;
  boost::asio::post(worker_, [this, work = std::move(work), then = std::move(then)] {
    work();
    boost::asio::post(loop_, [this, then] {
      --working_;
      then();
    });
  });
  return true;
}

std::optional<std::uint32_t> SiteDesk::start_audit(Instant now) {
  if (std::exchange(auditing_, true)) return std::nullopt;
  const auto number = audits_.empty() ? 1 : audits_.rbegin()->first + 1;
  if (audits_.size() >= audits_kept) audits_.erase(audits_.begin());
  audits_[number] = {number, now, {}, {}};
  boost::asio::post(auditor_,
                    [this, number, files = BooksFiles{config_.site, config_.store, config_.journal, keys_.signer().key()}] {
                      auto books = audit_books(files);
                      boost::asio::post(loop_, [this, number, books = std::move(books)] {
                        auditing_ = false;
                        auto& job = audits_.at(number);
                        if (books)
                          job.outcome = api::audit_json(books->report, books->waiting);
                        else
                          job.failure = books.error().message();
                      });
                    });
  return number;
}

const api::AuditJob* SiteDesk::audit_job(std::uint32_t number) const {
  const auto at = audits_.find(number);
  return at == audits_.end() ? nullptr : &at->second;
}

std::string SiteDesk::claim_code(EdgeId slot, Instant expires) {
  const ClaimCode code{slot, static_cast<std::uint32_t>(expires.micros / minutes(1).micros), entropy_.word()};
  return make_claim_code(crypto_, keys_.claim_key(site_id()), code, authority_.fingerprint());
}

std::string SiteDesk::code_text(const CodeSale& sale, Money amount) const {
  auto key = keys_.code_key(site_id(), sale.issuer);
  const CodePlace place{sale.issuer, sale.name.room, CodeEpoch{sale.name.epoch}};
  const auto whole = static_cast<std::uint16_t>(amount.micros / yuan(1).micros);
  auto text = group_code(make_code(crypto_, key, place, {sale.name.number, whole}));
  wipe(key);
  return text;
}

std::vector<api::BackupFile> SiteDesk::backups() const {
  std::vector<api::BackupFile> all;
  for (const auto& path : gateway_.backups()) all.push_back(backup_file(path));
  return all;
}

void SiteDesk::make_backup(std::function<void(Result<api::BackupFile>)> done) {
  gateway_.make_backup([done = std::move(done)](Result<std::string> path) {
    if (!path) return done(path.error());
    done(backup_file(*path));
  });
}

std::optional<api::CircuitNow> SiteDesk::circuit_now(CircuitId circuit) const {
  const auto at = gateway_.reports().find(circuit);
  return at == gateway_.reports().end() ? std::nullopt : std::optional(circuit_told(at->second));
}

std::optional<api::CircuitNow> SiteDesk::recorded_now(Holder box, CircuitId circuit) const {
  const auto of_box = gateway_.recorded_reported().find(box);
  if (of_box == gateway_.recorded_reported().end()) return std::nullopt;
  const auto at = of_box->second.find(circuit);
  return at == of_box->second.end() ? std::nullopt : std::optional(circuit_told(at->second));
}

std::optional<api::SettingNow> SiteDesk::setting_now(Holder box, const std::string& key) const {
  const auto at = gateway_.settings_reported().find(box);
  if (at == gateway_.settings_reported().end()) return std::nullopt;
  const auto setting = at->second.find(key);
  if (setting == at->second.end()) return api::SettingNow{};
  return api::SettingNow{setting->second.version, setting->second.overridden, setting->second.good};
}

std::optional<api::WiringNow> SiteDesk::wiring_now(Holder box) const {
  const auto* reported = gateway_.wiring_reported(box);
  if (reported == nullptr) return std::nullopt;
  api::WiringNow out;
  const auto setting = [](const SettingReport& s) { return api::SettingNow{s.version, s.overridden, s.good}; };
  for (const auto& bus : reported->buses)
    out.buses.push_back({bus.name, setting(bus.setting), bus.source, bus.state, bus.fault, bus.received, bus.faults});
  for (const auto& meter : reported->meters) {
    const auto heard_at =
        meter.heard_ago ? std::optional(Instant{meter.received.micros - meter.heard_ago->micros}) : std::nullopt;
    out.meters.push_back({meter.number, meter.bus, meter.address, setting(meter.setting), meter.source, meter.state,
                          meter.fault, heard_at, meter.received, meter.health});
  }
  out.pace = reported->pace;
  out.reads_circuits = reported->version >= report_of_demands;
  return out;
}

std::vector<RelayRow> SiteDesk::relay_rows(RoomId room) const { return gateway_.relay_history().of(room); }

}  // namespace wattle::cloud
