#pragma once
// Copies of a site's store, taken while it is written, and the way back. A backup is one file, looked at before it counts as
// one.

#include <map>

#include "shared/store/ledger_store.hpp"

struct sqlite3_backup;

namespace wattle::cloud {

inline constexpr int backup_pages_per_step = 256;  // a megabyte; the loop goes on in between

using Heads = std::map<StreamId, Head>;
Heads heads_of(const LedgerStore& store);

/// Takes the copy by the store's own connection, so that what is committed meanwhile gets into it.
///
/// Use: step() between events until it says false, then verify() and name(), which no longer touch the store and may run on
/// another thread: the whole copy is read.
class OnlineBackup {
 public:
  /// The copy grows in `path` + ".part", whatever stood there is replaced.
  static Result<OnlineBackup> begin(LedgerStore& store, std::string path);

  /// True while there is more to copy.
  Result<bool> step(int pages = backup_pages_per_step);
  /// The copy is whole, sound, and one file. What it holds, for whoever keeps the list of backups.
  Result<Heads> verify();
  /// Gives the verified copy its name, durably: from here on it counts.
  Result<void> name();
  /// Both.
  Result<Heads> finish();

 private:
  struct End {
    void operator()(sqlite3_backup* backup) const;
  };
  OnlineBackup(LedgerStore& store, std::string path, Database copy)
      : store_(&store), path_(std::move(path)), copy_(std::make_unique<Database>(std::move(copy))) {}

  LedgerStore* store_;
  std::string path_;
  std::unique_ptr<Database> copy_;
  std::unique_ptr<sqlite3_backup, End> backup_;
  std::optional<Heads> heads_;  // at the moment when the copy was complete
};

/// The whole file is sound and a store of ours: what it holds.
Result<Heads> verify_backup(const std::string& path);

/// Puts a verified copy of the backup where no store is yet. Whether it may be restored is for Site::may_restore.
Result<Heads> restore_backup(const std::string& backup, const std::string& path);

}  // namespace wattle::cloud
