#pragma once
// How the two ends of a link meet: nonces, statuses, batches, and the peer's copy when one end has forgotten. The same class at
// both ends. Bytes in, bytes out, next wake-up; no transport, no clock, no thread.
//
// Use, for each event: receive() or connect(); make the commit durable; then send what produce() gives. produce() reads only
// what is in the logs, so nothing leaves that the commit did not hold.
//
// - A session is a pair of newest nonces; each message names both. A nonce of mine is bound to the first peer nonce that shows
//   it; another one under it is another life of the peer, and I draw a new nonce that only the living one can show.
// - Only the peer's status in this session says from where to send. A batch is lost when one that left later has arrived; one
//   that is merely late is not sent again with all that follows it.
// - Who finds that the peer's cursor is not on his own chain has forgotten: he asks for the peer's copy of his stream,
//   from the agreed number on, up to which both are known to have the same. A box that hears nothing waits a minute
//   (edge::patience_for_status) and then goes on alone, on whatever branch it has.
//   In one commit (Link::adopt) that copy takes the place of what he had written since, provided that it ends under his own
//   signature, and his own branch is kept as evidence that counts nowhere. A box then writes anew what nobody else can know of
//   it: cash, typed codes, overrides, corrections, meter changes (edge/core/healing.cpp); what rests on state follows by
//   itself. Each time is an alarm with the number of entries dropped, and the third in one life of the process stops the link
//   until a person fences the box, which goes on locally meanwhile.

#include "shared/base/entropy.hpp"
#include "shared/base/time.hpp"
#include "shared/sync/link.hpp"

namespace wattle {

inline constexpr std::size_t message_bytes_max = 192 * 1024;
inline constexpr std::size_t batch_bytes_max = 48 * 1024;
inline constexpr std::size_t batch_entries_max = 256;
inline constexpr std::uint64_t window_entries_max = 4096;  // sent and not yet in the peer's cursor
inline constexpr std::size_t window_batches_max = 256;     // in which they left: no more than a broker keeps for a client
inline constexpr std::size_t copy_entries_max = 1U << 22;  // of a whole copy, kept aside in memory until it is complete
inline constexpr std::size_t answers_waiting_max = 4;
inline constexpr int copies_refused_max = 5;  // one after another, for whatever reason: then a person must look
inline constexpr Duration retry_after = seconds(3);
inline constexpr Duration retry_after_max = seconds(30);  // with a line that is slower
inline constexpr Duration beat_after = seconds(60);

/// Up to where the durable logs must reach before an output may leave.
struct Position {
  std::uint64_t mine = 0;
  std::uint64_t theirs = 0;
};

struct Outgoing {
  Bytes bytes;
  Position rests_on;
  std::uint64_t status = 0;  // not 0: a later one with this number says all that this one says, and may leave in its place
};

/// What a message brought, for the core to act upon.
struct Heard {
  bool status = false;         // a status of this session
  bool on_chain = false;       // its cursor stands on my chain
  bool complete = false;       // its newest status does, and everything up to the head that it named is here
  bool forgot_own = false;     // my own entries are missing here
  bool forgot_theirs = false;  // entries that I once had of the peer's are missing here
  bool fenced = false;         // the cloud says that this incarnation has ended
  Head cursor;                 // up to where the peer has mine
  std::optional<Instant> cloud_time;
  std::size_t entries = 0;  // new ones of the peer's
  std::size_t listed = 0;   // new ones of a fenced peer's list
  std::optional<LedgerErrc> error;
  std::optional<Link::Adopted> adopted;
};

class Session {
 public:
  Session(Link& link, Entropy& entropy, std::uint64_t boot) : link_(&link), entropy_(&entropy), boot_(boot) {}

  /// The transport is there (again): a new nonce, and a status to show it.
  void connect(Now now);
  void disconnect() { connected_ = false; }
  bool connected() const { return connected_; }
  Heard receive(ByteView bytes, Now now, Commit& commit);
  std::vector<Outgoing> produce(Now now);
  Tick wake_up() const;
  /// The peer should hear of something soon: a fence, a stop that was lifted.
  void show_status() { status_due_ = true; }
  /// Another number whenever the peer has started, or its transport has come back; 0: not yet heard in this session.
  std::uint64_t peer_life() const { return yours_; }
  /// When the peer last said anything in this session; never, if it has not.
  Tick heard_at() const { return heard_at_; }
  /// How many of my entries the peer has not yet shown to have.
  std::uint64_t backlog() const { return link_->mine().head().number - std::min(peer_cursor_, link_->mine().head().number); }

