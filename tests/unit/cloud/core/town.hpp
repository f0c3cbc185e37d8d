#pragma once
// A site and its boxes on stores in memory, with a database that can be put back to what it was.

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "cloud/core/site.hpp"
#include "edge/core/engine.hpp"
#include "shared/base/check.hpp"
#include "shared/base/random.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "shared/ledger/audit.hpp"
#include "sync.pb.h"
#include "tests/support/memory_store.hpp"

namespace wattle::cloud::test {

inline constexpr SiteId town_site{1};
inline constexpr Holder box_one{{1}, {0x11}};
inline constexpr Holder box_two{{2}, {0x22}};

inline Seed seed_of(std::uint8_t byte) {
  Seed seed{};
  seed.fill(byte);
  return seed;
}

inline Uid uid(std::uint8_t number) {
  Uid id;
  id.bytes.fill(number);
  return id;
}

class SeededEntropy final : public Entropy {
 public:
  std::uint64_t word() override { return random_.next(); }

 private:
  Random random_{1};
};

/// Room 101 lives at box one, room 201 at box two; nothing is used there.
class Town {
 public:
  Town() {
    start(false);
    for (const auto holder : {box_one, box_two}) add_box(holder);
    for (const auto holder : {box_one, box_two}) fit({holder.edge.value * 100 + 1}, holder.edge);
  }

