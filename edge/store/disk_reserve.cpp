#include "edge/store/disk_reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "shared/store/folder.hpp"

namespace wattle::edge {
namespace {

bool has_size(const std::string& file, std::int64_t bytes) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 && found.st_size == bytes;
}

}  // namespace

std::optional<std::int64_t> free_bytes_beside(const std::string& file) {
  struct statvfs disk {};
  const auto folder = std::filesystem::path(file).parent_path();
  if (::statvfs(folder.empty() ? "." : folder.c_str(), &disk) != 0) return std::nullopt;
  return static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize);
}

DiskReserve::DiskReserve(DiskReserveSettings settings)
    : DiskReserve(settings, [file = settings.file] { return free_bytes_beside(file); }) {}

/// What is there and of another size was made under other settings, or not to its end.
DiskReserve::DiskReserve(DiskReserveSettings settings, FreeBytes free)
    : settings_(std::move(settings)), free_(std::move(free)), held_(has_size(settings_.file, settings_.bytes)) {
  if (!held_) ::unlink(settings_.file.c_str());
}

void DiskReserve::look() {
  seen_ = free_();
  if (!seen_ || settings_.bytes == 0) return;
  if (held_ && *seen_ < settings_.bytes / 2) {
    give_up();
    seen_ = free_();
  } else if (!held_ && *seen_ >= 4 * settings_.bytes) {
    held_ = make();
    seen_ = free_();
  }
}

void DiskReserve::give_up() {
  ::unlink(settings_.file.c_str());
  held_ = false;
  const auto synced = sync_folder_of(settings_.file);  // a full disk may refuse that too; the file is gone all the same
  static_cast<void>(synced);
}

/// Its blocks are taken, not only its size.
bool DiskReserve::make() const {
  const int file = ::open(settings_.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool taken = ::posix_fallocate(file, 0, settings_.bytes) == 0 && ::fsync(file) == 0;
  ::close(file);
  if (!taken) ::unlink(settings_.file.c_str());
  return taken;
}

}  // namespace wattle::edge
