// Envelopes from boxes: taken once, from those who are known, on their own topics; anything else is refused with its code.

#include "cloud/gateway/peers.hpp"

#include <catch2/catch.hpp>

#include "cloud/gateway/claim_code.hpp"
#include "cloud/gateway/errors.hpp"
#include "cloud/gateway/gateway.hpp"
#include "cloud/gateway/relay_history.hpp"
#include "cloud/gateway/report.hpp"

namespace wattle::cloud {
namespace {

constexpr SiteId site{1};
constexpr Holder box_seven{{7}, {0xc41e}};
const SodiumCrypto sodium;

Seed seed_of(std::uint8_t byte) {
  Seed seed{};
  seed.fill(byte);
  return seed;
}

struct Box {
  explicit Box(Holder who, std::uint8_t byte)
      : holder(who), signer(seed_of(byte)), box(seed_of(static_cast<std::uint8_t>(byte + 1))) {}
  Claim claim() const { return {holder, signer.key(), box.key(), 0}; }
  Bytes envelope(const SiteKeys& keys, std::string_view body, Holder to = cloud_holder, SiteId of = site) {
    Nonce nonce;
    nonce.bytes[0] = ++nonces;
    const auto seal = box.seal_with(keys.box().key());
    return seal_envelope({of, holder, to, first_epoch, first_epoch, 5}, view(body), nonce, **seal, signer);
  }
  std::string topic(std::string_view kind = "sync") const { return topic_up(sodium, site, holder, kind); }

