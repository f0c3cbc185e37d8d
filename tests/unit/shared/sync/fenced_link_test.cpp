// A fenced link is kept for ever, and has little to say.

#include <catch2/catch.hpp>

#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

struct FencedEnds : TwoEnds {
  FencedEnds() : TwoEnds(sodium) {
    mint(edge(), cash(yuan(3)));  // not heard of before the fence
    edge().said.clear();
    apply(cloud(), [](Link& link, Commit& commit) {
      link.fence(commit);
      link.tell_fence(commit);
    });
    cloud().session->show_status();
    speak(cloud());
  }

  /// As the core does it.
  template <class Change>
  static void apply(SyncEnd& end, Change change) {
    Commit commit;
    change(*end.link, commit);
    REQUIRE(end.store.commit(commit).has_value());
    end.link->committed();
  }
  void hear_of_it() {
    exchange();
    REQUIRE(edge().heard.fenced);
    apply(edge(), [](Link& link, Commit& commit) { link.fence(commit); });
    exchange();
  }
  /// How many messages leave within so long, when somebody looks every second.
  std::size_t said_within(Duration time, bool is_heard) {
    std::size_t count = 0;
    for (const auto end = now.tick + time; now.tick < end; pass(seconds(1))) {
      speak(edge());
      speak(cloud());
      count += edge().said.size() + cloud().said.size();
      if (is_heard) exchange();
      edge().said.clear();
      cloud().said.clear();
    }
    return count;
  }
};

TEST_CASE("two ends of a fenced link come to speak once a minute") {
  FencedEnds ends;
  ends.hear_of_it();
  ends.said_within(minutes(3), true);
  CHECK(ends.said_within(minutes(60), true) <= 2 * 60);
}

TEST_CASE("a cloud comes to speak once a minute to a box that has burned") {
  FencedEnds ends;
  ends.edge().session->disconnect();
  ends.said_within(minutes(3), false);
  CHECK(ends.said_within(minutes(60), false) <= 60);
}

TEST_CASE("a part of the evidence whose receipt was lost is asked for no longer than until it comes again") {
  FencedEnds ends;
  ends.exchange();
  FencedEnds::apply(ends.edge(), [](Link& link, Commit& commit) { link.fence(commit); });
  for (int round = 0; round < 10 && ends.cloud().heard.listed == 0; ++round) {
    ends.pass(seconds(1));
    ends.speak(ends.edge());
    for (const auto& message : std::exchange(ends.cloud().said, {})) ends.deliver(ends.edge(), message);
    for (const auto& message : std::exchange(ends.edge().said, {}))
      if (ends.cloud().heard.listed == 0) ends.deliver(ends.cloud(), message);
  }
  REQUIRE(ends.cloud().heard.listed == 1);
  ends.cloud().said.clear();  // with the receipt
  ends.edge().said.clear();
  ends.pass(retry_after);
  ends.exchange();
  CHECK(ends.said_within(seconds(30), true) <= 4);
}

// Seed 12721: what came while the box asked for its own entries rests on those, which it never had again.
TEST_CASE("a fenced box that cannot read what the cloud wrote last has not stopped for it") {
  TwoEnds ends(sodium);
  auto& old_box = ends.edge();
  const auto entry = ends.draft(ends.cloud(), ends.cash(yuan(1)));  // no cloud's kind
  const auto bytes = encode(entry);
  auto row = old_box.link->row();
  row.fenced = GENERATE(true, false);
  REQUIRE(old_box.store.commit(
      {AppendEntry{entry.stream, entry.number, {bytes, sodium.chain(old_box.link->down().head().hash, bytes), {}}},
       PutRow{Table::link, to_bytes(TwoEnds::box), to_bytes(row)}}));
  const Link link(End::edge, TwoEnds::site, TwoEnds::box, old_box.store, sodium, old_box.signer, ends.cloud().signer.key());
  CHECK(link.row().stopped.has_value() == !row.fenced);
}

}  // namespace
}  // namespace wattle::test
