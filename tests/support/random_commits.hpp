#pragma once
// Commits as a core could write them: a few streams that grow, fall back, are dropped below, and rows that come and go.

#include "shared/base/random.hpp"
#include "tests/support/memory_store.hpp"

namespace wattle::test {

class RandomCommits {
 public:
  explicit RandomCommits(std::uint64_t seed) : random_(seed) {}

  /// Fits what the store holds now.
  Commit next(const MemoryStore& store);
  static std::vector<StreamId> streams();
  static OutsideId outside_id(std::uint64_t number);
  /// Readable as an entry, with an outside id now and then; the hash is any, since a store does not judge it.
  Record record(const StreamId& stream, std::uint64_t number);

 private:
  void add_entries(Commit& commit, const StreamId& stream, std::uint64_t& head);
  Bytes bytes(std::size_t most);

  Random random_;
};

}  // namespace wattle::test
