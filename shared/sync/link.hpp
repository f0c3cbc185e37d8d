#pragma once
// The link between the cloud and one incarnation of a box, as one of its ends knows it: both streams, the state that they fold
// to, and what this end remembers of the other. The same class at both ends; what differs is which stream is one's own.
//
// Nothing here sends or waits. Each change goes into the caller's Commit, which must be durable before anything that rests on
// it leaves.

#include "shared/ledger/link_state.hpp"
#include "shared/sync/log.hpp"

namespace wattle {

enum class End : std::uint8_t { edge = 1, cloud = 2 };

/// Why the peer's stream is not read on. The number is the peer's entry that was refused; of a reason that is about my own
/// stream (forks_too_often, dropped, a copy that was refused) it is one of my own: my head, the lowest that is kept, the copy's
/// end.
struct Stopped {
  std::uint64_t number = 0;
  LedgerErrc reason{};
};

/// What an end keeps about a link beside the streams.
struct LinkRow {
  bool asking = false;       // my own stream is in doubt: ask for the peer's copy, mint nothing
  std::uint64_t agreed = 0;  // the highest number of my stream that a status has shown to match by hash
  std::optional<Stopped> stopped;
  bool fenced = false;  // this incarnation has ended: nobody mints, what the box still has is evidence
  bool told = false;    // cloud: the fence is restorable, so the old box may know
};
template <class F>
void fields(F& f, Stopped& v) {
  f(v.number), f(v.reason);
}
template <class F>
void fields(F& f, LinkRow& v) {
  f(v.asking), f(v.agreed), f(v.stopped), f(v.fenced), f(v.told);
}

/// Entries as they came: consecutive from `first`, ending on a head that its writer signed.
struct Batch {
  std::uint64_t first = 0;
  std::vector<Bytes> entries;
  Signature signature;
};

/// The peer's copy of my stream, whole: what follows `from`, up to the head that it named when it began to answer.
struct Copy {
  Head from;
  std::vector<Bytes> entries;
  Head to;
  Signature signature;  // mine, over `to`
};

enum class TakeBack : std::uint8_t {
  nothing_lost,  // the copy ends on my own chain
  done,
  waits,    // an edge that has not yet read what the copy rests on
  refused,  // changes nothing; see the error
};

/// Store, crypto and signer must outlive it.
class Link {
 public:
  Link(End end, SiteId site, Holder holder, const StoreReader& store, const Crypto& crypto, const Signer& signer,
       PublicKey peer);

  End end() const { return end_; }
  Holder holder() const { return holder_; }
  const Log& mine() const { return end_ == End::edge ? up_ : down_; }
  const Log& theirs() const { return end_ == End::edge ? down_ : up_; }
  const Log& up() const { return up_; }
  const Log& down() const { return down_; }
  const LinkState& state() const { return state_; }
  /// How far the cloud's stream is in the state: at the cloud the `seen` of the last admitted entry.
  std::uint64_t folded() const { return folded_; }
  const LinkRow& row() const { return row_; }

  /// Completes the entry with its place (and at an edge `seen` and `after`), and appends it. An edge's entry passes admission
  /// first: what it would refuse (any error of LinkState::apply) is not written.
  Result<Place> mint(Entry entry, Commit& commit);
  /// Takes what follows the cursor; entries that are known already fall out by number and hash. The number of new entries, or
  /// why none was taken; what stops() the stream stops it at the entry that failed.
  Result<std::size_t> take(const Batch& batch, Commit& commit);
  /// A hash that the peer named for my stream lies on my chain: agreed. Else I have forgotten: asking.
  bool compare(const Head& named, Commit& commit);
  void ask(Commit& commit);
  void end_asking(Commit& commit);
  void stop(Stopped stopped, Commit& commit);
  void resume(Commit& commit);
  /// From now on the edge's entries are evidence only.
  void fence(Commit& commit);
  /// The edge: what the cloud has is up to its cut alone, so that all above it is evidence, whatever was agreed before.
  void fence(const Head& cut, Commit& commit);
  void tell_fence(Commit& commit);
  /// A fenced box's evidence: what it set aside, and its entries above the agreed one, in an order that does not change.
  std::vector<Bytes> evidence() const;
  /// Keeps evidence; what is known already falls out. The number of new entries.
  std::size_t list(const std::vector<Bytes>& entries, Commit& commit);

