#include "shared/store/folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

namespace wattle {

namespace {

std::filesystem::path folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

Result<void> sync(const std::string& path, int flags) {
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (opened < 0) return WATTLE_FAIL(StoreErrc::open);
  const int synced = ::fsync(opened);
  ::close(opened);
  return synced == 0 ? Result<void>() : WATTLE_FAIL(StoreErrc::io);
}

}  // namespace

Result<void> make_folder_of(const std::string& path) {
  const auto folder = folder_of(path);
  std::error_code error;
  const bool made = std::filesystem::create_directories(folder, error);
  if (made && !error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return WATTLE_FAIL(StoreErrc::open);
  return {};
}

Result<void> sync_folder_of(const std::string& path) { return sync(folder_of(path), O_DIRECTORY); }

Result<void> sync_file(const std::string& path) { return sync(path, 0); }

}  // namespace wattle
