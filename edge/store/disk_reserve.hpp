#pragma once
// Room on the disk that is kept for the ledger: a file of some megabytes that is given up when nothing else is left, so that
// money is still written for weeks while somebody comes to see to the disk. Long before that there is an alarm, and then
// readings wait.
//
// By free space: below `alarm_below` is_low(), until there is a tenth more than that, and the reserve's size at least; below
// twice the reserve recorded readings are no longer written (may_record()); below half of it, or when a commit finds the disk
// full, the reserve is given up. It is made again when four times its size is free. On a small disk the reserve is no more than
// a sixteenth of it, so that the others come into their own there too.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

struct statvfs;

namespace wattle::edge {

inline constexpr std::int64_t mebibyte = 1024 * 1024;
inline constexpr std::int64_t reserve_disk_parts = 16;  // of which the reserve is one at most

struct DiskReserveSettings {
  std::string file;                           // on the ledger's disk
  std::int64_t bytes = 16 * mebibyte;         // 0: none is kept
  std::int64_t alarm_below = 256 * mebibyte;  // bytes that are free
};

struct DiskSpace {
  std::int64_t free = 0;   // bytes that others than root may still write
  std::int64_t total = 0;  // bytes
};

/// Nothing for a file system without an end, or that does not count its blocks.
std::optional<DiskSpace> space_of(const struct statvfs& disk);
/// Of the disk with the folder of this file; nothing where the disk does not say.
std::optional<DiskSpace> space_beside(const std::string& file);

class DiskReserve {
 public:
  using Space = std::function<std::optional<DiskSpace>()>;

  explicit DiskReserve(DiskReserveSettings settings);
  DiskReserve(DiskReserveSettings settings, Space space);

  /// How it stands now; makes the reserve, or gives it up. A reserve that cannot be made is tried again at the next look.
  void look();
  /// A commit has found the disk full: the next life of the process has this room.
  void give_up();

  /// As it was at the last look; nothing where the disk does not say.
  std::optional<std::int64_t> free_bytes() const { return seen_; }
  /// Of the reserve, when it is held; 0: none is wanted.
  std::int64_t bytes() const { return bytes_; }
  bool is_held() const { return held_; }
  bool is_low() const { return low_; }
  bool may_record() const { return !seen_ || *seen_ >= 2 * bytes_; }
  /// Of the disk just now: a failure to write may be for want of room, whatever its code says.
  bool is_short() const;
  /// The file system cannot set blocks aside: there will be no reserve on it.
  bool is_impossible() const { return impossible_; }

 private:
  bool make();
  void see();

  DiskReserveSettings settings_;
  Space space_;
  std::int64_t bytes_ = 0;
  std::optional<std::int64_t> seen_;
  bool held_ = false;
  bool low_ = false;
  bool impossible_ = false;
};

}  // namespace wattle::edge