 private:
  bool belongs(std::uint64_t mine, std::uint64_t yours, bool is_status);
  void renew();
  void take_cursor(std::uint64_t cursor, std::uint64_t sending, bool is_first, Now now);
  void send_from(std::uint64_t number);
  /// Nothing of a version that the peer does not say it can read.
  bool may_send() const {
    return peer_known_ && !peer_stopped_ && peer_version_ >= link_->state().grant().stream_version &&
           !(link_->end() == End::edge && link_->row().asking);
  }
  bool is_under_way() const { return next_ > peer_cursor_ + 1; }
  template <class M>
  void on_status(const M& status, Now now, Heard& heard, Commit& commit);
  template <class M>
  void on_batch(const M& batch, Heard& heard, Commit& commit);
  template <class M>
  void on_evidence(const M& evidence, Heard& heard, Commit& commit);
  template <class M>
  void on_ask(const M& ask);
  template <class M>
  void on_copy(const M& part, Now now, Heard& heard, Commit& commit);
  void try_adopt(Heard& heard, Commit& commit);
  void put_status(Now now, std::vector<Outgoing>& out);
  void put_batches(Now now, std::vector<Outgoing>& out);
  std::uint64_t put_batch(std::uint64_t first, std::vector<Outgoing>& out);
  void put_evidence(Now now, std::vector<Outgoing>& out);
  void put_ask(Now now, std::vector<Outgoing>& out);
  void put_answers(std::vector<Outgoing>& out);
  template <class M>
  void put(M& message, Position rests_on, std::vector<Outgoing>& out);

  Link* link_;
  Entropy* entropy_;
  std::uint64_t boot_;

  bool connected_ = false;
  std::uint64_t mine_ = 0;
  std::uint64_t yours_ = 0;      // the peer nonce bound to mine; 0: none yet
  std::uint64_t answer_to_ = 0;  // a peer nonce that has not shown mine: told mine in the next status
  std::uint64_t counter_out_ = 0;
  std::uint64_t counter_in_ = 0;
  bool status_due_ = false;
  Tick status_sent_{};
  Tick heard_at_ = never;

  bool peer_known_ = false;  // a status of this session stands on my chain
  bool peer_stopped_ = false;
  std::uint32_t peer_version_ = 0;
  std::uint64_t peer_cursor_ = 0;
  std::uint64_t peer_head_ = 0;  // that it named last
  bool peer_asked_ = false;      // for my copy of its stream, and has not yet shown to have it
  std::uint64_t next_ = 1;       // of my stream, to be sent
  struct Sent {
    std::uint64_t last = 0;     // entry of it
    std::uint64_t sending = 0;  // in which it left last
    Tick at{};                  // when that was
  };
  std::deque<Sent> under_way_;       // in the order of the stream: what is beyond the peer's cursor and below next_
  std::uint64_t sendings_ = 0;       // of my batches
  std::uint64_t peer_sending_ = 0;   // of the peer's
  Tick progress_{};                  // since when the peer's cursor stands although there are entries on their way
  Duration patience_ = retry_after;  // with that: more for a line that has shown to be slow
  Tick probe_due_{};
  std::optional<std::uint64_t> resent_at_;  // the cursor for which all has been sent again: once, whatever the peer says of it
  bool evidence_done_ = false;              // all of it has arrived
  std::uint64_t listed_ = 0;  // at the cloud what has arrived of a fenced box's evidence; at the box what the cloud says of it

  struct Asked {
    std::uint64_t first = 0;
    std::optional<Head> to;
  };
  std::deque<Asked> answers_;
  Copy copy_;                // being gathered
  bool copy_named_ = false;  // the answerer has named its head
  int copies_refused_ = 0;   // since one was taken
  bool ask_due_ = false;
  Tick ask_sent_{};
};

}  // namespace wattle
