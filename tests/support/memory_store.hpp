#pragma once
// What a store must do, written down once more as plainly as possible: the model that the real store is held against, and a
// store for tests that need none. A copy is a snapshot.

#include <map>

#include "shared/base/result.hpp"
#include "shared/ledger/store.hpp"
#include "shared/store/errors.hpp"

namespace wattle::test {

class MemoryStore final : public StoreReader {
 public:
  /// All of it or, with an error, nothing. Like the real one it refuses everything after an error.
  Result<void> commit(const Commit& commit);

  Head head(const StreamId& stream) const override;
  std::uint64_t first(const StreamId& stream) const override;
  std::optional<Record> entry(const StreamId& stream, std::uint64_t number) const override;
  std::vector<Record> listed(const StreamId& stream) const override;
  std::optional<Bytes> row(Table table, ByteView key) const override;
  std::vector<std::pair<Bytes, Bytes>> rows_after(Table table, ByteView key) const override;
  /// How often entry() was asked.
  std::uint64_t entries_asked() const { return entries_asked_; }
  std::vector<StreamId> streams() const;
  std::vector<Place> find(SiteId site, const OutsideId& id) const;

 private:
  struct Content {
    std::map<StreamId, std::map<std::uint64_t, Record>> streams;
    std::map<StreamId, std::vector<Record>> listed;
    std::map<std::pair<Table, Bytes>, Bytes> rows;
  };
  static Result<void> apply(Content& content, const AppendEntry& append);
  static Result<void> apply(Content& content, const SetAside& aside);
  static Result<void> apply(Content& content, const KeepListed& listed);
  static Result<void> apply(Content& content, const DropBelow& drop);
  static Result<void> apply(Content& content, const PutRow& put);

  Content content_;
  bool failed_ = false;
  mutable std::uint64_t entries_asked_ = 0;
};

}  // namespace wattle::test
