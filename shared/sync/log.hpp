#pragma once
// One stream as an end knows it: its head, the newest records in memory (those that a commit under way has not yet made durable
// among them), older ones from the store. Memory is bounded however long the stream.

#include <deque>

#include "shared/ledger/store.hpp"

namespace wattle {

inline constexpr std::size_t tail_records_max = 128;

class Log {
 public:
  Log(StreamId id, const StoreReader& store, const Crypto& crypto) : id_(id), store_(&store), crypto_(&crypto) { load(); }

  const StreamId& id() const { return id_; }
  const Head& head() const { return head_; }
  std::uint64_t first() const { return store_->first(id_); }
  /// None beyond the head, and below the first that is kept.
  std::optional<Digest> hash_at(std::uint64_t number) const;
  bool holds(const Head& head) const { return hash_at(head.number) == head.hash; }
  std::optional<Record> at(std::uint64_t number) const;

  /// Appends the next record, whose hash the caller has computed or checked.
  void push(Record record, Commit& commit);
  /// Computes the hash too.
  void push(Bytes bytes, std::optional<Signature> signature, Commit& commit);
  /// Takes everything above `after` out of the stream, and hands it over.
  std::vector<Record> set_aside(std::uint64_t after, Commit& commit);
  /// Everything pushed so far is durable, so that the store can be asked for it.
  void committed();
  /// Forgets what was pushed and not committed.
  void load();

 private:
  StreamId id_;
  const StoreReader* store_;
  const Crypto* crypto_;
  Head head_;
  std::deque<Record> tail_;  // the records up to the head
};

}  // namespace wattle
