#pragma once
// A room with a lamp and a socket, at the product's own box, with the product's own cloud behind it: what is paid and
// configured arrives at once. The test reads meters, lets time pass and sees what the relays are told.

#include <memory>

#include "cloud/core/site.hpp"
#include "edge/core/engine.hpp"
#include "shared/base/check.hpp"
#include "shared/base/random.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/support/memory_store.hpp"

namespace wattle::edge::test {

inline constexpr SiteId house_site{1};
inline constexpr Holder house_box{{7}, {0xc41e}};
inline constexpr RoomId room{101};
inline constexpr CircuitId lamp{1010};
inline constexpr CircuitId socket{1011};

class HouseEntropy final : public Entropy {
 public:
  std::uint64_t word() override { return random_.next(); }

 private:
  Random random_{1};
};

class House {
 public:
  /// 2026-03-02 is a Monday; 12:00 local time.
  House() {
    run(site_->handle(cloud::Connected{}, now));
    run(site_->handle(cloud::Claimed{house_box, box_signer_.key()}, now));
    order(cloud::PriceOrder{PricePlan{1, 1, {0}, TierPeriod::none, {Band{{Tier{0, 500'000}}}}}});
    order(
        cloud::Fitting{room,
                       1,
                       house_box.edge,
                       {{lamp, {5001}, Utility::electricity, {0}, {}, 0}, {socket, {5002}, Utility::electricity, {0}, {}, 0}}});
    start();
    read_both();
  }

  void start() {
    make();
    give(Connected{});
  }
  void make() {
    EngineConfig config;
    config.site = house_site;
    config.holder = house_box;
    config.cloud_key = cloud_signer_.key();
    config.utc_offset = hours(8);
    config.drop_at_once = drop_at_once;
    box = std::make_unique<Engine>(config, box_store, crypto_, box_signer_, entropy_, box_now());
  }
  void restart() {
    box.reset();
    start();
  }
  /// Comes up without a network, its clock at this time.
  void restart_alone(Instant wall) {
    box.reset();
    now.wall = wall;
    make();
    run_box(box->handle(Woke{}, now));
  }
  /// No backup needs what is older than now.
  void keep_backups() {
    const auto& link = box->link();
    run(site_->handle(cloud::BackupsKept{house_box, link.up().head().number, link.down().head().number}, now));
  }
  void order(cloud::Order what) { run(site_->handle(cloud::Ordered{std::move(what)}, now)), exchange(); }
  void configure(const std::string& key, Bytes value) {
    order(cloud::ConfigOrder{entropy_.uid(), house_box.edge, key, std::move(value), ++orders_});
  }
  void pay(Money amount, std::uint32_t opening = 1) {
    cloud::Payment payment;
    payment.number = "P" + std::to_string(++orders_);
    payment.provider = Provider::cash_desk;
    payment.room = room;
    payment.opening = opening;
    payment.amount = amount;
    order(payment);
  }
  /// To another box, or, with no slot, to the end of the stay.
  void leave(EdgeId slot) { order(cloud::Move{entropy_.uid(), room, 1, slot}); }
  void come_next() {
    const auto figures = [&](CircuitId id, std::uint64_t meter) {
      return CircuitFigures{id, {meter}, Utility::electricity, {registers_[id]}, {}, 0};
    };
    order(cloud::Fitting{room, 2, house_box.edge, {figures(lamp, 5001), figures(socket, 5002)}});
  }
  void use(CircuitId circuit, std::int64_t units) { registers_[circuit] += units; }
  /// The meter as it is: its relay has done what it was told.
  void read(CircuitId circuit, std::int64_t watts = 0) {
    const auto closed = relays[circuit];
    give(MeterRead{room, circuit, {circuit == lamp ? 5001U : 5002U}, {registers_[circuit]}, closed, Power{closed ? watts : 0}});
  }
  void read_both() { read(lamp), read(socket); }
  void pass(Duration time) { now = {now.wall + time, now.tick + time}; }
  /// Wakes the box whenever it wants to, until `time` is over. False when it wants to at once again and again.
  bool sleep(Duration time) {
    const auto end = now.tick + time;
    for (int turns = 0; box->wake_up() <= end; ++turns) {
      if (turns > 10'000) return false;
      const auto at = std::max(box->wake_up(), now.tick);
      pass(at - now.tick);
      give(Woke{});
    }
    pass(end - now.tick);
    return true;
  }
  void give(const Event& event) {
    run_box(box->handle(event, box_now()));
    exchange();
  }
  std::optional<RelayReason> reason(CircuitId circuit) const {
    const auto view = box->circuit_view(circuit);
    return view.decided ? std::optional(view.decided->reason) : std::nullopt;
  }
  std::vector<RelayRow> log() const { return box->relay_log().rows_after(0, 1000); }

  Now box_now() const { return {now.wall + box_clock_error, now.tick}; }

  Now now{{1'772'424'000'000'000}, {1'000'000'000}};
  Duration box_clock_error{};
  std::uint64_t drop_at_once = EngineConfig{}.drop_at_once;  // of the next start
  wattle::test::MemoryStore box_store;
  std::unique_ptr<Engine> box;
  std::map<CircuitId, bool> relays{{lamp, true}, {socket, true}};
  std::vector<SwitchRelay> switches;  // all orders
  std::vector<CircuitId> forgot;
  std::vector<Raise> alarms;
  std::vector<Warned> warnings;
  std::vector<MeterEventFound> told;

 private:
  void run(cloud::Effects effects) {
    for (auto& effect : effects) {
      if (auto* persist = std::get_if<cloud::Persist>(&effect)) {
        WATTLE_CHECK(cloud_store_.commit(persist->commit).has_value());
        site_->committed();
      } else if (auto* send = std::get_if<cloud::Send>(&effect)) {
        down_.push_back(std::move(send->bytes));
      }
    }
  }
  void run_box(Effects effects) {
    for (auto& effect : effects) {
      if (auto* persist = std::get_if<Persist>(&effect)) {
        WATTLE_CHECK(box_store.commit(persist->commit).has_value());
        box->committed();
      } else if (auto* send = std::get_if<Send>(&effect)) {
        up_.push_back(std::move(send->bytes));
      } else if (auto* relay = std::get_if<SwitchRelay>(&effect)) {
        relays[relay->circuit] = relay->close;
        switches.push_back(*relay);
      } else if (auto* forgotten = std::get_if<ForgetOrder>(&effect)) {
        forgot.push_back(forgotten->circuit);
      } else if (auto* raised = std::get_if<Raise>(&effect)) {
        alarms.push_back(*raised);
      } else if (auto* warned = std::get_if<Warned>(&effect)) {
        warnings.push_back(*warned);
      } else if (auto* event = std::get_if<EventTold>(&effect)) {
        told.push_back(event->event);
      }
    }
  }
  void exchange() {
    while (box && (!up_.empty() || !down_.empty())) {
      auto down = std::exchange(down_, {});
      for (auto& bytes : down) run_box(box->handle(Received{std::move(bytes)}, box_now()));
      auto up = std::exchange(up_, {});
      for (auto& bytes : up) run(site_->handle(cloud::Received{house_box, std::move(bytes)}, now));
    }
  }

  static Seed seed_of(std::uint8_t byte) {
    Seed seed{};
    seed.fill(byte);
    return seed;
  }

  SodiumCrypto crypto_;
  SodiumSigner cloud_signer_{seed_of(9)};
  SodiumSigner box_signer_{seed_of(7)};
  HouseEntropy entropy_;
  wattle::test::MemoryStore cloud_store_;
  std::unique_ptr<cloud::Site> site_ = std::make_unique<cloud::Site>(cloud::SiteConfig{house_site, yuan(500)}, cloud_store_,
                                                                     crypto_, cloud_signer_, entropy_, now);
  std::map<CircuitId, std::int64_t> registers_;
  std::vector<Bytes> up_;
  std::vector<Bytes> down_;
  std::uint64_t orders_ = 0;
};

}  // namespace wattle::edge::test
