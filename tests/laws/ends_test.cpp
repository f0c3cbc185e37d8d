// Laws 6, 11 and 12 at two ends: what was said holds over any crashes, a copy that was touched is not taken back, and a fenced
// box changes nothing.

#include <catch2/catch.hpp>

#include "sync.pb.h"
#include "tests/laws/property.hpp"
#include "tests/support/two_ends.hpp"

using namespace wattle;
using laws::holds;
using test::SyncEnd;
using test::TwoEnds;

namespace {

/// A head of one of the streams that an end has told of, as its own or as what it has of the other's.
struct Said {
  SyncEnd* by;
  StreamId stream;
  Head head;
};

void note(std::vector<Said>& all, SyncEnd& by, const StreamId& stream, const sync::Head& head) {
  if (head.number() == 0) return;
  Said said{&by, stream, {head.number(), {}}};
  RC_ASSERT(head.hash().size() == said.head.hash.bytes.size());
  std::copy(head.hash().begin(), head.hash().end(), said.head.hash.bytes.begin());
  all.push_back(said);
}

/// All that the end has said and that has not arrived yet.
void note(std::vector<Said>& all, SyncEnd& by) {
  for (const auto& bytes : by.said) {
    sync::Message message;
    RC_ASSERT(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    if (!message.has_status()) continue;
    note(all, by, by.link->mine().id(), message.status().head());
    note(all, by, by.link->theirs().id(), message.status().cursor());
  }
}

void sell(TwoEnds& ends, SyncEnd& end, Random& random) {
  const Money amount{random.between(1, 9) * 1'000'000};
  ends.mint(end, end.which == End::edge ? ends.cash(amount) : ends.recharge(amount));
}

/// One of the things that may happen at an end; a message may be lost, come late or twice.
void happen(TwoEnds& ends, SyncEnd& end, Random& random) {
  auto& peer = ends.peer_of(end);
  switch (random.below(7)) {
    case 0: return ends.restart(end);
    case 1: return ends.connect(end);
    case 2: return ends.pass(retry_after);
    case 3: return sell(ends, end, random);
    default: break;
  }
  ends.speak(end);
  if (end.said.empty()) return;
  const auto at = static_cast<std::ptrdiff_t>(random.below(end.said.size()));
  const auto message = end.said[static_cast<std::size_t>(at)];
  if (random.chance(2, 3)) end.said.erase(end.said.begin() + at);
  if (random.chance(3, 4)) ends.deliver(peer, message);
}

void check_said(const std::vector<Said>& all) {
  for (const auto& said : all) {
    const auto record = said.by->store.entry(said.stream, said.head.number);
    RC_ASSERT(record.has_value());
    RC_ASSERT(record->hash == said.head.hash);
  }
}

}  // namespace

TEST_CASE("law 6: what an end has told of is on its disk then, and after any crashes") {
  CHECK(holds("law 6", [](std::uint64_t seed) {
    TwoEnds ends(test::sodium);
    Random random(seed);
    std::vector<Said> all;
    for (int step = 0; step < 80; ++step) {
      happen(ends, ends.at(random.chance(1, 2) ? End::edge : End::cloud), random);
      std::vector<Said> now;
      for (auto* end : {&ends.edge(), &ends.cloud()}) note(now, *end);
      check_said(now);
      all.insert(all.end(), now.begin(), now.end());
    }
    RC_ASSERT(!all.empty());
    for (auto* end : {&ends.edge(), &ends.cloud()}) ends.restart(*end);
    for (int round = 0; round < 3; ++round) ends.exchange(), ends.pass(retry_after_max);
    check_said(all);
    RC_ASSERT(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
    RC_ASSERT(ends.edge().link->theirs().head() == ends.cloud().link->mine().head());
  }));
}

TEST_CASE("law 11: a copy with a changed byte, or under another's signature, changes nothing") {
  CHECK(holds("law 11", [](std::uint64_t seed) {
    TwoEnds ends(test::sodium);
    Random random(seed);
    auto& end = ends.at(random.chance(1, 2) ? End::edge : End::cloud);
    auto& peer = ends.peer_of(end);
    const auto young = end.store;
    const auto agreed = end.link->mine().head();
    for (auto sales = random.between(1, 5); sales > 0; --sales) sell(ends, end, random);
    ends.exchange();
    Copy copy{agreed, {}, end.link->mine().head(), end.link->sign(end.link->mine().head())};
    for (auto number = agreed.number + 1; number <= copy.to.number; ++number)
      copy.entries.push_back(peer.link->theirs().at(number)->bytes);
    end.store = young;  // and now it has forgotten them
    Link link(end.which, TwoEnds::site, TwoEnds::box, end.store, end.crypto, end.signer, peer.signer.key());
    const auto state = link.state().encoded();
    auto touched = copy;
    auto& changed = touched.entries[random.below(touched.entries.size())];
    changed[random.below(changed.size())] ^= static_cast<std::uint8_t>(1U << random.below(8));
    auto foreign = copy;
    foreign.signature = peer.signer.sign(signed_head(link.mine().id(), copy.to));
    auto with_its_head = touched;  // as a peer would who can reckon
    with_its_head.to.hash = agreed.hash;
    for (const auto& bytes : touched.entries) with_its_head.to.hash = end.crypto.chain(with_its_head.to.hash, bytes);
    for (const auto& bad : {touched, foreign, with_its_head}) {
      Commit commit;
      RC_ASSERT(link.take_back(bad, commit).outcome == TakeBack::refused);
      RC_ASSERT(commit.empty());
      RC_ASSERT(link.state().encoded() == state);
      RC_ASSERT(link.mine().head() == agreed);
    }
    Commit commit;
    RC_ASSERT(link.take_back(copy, commit).outcome == TakeBack::done);
    RC_ASSERT(link.mine().head() == copy.to);
  }));
}

TEST_CASE("law 12: whatever a fenced box still sends, no balance moves, and its sales are kept as a list") {
  CHECK(holds("law 12", [](std::uint64_t seed) {
    TwoEnds ends(test::sodium);
    Random random(seed);
    auto& cloud = ends.cloud();
    for (auto sales = random.below(4); sales > 0; --sales) sell(ends, ends.edge(), random);
    ends.exchange();
    std::uint64_t unheard = 0;
    const auto sell_more = [&] {
      for (auto sales = random.below(4); sales > 0; --sales, ++unheard) sell(ends, ends.edge(), random);
    };
    sell_more();
    ends.speak(ends.edge());  // on its way as the person fences
    Commit fenced;
    cloud.link->fence(fenced);
    RC_ASSERT(cloud.store.commit(fenced).has_value());
    cloud.link->committed();
    cloud.link->fold_to(cloud.link->mine().head().number);  // as the site does
    const auto state = cloud.link->state().encoded();
    const auto head = cloud.link->theirs().head();
    const auto check = [&] {
      RC_ASSERT(cloud.link->state().encoded() == state);
      RC_ASSERT(cloud.link->theirs().head() == head);
    };
    ends.exchange();
    check();
    sell_more();
    for (int time = 0; time < 3; ++time) {
      if (random.chance(1, 2)) ends.restart(random.chance(1, 2) ? ends.edge() : cloud);
      ends.exchange();
      ends.pass(retry_after_max);
      check();
    }
    fenced.clear();
    cloud.link->tell_fence(fenced);
    RC_ASSERT(cloud.store.commit(fenced).has_value());
    cloud.link->committed();
    cloud.session->show_status();
    ends.exchange();
    RC_ASSERT(ends.edge().heard.fenced);
    Commit heard;  // as the box's engine does when it hears so
    ends.edge().link->fence(heard);
    RC_ASSERT(ends.edge().store.commit(heard).has_value());
    ends.edge().link->committed();
    for (int time = 0; time < 3; ++time) ends.exchange(), ends.pass(beat_after);
    check();
    RC_ASSERT(cloud.store.listed(cloud.link->theirs().id()).size() >= unheard);
  }));
}
