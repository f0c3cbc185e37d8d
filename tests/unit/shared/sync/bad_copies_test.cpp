// A returned copy that cannot be taken: it changes nothing, and when it comes again and again the link waits for a person.

#include <catch2/catch.hpp>

#include "sync.pb.h"
#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

/// A copy of the edge's stream that ends with this entry, under the edge's own signature unless somebody else signs.
Copy copy_with(TwoEnds& ends, const Bytes& last, const Signer& signer) {
  const auto& log = ends.edge().link->mine();
  Copy copy{log.head(), {last}, {}, {}};
  copy.to = {log.head().number + 1, sodium.chain(log.head().hash, last)};
  copy.signature = signer.sign(signed_head(log.id(), copy.to));
  return copy;
}

sync::Message message_from(const SyncEnd& writer) {
  sync::Message message;
  message.set_mine(writer.nonce);
  message.set_yours(writer.peer_nonce);
  return message;
}

Bytes message_of(const SyncEnd& writer, const Copy& copy) {
  auto message = message_from(writer);
  auto* part = message.mutable_copy();
  part->set_first(copy.from.number + 1);
  for (const auto& entry : copy.entries) part->add_entries(entry.data(), entry.size());
  part->mutable_to()->set_number(copy.to.number);
  part->mutable_to()->set_hash(copy.to.hash.bytes.data(), copy.to.hash.bytes.size());
  part->set_signature(copy.signature.bytes.data(), copy.signature.bytes.size());
  return bytes_of(message);
}

/// A sale whose account of the room's money afterwards is wrong: no box that works would have written it.
Bytes unfoldable(TwoEnds& ends) {
  auto entry = ends.draft(ends.edge(), ends.cash(yuan(5)));
  entry.after->room.micros += 1;
  return encode(entry);
}

void begin_asking(TwoEnds& ends, End end = End::edge) {
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  ends.exchange();
  Commit commit;
  ends.at(end).link->ask(commit);
  REQUIRE(ends.at(end).store.commit(commit).has_value());
}

/// Nothing but that the link has stopped, for good: what was found is of another's hand, or gone.
void check_stopped(TwoEnds& ends, SyncEnd& end, LedgerErrc why, const Head& head) {
  REQUIRE(end.heard.error.has_value());
  CHECK(word(*end.heard.error) == std::string(word(why)));
  ends.restart(end);
  REQUIRE(end.link->row().stopped.has_value());
  CHECK(word(end.link->row().stopped->reason) == std::string(word(why)));
  CHECK(end.link->mine().head() == head);
  ends.exchange();
  CHECK(end.session->wake_up() > ends.now.tick);  // not awake for ever
}

}  // namespace

TEST_CASE("a copy that I have signed and cannot fold changes nothing") {
  TwoEnds ends(sodium);
  begin_asking(ends);
  auto& link = *ends.edge().link;
  const auto head = link.mine().head();
  const auto state = link.state().encoded();
  Commit commit;
  const auto taken_back = link.take_back(copy_with(ends, unfoldable(ends), ends.edge().signer), commit);
  CHECK(taken_back.outcome == TakeBack::refused);
  CHECK(commit.empty());
  CHECK(link.row().asking);
  CHECK(link.mine().head() == head);
  CHECK(link.state().encoded() == state);
}

TEST_CASE("a copy refused again and again stops the link, until somebody looks") {
  TwoEnds ends(sodium);
  begin_asking(ends);
  auto& edge = ends.edge();
  auto last = encode(ends.draft(edge, ends.cash(yuan(5))));
  auto copy = copy_with(ends, last, edge.signer);
  auto code = LedgerErrc::chain;
  SECTION("its entries do not lead to the head that it names") { copy.entries[0][40] ^= 1; }
  SECTION("signed by somebody else") {
    copy = copy_with(ends, last, ends.cloud().signer);
    code = LedgerErrc::copy_unsigned;
  }
  SECTION("unfoldable") {
    copy = copy_with(ends, unfoldable(ends), edge.signer);
    code = LedgerErrc::after_differs;
  }
  const auto state = edge.link->state().encoded();
  for (int i = 1; i <= copies_refused_max; ++i) {
    REQUIRE_FALSE(edge.link->row().stopped.has_value());
    ends.deliver(edge, message_of(ends.cloud(), copy));
    REQUIRE(edge.heard.error.has_value());
    CHECK(word(*edge.heard.error) == std::string(word(code)));
  }
  REQUIRE(edge.link->row().stopped.has_value());
  CHECK(word(edge.link->row().stopped->reason) == std::string(word(code)));
  CHECK(edge.link->state().encoded() == state);
}

