// What got lost comes again soon, however busily the end that sends it goes on; and who had forgotten is soon told where its
// peer stands.

#include <catch2/catch.hpp>

#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

const SodiumCrypto crypto;

/// All that is said is delivered, and no time passes; `hear` is told what each message brought the cloud.
template <class F>
void exchange(TwoEnds& ends, F hear) {
  while (!ends.edge().said.empty() || !ends.cloud().said.empty()) {
    for (auto* from : {&ends.edge(), &ends.cloud()}) {
      for (const auto& message : std::exchange(from->said, {})) {
        const auto& heard = ends.deliver(ends.peer_of(*from), message);
        if (from == &ends.edge()) hear(heard);
      }
    }
  }
}

}  // namespace

TEST_CASE("a lost batch is sent again, although new ones follow it all the time") {
  TwoEnds ends(crypto);
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  ends.speak(ends.edge());
  REQUIRE_FALSE(ends.edge().said.empty());
  ends.edge().said.clear();  // lost

  const auto step = milliseconds(500);  // each well within retry_after
  for (std::int64_t passed = 0; passed < retry_after.micros + step.micros; passed += step.micros) {
    ends.pass(step);
    ends.mint(ends.edge(), ends.cash(yuan(1)));
    ends.exchange();
  }
  CHECK(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
}

TEST_CASE("a backlog that arrives tells at once that everything named is here") {
  TwoEnds ends(crypto);
  for (int i = 0; i < 3; ++i) ends.mint(ends.edge(), ends.cash(yuan(1)));
  ends.connect(ends.edge());
  ends.connect(ends.cloud());
  bool complete = false;
  exchange(ends, [&](const Heard& heard) { complete = complete || heard.complete; });
  CHECK(complete);  // although no time has passed, so that no status was due
  CHECK(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
}

TEST_CASE("a cloud that took its own entries back from a box is told at once that the box stands on them") {
  TwoEnds ends(crypto);
  const auto backup = ends.cloud().store;
  ends.mint(ends.cloud(), ends.recharge(yuan(7)));
  ends.exchange();
  ends.cloud().store = backup;
  ends.restart(ends.cloud());

  bool adopted = false;
  bool complete = false;
  exchange(ends, [&](const Heard& heard) {
    if (heard.adopted) adopted = heard.adopted->adoption == Adoption::adopted;
    if (adopted && heard.complete) complete = true;
  });
  CHECK(adopted);
  CHECK(complete);
}

}  // namespace wattle::test
