// What a round of polling costs a box's flash: bytes written and syncs, with the product's engine, store and ring of recorded
// readings, while the uplink is away. 256 meters on 8 buses are read once a minute, money and history alike.
//
// Counted where the programs' libraries call the system, by functions of this program that stand in front of the C library's.

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include "cloud/core/site.hpp"
#include "edge/core/engine.hpp"
#include "edge/core/recorder.hpp"
#include "edge/store/readings_ring.hpp"
#include "edge/store/store.hpp"
#include "shared/base/check.hpp"
#include "shared/base/random.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/history.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace {

std::atomic<std::uint64_t> bytes_written = 0;
std::atomic<std::uint64_t> syncs = 0;

}  // namespace

extern "C" {

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  const auto written = syscall(SYS_pwrite64, fd, bytes, size, at);
  if (written > 0) bytes_written += static_cast<std::uint64_t>(written);
  return written;
}
int fsync(int fd) {
  ++syncs;
  return static_cast<int>(syscall(SYS_fsync, fd));
}
int fdatasync(int fd) {
  ++syncs;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

}  // extern "C"

namespace wattle::bench {
namespace {

constexpr std::uint32_t buses = 8;
constexpr Holder holder{{7}, {0xc41e}};
constexpr std::int64_t milliwatt_hours_a_minute = 5'000;  // 300 W

struct Size {
  std::uint32_t meters_a_bus;
  std::int64_t minutes;
};

class Words final : public Entropy {
 public:
  std::uint64_t word() override { return random_.next(); }

 private:
  Random random_{1};
};

Seed seed_of(std::uint8_t byte) {
  Seed seed{};
  seed.fill(byte);
  return seed;
}

/// Rooms are opened and paid for by the product's cloud, which then is heard no more.
class SweptBox {
 public:
  explicit SweptBox(std::uint32_t rooms) : rooms_(rooms) {
    auto store = edge::open_store(folder_.path("box.sqlite"));
    auto ring = edge::ReadingsRing::open(folder_.path("readings.sqlite"), edge::ring_bytes_usual, crypto_);
    WATTLE_CHECK(store.has_value() && ring.has_value());
    store_ = std::move(*store);
    ring_ = std::move(*ring);
    const edge::EngineConfig config{{1}, holder, cloud_signer_.key(), {}, {}, 20'000, days(400)};
    box_ = std::make_unique<edge::Engine>(config, *store_, crypto_, box_signer_, words_, now_);
    run(site_.handle(cloud::Connected{}, now_));
    run(site_.handle(cloud::Claimed{holder, box_signer_.key()}, now_));
    order(cloud::PriceOrder{PricePlan{1, 1, {0}, TierPeriod::none, {Band{{Tier{0, 500'000}}}}}});
    give(edge::Connected{});
    for (std::uint32_t i = 0; i < rooms_; ++i) {
      order(cloud::Fitting{room_of(i), 1, holder.edge, {{circuit_of(i), {i + 1}, Utility::electricity, {0}, {}, 0}}});
      order(cloud::Payment{"P" + std::to_string(i), Provider::cash_desk, room_of(i), 1, yuan(500), std::nullopt});
    }
    WATTLE_CHECK(box_->live_balance(room_of(rooms_ - 1)) == yuan(500));
    give(edge::Disconnected{});
  }
  SweptBox(const SweptBox&) = delete;
  SweptBox& operator=(const SweptBox&) = delete;

  /// Every bus asks its meters once.
  void sweep() {
    used_ += milliwatt_hours_a_minute;
    for (std::uint32_t bus = 0; bus < buses; ++bus) {
      for (auto i = bus; i < rooms_; i += buses) {
        const edge::MeterRead read{room_of(i), circuit_of(i), {i + 1}, {used_ / 1000}, true, Power{300}};
        give(read);
        recorder_.note(read, now_.wall);
      }
      give(edge::Swept{});
      if (const auto write = recorder_.take(now_.wall); !write.empty()) WATTLE_CHECK(ring_->write(write).has_value());
    }
    now_ = {now_.wall + minutes(1), now_.tick + minutes(1)};
  }
  std::uint64_t entries() const { return box_->link().mine().head().number; }

 private:
  void order(cloud::Order what) { run(site_.handle(cloud::Ordered{std::move(what)}, now_)), exchange(); }
  void give(const edge::Event& event) { run(box_->handle(event, now_)), exchange(); }
  void run(cloud::Effects effects) {
    for (auto& effect : effects) {
      if (auto* persist = std::get_if<cloud::Persist>(&effect)) {
        WATTLE_CHECK(site_store_.commit(persist->commit).has_value());
        site_.committed();
      } else if (auto* send = std::get_if<cloud::Send>(&effect)) {
        down_.push_back(std::move(send->bytes));
      }
    }
  }
  void run(edge::Effects effects) {
    for (auto& effect : effects) {
      if (auto* persist = std::get_if<edge::Persist>(&effect)) {
        WATTLE_CHECK(store_->commit(persist->commit).has_value());
        box_->committed();
      } else if (auto* send = std::get_if<edge::Send>(&effect)) {
        up_.push_back(std::move(send->bytes));
      }
    }
  }
  void exchange() {
    while (!up_.empty() || !down_.empty()) {
      for (auto& bytes : std::exchange(down_, {})) run(box_->handle(edge::Received{std::move(bytes)}, now_));
      for (auto& bytes : std::exchange(up_, {})) run(site_.handle(cloud::Received{holder, std::move(bytes)}, now_));
    }
  }

  std::uint32_t rooms_;
  Now now_{history_begins, {1'000'000'000}};
  test::Folder folder_;
  SodiumCrypto crypto_;
  SodiumSigner cloud_signer_{seed_of(9)};
  SodiumSigner box_signer_{seed_of(7)};
  Words words_;
  test::MemoryStore site_store_;
  cloud::Site site_{{{1}, yuan(500)}, site_store_, crypto_, cloud_signer_, words_, now_};
  std::unique_ptr<LedgerStore> store_;
  std::unique_ptr<edge::ReadingsRing> ring_;
  edge::Recorder recorder_{{minutes(1), minutes(15), {}}};
  std::unique_ptr<edge::Engine> box_;
  std::vector<Bytes> up_;
  std::vector<Bytes> down_;
  std::int64_t used_ = 0;
};

}  // namespace

void measure_sweep(Effort effort, const Report& report) {
  const auto size = effort == Effort::small ? Size{1, 5} : Size{32, 240};
  SweptBox box(buses * size.meters_a_bus);
  box.sweep();  // the first one settles what the relays are
  const auto entries_before = box.entries();
  bytes_written = 0;
  syncs = 0;
  const auto begin = cpu_seconds();
  for (std::int64_t minute = 0; minute < size.minutes; ++minute) box.sweep();
  const auto sweeps = static_cast<double>(size.minutes);
  report({"sweep.meters", static_cast<double>(buses * size.meters_a_bus), "meters"});
  report({"sweep.entries", static_cast<double>(box.entries() - entries_before), "entries"});
  report({"sweep.bytes_written", static_cast<double>(bytes_written) / sweeps, "bytes/sweep"});
  report({"sweep.syncs", static_cast<double>(syncs) / sweeps, "1/sweep"});
  report({"sweep.processor", (cpu_seconds() - begin) * 1000 / sweeps, "ms/sweep"});
}

}  // namespace wattle::bench
