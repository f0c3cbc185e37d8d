#include "edge/disk_watch.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "shared/io/log.hpp"
#include "shared/store/errors.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t size = mebibyte;

struct Watched {
  Watched() {
    LogSettings log;
    log.file = folder.path("log");
    log.metrics = &metrics;
    REQUIRE(start_log(log).has_value());
  }
  ~Watched() { stop_log(); }
  DiskWatch watch() {
    DiskReserve reserve({folder.path("reserve"), size, 10 * size}, [this] { return std::optional(disk); });
    return {std::move(reserve), metrics};
  }
  std::uint64_t told(const char* event) {
    return metrics.counter("wattle_events_total", "Events by code", {{"event", event}}).value();
  }

  test::Folder folder;
  Metrics metrics;
  DiskSpace disk{50 * size, 100 * size};
};

TEST_CASE("a start on a full disk gives the reserve of the life before up, and says so once") {
  Watched box;
  box.watch().look();
  REQUIRE(std::filesystem::exists(box.folder.path("reserve")));
  box.disk.free = 0;
  auto watch = box.watch();
  REQUIRE(watch.has_reserve());
  watch.look();
  watch.look();
  CHECK_FALSE(watch.has_reserve());
  CHECK_FALSE(std::filesystem::exists(box.folder.path("reserve")));
  CHECK(box.told("edge.disk.reserve_given_up") == 1);
  CHECK(box.told("edge.alarm.disk_low") == 1);
  CHECK(box.told("edge.disk.no_reserve") == 0);  // that was told in other words
}

TEST_CASE("a disk without room for a reserve says so once, until there is one") {
  Watched box;
  box.disk.free = 3 * size;
  auto watch = box.watch();
  watch.look();
  watch.look();
  CHECK(box.told("edge.disk.no_reserve") == 1);
  box.disk.free = 50 * size;
  watch.look();
  CHECK(watch.has_reserve());
  CHECK(box.told("edge.disk.has_room") == 1);
  CHECK(box.told("edge.disk.no_reserve") == 1);
}

TEST_CASE("a store that failed for want of room, by whatever name, leaves the reserve to the next life") {
  Watched box;
  const auto keeps = [&](StoreErrc failure, std::int64_t free) {
    box.disk.free = 50 * size;
    auto watch = box.watch();
    watch.look();
    REQUIRE(watch.has_reserve());
    box.disk.free = free;
    watch.store_failed(make_error_code(failure));
    return watch.has_reserve();
  };
  CHECK_FALSE(keeps(StoreErrc::full, 50 * size));  // where the disk says less than it knows
  CHECK_FALSE(keeps(StoreErrc::io, 2 * size - 1));
  CHECK(box.told("edge.disk.reserve_given_up") == 2);
  CHECK(keeps(StoreErrc::io, 2 * size));
  CHECK(keeps(StoreErrc::corrupt, 0));
  CHECK(box.told("edge.disk.reserve_given_up") == 2);
}

}  // namespace
}  // namespace wattle::edge
