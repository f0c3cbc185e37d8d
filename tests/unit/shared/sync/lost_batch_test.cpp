// What got lost comes again soon, however busily the end that sends it goes on; and who had forgotten is soon told where its
// peer stands.

#include <algorithm>
#include <catch2/catch.hpp>

#include "sync.pb.h"
#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

bool is_batch(const Bytes& bytes) {
  sync::Message message;
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && message.has_batch();
}

/// That are said and not delivered.
long batches(const SyncEnd& end) { return std::count_if(end.said.begin(), end.said.end(), is_batch); }

/// All that is said is delivered, and no time passes; `hear` is told what each message brought the cloud. The number of
/// batches.
template <class F>
long exchange(TwoEnds& ends, F hear) {
  long delivered = 0;
  while (!ends.edge().said.empty() || !ends.cloud().said.empty()) {
    for (auto* from : {&ends.edge(), &ends.cloud()}) {
      for (const auto& message : std::exchange(from->said, {})) {
        delivered += is_batch(message) ? 1 : 0;
        const auto& heard = ends.deliver(ends.peer_of(*from), message);
        if (from == &ends.edge()) hear(heard);
      }
    }
  }
  return delivered;
}

/// What that end has said and says meanwhile; the answers wait.
void deliver_all(TwoEnds& ends, SyncEnd& from) {
  for (; !from.said.empty(); from.said.pop_front()) ends.deliver(ends.peer_of(from), from.said.front());
}

void pass(TwoEnds& ends, Duration time) {
  ends.pass(time);
  ends.speak(ends.edge());
}

/// So many full batches that the box says at once.
void say(TwoEnds& ends, std::size_t batches_wanted) {
  for (std::size_t i = 0; i < batches_wanted * batch_entries_max; ++i) ends.mint(ends.edge(), ends.cash({1}));
  ends.speak(ends.edge());
  REQUIRE(batches(ends.edge()) == static_cast<long>(batches_wanted));
}

bool met(TwoEnds& ends) {
  return ends.cloud().link->theirs().head() == ends.edge().link->mine().head() && ends.edge().session->backlog() == 0;
}

const auto nothing = [](const Heard&) {};

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
  say(ends, 4);
  pass(ends, retry_after);
  CHECK(batches(ends.edge()) == 5);  // the first alone
  pass(ends, retry_after);
  CHECK(batches(ends.edge()) == 5);
  pass(ends, retry_after);  // it waits twice as long each time
  CHECK(batches(ends.edge()) == 6);
  CHECK(exchange(ends, nothing) == 6);
  CHECK(met(ends));
}

TEST_CASE("all that was lost is sent again when the first of it has told so") {
  TwoEnds ends(sodium);
  say(ends, 4);
  ends.edge().said.clear();
  pass(ends, retry_after);
  CHECK(batches(ends.edge()) == 1);
  CHECK(exchange(ends, nothing) == 4);
  CHECK(met(ends));
}

TEST_CASE("a batch that was overtaken is lost: it comes again without a pause") {
  TwoEnds ends(sodium);
  say(ends, 3);
  ends.edge().said.erase(ends.edge().said.begin() + 1);
  CHECK(exchange(ends, nothing) == 4);
  CHECK(met(ends));
}

TEST_CASE("more than a window, of which nothing is lost, is sent once") {
  TwoEnds ends(sodium);
  const auto full = window_entries_max / batch_entries_max;
  say(ends, full);
  for (std::size_t i = 0; i < 2 * batch_entries_max; ++i) ends.mint(ends.edge(), ends.cash({1}));
  CHECK(batches(ends.edge()) == static_cast<long>(full));
  CHECK(exchange(ends, nothing) == static_cast<long>(full) + 2);
  CHECK(met(ends));
}

TEST_CASE("what is refused is not sent again and again, with all that follows it") {
  TwoEnds ends(sodium);
  say(ends, 4);
  sync::Message first;
  auto& said = ends.edge().said.front();
  REQUIRE(first.ParseFromArray(said.data(), static_cast<int>(said.size())));
  auto& byte = first.mutable_batch()->mutable_signature()->front();
  byte = static_cast<char>(byte ^ 1);
  said = bytes_of(first);  // refused; the three behind it are holes
  long resent = 0;
  for (int i = 0; i < 20; ++i) {
    deliver_all(ends, ends.edge());
    deliver_all(ends, ends.cloud());
    resent += batches(ends.edge());
    if (batches(ends.edge()) > 0)
      ends.edge().said.erase(std::find_if(ends.edge().said.begin(), ends.edge().said.end(), is_batch));
  }
  CHECK(resent == 4);  // once, although the first is lost again
  pass(ends, retry_after);
  CHECK(batches(ends.edge()) == 1);
  CHECK(exchange(ends, nothing) == 4);
  CHECK(met(ends));
}

TEST_CASE("a slow line is given more time") {
  TwoEnds ends(sodium);
  say(ends, 3);
  long said = 0;
  for (const auto delay : {seconds(5), seconds(8), seconds(8)}) {
    auto waiting = std::exchange(ends.edge().said, {});
    pass(ends, delay);
    said += batches(ends.edge());
    ends.deliver(ends.cloud(), waiting.front());
    waiting.pop_front();
    deliver_all(ends, ends.cloud());
    ends.edge().said.swap(waiting);
  }
  CHECK(said == 1);  // while nothing was known of the line
  CHECK(ends.edge().session->backlog() == 0);
}

TEST_CASE("the time that a box was away is none of its line") {
  TwoEnds ends(sodium);
  ends.pass(hours(1));
  ends.restart(ends.edge());
  ends.exchange();
  ends.mint(ends.edge(), ends.cash({1}));
  ends.speak(ends.edge());
  ends.edge().said.clear();  // lost
  pass(ends, retry_after);
  CHECK(batches(ends.edge()) == 1);
}

TEST_CASE("who may not send is not woken for it") {
  TwoEnds ends(sodium);
  say(ends, 2);
  ends.edge().said.clear();
  Commit commit;
  ends.cloud().link->stop({1, LedgerErrc::malformed}, commit);
  ends.cloud().session->show_status();
  ends.speak(ends.cloud());
  exchange(ends, nothing);
  for (int i = 0; i < 20; ++i) {
    pass(ends, seconds(1));
    CHECK(ends.edge().session->wake_up() > ends.now.tick);
    CHECK(batches(ends.edge()) == 0);
  }
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

  bool is_back = false;
  bool complete = false;
  exchange(ends, [&](const Heard& heard) {
    if (heard.taken_back) is_back = heard.taken_back->outcome == TakeBack::done;
    if (is_back && heard.complete) complete = true;
  });
  CHECK(is_back);
  CHECK(complete);
}

}  // namespace wattle::test
