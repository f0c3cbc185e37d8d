#include "cloud/store/backup.hpp"

#include <sqlite3.h>

#include <filesystem>

#include "cloud/store/store.hpp"
#include "shared/base/check.hpp"
#include "shared/store/folder.hpp"

namespace wattle::cloud {

namespace {

std::string part_of(const std::string& path) { return path + ".part"; }

void remove_part(const std::string& path) {
  std::error_code none_there;
  for (const char* tail : {"", "-journal", "-wal", "-shm"}) std::filesystem::remove(part_of(path) + tail, none_there);
}

Result<void> rename_durably(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (error) return WATTLE_FAIL(StoreErrc::io);
  return sync_folder_of(to);
}

/// One file, without a log beside it.
Result<void> make_single_file(Database& database) {
  const auto mode = database.text("PRAGMA journal_mode = DELETE");
  if (!mode) return mode.error();
  return *mode == "delete" ? Result<void>() : WATTLE_FAIL(StoreErrc::busy);
}

}  // namespace

Heads heads_of(const LedgerStore& store) {
  Heads heads;
  for (const auto& stream : store.streams()) heads[stream] = store.head(stream);
  return heads;
}

void OnlineBackup::End::operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }

Result<OnlineBackup> OnlineBackup::begin(LedgerStore& store, std::string path) {
  if (store.has_failed()) return WATTLE_FAIL(StoreErrc::failed);
  if (auto ok = make_folder_of(path); !ok) return ok.error();
  remove_part(path);
  auto copy = Database::open(part_of(path), Access::read_write);
  if (!copy) return copy.error();
  OnlineBackup backup(store, std::move(path), std::move(*copy));
  backup.backup_.reset(sqlite3_backup_init(backup.copy_->handle(), "main", store.database().handle(), "main"));
  if (!backup.backup_) return store_error(sqlite3_extended_errcode(backup.copy_->handle()));
  return backup;
}

Result<bool> OnlineBackup::step(int pages) {
  if (heads_) return false;
  const int code = sqlite3_backup_step(backup_.get(), pages);
  if (code == SQLITE_OK) return true;
  if (code != SQLITE_DONE) return {boost::system::in_place_error, store_error(code)};
  heads_ = heads_of(*store_);
  backup_.reset();  // holds on to the store's connection
  return false;
}

Result<Heads> OnlineBackup::verify() {
  WATTLE_CHECK(heads_.has_value());
  auto ok = make_single_file(*copy_);
  copy_.reset();
  if (!ok) return ok.error();
  const auto held = verify_backup(part_of(path_));
  if (!held) return held.error();
  if (*held != *heads_) return WATTLE_FAIL(StoreErrc::unverified);
  return held;
}

Result<void> OnlineBackup::name() { return rename_durably(part_of(path_), path_); }

Result<Heads> OnlineBackup::finish() {
  auto held = verify();
  if (!held) return held;
  if (const auto named = name(); !named) return named.error();
  return held;
}

Result<Heads> verify_backup(const std::string& path) {
  try {
    const auto store = open_to_read(path);
    if (!store) return store.error();
    const auto verdict = (*store)->database().text("PRAGMA integrity_check(1)");
    if (!verdict) return verdict.error();
    if (*verdict != "ok") return WATTLE_FAIL(StoreErrc::corrupt);
    return heads_of(**store);
  } catch (const StoreFailure& failure) {
    return failure.code();
  }
}

Result<Heads> restore_backup(const std::string& backup, const std::string& path) {
  std::error_code ignored;         // what cannot be looked at cannot be opened either
  const auto log = path + "-wal";  // an empty one is left by who has only read
  if (std::filesystem::exists(path, ignored) ||
      (std::filesystem::exists(log, ignored) && !std::filesystem::is_empty(log, ignored)))
    return WATTLE_FAIL(StoreErrc::present);
  auto held = verify_backup(backup);
  if (!held) return held.error();
  auto source = open_to_read(backup);
  if (!source) return source.error();
  auto copy = OnlineBackup::begin(**source, path);
  if (!copy) return copy.error();
  const auto more = copy->step(-1);  // all that is there
  if (!more) return more.error();
  return copy->finish();
}

}  // namespace wattle::cloud
