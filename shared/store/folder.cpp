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

}  // namespace

Result<void> make_folder_of(const std::string& path) {
  const auto folder = folder_of(path);
  std::error_code error;
  const bool made = std::filesystem::create_directories(folder, error);
  if (made && !error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return WATTLE_FAIL(StoreErrc::open);
  return {};
}

Result<void> sync_folder_of(const std::string& path) {
  const int folder = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return WATTLE_FAIL(StoreErrc::open);
  const int synced = ::fsync(folder);
  ::close(folder);
  return synced == 0 ? Result<void>() : WATTLE_FAIL(StoreErrc::io);
}

}  // namespace wattle
