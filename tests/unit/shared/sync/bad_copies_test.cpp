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

Bytes message_of(TwoEnds& ends, const Copy& copy) {
  sync::Message message;
  message.set_mine(ends.cloud().nonce);
  message.set_yours(ends.cloud().peer_nonce);
  auto* part = message.mutable_copy();
  part->set_first(copy.from.number + 1);
  for (const auto& entry : copy.entries) part->add_entries(entry.data(), entry.size());
  part->mutable_to()->set_number(copy.to.number);
  part->mutable_to()->set_hash(copy.to.hash.bytes.data(), copy.to.hash.bytes.size());
  part->set_signature(copy.signature.bytes.data(), copy.signature.bytes.size());
  const auto text = message.SerializeAsString();
  return {text.begin(), text.end()};
}

/// A sale whose account of the room's money afterwards is wrong: no box that works would have written it.
Bytes unfoldable(TwoEnds& ends) {
  auto entry = ends.draft(ends.edge(), ends.cash(yuan(5)));
  entry.after->room.micros += 1;
  return encode(entry);
}

void begin_asking(TwoEnds& ends) {
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  ends.exchange();
  Commit commit;
  ends.edge().link->ask(commit);
  REQUIRE(ends.edge().store.commit(commit).has_value());
}

}  // namespace

TEST_CASE("a copy that I have signed and cannot fold changes nothing") {
  TwoEnds ends(sodium);
  begin_asking(ends);
  auto& link = *ends.edge().link;
  const auto head = link.mine().head();
  const auto state = link.state().encoded();
  Commit commit;
  const auto adopted = link.adopt(copy_with(ends, unfoldable(ends), ends.edge().signer), commit);
  CHECK(adopted.adoption == Adoption::refused);
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
    ends.deliver(edge, message_of(ends, copy));
    REQUIRE(edge.heard.error.has_value());
    CHECK(word(*edge.heard.error) == std::string(word(code)));
  }
  REQUIRE(edge.link->row().stopped.has_value());
  CHECK(word(edge.link->row().stopped->reason) == std::string(word(code)));
  CHECK(edge.link->state().encoded() == state);
}

}  // namespace wattle::test
