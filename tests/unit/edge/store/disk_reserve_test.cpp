#include "edge/store/disk_reserve.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace wattle::edge {
namespace {

constexpr std::int64_t size = mebibyte;

/// A disk of so many bytes, on which the reserve takes its part as on a real one.
struct SmallDisk {
  SmallDisk() { std::filesystem::create_directories(folder); }
  ~SmallDisk() { std::filesystem::remove_all(folder); }
  DiskReserve reserve() {
    return DiskReserve({file, size, 10 * size}, [this] {
      return std::optional(DiskSpace{std::max<std::int64_t>(left(), 0), total});
    });
  }
  std::int64_t left() const {
    return total - used - (std::filesystem::exists(file) ? static_cast<std::int64_t>(std::filesystem::file_size(file)) : 0);
  }

  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("wattle-reserve-" + std::to_string(::getpid()));
  std::string file = folder / "reserve";
  std::int64_t total = 100 * size;
  std::int64_t used = 0;
};

TEST_CASE("the reserve takes blocks of the disk, and outlives the process") {
  SmallDisk disk;
  auto reserve = disk.reserve();
  CHECK_FALSE(reserve.is_held());
  reserve.look();
  CHECK(reserve.is_held());
  CHECK(reserve.free_bytes() == 99 * size);
  CHECK_FALSE(reserve.is_low());
  CHECK(reserve.may_record());
  CHECK(std::filesystem::file_size(disk.file) == size);
  struct stat found {};
  REQUIRE(::stat(disk.file.c_str(), &found) == 0);
  CHECK(found.st_blocks * 512 >= size);
  CHECK(disk.reserve().is_held());
}

TEST_CASE("a reserve without its blocks, as a sparse copy of the folder leaves it, is none and is made anew") {
  SmallDisk disk;
  std::ofstream(disk.file).close();
  std::filesystem::resize_file(disk.file, size);
  auto reserve = disk.reserve();
  CHECK_FALSE(reserve.is_held());
  reserve.look();
  struct stat found {};
  REQUIRE(::stat(disk.file.c_str(), &found) == 0);
  CHECK(found.st_blocks * 512 >= size);
}

TEST_CASE("a disk on the edge of its alarm is told of once, not at each look") {
  SmallDisk disk;
  auto reserve = disk.reserve();
  reserve.look();
  const auto is_low_at = [&](std::int64_t free) {
    disk.used = disk.total - free - size;
    reserve.look();
    return reserve.is_low();
  };
  CHECK_FALSE(is_low_at(10 * size));
  CHECK(is_low_at(10 * size - 1));
  CHECK(is_low_at(10 * size));
  CHECK(is_low_at(11 * size - 1));
  CHECK_FALSE(is_low_at(11 * size));
  CHECK_FALSE(is_low_at(10 * size));
}

TEST_CASE("on a small disk the reserve is a small part of it, and readings are written") {
  SmallDisk disk;
  disk.total = 8 * size;
  disk.used = 5 * size;
  auto reserve = disk.reserve();
  reserve.look();
  CHECK(reserve.bytes() == size / 2);
  CHECK(reserve.is_held());
  CHECK(std::filesystem::file_size(disk.file) == size / 2);
  CHECK(reserve.may_record());
  disk.used = disk.total - size / 2 - size + 1;
  reserve.look();
  CHECK_FALSE(reserve.may_record());
}

TEST_CASE("a file system without an end says nothing of its room") {
  struct statvfs disk {};
  disk.f_frsize = 4096;
  CHECK_FALSE(space_of(disk).has_value());
  disk.f_blocks = 100;
  disk.f_bavail = 7;
  CHECK(space_of(disk).value_or(DiskSpace{}).free == 7 * 4096);
  CHECK(space_of(disk).value_or(DiskSpace{}).total == 100 * 4096);
}

TEST_CASE("as a disk fills there is first an alarm, then no readings, and at last no reserve") {
  SmallDisk disk;
  auto reserve = disk.reserve();
  reserve.look();
  struct Step {
    std::int64_t free;
    bool low, may_record, held;
  };
  const auto at = [&](const Step& step) {
    INFO(step.free);
    disk.used = disk.total - step.free - (reserve.is_held() ? size : 0);
    reserve.look();
    CHECK(reserve.is_low() == step.low);
    CHECK(reserve.may_record() == step.may_record);
    CHECK(reserve.is_held() == step.held);
    CHECK(std::filesystem::exists(disk.file) == step.held);
  };
  at({10 * size, false, true, true});
  at({10 * size - 1, true, true, true});
  at({2 * size, true, true, true});
  at({2 * size - 1, true, false, true});
  at({size / 2, true, false, true});
  at({size / 2 - 1, true, false, false});
  CHECK(reserve.free_bytes() == size + size / 2 - 1);  // what it held is free
  at({4 * size - 1, true, true, false});
  disk.used = disk.total - 4 * size;
  reserve.look();
  CHECK(reserve.is_held());
}

TEST_CASE("a commit that finds the disk full has the reserve given up at once") {
  SmallDisk disk;
  auto reserve = disk.reserve();
  reserve.look();
  disk.used = disk.total - size;
  reserve.give_up();
  CHECK_FALSE(reserve.is_held());
  CHECK(disk.left() == size);
  reserve.look();
  CHECK_FALSE(reserve.is_held());  // so that the ledger has the room
}

TEST_CASE("a reserve of another size is made anew, and none is kept where none is wanted") {
  SmallDisk disk;
  std::ofstream(disk.file) << "cut off";
  auto reserve = disk.reserve();
  CHECK_FALSE(reserve.is_held());
  CHECK_FALSE(std::filesystem::exists(disk.file));
  DiskReserve none({disk.file, 0, 10 * size}, [] { return std::optional(DiskSpace{5 * size, 100 * size}); });
  none.look();
  CHECK_FALSE(std::filesystem::exists(disk.file));
  CHECK(none.is_low());
  CHECK(none.may_record());
}

TEST_CASE("a disk that does not say how full it is changes nothing") {
  SmallDisk disk;
  DiskReserve reserve({disk.file, size, 10 * size}, [] { return std::nullopt; });
  reserve.look();
  CHECK_FALSE(reserve.is_low());
  CHECK(reserve.may_record());
  CHECK_FALSE(space_beside((disk.folder / "no/such/file").string()).has_value());
  const auto real = space_beside(disk.file).value_or(DiskSpace{});
  CHECK(real.free > 0);
  CHECK(real.total >= real.free);
}

}  // namespace
}  // namespace wattle::edge
