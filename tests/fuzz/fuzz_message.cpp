// Whatever may come out of an envelope, at both ends of a link with real streams. The input is a story: pieces, each an
// operation and its bytes (u8, u16 length), of messages and of things that happen to the ends. A message is tried as it is,
// with the present session's nonces put in, or, in half of the inputs, as a batch signed anew by its own writer: a peer gone
// mad.
//
// After each piece memory must equal what a replay of the disk gives, and a refusal must have changed nothing. Where nobody's
// key was misused, no entry may stand anywhere that its writer has not written, and in the end both streams must meet again.

#include <set>

#include "shared/base/check.hpp"
#include "sync.pb.h"
#include "tests/support/two_ends.hpp"

using namespace wattle;
using test::SyncEnd;
using test::TwoEnds;

namespace {

constexpr std::size_t pieces_max = 48;
constexpr std::size_t minted_max = 64;
constexpr int rounds_to_meet = 12;

// An operation's low bit chooses the end.
enum class Op : std::uint8_t {
  as_it_is,
  in_session,
  signed_anew,
  meet,
  wait,
  reconnect,
  restart,
  write,
  back_in_time,
  fence,
  step
};
constexpr std::uint8_t ops = 11;

class Story {
 public:
  Story(const Crypto& crypto, bool mad) : ends_(crypto), mad_(mad) {
    note_written(ends_.edge());
    note_written(ends_.cloud());
    ends_.mint(ends_.edge(), ends_.cash(yuan(1)));
    note_written(ends_.edge());
    ends_.exchange();
    for (auto* end : {&ends_.edge(), &ends_.cloud()}) kept_.push_back(end->store);
  }

  void act(std::uint8_t op, ByteView bytes) {
    auto& end = ends_.at((op & 1) != 0 ? End::cloud : End::edge);
    switch (static_cast<Op>((op >> 1) % ops)) {
      case Op::as_it_is: hear(end, {bytes.begin(), bytes.end()}); break;
      case Op::in_session: hear(end, in_session(end, bytes, false)); break;
      case Op::signed_anew: hear(end, in_session(end, bytes, mad_)); break;
      case Op::meet: exchange(); break;
      case Op::wait: ends_.pass(bytes.empty() ? retry_after : minutes(1)); break;
      case Op::reconnect: ends_.connect(end); break;
      case Op::restart: ends_.restart(end); break;
      case Op::write: write(end); break;
      case Op::back_in_time: go_back(end); break;
      case Op::fence: fence(); break;
      case Op::step: step(end); break;
    }
    check_replay(ends_.edge());
    check_replay(ends_.cloud());
    if (!mad_) check_written_by_writer();
  }

  void finish() {
    if (mad_ || ends_.cloud().link->row().fenced) return;
    for (auto* end : {&ends_.edge(), &ends_.cloud()}) {
      Commit commit;
      end->link->resume(commit);
      WATTLE_CHECK(end->store.commit(commit).has_value());
      ends_.connect(*end);
    }
    for (int round = 0; round < rounds_to_meet; ++round) {
      exchange();
      ends_.pass(minutes(1));
      if (round % 4 == 3) ends_.connect(ends_.edge());
    }
    check_met();
  }

 private:
  static bool is_asking(const SyncEnd& end) { return end.link->row().asking; }

  void note_written(const SyncEnd& end) {
    const auto& log = end.link->mine();
    for (auto number = log.first(); number <= log.head().number; ++number) written_.insert(log.at(number)->hash);
  }

  void write(SyncEnd& end) {
    const bool granted = end.which == End::cloud || end.link->state().granted();
    if (minted_ == minted_max || is_asking(end) || end.link->row().fenced || !granted) return;
    const auto* room = ends_.edge().link->state().find(TwoEnds::room);
    if (end.which == End::edge && (room == nullptr || !room->open)) return;
    ++minted_;
    ends_.mint(end, end.which == End::edge ? ends_.cash(yuan(1)) : ends_.recharge(yuan(1)));
    note_written(end);
  }

  /// The disk of an earlier moment is put back.
  void go_back(SyncEnd& end) {
    if (end.link->row().fenced) return;
    end.store = kept_[end.which == End::edge ? 0 : 1];
    ends_.restart(end);
  }

  void fence() {
    auto& cloud = ends_.cloud();
    if (mad_ || cloud.link->row().fenced || is_asking(cloud)) return;
    Commit commit;
    const auto seen = cloud.link->seen();
    cloud.link->withdraw(std::max(seen, cloud.link->row().agreed), commit);
    cloud.link->fence(commit);
    cloud.link->tell_fence(commit);
    cloud.link->fold_to(cloud.link->down().head().number);
    WATTLE_CHECK(cloud.store.commit(commit).has_value());
    cloud.link->committed();
    cloud.session->show_status();
  }

  /// As the engine does, but only on the real cloud's word.
  void note_fence(SyncEnd& end) {
    if (!end.heard.fenced || end.which != End::edge || end.link->row().fenced || !ends_.cloud().link->row().fenced) return;
    Commit commit;
    end.link->fence(commit);
    WATTLE_CHECK(end.store.commit(commit).has_value());
  }

