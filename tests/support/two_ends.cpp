#include "tests/support/two_ends.hpp"

#include "shared/base/check.hpp"
#include "sync.pb.h"

namespace wattle::test {

namespace {

constexpr CircuitId circuit{1010};
constexpr std::uint32_t opening = 1;

Seed seed_of(std::uint8_t byte) {
  Seed seed{};
  seed.fill(byte);
  return seed;
}

Entry entry_of(Kind kind, std::optional<RoomId> room = {}) {
  Entry entry;
  entry.kind = kind;
  entry.room = room;
  return entry;
}

CircuitFigures circuit_figures() {
  CircuitFigures figures;
  figures.circuit = circuit;
  figures.meter = {5001};
  return figures;
}

}  // namespace

Bytes bytes_of(const sync::Message& message) {
  const auto text = message.SerializeAsString();
  return {text.begin(), text.end()};
}

SyncEnd::SyncEnd(End end, const Crypto& with, std::uint8_t seed)
    : which(end), crypto(with), signer(seed_of(seed)), entropy(seed) {}

void SyncEnd::start(const PublicKey& peer) {
  session.reset();
  link = std::make_unique<Link>(which, TwoEnds::site, TwoEnds::box, store, crypto, signer, peer);
  session = std::make_unique<Session>(*link, entropy, entropy.word());
  said.clear();
}

TwoEnds::TwoEnds(const Crypto& crypto, std::uint8_t keys)
    : edge_(End::edge, crypto, keys), cloud_(End::cloud, crypto, static_cast<std::uint8_t>(keys + 1)) {
  edge_.start(cloud_.signer.key());
  cloud_.start(edge_.signer.key());
  found();
}

void TwoEnds::found() {
  auto grant = entry_of(Kind::grant);
  set_detail(grant, Grant{stream_version, yuan(500)});
  auto open = entry_of(Kind::open, room);
  set_detail(open, Open{opening, {circuit_figures()}});
  for (auto& entry : {grant, open, recharge(yuan(20))}) mint(cloud_, entry);
  connect(cloud_);
  connect(edge_);
  exchange();
  WATTLE_CHECK(edge_.link->theirs().head() == cloud_.link->mine().head());
}

Uid TwoEnds::next_uid() {
  Uid id;
  ++uids_;
  id.bytes[14] = static_cast<std::uint8_t>(uids_ >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(uids_);
  return id;
}

Entry TwoEnds::cash(Money amount) {
  auto entry = entry_of(Kind::cash, room);
  const auto receipt = next_uid();
  entry.lines = {{drawer_pocket(box), room_pocket(room, box), amount, false}};
  entry.outside = OutsideId("receipt/" + to_hex(receipt));
  set_detail(entry, Cash{receipt, 1});
  return entry;
}

Entry TwoEnds::recharge(Money amount) {
  auto entry = entry_of(Kind::recharge, room);
  entry.lines = {{clearing_pocket(Provider::wechat), room_pocket(room, box), amount, false}};
  entry.outside = OutsideId("pay/" + to_hex(next_uid()));
  set_detail(entry, Credit{opening});
  return entry;
}

Entry TwoEnds::mint(SyncEnd& end, Entry entry) {
  Commit commit;
  const auto place = end.link->mint(std::move(entry), commit);
  WATTLE_CHECK(place.has_value() && end.store.commit(commit).has_value());
  end.link->committed();
  return *decode_entry(end.link->mine().at(place->number)->bytes);
}

Entry TwoEnds::draft(SyncEnd& end, Entry entry) {
  Link aside(end.which, site, box, end.store, end.crypto, end.signer, peer_of(end).signer.key());
  Commit never;
  const auto place = aside.mint(std::move(entry), never);
  WATTLE_CHECK(place.has_value());
  return *decode_entry(aside.mine().at(place->number)->bytes);
}

Bytes TwoEnds::batch(const SyncEnd& writer, std::uint64_t first, const std::vector<Bytes>& entries) const {
  const auto& log = writer.link->mine();
  Head head{first - 1, log.hash_at(first - 1).value_or(Digest{})};
  sync::Message message;
  message.set_mine(writer.nonce);
  message.set_yours(writer.peer_nonce);
  message.mutable_batch()->set_first(first);
  for (const auto& entry : entries) {
    head = {head.number + 1, writer.crypto.chain(head.hash, entry)};
    message.mutable_batch()->add_entries(entry.data(), entry.size());
  }
  const auto signature = writer.signer.sign(signed_head(log.id(), head));
  message.mutable_batch()->set_signature(signature.bytes.data(), signature.bytes.size());
  return bytes_of(message);
}

const Heard& TwoEnds::deliver(SyncEnd& to, ByteView message) {
  to.written.clear();
  to.heard = to.session->receive(message, now, to.written);
  WATTLE_CHECK(to.store.commit(to.written).has_value());
  to.link->committed();
  speak(to);
  return to.heard;
}

void TwoEnds::speak(SyncEnd& end) {
  for (auto& outgoing : end.session->produce(now)) {
    WATTLE_CHECK(outgoing.rests_on.mine <= end.store.head(end.link->mine().id()).number);
    WATTLE_CHECK(outgoing.rests_on.theirs <= end.store.head(end.link->theirs().id()).number);
    WATTLE_CHECK(outgoing.bytes.size() <= message_bytes_max);
    sync::Message message;
    WATTLE_CHECK(message.ParseFromArray(outgoing.bytes.data(), static_cast<int>(outgoing.bytes.size())));
    end.nonce = message.mine();
    end.peer_nonce = message.yours();
    end.said.push_back(std::move(outgoing.bytes));
  }
}

void TwoEnds::exchange() {
  constexpr int rounds_max = 200;  // more is two ends that never stop talking
  int rounds = 0;
  speak(edge_);
  speak(cloud_);
  while (!edge_.said.empty() || !cloud_.said.empty()) {
    WATTLE_CHECK(++rounds < rounds_max);
    for (auto* from : {&edge_, &cloud_}) {
      auto said = std::exchange(from->said, {});
      for (const auto& message : said) deliver(peer_of(*from), message);
    }
  }
}

void TwoEnds::pass(Duration time) { now = {now.wall + time, now.tick + time}; }

void TwoEnds::connect(SyncEnd& end) {
  end.said.clear();
  end.session->connect(now);
  speak(end);
}

void TwoEnds::restart(SyncEnd& end) {
  end.start(peer_of(end).signer.key());
  connect(end);
}

}  // namespace wattle::test
