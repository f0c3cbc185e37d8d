#pragma once
// Streams and rows in SQLite. What commit() has returned for is on the disk; half of it never is.
//
// After any failure the store refuses everything: what the disk holds is then not known (after a failed fsync not even the
// kernel's page cache can be believed), and the core is ahead of it. The process ends, and its next life reads the log. A
// failed read has no Result to go into, and "not there" would be a lie: it throws StoreFailure, which only the program's main
// catches.

#include <array>
#include <boost/system/system_error.hpp>
#include <map>
#include <span>

#include "shared/ledger/store.hpp"
#include "shared/store/lock_file.hpp"
#include "shared/store/statements.hpp"

namespace wattle {

inline constexpr int busy_wait_ms = 2000;                // for a reader in another process
inline constexpr std::int64_t log_bytes_kept = 1 << 22;  // of the write-ahead log's file, after a commit that was larger
inline constexpr std::size_t read_ahead_entries = 64;

struct StoreOptions {
  Access access = Access::read_write;
  std::int64_t cache_kib = 2048;
  std::int64_t pages_max = 0;  // 0: no limit but the disk
  int checkpoint_after_pages = 1000;
};

class StoreFailure final : public boost::system::system_error {
 public:
  using system_error::system_error;
};

class LedgerStore final : public StoreReader {
 public:
  /// A file that is not there is made, its folder not. A store that is opened read-only stays at one moment until it is closed.
  static Result<std::unique_ptr<LedgerStore>> open(const std::string& path, const StoreOptions& options);

  LedgerStore(const LedgerStore&) = delete;
  LedgerStore& operator=(const LedgerStore&) = delete;
  ~LedgerStore() override;

  /// Durable when it returns without error.
  Result<void> commit(const Commit& commit) { return commit_all({&commit, 1}); }
  /// Several as one: all or none.
  Result<void> commit_all(std::span<const Commit> commits);
  /// Copies what the log holds back into the file, as commit() does now and then. StoreErrc::full changes nothing: all that was
  /// committed stays in the log, and the next commit tries again.
  Result<void> checkpoint();
  /// The last checkpoint has found the disk full, and the log grows meanwhile.
  bool waits_for_room() const { return waits_for_room_; }

  Head head(const StreamId& stream) const override;
  std::uint64_t first(const StreamId& stream) const override;
  std::optional<Record> entry(const StreamId& stream, std::uint64_t number) const override;
  std::vector<Record> listed(const StreamId& stream) const override;
  std::optional<Bytes> row(Table table, ByteView key) const override;
  std::vector<std::pair<Bytes, Bytes>> rows_after(Table table, ByteView key) const override;

  /// Every stream that holds an entry, in the order of StreamId.
  std::vector<StreamId> streams() const;
  /// Entries with this outside id that stand in a stream.
  std::vector<Place> find(SiteId site, const OutsideId& id) const;

  bool has_failed() const { return failed_; }
  const std::string& path() const { return path_; }
  /// For a backup, which copies by the connection that writes.
  Database& database() { return database_; }

 private:
  LedgerStore(std::string path, const StoreOptions& options, std::optional<LockFile> lock, Database database);
  Result<void> configure();
  Result<void> configure_writer();
  Result<void> set(const char* pragma, std::int64_t value);
  Result<void> write(std::span<const Commit> commits);
  Result<void> apply(const AppendEntry& append);
  Result<void> apply(const SetAside& aside);
  Result<void> apply(const KeepListed& listed);
  Result<void> apply(const DropBelow& drop);
  Result<void> apply(const PutRow& put);
  Result<void> insert(Statement& statement, const StreamId& stream, std::uint64_t number, const Record& record);
  Result<std::uint64_t*> head_number(const StreamId& stream);
  Result<std::optional<Head>> read_head(const StreamId& stream) const;
  Result<std::optional<std::uint64_t>> read_first(const StreamId& stream) const;
  Result<void> read_ahead(const StreamId& stream, std::uint64_t number) const;
  Error broken(Error error) const;
  template <class T>
  T must(Result<T> result) const;
  void must_work() const;

  std::string path_;
  StoreOptions options_;
  std::optional<LockFile> lock_;
  Database database_;
  std::unique_ptr<Statements> run_;
  std::map<StreamId, std::uint64_t> heads_;  // within the commit under way
  int log_pages_ = 0;                        // in the write-ahead log after the last commit
  bool waits_for_room_ = false;
  mutable bool failed_ = false;

  /// Streams are mostly read from one end to the other: a few entries are read at once.
  struct Ahead {
    StreamId stream;
    std::uint64_t next = 0;  // what a reader who goes on would ask for
    std::uint64_t from = 0;
    std::vector<Record> records;
  };
  mutable Ahead ahead_;
};

}  // namespace wattle
