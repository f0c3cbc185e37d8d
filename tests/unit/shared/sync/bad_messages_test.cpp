// Messages that are not what they should be: dropped with their code, nothing changes, and the session goes on.

#include <catch2/catch.hpp>

#include "sync.pb.h"
#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

sync::Message message_of(const Bytes& bytes) {
  sync::Message message;
  REQUIRE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return message;
}

/// What the edge says of its next sale, not yet delivered.
sync::Message next_sale(TwoEnds& ends) {
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  ends.speak(ends.edge());
  REQUIRE_FALSE(ends.edge().said.empty());
  const auto message = message_of(ends.edge().said.back());
  REQUIRE(message.has_batch());
  return message;
}

void check_refused(TwoEnds& ends, ByteView message, LedgerErrc code) {
  auto& cloud = ends.cloud();
  const auto state = cloud.link->state().encoded();
  const auto cursor = cloud.link->theirs().head();
  ends.deliver(cloud, message);
  REQUIRE(cloud.heard.error.has_value());
  CHECK(word(*cloud.heard.error) == std::string(word(code)));
  CHECK_FALSE(stops(code));
  CHECK_FALSE(cloud.link->row().stopped.has_value());
  CHECK(cloud.written.empty());
  CHECK(cloud.link->state().encoded() == state);
  CHECK(cloud.link->theirs().head() == cursor);
}

/// The sale that was spoilt on its way arrives in the end.
void check_goes_on(TwoEnds& ends) {
  ends.exchange();
  ends.pass(retry_after);
  ends.exchange();
  CHECK(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
  CHECK(ends.cloud().link->state().after(TwoEnds::room).room == yuan(25));
}

}  // namespace

TEST_CASE("a batch that was damaged on its way is refused, and comes again") {
  TwoEnds ends(sodium);
  auto message = next_sale(ends);
  ends.edge().said.clear();
  auto& batch = *message.mutable_batch();
  auto code = LedgerErrc::signature;
  SECTION("a changed byte") { (*batch.mutable_entries(0))[40] ^= 1; }
  SECTION("a changed signature") { (*batch.mutable_signature())[0] ^= 1; }
  SECTION("signed by somebody else") {
    const auto& log = ends.edge().link->mine();
    const auto forged = ends.cloud().signer.sign(signed_head(log.id(), log.head()));
    batch.set_signature(forged.bytes.data(), forged.bytes.size());
  }
  SECTION("no signature") {
    batch.clear_signature();
    code = LedgerErrc::bad_message;
  }
  SECTION("a hole before it") {
    batch.set_first(2);
    code = LedgerErrc::hole;
  }
  SECTION("number zero") {
    batch.set_first(0);
    code = LedgerErrc::hole;
  }
  SECTION("nothing in it") {
    batch.clear_entries();
    code = LedgerErrc::hole;
  }
  SECTION("more entries than a batch has") {
    for (std::size_t i = 0; i < batch_entries_max; ++i) batch.add_entries("x");
    code = LedgerErrc::bad_message;
  }
  check_refused(ends, bytes_of(message), code);
  check_goes_on(ends);
}

TEST_CASE("a known number with other bytes is not taken") {
  TwoEnds ends(sodium);
  auto message = next_sale(ends);
  ends.exchange();
  CHECK(ends.cloud().link->theirs().head().number == 1);
  auto other = *decode_entry(ends.edge().link->mine().at(1)->bytes);
  other.time = other.time + seconds(1);
  const auto bytes = encode(other);
  message.mutable_batch()->set_entries(0, bytes.data(), bytes.size());
  check_refused(ends, bytes_of(message), LedgerErrc::chain);
  check_goes_on(ends);
}

TEST_CASE("what came already falls out without a word") {
  TwoEnds ends(sodium);
  const auto message = bytes_of(next_sale(ends));
  ends.exchange();
  const auto state = ends.cloud().link->state().encoded();
  for (int i = 0; i < 3; ++i) {
    ends.deliver(ends.cloud(), message);
    CHECK_FALSE(ends.cloud().heard.error.has_value());
    CHECK(ends.cloud().heard.entries == 0);
    CHECK(ends.cloud().written.empty());
  }
  CHECK(ends.cloud().link->state().encoded() == state);
  check_goes_on(ends);
}

