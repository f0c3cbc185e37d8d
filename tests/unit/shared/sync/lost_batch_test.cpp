// What got lost comes again soon, however busily the end that sends it goes on; and who had forgotten is soon told where its
// peer stands.

#include <catch2/catch.hpp>

#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

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

void pass(TwoEnds& ends, Duration time) {
  ends.pass(time);
  ends.speak(ends.edge());
}

}  // namespace

TEST_CASE("a lost batch is sent again, although new ones follow it all the time") {
  TwoEnds ends(sodium);
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

TEST_CASE("what is late is not sent again with all that follows it") {
  TwoEnds ends(sodium);
  constexpr std::size_t batches = 4;
  for (std::size_t i = 0; i < batches * batch_entries_max; ++i) ends.mint(ends.edge(), ends.cash({1}));
  ends.speak(ends.edge());
  REQUIRE(ends.edge().said.size() == batches);
  pass(ends, retry_after);
  CHECK(ends.edge().said.size() == batches + 1);  // the first alone
  pass(ends, retry_after);
  CHECK(ends.edge().said.size() == batches + 1);
  pass(ends, retry_after);  // it waits twice as long each time
  CHECK(ends.edge().said.size() == batches + 2);

  std::size_t sent = ends.edge().said.size();
  exchange(ends, [&](const Heard&) { sent = std::max(sent, ends.edge().said.size()); });
  CHECK(sent == batches + 2);
  CHECK(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
  CHECK(ends.edge().session->backlog() == 0);
}

TEST_CASE("all that was lost is sent again when the first of it has told so") {
  TwoEnds ends(sodium);
  constexpr std::size_t batches = 4;
  for (std::size_t i = 0; i < batches * batch_entries_max; ++i) ends.mint(ends.edge(), ends.cash({1}));
  ends.speak(ends.edge());
  ends.edge().said.clear();
  pass(ends, retry_after);
  CHECK(ends.edge().said.size() == 1);
  ends.exchange();
  CHECK(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
}

TEST_CASE("a batch that was overtaken is lost: it comes again without a pause") {
  TwoEnds ends(sodium);
  for (std::size_t i = 0; i < 3 * batch_entries_max; ++i) ends.mint(ends.edge(), ends.cash({1}));
  ends.speak(ends.edge());
  REQUIRE(ends.edge().said.size() == 3);
  ends.edge().said.erase(ends.edge().said.begin() + 1);
  ends.exchange();
  CHECK(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
}

TEST_CASE("a slow line is given more time") {
  TwoEnds ends(sodium);
  for (std::size_t i = 0; i < 3 * batch_entries_max; ++i) ends.mint(ends.edge(), ends.cash({1}));
  ends.speak(ends.edge());
  std::size_t said = 0;
  for (const auto delay : {seconds(5), seconds(8), seconds(8)}) {
    auto waiting = std::exchange(ends.edge().said, {});
    pass(ends, delay);
    said += ends.edge().said.size();
    ends.deliver(ends.cloud(), waiting.front());
    waiting.pop_front();
    while (!ends.cloud().said.empty()) {
      ends.deliver(ends.edge(), ends.cloud().said.front());
      ends.cloud().said.pop_front();
    }
    ends.edge().said.swap(waiting);
  }
  CHECK(said == 1);  // while nothing was known of the line
  CHECK(ends.edge().session->backlog() == 0);
}

TEST_CASE("a backlog that arrives tells at once that everything named is here") {
  TwoEnds ends(sodium);
  for (int i = 0; i < 3; ++i) ends.mint(ends.edge(), ends.cash(yuan(1)));
  ends.connect(ends.edge());
  ends.connect(ends.cloud());
  bool complete = false;
  exchange(ends, [&](const Heard& heard) { complete = complete || heard.complete; });
  CHECK(complete);  // although no time has passed, so that no status was due
  CHECK(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
}

TEST_CASE("a cloud that took its own entries back from a box is told at once that the box stands on them") {
  TwoEnds ends(sodium);
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
