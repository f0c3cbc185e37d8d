#include <filesystem>
#include <iostream>

#include "cloud/commands.hpp"
#include "cloud/gateway/errors.hpp"
#include "cloud/gateway/lists.hpp"
#include "cloud/store/backup.hpp"
#include "cloud/store/store.hpp"
#include "shared/io/files.hpp"
#include "shared/store/folder.hpp"

namespace wattle::cloud {
namespace {

/// None of the fences that are listed may be unknown to the backup.
Result<void> check_fences(const CloudConfig& config, const std::string& backup) {
  const auto lists = ListsFile::load(config.lists);
  if (!lists) return lists.error();
  const auto store = open_to_read(backup);
  if (!store) return store.error();
  return Site::may_restore(**store, lists->lists()) ? Result<void>() : WATTLE_FAIL(GatewayErrc::older_than_fence);
}

}  // namespace

/// The mark comes first: a store that stands there without it would not be known as a restored one.
int restore(const CloudConfig& config, const std::string& backup) {
  const auto& store = config.store;
  if (std::filesystem::exists(store))
    return end_with(exit_store, store + " is still there; move it away first (with its -wal and -shm), it may be needed");
  if (const auto held = verify_backup(backup); !held) return end_with(exit_store, backup + ": " + held.error().message());
  if (const auto allowed = check_fences(config, backup); !allowed)
    return end_with(exit_store, backup + ": " + allowed.error().message());
  if (const auto folder = make_folder_of(config.restored_mark); !folder)
    return end_with(exit_machine, folder.error().message());
  const auto marked = write_file(config.restored_mark, backup + '\n', FileAccess::owner_only);
  if (!marked) return end_with(exit_machine, config.restored_mark + ": " + marked.error().message());
  const auto restored = restore_backup(backup, store);
  if (!restored) return end_with(exit_store, store + ": " + restored.error().message());
  std::cout << "restored " << store << " from " << backup << " (" << restored->size()
            << " streams); at its next start the cloud asks the boxes for what it has forgotten\n";
  return exit_ok;
}

}  // namespace wattle::cloud