TEST_CASE("what is no message is refused") {
  TwoEnds ends(sodium);
  auto message = next_sale(ends);
  ends.edge().said.clear();
  const auto whole = bytes_of(message);
  SECTION("every cut") {
    constexpr std::size_t sender = 9;   // with this alone it is of no session
    constexpr std::size_t nonces = 18;  // with these alone it is one without a known body, as a newer peer may send
    for (std::size_t size = 0; size < whole.size(); ++size) {
      if (size == nonces) continue;
      ends.deliver(ends.cloud(), ByteView(whole).first(size));
      INFO(size);
      REQUIRE(ends.cloud().heard.error.has_value());
      CHECK_FALSE(stops(*ends.cloud().heard.error));
      CHECK(ends.cloud().written.empty());
      if (size < nonces)
        CHECK(*ends.cloud().heard.error == (size == sender ? LedgerErrc::other_session : LedgerErrc::bad_message));
    }
  }
  SECTION("garbage") { check_refused(ends, view("no message of any session"), LedgerErrc::bad_message); }
  SECTION("more than a message has") { check_refused(ends, Bytes(message_bytes_max + 1), LedgerErrc::bad_message); }
  SECTION("no sender") {
    message.clear_mine();
    check_refused(ends, bytes_of(message), LedgerErrc::bad_message);
  }
  check_goes_on(ends);
}

TEST_CASE("a status is read whole or not at all") {
  TwoEnds ends(sodium);
  auto message = next_sale(ends);
  ends.edge().said.clear();
  auto& status = *message.mutable_status();
  status.set_counter(1000);
  status.mutable_head()->set_number(1);
  SECTION("a hash too short") { status.mutable_head()->set_hash(std::string(31, 'x')); }
  SECTION("no hash") {}
  SECTION("a hash of nothing") {
    status.mutable_head()->set_number(0);
    status.mutable_cursor()->set_hash(std::string(32, 'x'));
  }
  check_refused(ends, bytes_of(message), LedgerErrc::bad_message);
  CHECK_FALSE(ends.cloud().heard.status);
  check_goes_on(ends);
}

TEST_CASE("nothing is sent to a peer that does not say that it can read it") {
  TwoEnds ends(sodium);
  auto& cloud = ends.cloud();
  ends.mint(cloud, ends.recharge(yuan(5)));
  ends.edge().session->show_status();
  ends.speak(ends.edge());
  auto older = message_of(ends.edge().said.back());
  REQUIRE(older.has_status());
  REQUIRE(older.status().stream_version() == stream_version);
  ends.edge().said.clear();
  older.mutable_status()->set_stream_version(0);
  const auto sends = [&] {
    return std::any_of(cloud.said.begin(), cloud.said.end(), [](const Bytes& said) { return message_of(said).has_batch(); });
  };
  cloud.said.clear();
  ends.deliver(cloud, bytes_of(older));
  REQUIRE(cloud.heard.on_chain);
  CHECK_FALSE(sends());
  older.mutable_status()->set_stream_version(stream_version);
  older.mutable_status()->set_counter(older.status().counter() + 1);
  ends.deliver(cloud, bytes_of(older));
  CHECK(sends());
}

TEST_CASE("a status of another life, of either end, says nothing of this one") {
  TwoEnds ends(sodium);
  ends.exchange();
  ends.edge().session->show_status();
  ends.speak(ends.edge());
  const auto old = ends.edge().said.back();
  REQUIRE(message_of(old).has_status());
  SECTION("this end has started anew") { ends.restart(ends.cloud()); }
  SECTION("the peer has, and its old word comes late") {
    ends.restart(ends.edge());
    ends.exchange();
  }
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  check_refused(ends, old, LedgerErrc::other_session);
  CHECK_FALSE(ends.cloud().heard.status);
  check_goes_on(ends);
}

TEST_CASE("a greeting is no fault: so sessions begin") {
  TwoEnds ends(sodium);
  ends.restart(ends.edge());
  const auto greeting = ends.edge().said.front();
  CHECK(message_of(greeting).yours() == 0);
  ends.deliver(ends.cloud(), greeting);
  CHECK_FALSE(ends.cloud().heard.error.has_value());
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  check_goes_on(ends);
}

TEST_CASE("an older status of this session changes nothing") {
  TwoEnds ends(sodium);
  ends.edge().session->show_status();
  ends.speak(ends.edge());
  const auto first = ends.edge().said.back();
  ends.exchange();
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  ends.exchange();
  ends.deliver(ends.cloud(), first);
  CHECK_FALSE(ends.cloud().heard.status);
  CHECK(ends.cloud().written.empty());
  check_goes_on(ends);
}

TEST_CASE("the peer's life is another after its start, and the same while it lives") {
  TwoEnds ends(sodium);
  const auto life = ends.edge().session->peer_life();
  CHECK(life != 0);
  ends.mint(ends.edge(), ends.cash(yuan(5)));
  ends.exchange();
  CHECK(ends.edge().session->peer_life() == life);
  ends.restart(ends.cloud());
  ends.exchange();
  CHECK(ends.edge().session->peer_life() != 0);
  CHECK(ends.edge().session->peer_life() != life);
  check_goes_on(ends);
}

}  // namespace wattle::test
