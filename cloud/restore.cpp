#include <filesystem>
#include <iostream>
#include <optional>

#include "cloud/commands.hpp"
#include "cloud/gateway/backups.hpp"
#include "cloud/gateway/restorable.hpp"
#include "cloud/store/backup.hpp"
#include "cloud/store/sqlite_registry.hpp"
#include "cloud/store/store.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/files.hpp"
#include "shared/store/folder.hpp"
#include "shared/store/lock_file.hpp"

namespace wattle::cloud {
namespace {

Result<void> check(const CloudConfig& config, const std::string& backup, const ListsFile& lists) {
  const auto store = open_to_read(backup);
  if (!store) return store.error();
  return may_be_restored(**store, config.site, backup_time(backup), lists);
}

/// From which copy; empty: the registry is left alone where there is one: what people have entered since the backup is no worse
/// for the restore.
Result<std::string> restore_registry(const CloudConfig& config, const std::string& backup) {
  const auto copy = registry_backup_of(backup);
  if (std::filesystem::exists(config.registry) || !std::filesystem::exists(copy)) return std::string();
  std::error_code error;
  const auto part = config.registry + ".part";
  std::filesystem::copy_file(copy, part, std::filesystem::copy_options::overwrite_existing, error);
  if (error) return WATTLE_FAIL(StoreErrc::io);
  if (const auto ended = SqliteRegistry::end_sessions(part); !ended) return ended.error();
  if (const auto synced = sync_file(part); !synced) return synced.error();
  std::filesystem::rename(part, config.registry, error);
  if (error) return WATTLE_FAIL(StoreErrc::io);
  const auto synced = sync_folder_of(config.registry);
  if (!synced) return synced.error();
  return copy;
}

/// Beside a file that is not there: SQLite would take it for the log of the one that is put there, and mix the two. Who only
/// reads a database leaves an empty one.
std::optional<std::string> log_left_of(const std::string& database) {
  if (std::filesystem::exists(database)) return std::nullopt;
  std::error_code unknown;  // then it counts
  for (const char* tail : {"-wal", "-journal"})
    if (std::filesystem::exists(database + tail) && !std::filesystem::is_empty(database + tail, unknown))
      return database + tail;
  return std::nullopt;
}

/// Neither a registry nor its copy of that moment, although others are there: the cloud would begin with an empty one, and the
/// next backups push the good copies out. Of a site that has none at all (an older program made none) nothing is to be had.
std::optional<std::string> registry_lost(const CloudConfig& config, const std::string& backup) {
  const auto copy = registry_backup_of(backup);
  if (std::filesystem::exists(config.registry) || std::filesystem::exists(copy)) return std::nullopt;
  auto copies = registry_files(std::filesystem::path(copy).parent_path().string());
  if (copies.empty()) copies = registry_files(config.backup_folder);
  if (copies.empty()) return std::nullopt;
  return "there is neither " + config.registry + " nor " + copy + ", its copy of that moment; the newest copy is " +
         copies.back() + ". To take it, copy it to " + copy + " and restore again; to begin with an empty registry, init first";
}

}  // namespace

/// The mark comes first: a store that stands there without it would not be known as a restored one.
int restore(const CloudConfig& config, const std::string& backup) {
  const auto& store = config.store;
  // A cloud that still runs, in files that were moved away under it, would write the lists again from its own memory.
  if (const auto folder = make_folder_of(store); !folder)
    return end_with(exit_machine, store + ": " + folder.error().message());
  const auto alone = LockFile::take(store + ".lock");
  if (!alone) return end_with(exit_store, store + ": " + alone.error().message() + remedy_of(alone.error()));
  if (std::filesystem::exists(store))
    return end_with(exit_store, store + " is still there; move it away first (with its -wal and -shm), it may be needed");
  for (const auto& database : {store, config.registry})
    if (const auto left = log_left_of(database))
      return end_with(exit_store, *left + " is still there without its database; move it away first, it may be needed");
  if (const auto held = verify_backup(backup); !held) return end_with(exit_store, backup + ": " + held.error().message());
  auto lists = ListsFile::load(config.lists);
  if (!lists) return end_with(exit_store, config.lists + ": " + lists.error().message());
  if (const auto allowed = check(config, backup, *lists); !allowed)
    return end_with(exit_store, backup + ": " + allowed.error().message());
  if (const auto lost = registry_lost(config, backup)) return end_with(exit_store, *lost);
  if (const auto folder = make_folder_of(config.restored_mark); !folder)
    return end_with(exit_machine, folder.error().message());
  const auto marked = write_file(config.restored_mark, backup + '\n', FileAccess::owner_only);
  if (!marked) return end_with(exit_machine, config.restored_mark + ": " + marked.error().message());
  // Before the store, which would be taken for a whole site.
  const auto registry = restore_registry(config, backup);
  if (!registry) return end_with(exit_store, config.registry + ": " + registry.error().message());
  if (!registry->empty()) std::cout << "restored " << config.registry << " from " << *registry << '\n';
  const auto restored = restore_backup(backup, store);
  if (!restored) return end_with(exit_store, store + ": " + restored.error().message());
  // What other backups hold of the time since is no longer the site's past. A clock that was set back does not hide it.
  const auto files = backup_files(config.backup_folder);
  const auto newest = files.empty() ? Instant{} : backup_time(files.back()) + microseconds(1);
  if (const auto listed = lists->add(Restore{backup_time(backup), std::max(wall_clock(), newest)}); !listed)
    return end_with(exit_store, config.lists + ": " + listed.error().message());
  if (!std::filesystem::exists(config.registry))
    std::cout << "there is no " << config.registry
              << " and no copy of one: put yours there before the start, or make an empty one "
              << "with a new admin by init; the books do not need it\n";
  std::cout << "restored " << store << " from " << backup << " (" << restored->size()
            << " streams); at its next start the cloud asks the boxes for what it has forgotten\n";
  return exit_ok;
}

}  // namespace wattle::cloud