  void exchange() {
    constexpr int most = 400;
    int count = 0;
    ends_.speak(ends_.edge());
    ends_.speak(ends_.cloud());
    while ((!ends_.edge().said.empty() || !ends_.cloud().said.empty()) && ++count < most) {
      for (auto* from : {&ends_.edge(), &ends_.cloud()}) {
        if (!from->said.empty()) step(ends_.peer_of(*from));
      }
    }
    WATTLE_CHECK(count < most);  // two ends that never stop talking
  }

  /// The end hears the next of what its peer has said.
  void step(SyncEnd& end) {
    auto& said = ends_.peer_of(end).said;
    if (said.empty()) return;
    const auto message = std::move(said.front());
    said.pop_front();
    hear(end, message);
  }

  /// The message as the living peer would say it: its nonces, and if `anew` its signature over whatever is in it.
  Bytes in_session(const SyncEnd& to, ByteView bytes, bool anew) {
    sync::Message message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {bytes.begin(), bytes.end()};
    const auto& from = ends_.peer_of(to);
    message.set_mine(from.nonce);
    message.set_yours(to.nonce);
    if (anew && message.has_batch()) sign(from, *message.mutable_batch());
    const auto text = message.SerializeAsString();
    return {text.begin(), text.end()};
  }

  static void sign(const SyncEnd& from, sync::Batch& batch) {
    const auto& log = from.link->mine();
    const auto before = log.hash_at(batch.first() - 1);
    if (!before) return;
    Head head{batch.first() - 1, *before};
    for (const auto& entry : batch.entries()) head = {head.number + 1, from.crypto.chain(head.hash, view(entry))};
    const auto signature = from.signer.sign(signed_head(log.id(), head));
    batch.set_signature(signature.bytes.data(), signature.bytes.size());
  }

  void hear(SyncEnd& to, const Bytes& message) {
    const auto cursor = to.link->theirs().head();
    const auto own = to.link->mine().head();
    const auto state = to.link->state().encoded();
    const bool was_stopped = to.link->row().stopped.has_value();
    const auto& heard = ends_.deliver(to, message);
    note_fence(to);
    if (!heard.error) return;
    WATTLE_CHECK(std::string_view(word(*heard.error)).starts_with("ledger."));
    const bool is_back = heard.taken_back && heard.taken_back->outcome != TakeBack::refused;
    if (is_back) return;
    WATTLE_CHECK(to.link->theirs().head() == cursor && to.link->mine().head() == own);
    WATTLE_CHECK(to.link->state().encoded() == state && heard.entries == 0 && heard.listed == 0);
    if (!was_stopped) WATTLE_CHECK(!to.link->row().stopped || to.link->row().stopped->number != 0);
  }

  void check_replay(const SyncEnd& end) {
    const Link again(end.which, TwoEnds::site, TwoEnds::box, end.store, end.crypto, end.signer,
                     ends_.peer_of(end).signer.key());
    WATTLE_CHECK(again.up().head() == end.link->up().head() && again.down().head() == end.link->down().head());
    check_chain(end, again.up());
    check_chain(end, again.down());
    if (end.which == End::edge && is_asking(end)) return;  // reads the cloud's entries only when it has asked
    WATTLE_CHECK(again.state().encoded() == end.link->state().encoded());
  }

  /// Each entry continues the one before; an admitted one has seen what is there.
  void check_chain(const SyncEnd& end, const Log& log) {
    Digest before;
    const bool admitted = end.which == End::cloud && log.id().direction == Direction::up && !is_asking(end);
    for (std::uint64_t number = 1; number <= log.head().number; ++number) {
      const auto record = *log.at(number);
      WATTLE_CHECK(record.hash == end.crypto.chain(before, record.bytes));
      before = record.hash;
      if (admitted) WATTLE_CHECK(end.link->down().holds(decode_entry(record.bytes)->seen));
    }
  }

  void check_written_by_writer() {
    for (auto* end : {&ends_.edge(), &ends_.cloud()})
      for (const auto* log : {&end->link->up(), &end->link->down()})
        for (auto number = log->first(); number <= log->head().number; ++number)
          WATTLE_CHECK(written_.contains(log->at(number)->hash));
  }

  void check_met() {
    const auto& edge = *ends_.edge().link;
    const auto& cloud = *ends_.cloud().link;
    // A clone or worse waits for a person; whatever else was said must have healed.
    if (edge.row().stopped || cloud.row().stopped) return;
    WATTLE_CHECK(edge.up().head() == cloud.up().head() && edge.down().head() == cloud.down().head());
    WATTLE_CHECK(!edge.row().asking && !cloud.row().asking);
  }

  TwoEnds ends_;
  bool mad_;
  std::set<Digest> written_;
  std::vector<test::MemoryStore> kept_;
  std::size_t minted_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SodiumCrypto crypto;
  Reader in(ByteView(data, size));
  Story story(crypto, in.u8() % 2 == 1);
  for (std::size_t count = 0; count < pieces_max && !in.at_end(); ++count) {
    const auto op = in.u8();
    const std::size_t wanted = in.u16();
    if (!in.ok()) break;
    story.act(op, in.raw(std::min(wanted, size - in.position())));
  }
  story.finish();
  return 0;
}
