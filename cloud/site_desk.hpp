#pragma once
// The gateway, the authority and the metrics as the API's handlers see them.

#include "cloud/api/desk.hpp"
#include "cloud/config.hpp"
#include "cloud/gateway/gateway.hpp"

namespace wattle::cloud {

class SiteDesk final : public api::Desk {
 public:
  SiteDesk(Gateway& gateway, const Authority& authority, const SiteKeys& keys, const CloudConfig& config,
           const Metrics& metrics)
      : gateway_(gateway), authority_(authority), keys_(keys), config_(config), metrics_(metrics) {}

  const Site& site() const override { return gateway_.site(); }
  const StoreReader& store() const override { return gateway_.store(); }
  SiteId site_id() const override { return config_.site; }
  void give(Event event, std::function<void(Answer)> done) override { gateway_.runner().give(event, std::move(done)); }
  void when_durable(std::function<void()> read) override { gateway_.runner().when_durable(std::move(read)); }
  void claim(const api::ClaimRequest& request, std::function<void(Result<api::ClaimAnswer>)> done) override;
  void settle_refund(const BilledRefund& refund, RefundOutcome outcome, std::function<void()> done) override {
    gateway_.settle_refund(refund, outcome, std::move(done));
  }
  void read_readings(ReadReadings read, std::function<void(std::optional<std::string>)> done) override {
    auto* readings = gateway_.readings();
    if (readings == nullptr) return done(std::nullopt);
    readings->ask<std::optional<std::string>>(std::move(read), std::move(done));
  }
  bool broker_connected() const override { return gateway_.is_connected(); }
  bool is_online(Holder box) const override { return gateway_.is_online(box); }
  std::optional<Instant> heard_at(Holder box) const override { return gateway_.heard_at(box); }
  std::optional<api::CircuitNow> circuit_now(CircuitId circuit) const override;
  std::optional<api::SettingNow> setting_now(Holder box, const std::string& key) const override;
  std::vector<RelayRow> relay_rows(RoomId room) const override;
  std::string metrics_text() const override { return metrics_.prometheus_text(); }

 private:
  Result<api::ClaimAnswer> answer(const Claim& claim, std::string certificate) const;

  Gateway& gateway_;
  const Authority& authority_;
  const SiteKeys& keys_;
  const CloudConfig& config_;
  const Metrics& metrics_;
};

}  // namespace wattle::cloud
