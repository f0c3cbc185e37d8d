#pragma once
// How the two ends of a link meet: nonces, statuses, batches, and the peer's copy when one end has forgotten. The same class at
// both ends. Bytes in, bytes out, next wake-up; no transport, no clock, no thread.
//
// Use, for each event: receive() or connect(); make the commit durable; then send what produce() gives. produce() reads only
// what is in the logs, so nothing leaves that the commit did not hold.
//
// - Each end draws a nonce when it connects, and each message names the newest pair. The first peer nonce that comes together
//   with mine is bound to it. If another one comes with mine later, the peer has started anew or an old message was held up: I
//   draw a new nonce, which only the living peer can show.
// - The peer's cursor, in its status, is the head of my stream as it has it: number and hash. Only a status of this session
//   says from where to send. A batch counts as lost when one that left after it has arrived; until then it may be merely late,
//   and nothing is sent again for it.
// - The agreed number is the last entry of my stream that both ends are known to have. When the peer's cursor is not on my
//   chain, I have forgotten something: I ask for the peer's copy of my stream from the agreed number on. In one commit
//   (Link::take_back) that copy takes the place of what I had written above the last entry that both have, provided that it
//   ends under my own signature. The branch that it replaces is kept as evidence, and counts nowhere.
// - Who has forgotten the peer's stream has a lower cursor, and is sent the entries again. Who is sent a number that it has
//   under another hash takes nothing, and answers with its status, by which the writer sees that it has forgotten.
// - A box then writes anew what nobody else can know of its branch: cash, typed codes, overrides, corrections, meter changes
//   (edge/core/healing.cpp). What it has charged needs no writing anew: the next slice begins at the last reading of the copy.
//   Answers and closes come again by themselves too, since the request still stands.
//   A box that hears no status for a minute (edge::patience_for_status) goes on alone, on whatever branch it has.
// - A stop is of one direction: who is stopped reads no more of the peer's stream, and the peer sends it no more; what the
//   stopped end writes still leaves, is admitted and counts. Only a box that is stopped while it asks sends nothing either.
// - Each branch set aside so is an alarm with the number of entries dropped. At the third in one life of its process a box is
//   stopped, since that is a clone or worse: payments no longer arrive, what it charges still reaches the cloud, and the house
//   goes on, until a person fences the box and another takes the slot. A cloud takes back as often as it must.
// - A copy that is refused is asked for again; the fifth refused in a row stops its asker.

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
inline constexpr int copies_refused_max = 5;  // one after another, for whatever reason: then the asker is stopped
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
  bool on_chain = false;       // the cursor in that status stands on my chain
  bool complete = false;       // so does the newest one's, and I have all of the peer's stream up to the head that it named
  bool forgot_own = false;     // I have lost entries of my own stream
  bool forgot_theirs = false;  // I have lost entries of the peer's stream that I once had
  bool fenced = false;         // the cloud says that this incarnation has ended
  Head cursor;                 // up to where the peer has mine
  std::optional<Instant> cloud_time;
  std::size_t entries = 0;  // new ones of the peer's
  std::size_t listed = 0;   // new ones of a fenced box's evidence
  std::optional<LedgerErrc> error;
  std::optional<Link::TakenBack> taken_back;
};

/// Link and entropy must outlive it. `boot` is random, one a process: nothing goes by it, it is for whoever reads the wire.
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
  /// The peer should hear of a fence soon.
  void show_status() {
    status_due_ = true;
    fence_patience_ = retry_after;
  }
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
  /// To a peer that is known, not stopped, and can read this version; and not while a box asks for its own stream.
  bool may_send() const {
    return peer_known_ && !peer_stopped_ && peer_version_ >= link_->state().grant().stream_version &&
           !(link_->end() == End::edge && link_->row().asking);
  }
  /// On a fenced link ever longer: there is little to say, and the peer may have burned.
  Duration status_patience() const {
    if (link_->row().fenced) return fence_patience_;
    return peer_known_ || link_->row().asking ? beat_after : retry_after;
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
  void try_take_back(Heard& heard, Commit& commit);
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
  Duration fence_patience_ = retry_after;     // before the next status on a fenced link
  Duration evidence_patience_ = retry_after;  // before the same part of the evidence
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