TEST_CASE("a copy that lacks what was agreed stops the link at once, over a restart") {
  for (const auto which : {End::edge, End::cloud}) {
    TwoEnds ends(sodium);
    ends.mint(ends.edge(), ends.cash(yuan(1)));
    begin_asking(ends, which);
    auto& end = ends.at(which);
    const auto head = end.link->mine().head();
    REQUIRE(end.link->row().agreed == head.number);
    Copy copy{{head.number - 1, *end.link->mine().hash_at(head.number - 1)}, {}, {head.number - 1, {}}, {}};
    copy.to.hash.bytes[0] = 1;
    ends.deliver(end, message_of(ends.peer_of(end), copy));
    check_stopped(ends, end, LedgerErrc::copy_lacks_agreed, head);
  }
}

TEST_CASE("the cloud takes back no branch that lacks what an admitted entry had seen") {
  TwoEnds ends(sodium);
  auto& cloud = ends.cloud();
  const auto agreed = cloud.link->row().agreed;
  const auto paid = ends.mint(cloud, ends.recharge(yuan(5)));
  ends.speak(cloud);
  while (!cloud.said.empty()) {
    const auto message = cloud.said.front();
    cloud.said.pop_front();
    ends.deliver(ends.edge(), message);
  }
  ends.edge().said.clear();  // its word that it has the payment is lost
  const auto sale = ends.mint(ends.edge(), ends.cash(yuan(1)));
  REQUIRE(sale.seen.number == paid.number);
  ends.deliver(cloud, ends.batch(ends.edge(), sale.number, {encode(sale)}));
  REQUIRE(cloud.link->seen() == paid.number);
  REQUIRE(cloud.link->row().agreed == agreed);
  Commit asking;
  cloud.link->ask(asking);
  REQUIRE(cloud.store.commit(asking).has_value());
  auto other = paid;
  other.lines[0].amount = yuan(500);
  const Head from{agreed, *cloud.link->mine().hash_at(agreed)};
  Copy copy{from, {encode(other)}, {}, {}};
  copy.to = {paid.number, sodium.chain(from.hash, copy.entries[0])};
  copy.signature = cloud.signer.sign(signed_head(cloud.link->mine().id(), copy.to));
  const auto head = cloud.link->mine().head();
  ends.deliver(cloud, message_of(ends.edge(), copy));
  check_stopped(ends, cloud, LedgerErrc::copy_drops_seen, head);
}

TEST_CASE("a copy of which the peer has dropped what is asked for stops the link") {
  for (const auto which : {End::edge, End::cloud}) {
    TwoEnds ends(sodium);
    begin_asking(ends, which);
    auto& end = ends.at(which);
    const auto head = end.link->mine().head();
    auto message = message_from(ends.peer_of(end));
    message.mutable_copy()->set_dropped_below(2);
    ends.deliver(end, bytes_of(message));
    check_stopped(ends, end, LedgerErrc::dropped, head);
    CHECK(end.link->row().stopped->number == 2);
  }
}

TEST_CASE("a link that has forked too often waits for a person, over a restart") {
  TwoEnds ends(sodium);
  auto& edge = ends.edge();
  Commit commit;
  edge.link->stop({3, LedgerErrc::forks_too_often}, commit);
  REQUIRE(edge.store.commit(commit).has_value());
  ends.restart(edge);
  REQUIRE(edge.link->row().stopped.has_value());
  CHECK(edge.link->row().stopped->number == 3);
}

}  // namespace wattle::test
