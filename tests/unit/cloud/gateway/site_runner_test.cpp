// The order of things: one transaction, then effects, then answers; nothing after a store that failed.

#include "cloud/gateway/site_runner.hpp"

#include <catch2/catch.hpp>

#include "cloud/store/store.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "shared/io/clock.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::cloud {
namespace {

class Counting final : public Entropy {
 public:
  std::uint64_t word() override { return ++last_; }

 private:
  std::uint64_t last_ = 0;
};

Seed seed_filled(std::uint8_t byte) {
  Seed seed{};
  seed.fill(byte);
  return seed;
}

struct RunnerWorld {
  RunnerWorld()
      : store(*open_store(folder.path("cloud.sqlite"))),
        signer(seed_filled(1)),
        site({{1}, yuan(500)}, *store, crypto, signer, entropy, read_clocks()),
        runner(loop, site, *store,
               {[this](const Effect& effect) {
                  if (std::holds_alternative<AnswerOrder>(effect)) log += 'a';
                  if (std::holds_alternative<Journal>(effect)) log += 'j';
                },
                [this](const Commit&) { log += 'p'; }},
               metrics) {}
  void pay(const std::string& number, std::int64_t amount = 1) {
    runner.give(Ordered{Payment{number, Provider::cash_desk, {101}, 1, yuan(amount), std::nullopt}},
                [this](SiteRunner::Answer answer) {
                  answers.push_back(answer.value_or(OrderAnswer::refused));
                  log += 'd';
                });
  }
  void run() {
    loop.restart();
    loop.poll();
  }
  test::Folder folder;
  boost::asio::io_context loop;
  Metrics metrics;
  SodiumCrypto crypto;
  Counting entropy;
  std::unique_ptr<LedgerStore> store;
  SodiumSigner signer;
  Site site;
  SiteRunner runner;
  std::string log;
  std::vector<OrderAnswer> answers;
};

TEST_CASE("what waits goes into one transaction, and only then leaves") {
  RunnerWorld world;
  for (int i = 0; i < 3; ++i) world.pay("p" + std::to_string(i));
  CHECK(world.log.empty());
  CHECK(world.store->rows(Table::order).empty());
  world.run();
  CHECK(world.log == "pppaaaddd");
  CHECK(world.store->rows(Table::order).size() == 3);
  CHECK(world.metrics.counter("wattle_site_commits_total", "").value() == 1);
}

TEST_CASE("each event has its own answer, in one group too") {
  RunnerWorld world;
  world.pay("p");
  world.pay("p");
  world.pay("p", 2);
  world.run();
  CHECK(world.answers == std::vector{OrderAnswer::accepted, OrderAnswer::known, OrderAnswer::contradicts});
}

TEST_CASE("a reader waits for what is under way, and not longer") {
  RunnerWorld world;
  world.runner.when_durable([&] { world.log += 'r'; });
  CHECK(world.log == "r");
  world.pay("p");
  world.runner.when_durable([&] { world.log += 'r'; });
  CHECK(world.log == "r");
  world.run();
  CHECK(world.log == "rpadr");
}

TEST_CASE("a reader waits again for what an answer has led to at once") {
  RunnerWorld world;
  world.runner.give(Ordered{Payment{"first", Provider::cash_desk, {101}, 1, yuan(1), std::nullopt}},
                    [&](const auto&) { world.pay("p"); });
  std::size_t durable = 0;
  for (const char reader : {'r', 's'})
    world.runner.when_durable([&, reader] {
      durable = world.store->rows(Table::order).size();
      world.log += reader;
    });
  world.run();
  CHECK(world.log == "papadrs");
  CHECK(durable == 2);
}

TEST_CASE("rows beside an event are in its transaction") {
  RunnerWorld world;
  world.runner.give(Woke{}, {}, {PutRow{Table::site, {1}, {2}}});
  world.run();
  CHECK(world.store->row(Table::site, Bytes{1}) == Bytes{2});
}

TEST_CASE("after a store that failed nothing leaves, and the loop ends with the failure") {
  RunnerWorld world;
  REQUIRE_FALSE(world.store->commit({AppendEntry{{{1}, cloud_holder, Direction::site}, 9, {Bytes{1}, {}, {}}}}).has_value());
  world.pay("p");
  world.runner.when_durable([&] { world.log += 'r'; });
  world.loop.restart();
  CHECK_THROWS_AS(world.loop.poll(), StoreFailure);
  CHECK(world.log.empty());
  world.pay("q");
  world.runner.when_durable([&] { world.log += 'r'; });
  world.run();
  CHECK(world.log.empty());
}

}  // namespace
}  // namespace wattle::cloud