  Holder holder;
  SodiumSigner signer;
  SodiumBox box;
  std::uint8_t nonces = 0;
};

struct World {
  World() : keys({seed_of(101), seed_of(102), seed_of(103)}), peers(site, sodium, keys), box(box_seven, 1) {
    CHECK(peers.add(box.claim()).has_value());
  }
  std::string code(const std::string& topic, ByteView payload) {
    const auto opened = peers.open(topic, payload);
    return opened ? "taken" : opened.error().message();
  }
  SiteKeys keys;
  Peers peers;
  Box box;
};

TEST_CASE("an envelope of a known box is taken, once") {
  World world;
  const auto envelope = world.box.envelope(world.keys, "hello");
  const auto opened = world.peers.open(world.box.topic(), envelope);
  REQUIRE(opened.has_value());
  CHECK(opened->from == box_seven);
  CHECK(opened->channel == Channel::sync);
  CHECK(Bytes(opened->body) == Bytes(view("hello").begin(), view("hello").end()));
  CHECK(world.code(world.box.topic(), envelope) == "envelope.replayed");
  CHECK(world.code(world.box.topic(), world.box.envelope(world.keys, "hello")) == "taken");
  CHECK(world.peers.open(world.box.topic("report"), world.box.envelope(world.keys, "r"))->channel == Channel::report);
}

TEST_CASE("every cut and every flipped byte is refused, with a code") {
  World world;
  const auto envelope = world.box.envelope(world.keys, "hello");
  for (std::size_t size = 0; size < envelope.size(); ++size)
    CHECK(world.code(world.box.topic(), ByteView(envelope).first(size)) == "envelope.truncated");
  for (std::size_t at = 0; at < envelope.size(); ++at) {
    auto bad = envelope;
    bad[at] = static_cast<std::uint8_t>(bad[at] ^ 1);
    const auto code = world.code(world.box.topic(), bad);
    INFO(at);
    CHECK(code.starts_with("envelope."));
  }
  CHECK(world.code(world.box.topic(), Bytes(max_envelope_bytes + 1)) == "envelope.too_large");
  CHECK(world.code(world.box.topic(), envelope) == "taken");
}

TEST_CASE("foreign and misaddressed envelopes are told apart") {
  World world;
  Box stranger({{9}, {0xdead}}, 50);
  CHECK(world.code(stranger.topic(), stranger.envelope(world.keys, "x")) == "envelope.unknown_key");
  Box older({{7}, {0xc41d}}, 1);  // the slot's former incarnation, with the very same keys
  CHECK(world.code(older.topic(), older.envelope(world.keys, "x")) == "envelope.unknown_key");
  Box forger(box_seven, 60);
  CHECK(world.code(forger.topic(), forger.envelope(world.keys, "x")) == "envelope.signature");
  CHECK(world.code(world.box.topic(), world.box.envelope(world.keys, "x", {{8}, {1}})) == "envelope.recipient");
  CHECK(world.code(world.box.topic(), world.box.envelope(world.keys, "x", cloud_holder, {2})) == "envelope.recipient");
}

TEST_CASE("the topic must be the sender's") {
  World world;
  const auto* topic =
      GENERATE("up/p01/edge-8-c41e/sync", "up/p01/edge-7-c41f/sync", "up/p01/edge-7-c41e/other", "up/p01/edge-7-c41e",
               "down/edge-7-c41e/sync", "up/p01//sync", "", "up/p01/edge-7-c41e/sync/more");
  CHECK(world.code(topic, world.box.envelope(world.keys, "x")) == "gateway.topic");
}

TEST_CASE("what is sealed for a box opens there") {
  World world;
  const auto sealed = world.peers.seal(box_seven, view("down"), 9, Nonce{});
  REQUIRE(sealed.has_value());
  CHECK(sealed->topic == "down/edge-7-c41e/sync");
  KeyTable table;
  table.put({{site, cloud_holder}, first_epoch, first_epoch}, world.keys.signer().key(),
            *world.box.box.seal_with(world.keys.box().key()));
  const auto opened = open_envelope(sodium, sealed->payload, {site, box_seven}, table);
  REQUIRE(opened.has_value());
  CHECK(opened->header.head_hint == 9);
  CHECK_FALSE(world.peers.seal({{9}, {1}}, view("x"), 0, Nonce{}).has_value());
}

TEST_CASE("a key with which anybody could open is no box's") {
  World world;
  auto claim = world.box.claim();
  claim.sealing = {};
  CHECK(world.peers.add(claim).error() == make_error_code(GatewayErrc::box_key));
}

TEST_CASE("claim codes are this site's, unchanged, and run out") {
  const SiteKeys keys({seed_of(101), seed_of(102), seed_of(103)});
  const ClaimCode code{{7}, 1000, 42};
  const auto text = make_claim_code(sodium, keys.claim_key(site), code, std::string(64, 'f'));
  const auto read = read_claim_code(sodium, keys.claim_key(site), text);
  REQUIRE(read.has_value());
  CHECK((read->slot == code.slot && read->nonce == 42));
  CHECK(read_claim_code(sodium, keys.claim_key(site), text.substr(0, text.find('.'))).has_value());
  CHECK_FALSE(has_expired(*read, {minutes(999).micros}));
  CHECK(has_expired(*read, {minutes(1000).micros}));
  CHECK_FALSE(read_claim_code(sodium, keys.claim_key({2}), text).has_value());
  for (std::size_t at = 0; at < text.find('.'); ++at) {
    auto bad = text;
    bad[at] = bad[at] == '0' ? '1' : '0';
    CHECK(read_claim_code(sodium, keys.claim_key(site), bad).error() == make_error_code(GatewayErrc::claim_code));
  }
  for (const auto* bad : {"", ".", "00", "x"}) CHECK_FALSE(read_claim_code(sodium, keys.claim_key(site), bad).has_value());
}

namespace {
RelayRow row_of(std::uint64_t number) {
  RelayRow row;
  row.number = number;
  row.room = {101};
  row.decision = {true, RelayReason::credit};
  return row;
}
}  // namespace

TEST_CASE("reports are read whole or not at all") {
  Report report;
  report.circuits.resize(2);
  report.circuits[0].circuit = {1010};
  report.circuits[0].reason = RelayReason::credit;
  report.circuits[0].live_balance = {-5};
  report.circuits[1].relay = RelayState::open;
  report.circuits[1].power = Power{1800};
  report.settings = {{"calendar", {7, false, true}}};
  report.rows.push_back(row_of(4));
  const auto bytes = write_report(report);
  const auto read = read_report(bytes);
  REQUIRE(read.has_value());
  REQUIRE(read->circuits.size() == 2);
  CHECK(read->circuits[0].live_balance == Money{-5});
  CHECK(read->circuits[1].relay == RelayState::open);
  CHECK(read->circuits[1].power == Power{1800});
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(read_report(ByteView(bytes).first(size)).has_value());
  auto more = bytes;
  more.push_back(0);
  CHECK_FALSE(read_report(more).has_value());
  CHECK_FALSE(read_report(Bytes{1, 0}).has_value());
  CHECK_FALSE(read_report(Bytes{2, 0xff, 0xff, 0xff, 0x7f}).has_value());
}

TEST_CASE("the relay log is taken once a row, and a room keeps its newest") {
  RelayHistory history;
  const Holder box{{7}, {1}};
  std::vector<RelayRow> rows;
  for (std::uint64_t number = 1; number <= relay_rows_a_room_max + 3; ++number) rows.push_back(row_of(number));
  history.take(box, rows);
  history.take(box, {rows.back()});
  REQUIRE(history.of({101}).size() == relay_rows_a_room_max);
  CHECK(history.of({101}).front().number == rows.back().number);
  history.take({{8}, {1}}, {rows.back()});  // another box numbers for itself
  CHECK(history.of({101})[1].number == rows.back().number);
  CHECK(history.of({102}).empty());
}

TEST_CASE("names on the wire") {
  CHECK(client_name(box_seven) == "edge-7-c41e");
  const auto topic = topic_up(sodium, site, box_seven, "sync");
  CHECK(topic.starts_with("up/p"));
  CHECK(topic.ends_with("/edge-7-c41e/sync"));
  CHECK(topic ==
        topic_up(sodium, site, {{7}, {1}}, "sync").replace(topic.find("edge"), 8, "edge-7-c41e"));  // by slot, for good
}

}  // namespace
}  // namespace wattle::cloud
