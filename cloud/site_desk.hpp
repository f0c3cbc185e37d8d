#pragma once
// The gateway, the authority and the metrics as the API's handlers see them.

#include <boost/asio/thread_pool.hpp>

#include "cloud/api/desk.hpp"
#include "cloud/config.hpp"
#include "cloud/gateway/gateway.hpp"
#include "cloud/store/sqlite_registry.hpp"
#include "shared/io/entropy.hpp"

namespace wattle::cloud {

inline constexpr std::size_t audits_kept = 16;
inline constexpr std::size_t work_waiting_max = 32;  // some three seconds of it

class SiteDesk final : public api::Desk {
 public:
  SiteDesk(boost::asio::io_context& loop, Gateway& gateway, const Authority& authority, const SiteKeys& keys,
           const CloudConfig& config, const Metrics& metrics, SqliteRegistry& registry)
      : gateway_(gateway),
        authority_(authority),
        keys_(keys),
        config_(config),
        metrics_(metrics),
        registry_(registry),
        loop_(loop) {}

  const Site& site() const override { return gateway_.site(); }
  const StoreReader& store() const override { return gateway_.store(); }
  SiteId site_id() const override { return config_.site; }
  void give(Event event, std::function<void(Answer)> done) override { gateway_.runner().give(event, std::move(done)); }
  void when_durable(std::function<void()> read) override {
    gateway_.runner().when_durable([this, read = std::move(read)] { registry_.when_durable(read); });
  }
  void claim(const api::ClaimRequest& request, std::function<void(Result<api::ClaimAnswer>)> done) override;
  void settle_refund(const BilledRefund& refund, RefundOutcome outcome, const Uid& by,
                     std::function<void(Answer)> done) override {
    gateway_.settle_refund(refund, outcome, by, std::move(done));
  }
  bool read_readings(ReadReadings read, std::function<void(std::optional<std::string>)> done) override {
    auto* readings = gateway_.readings();
    if (readings == nullptr) return done(std::nullopt), true;
    return readings->ask<std::optional<std::string>>(std::move(read), std::move(done));
  }
  std::string site_name() const override { return config_.site_name; }
  std::string claim_code(EdgeId slot, Instant expires) override;
  std::string code_text(const CodeSale& sale, Money amount) const override;
  Entropy& entropy() override { return entropy_; }
  Registry& registry() const override { return registry_; }
  Seed privacy_key() const override { return keys_.privacy_key(site_id()); }
  bool off_loop(std::function<void()> work, std::function<void()> then) override;
  std::vector<api::BackupFile> backups() const override;
  void make_backup(std::function<void(Result<api::BackupFile>)> done) override;
  std::optional<std::uint32_t> start_audit(Instant now) override;
  const api::AuditJob* audit_job(std::uint32_t number) const override;
  bool read_now(Holder box, RoomId room, CircuitId circuit, std::function<void(std::optional<ReadAnswer>)> done) override {
    return gateway_.read_now(box, room, circuit, std::move(done));
  }
  bool broker_connected() const override { return gateway_.is_connected(); }
  bool is_online(Holder box) const override { return gateway_.is_online(box); }
  std::optional<Instant> heard_at(Holder box) const override { return gateway_.heard_at(box); }
  std::optional<api::CircuitNow> circuit_now(CircuitId circuit) const override;
  std::optional<api::CircuitNow> recorded_now(Holder box, CircuitId circuit) const override;
  std::optional<api::SettingNow> setting_now(Holder box, const std::string& key) const override;
  std::optional<api::WiringNow> wiring_now(Holder box) const override;
  std::optional<Bytes> seal_secret(Holder box, ByteView secret) override { return gateway_.seal_secret(box, secret); }
  std::vector<RelayRow> relay_rows(RoomId room) const override;
  std::string metrics_text() const override { return metrics_.prometheus_text(); }

 private:
  Result<api::ClaimAnswer> answer(const Claim& claim, std::string certificate) const;

  Gateway& gateway_;
  const Authority& authority_;
  const SiteKeys& keys_;
  const CloudConfig& config_;
  const Metrics& metrics_;
  SqliteRegistry& registry_;
  boost::asio::io_context& loop_;
  SodiumCrypto crypto_;
  SystemEntropy entropy_;
  std::map<std::uint32_t, api::AuditJob> audits_;
  bool auditing_ = false;
  std::size_t working_ = 0;  // jobs that are not back on the loop yet
  boost::asio::thread_pool auditor_{1};
  boost::asio::thread_pool worker_{1};  // one: each hash takes 64 MiB. The last member, so that it ends first
};

}  // namespace wattle::cloud
