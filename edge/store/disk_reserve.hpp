#pragma once
// Room on the disk that is kept for the ledger: a file of some megabytes that is given up when nothing else is left, so that
// money is still written for weeks while somebody comes to see to the disk. Long before that there is an alarm, and then
// readings wait.
//
// By free space: below `alarm_below` is_low(); below twice the reserve recorded readings are no longer written (may_record());
// below half of it, or when a commit finds the disk full, the reserve is given up. It is made again when four times its size is
// free.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace wattle::edge {

inline constexpr std::int64_t mebibyte = 1024 * 1024;

struct DiskReserveSettings {
  std::string file;                           // on the ledger's disk
  std::int64_t bytes = 16 * mebibyte;         // 0: none is kept
  std::int64_t alarm_below = 256 * mebibyte;  // bytes that are free
};

/// What others than root may still write in the folder of this file, in bytes; nothing where the disk does not say.
std::optional<std::int64_t> free_bytes_beside(const std::string& file);

class DiskReserve {
 public:
  using FreeBytes = std::function<std::optional<std::int64_t>()>;

  explicit DiskReserve(DiskReserveSettings settings);
  DiskReserve(DiskReserveSettings settings, FreeBytes free);

  /// How it stands now; makes the reserve, or gives it up. A reserve that cannot be made is tried again at the next look.
  void look();
  /// A commit has found the disk full: the next life of the process has this room.
  void give_up();

  /// As it was at the last look; nothing where the disk does not say.
  std::optional<std::int64_t> free_bytes() const { return seen_; }
  bool is_held() const { return held_; }
  bool is_low() const { return seen_ && *seen_ < settings_.alarm_below; }
  bool may_record() const { return !seen_ || *seen_ >= 2 * settings_.bytes; }

 private:
  bool make() const;

  DiskReserveSettings settings_;
  FreeBytes free_;
  std::optional<std::int64_t> seen_;
  bool held_ = false;
};

}  // namespace wattle::edge
