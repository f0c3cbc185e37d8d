// What a gateway does by itself at its start, without a broker.

#include "cloud/gateway/gateway.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

using namespace wattle;
using namespace wattle::cloud;

namespace {

constexpr Holder gone_box{{7}, {0xc41e}};
constexpr Holder fenced_box{{8}, {0xc41e}};

SiteKeys keys_of(const std::string& path) {
  REQUIRE(SiteKeys::make(path).has_value());
  return *SiteKeys::load(path);
}

struct GatewayWorld {
  GatewaySettings settings() const {
    GatewaySettings out;
    out.site.site = {1};
    out.store = folder.path("cloud.sqlite");
    out.readings = folder.path("readings/readings.sqlite");
    out.readings_keep = days(400);
    out.lists = folder.path("backups/claims-and-fences");
    out.journal = folder.path("journal");
    out.heads = folder.path("backups/heads");
    out.restored_mark = folder.path("cloud.sqlite.restored");
    out.backups = {folder.path("backups"), hours(6), 8};
    out.mqtt.port = 1;  // where nobody is
    out.mqtt.client_id = "cloud";
    return out;
  }
  std::unique_ptr<Gateway> open(const GatewaySettings& settings) {
    auto gateway = Gateway::open(*loop, settings, keys, metrics);
    REQUIRE(gateway.has_value());
    return *std::move(gateway);
  }
  void run_for(Duration time) {
    loop->restart();
    loop->run_for(to_chrono(time));
  }
  void run_until(const std::function<bool()>& done) {
    for (int tries = 0; tries < 1000 && !done(); ++tries) {
      run_for(milliseconds(5));  // less where the loop has nothing to do, since what it waits for is on another thread
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    REQUIRE(done());
  }
  /// As if it were killed: what its loop had still to do is gone with it.
  void end(std::unique_ptr<Gateway> gateway) {
    gateway.reset();
    loop = std::make_unique<boost::asio::io_context>();
  }
  void stop(Gateway& gateway) {
    bool stopped = false;
    gateway.stop([&] { stopped = true; });
    run_until([&] { return stopped; });
  }

  test::Folder folder;
  std::unique_ptr<boost::asio::io_context> loop = std::make_unique<boost::asio::io_context>();
  SiteKeys keys = keys_of(folder.path("site.keys"));
  Metrics metrics;
};

bool is_fenced(const StoreReader& store, Holder holder) {
  const auto bytes = store.row(Table::link, to_bytes(holder));
  const auto row = bytes ? from_bytes<LinkRow>(*bytes) : std::nullopt;
  return row && row->fenced;
}

Claim new_claim(Holder holder) {
  Seed signing{};
  Seed sealing{};
  fill_random(signing);
  fill_random(sealing);
  return {holder, SodiumSigner(signing).key(), SodiumBox(sealing).key(), random_u64()};
}

TEST_CASE("a box that was gone when the cloud started is told of as offline, once, and not as one that was heard") {
  GatewayWorld world;
  auto first = world.open(world.settings());
  std::size_t claimed = 0;
  for (const auto holder : {gone_box, fenced_box})
    first->claim(new_claim(holder), [&](Result<void> outcome) { claimed += outcome ? 1U : 0U; });
  world.run_until([&] { return claimed == 2; });
  first->runner().give(FenceOrdered{fenced_box, gone_box.edge});
  world.run_until([&] { return is_fenced(first->store(), fenced_box); });
  world.end(std::move(first));
  auto settings = world.settings();
  settings.silence = {};
  const auto gateway = world.open(settings);
  REQUIRE(gateway->site().boxes().size() == 2);
  std::vector<std::pair<Holder, bool>> told;
  GatewayObserver observer;
  observer.edge_changed = [&](Holder box, bool online) { told.emplace_back(box, online); };
  gateway->start(observer);
  world.run_for(milliseconds(50));
  CHECK(told == std::vector{std::pair{gone_box, false}});
  CHECK_FALSE(gateway->is_online(gone_box));
  CHECK_FALSE(gateway->heard_at(gone_box));
  world.stop(*gateway);
}

TEST_CASE("a store of readings that could not be opened at the start is opened once it can be") {
  GatewayWorld world;
  auto settings = world.settings();
  settings.readings_pause = milliseconds(10);
  std::ofstream(world.folder.path("readings")) << "where its folder should be";
  const auto gateway = world.open(settings);
  gateway->start({});
  CHECK(gateway->readings() == nullptr);
  world.run_for(milliseconds(100));
  CHECK(gateway->readings() == nullptr);
  std::filesystem::remove(world.folder.path("readings"));
  for (int tries = 0; tries < 200 && gateway->readings() == nullptr; ++tries) world.run_for(milliseconds(10));
  REQUIRE(gateway->readings() != nullptr);
  const auto* opened = gateway->readings();
  world.run_for(milliseconds(100));
  CHECK(gateway->readings() == opened);
  world.stop(*gateway);
}

TEST_CASE("a stop does not wait for a store of readings that cannot be opened") {
  GatewayWorld world;
  std::ofstream(world.folder.path("readings")) << "where its folder should be";
  const auto gateway = world.open(world.settings());
  gateway->start({});
  CHECK(gateway->readings() == nullptr);
  world.stop(*gateway);
  const auto stopped = monotonic_clock();
  world.run_for(seconds(2));
  CHECK(monotonic_clock() - stopped < seconds(1));  // nothing is left to be done
}

TEST_CASE("a fence's backup that fails is made again, more and more rarely, until it succeeds") {
  GatewayWorld world;
  auto settings = world.settings();
  settings.backups.folder = world.folder.path("copies");
  settings.fence_pause = milliseconds(20);
  std::ofstream(settings.backups.folder) << "where the folder should be";
  const auto gateway = world.open(settings);
  for (const auto holder : {gone_box, fenced_box}) gateway->claim(new_claim(holder), [](const Result<void>&) {});
  gateway->runner().give(FenceOrdered{fenced_box, gone_box.edge});
  const auto& failed = world.metrics.counter("wattle_backups_failed_total", "Backups that came to nothing");
  world.run_until([&] { return failed.value() >= 1; });
  world.run_for(milliseconds(600));  // after 20, 60, 140 and 300 ms; each 20 ms it would be thirty times
  CHECK(failed.value() >= 3);
  CHECK(failed.value() <= 6);
  CHECK_FALSE(gateway->site().link(fenced_box)->row().told);
  std::filesystem::remove(settings.backups.folder);
  world.run_until([&] { return gateway->site().link(fenced_box)->row().told; });
  world.stop(*gateway);
}

}  // namespace