  wattle::test::MemoryStore& store() { return store_; }
  Site& site() { return *site_; }
  const Crypto& crypto() const { return crypto_; }
  void give(const Event& event) {
    run(site_->handle(event, now_));
    settle();
  }
  void order(Order order) { give(Ordered{std::move(order)}); }
  /// Another process on the same database takes it, and this one reads what that one has written.
  void order_elsewhere(Order order) {
    Site other(SiteConfig{town_site, yuan(500)}, store_, crypto_, signer_, entropy_, now_);
    for (auto effects : {other.begin({}, false, now_), other.handle(Ordered{std::move(order)}, now_)})
      for (auto& effect : effects)
        if (auto* persist = std::get_if<Persist>(&effect)) {
          WATTLE_CHECK(store_.commit(persist->commit).has_value());
          other.committed();
        }
    site_->catch_up();
  }
  /// Whether a process that begins now takes the database for one that was put back.
  bool is_taken_for_restored(const Lists& lists) {
    Site other(SiteConfig{town_site, yuan(500)}, store_, crypto_, signer_, entropy_, now_);
    const auto effects = other.begin(lists, false, now_);
    return std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
      const auto* raised = std::get_if<Raise>(&effect);
      return raised != nullptr && raised->alarm == Alarm::rollback_noticed;
    });
  }
  void pay(const std::string& number, RoomId room, Money amount) {
    order(Payment{number, Provider::cash_desk, room, 1, amount, {}});
  }
  void take_cash(Holder holder, RoomId room, Money amount) {
    run_box(holder, edge::CashTaken{room, amount});
    settle();
  }
  /// What the audit finds in the entries, each cause once.
  std::set<std::string> audited() const {
    AuditInput input;
    input.site = town_site;
    for (const auto& id : store_.streams()) {
      const bool received = id.direction == Direction::up;
      input.streams.push_back(audit_stream(store_, id, received ? site_->boxes().at(id.link).key : signer_.key(), received));
    }
    std::set<std::string> causes;
    for (const auto& one : wattle::audit(input, crypto_).differences) causes.insert(word(one.cause));
    return causes;
  }
  void add_box(Holder holder) {
    auto box = std::make_unique<Box>(holder, signer_.key(), crypto_, entropy_, now_);
    const auto key = box->signer.key();
    boxes_[holder] = std::move(box);
    give(Claimed{holder, key});
    run_box(holder, edge::Connected{});
    settle();
  }
  void fit(RoomId room, EdgeId slot, std::uint32_t opening = 1) {
    const CircuitFigures circuit{{room.value * 10}, {room.value + 5000}, Utility::electricity, {}, {}, {}, 0};
    order(Fitting{room, opening, slot, {circuit}});
  }
  /// From now on nothing passes between them.
  void cut(Holder holder) { cut_.insert(holder); }
  /// Its entries alone do not arrive: what it says of the cloud's does.
  void mute(Holder holder) { mute_.insert(holder); }
  void heal(Holder holder) {
    cut_.erase(holder);
    mute_.erase(holder);
    run_box(holder, edge::Connected{});
    settle();
  }
  /// Another process, on a database that is as it was then.
  void restore(const wattle::test::MemoryStore& then, bool noticed) {
    site_.reset();
    store_ = then;
    start(noticed);
    for (const auto& [holder, box] : boxes_)
      if (!cut_.contains(holder)) run_box(holder, edge::Connected{});
    settle();
  }
  bool is_unheard(Holder holder) const { return site_->boxes().at(holder).unheard; }
  /// As the box has it: the cloud's own replay ends at what the box has named as read.
  Money balance(RoomId room, Holder holder) const { return balance(room_pocket(room, holder), holder); }
  Money balance(const Pocket& pocket, Holder holder) const { return boxes_.at(holder)->engine.link().state().balance(pocket); }
  std::size_t told(Alarm alarm) const { return static_cast<std::size_t>(std::count(alarms_.begin(), alarms_.end(), alarm)); }
  std::size_t calls() const { return calls_; }
  std::optional<OrderAnswer> answer() const { return answer_; }
  /// To what was last said of a part of a refund.
  std::optional<OrderAnswer> refund_answer() const { return refund_answer_; }

 private:
  struct Box {
    Box(Holder holder, const PublicKey& cloud, const Crypto& crypto, Entropy& entropy, Now now)
        : signer(seed_of(static_cast<std::uint8_t>(holder.edge.value))),
          engine({town_site, holder, cloud, seed_of(77)}, store, crypto, signer, entropy, now) {}
    wattle::test::MemoryStore store;
    SodiumSigner signer;
    edge::Engine engine;
  };

  void start(bool noticed) {
    site_.emplace(SiteConfig{town_site, yuan(500)}, store_, crypto_, signer_, entropy_, now_);
    run(site_->begin({}, noticed, now_));
    run(site_->handle(Connected{}, now_));
  }
  void run(Effects effects) {
    for (auto& effect : effects) {
      if (auto* persist = std::get_if<Persist>(&effect)) {
        WATTLE_CHECK(store_.commit(persist->commit).has_value());
        site_->committed();
      } else if (auto* send = std::get_if<Send>(&effect)) {
        to_boxes_.emplace_back(send->to, std::move(send->bytes));
      } else if (const auto* raised = std::get_if<Raise>(&effect)) {
        alarms_.push_back(raised->alarm);
      } else if (const auto* answered = std::get_if<AnswerOrder>(&effect)) {
        answer_ = answered->answer;
      } else if (const auto* refund = std::get_if<AnswerRefund>(&effect)) {
        refund_answer_ = refund->answer;
      } else if (std::holds_alternative<CallProvider>(effect)) {
        ++calls_;
      }
    }
  }
  void run_box(Holder holder, const edge::Event& event) {
    auto& box = *boxes_.at(holder);
    for (auto& effect : box.engine.handle(event, now_)) {
      if (auto* persist = std::get_if<edge::Persist>(&effect)) {
        WATTLE_CHECK(box.store.commit(persist->commit).has_value());
        box.engine.committed();
      } else if (auto* send = std::get_if<edge::Send>(&effect)) {
        to_cloud_.emplace_back(holder, std::move(send->bytes));
      }
    }
  }
  /// Until nobody has anything to say. The meters are read between, without which a box answers no request, and what is sent
  /// again only after a while has its time.
  void settle() {
    for (int round = 0; round < 4; ++round) {
      exchange();
      for (const auto& [holder, box] : boxes_) read_meters(holder);
      exchange();
      now_ = {now_.wall + retry_after, now_.tick + retry_after};
      run(site_->handle(Woke{}, now_));
      for (const auto& [holder, box] : boxes_) run_box(holder, edge::Woke{});
    }
  }
  void read_meters(Holder holder) {
    std::vector<edge::MeterRead> readings;
    for (const auto& [room, state] : boxes_.at(holder)->engine.link().state().rooms())
      for (const auto& circuit : state.circuits)
        readings.push_back({room, circuit.circuit, circuit.meter, circuit.reading, true});
    for (const auto& reading : readings) run_box(holder, reading);
  }
  void exchange() {
    while (!to_boxes_.empty() || !to_cloud_.empty()) {
      for (auto& [holder, bytes] : std::exchange(to_boxes_, {}))
        if (boxes_.contains(holder) && !cut_.contains(holder)) run_box(holder, edge::Received{std::move(bytes)});
      for (auto& [holder, bytes] : std::exchange(to_cloud_, {}))
        if (!cut_.contains(holder) && !(mute_.contains(holder) && carries_entries(bytes)))
          run(site_->handle(Received{holder, std::move(bytes)}, now_));
    }
  }
  static bool carries_entries(const Bytes& bytes) {
    sync::Message message;
    return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && message.has_batch();
  }

  Now now_{{1'772'323'200'000'000}, {1'000'000}};
  SodiumCrypto crypto_;
  SodiumSigner signer_{seed_of(99)};
  SeededEntropy entropy_;
  wattle::test::MemoryStore store_;
  std::optional<Site> site_;
  std::map<Holder, std::unique_ptr<Box>> boxes_;
  std::set<Holder> cut_;
  std::set<Holder> mute_;
  std::vector<std::pair<Holder, Bytes>> to_boxes_;
  std::vector<std::pair<Holder, Bytes>> to_cloud_;
  std::vector<Alarm> alarms_;
  std::optional<OrderAnswer> answer_;
  std::optional<OrderAnswer> refund_answer_;
  std::size_t calls_ = 0;
};

}  // namespace wattle::cloud::test
