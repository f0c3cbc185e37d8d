// A box is believed about its own rooms, and about no others.

#include "cloud/gateway/own_report.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/support/memory_store.hpp"

using namespace wattle;
using namespace wattle::cloud;

namespace {

constexpr Holder seven{{7}, {0xc41e}};
constexpr Holder eight{{8}, {0xbeef}};
constexpr Holder nobody{{9}, {1}};

class SeededEntropy final : public Entropy {
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

/// Room 101 is fitted at box seven, 102 at eight.
struct ReportWorld {
  ReportWorld() : site({{1}, yuan(500)}, store, crypto, signer, entropy, now) {
    give(Claimed{seven, SodiumSigner(seed_of(7)).key()});
    give(Claimed{eight, SodiumSigner(seed_of(8)).key()});
    fit(101, seven);
    fit(102, eight);
  }
  void give(const Event& event) {
    for (const auto& effect : site.handle(event, now)) {
      const auto* persist = std::get_if<Persist>(&effect);
      if (persist == nullptr) continue;
      REQUIRE(store.commit(persist->commit).has_value());
      site.committed();
    }
  }
  void fit(std::uint32_t room, Holder at) {
    const CircuitId circuit{room * 10};
    give(Ordered{Fitting{{room}, 1, at.edge, {{circuit, {room}, Utility::electricity, {0}, {}, 0}}}});
    REQUIRE(site.index().room({room})->open_at() == at);
  }
  test::MemoryStore store;
  SodiumCrypto crypto;
  SodiumSigner signer{seed_of(99)};
  SeededEntropy entropy;
  Now now{{1'772'323'200'000'000}, {1'000'000}};
  Site site;
};

CircuitReport circuit(std::uint32_t number, std::uint32_t room) {
  CircuitReport report;
  report.circuit = {number};
  report.room = {room};
  return report;
}

RelayRow row(std::uint32_t number, std::uint32_t room) {
  RelayRow made;
  made.circuit = {number};
  made.room = {room};
  return made;
}

Report everything() {
  return {{circuit(1010, 101), circuit(1020, 102), circuit(1030, 103), circuit(1010, 102)},
          {{"limit/1", {}}},
          {row(1010, 101), row(1020, 102), row(1030, 103)}};
}

TEST_CASE("of a report what is of other boxes' rooms, or of none, is left out") {
  ReportWorld world;
  auto report = everything();
  CHECK(keep_own(report, seven, world.site) == 5);
  REQUIRE(report.circuits.size() == 1);
  CHECK(report.circuits[0].circuit == CircuitId{1010});
  REQUIRE(report.rows.size() == 1);
  CHECK(report.rows[0].room == RoomId{101});
  CHECK(report.settings.size() == 1);
}

TEST_CASE("a fenced box, and one that is not known, is not believed at all") {
  ReportWorld world;
  world.give(FenceOrdered{seven, eight.edge});
  for (const auto from : {seven, nobody}) {
    auto report = everything();
    CHECK(keep_own(report, from, world.site) == 8);
    CHECK((report.circuits.empty() && report.settings.empty() && report.rows.empty()));
  }
}

/// What is nobody's is this box's own word, whoever else may have the circuit.
TEST_CASE("circuits that are only recorded stay with the box that tells of them") {
  ReportWorld world;
  Report report;
  report.circuits = {circuit(9010, 0), circuit(1020, 0), circuit(1020, 102)};
  CHECK(keep_own(report, seven, world.site) == 1);
  REQUIRE(report.circuits.size() == 2);
  CHECK(report.circuits[1].room == RoomId{});
  CHECK(keep_own(report, nobody, world.site) == 2);
  CHECK(report.circuits.empty());
}

}  // namespace