  struct TakenBack {
    TakeBack outcome = TakeBack::refused;
    LedgerErrc error{};
    std::uint64_t fork = 0;       // the last number that both have
    std::vector<Record> dropped;  // my own entries above it
  };
  TakenBack take_back(const Copy& copy, Commit& commit);

  /// Over my own head at `number`; receivers store it.
  Signature sign(const Head& head) const { return signer_->sign(signed_head(mine().id(), head)); }
  /// The latest entries that the edge's stream names as seen.
  std::uint64_t seen() const { return seen_; }

  /// How far up to `number` my own entries rest on entries of the edge that are here (the cloud, at a fence). After a restore
  /// the edge may have given back mine before its own: the first that names one which is not here, or that does not follow from
  /// those that are, ends it.
  std::uint64_t borne_up_to(std::uint64_t number) const;
  /// Withdraws my own entries above `after` (the cloud, at a fence, which writes the row); what was agreed above it is so no
  /// more.
  std::vector<Record> withdraw(std::uint64_t after, Commit& commit);
  /// Folds my own entries up to `number` although no entry of the edge names them (the cloud, at a fence).
  void fold_to(std::uint64_t number);
  /// Whether replay can begin at that settlement: its state was kept, can be read, and lies on both chains.
  bool has_kept(std::uint64_t settlement) const { return kept_at(settlement).has_value(); }
  void committed();
  /// Reads everything anew from the store: after a commit of another process, or one that failed.
  void load();
  /// Nobody else has written since: heads and row are the store's.
  bool is_current() const;

 private:
  Log& mine_mutable() { return end_ == End::edge ? up_ : down_; }
  Log& theirs_mutable() { return end_ == End::edge ? down_ : up_; }
  Result<std::vector<Record>> check_batch(const Batch& batch) const;
  using Arriving = std::vector<Record>;  // behind the head of the edge's stream, not yet in it
  Result<void> fold(const Record& record, std::uint64_t number, Commit* commit, const Arriving& arriving);
  /// `arriving`: null where it is no news to this end.
  Result<void> fold_up(const Entry& entry, const Digest& hash, Commit* commit, const Arriving* arriving = nullptr);
  Result<void> fold_down_to(std::uint64_t number);
  Result<void> refold(std::uint64_t given_back = 0, Commit* commit = nullptr);
  void read_rest();
  struct Kept {
    LinkState state;
    std::uint64_t folded;  // the entries of the cloud that are in it
  };
  std::optional<Kept> kept_at(std::uint64_t settlement) const;
  bool begin_from_kept();
  void put_row(Commit& commit);
  Result<std::uint64_t> fork_of(const Copy& copy, std::vector<Record>& records) const;
  Result<std::uint64_t> rests_on(const std::vector<Record>& records) const;

  End end_;
  SiteId site_;
  Holder holder_;
  const StoreReader* store_;
  const Crypto* crypto_;
  const Signer* signer_;
  PublicKey peer_;
  Log up_;
  Log down_;
  LinkState state_;
  std::uint64_t folded_ = 0;
  std::uint64_t seen_ = 0;
  LinkRow row_;
  std::optional<std::set<Digest>> listed_;  // hashes of the evidence that is here, once asked for
};

/// Whether the peer's stream must stop there. What is merely damaged, repeated, early, of another session or ahead of a
/// forgetful cloud comes again.
bool stops(LedgerErrc error);
/// A stream that stopped for this is tried again at each start, which may be a newer program's; else only a person can go on,
/// by a fence.
bool may_pass_later(LedgerErrc error);

}  // namespace wattle
