#include "edge/store/disk_reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "shared/store/folder.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t block = 4096;
constexpr std::int64_t counted_block = 512;  // of stat, whatever the file system's own are

/// A sparse file, as a copy of a folder may leave one, keeps no room.
bool holds(const std::string& file, std::int64_t bytes) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 && found.st_size == bytes && found.st_blocks * counted_block >= bytes;
}

std::int64_t fitted(std::int64_t wanted, const std::optional<DiskSpace>& disk) {
  if (!disk || disk->total <= 0) return wanted;
  return std::min(wanted, disk->total / reserve_disk_parts / block * block);
}

}  // namespace

std::optional<DiskSpace> space_of(const struct statvfs& disk) {
  if (disk.f_blocks == 0) return std::nullopt;
  return DiskSpace{static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize),
                   static_cast<std::int64_t>(disk.f_blocks * disk.f_frsize)};
}

std::optional<DiskSpace> space_beside(const std::string& file) {
  struct statvfs disk {};
  const auto folder = std::filesystem::path(file).parent_path();
  if (::statvfs(folder.empty() ? "." : folder.c_str(), &disk) != 0) return std::nullopt;
  return space_of(disk);
}

DiskReserve::DiskReserve(DiskReserveSettings settings)
    : DiskReserve(settings, [file = settings.file] { return space_beside(file); }) {}

/// What is there and of another size was made under other settings, or not to its end.
DiskReserve::DiskReserve(DiskReserveSettings settings, Space space)
    : settings_(std::move(settings)),
      space_(std::move(space)),
      bytes_(fitted(settings_.bytes, space_())),
      held_(bytes_ > 0 && holds(settings_.file, bytes_)) {
  if (!held_) ::unlink(settings_.file.c_str());
}

void DiskReserve::see() {
  const auto disk = space_();
  seen_ = disk ? std::optional(disk->free) : std::nullopt;
}

void DiskReserve::look() {
  see();
  if (seen_ && bytes_ > 0) {
    if (held_ && *seen_ < bytes_ / 2) {
      give_up();
      see();
    } else if (!held_ && !impossible_ && *seen_ >= 4 * bytes_) {
      held_ = make();
      see();
    }
  }
  const auto enough = settings_.alarm_below + (low_ ? std::max(bytes_, settings_.alarm_below / 10) : 0);
  low_ = seen_ && *seen_ < enough;
}

void DiskReserve::give_up() {
  ::unlink(settings_.file.c_str());
  held_ = false;
  const auto synced = sync_folder_of(settings_.file);  // a full disk may refuse that too; the file is gone all the same
  static_cast<void>(synced);
}

bool DiskReserve::is_short() const {
  const auto disk = space_();
  return disk && disk->free < 2 * bytes_;
}

/// Its blocks are taken, not only its size. Not posix_fallocate: where the file system cannot do it, that writes into each
/// block, and all the box would wait.
bool DiskReserve::make() {
  const int file = ::open(settings_.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return false;
  const bool set_aside = ::fallocate(file, 0, 0, bytes_) == 0;
  impossible_ = !set_aside && (errno == EOPNOTSUPP || errno == ENOSYS);
  const bool taken = set_aside && ::fsync(file) == 0;
  ::close(file);
  if (!taken) ::unlink(settings_.file.c_str());
  return taken;
}

}  // namespace wattle::edge
