#pragma once
// A disk in memory, with what disks do to one: a commit that fails, commits lost although they were said to be durable, copies.
// Records are shared between copies, so a backup costs a few pointers an entry.

#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "shared/ledger/store.hpp"

namespace wattle::sim {

class Disk final : public StoreReader {
 public:
  void commit(const Commit& commit);
  /// The last commits never happened; at most those that are still remembered.
  void lose(std::size_t commits);
  std::size_t losable() const { return undo_.size(); }
  /// From now on nothing that was committed so far can be lost.
  void settle() { undo_.clear(); }
  std::uint64_t commits() const { return commits_; }

  Head head(const StreamId& stream) const override;
  std::uint64_t first(const StreamId& stream) const override;
  std::optional<Record> entry(const StreamId& stream, std::uint64_t number) const override;
  /// The same without a copy; null when it is not there. Until the next commit.
  const Record* look(const StreamId& stream, std::uint64_t number) const;
  std::vector<Record> listed(const StreamId& stream) const override;
  /// Whether one of them is it.
  bool lists(const StreamId& stream, const std::function<bool(const Record&)>& is_it) const;
  std::optional<Bytes> row(Table table, ByteView key) const override;
  std::vector<std::pair<Bytes, Bytes>> rows_after(Table table, ByteView key) const override;
  std::vector<StreamId> streams() const;

 private:
  using Shared = std::shared_ptr<const Record>;
  struct Stream {
    std::uint64_t first = 1;
    std::deque<Shared> records;
    std::vector<Shared> listed;
  };
  /// What turns one write back.
  struct Undo {
    StreamId stream;
    enum class What : std::uint8_t { append, set_aside, list, drop, row } what{};
    std::vector<Shared> records;
    Table table{};
    Bytes key;
    std::optional<Bytes> value;
  };
  void apply(const Write& write, std::vector<Undo>& undo);
  void revert(const Undo& undo);
  const Stream* find(const StreamId& stream) const;

  std::map<StreamId, Stream> streams_;
  std::map<Table, std::map<Bytes, Bytes>> rows_;
  std::deque<std::vector<Undo>> undo_;
  std::uint64_t commits_ = 0;
};

inline constexpr std::size_t losable_commits_max = 5;

}  // namespace wattle::sim
