#include "cloud/store/backup.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "cloud/store/store.hpp"
#include "tests/support/random_commits.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::test {

namespace {

const StreamId up = RandomCommits::streams()[1];

Commit filling(std::uint64_t from, std::uint64_t count) {
  Commit commit;
  for (auto number = from; number < from + count; ++number)
    commit.push_back(AppendEntry{up, number, RandomCommits(number).record(up, number)});
  commit.push_back(PutRow{Table::site, {'n'}, {static_cast<std::uint8_t>(from)}});
  return commit;
}

std::unique_ptr<LedgerStore> opened(const std::string& path) {
  auto store = cloud::open_store(path);
  REQUIRE(store.has_value());
  return std::move(*store);
}

Result<cloud::Heads> backed_up(LedgerStore& store, const std::string& path) {
  auto backup = cloud::OnlineBackup::begin(store, path);
  REQUIRE(backup.has_value());
  REQUIRE(backup->step(-1).value() == false);
  return backup->finish();
}

}  // namespace

TEST_CASE("a backup holds what was committed while it was taken, as one file") {
  Folder folder;
  auto store = opened(folder.path("site.db"));
  REQUIRE(store->commit(filling(1, 2000)).has_value());
  auto backup = cloud::OnlineBackup::begin(*store, folder.path("backups/site.bak"));
  REQUIRE(backup.has_value());
  std::uint64_t head = 2000;
  while (backup->step(8).value()) {
    REQUIRE(store->commit(filling(head + 1, 5)).has_value());
    head += 5;
    REQUIRE(head < 10'000);
  }
  CHECK_FALSE(std::filesystem::exists(folder.path("backups/site.bak")));  // not before it is verified
  const auto heads = backup->finish();
  REQUIRE(heads.has_value());
  CHECK(head > 2000);
  CHECK(heads->at(up) == store->head(up));
  CHECK(heads->at(up).number == head);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder.path("backups"))) ++files;
  CHECK(files == 1);
}

TEST_CASE("a restored backup goes on where it was taken, and stands in nobody's way") {
  Folder folder;
  auto store = opened(folder.path("site.db"));
  REQUIRE(store->commit(filling(1, 300)).has_value());
  const auto heads = backed_up(*store, folder.path("site.bak"));
  REQUIRE(heads.has_value());
  REQUIRE(store->commit(filling(301, 10)).has_value());
  CHECK(cloud::restore_backup(folder.path("site.bak"), folder.path("site.db")).error() == StoreErrc::present);
  const auto restored = cloud::restore_backup(folder.path("site.bak"), folder.path("new/site.db"));
  REQUIRE(restored.has_value());
  CHECK(*restored == *heads);
  auto again = opened(folder.path("new/site.db"));
  CHECK(again->head(up).number == 300);
  CHECK(again->entry(up, 300)->bytes == store->entry(up, 300)->bytes);
  CHECK(again->row(Table::site, view("n")) == Bytes{1});
  REQUIRE(again->commit(filling(301, 1)).has_value());
  CHECK(cloud::verify_backup(folder.path("site.bak")).value() == *heads);  // the backup itself is as it was
}

TEST_CASE("a damaged backup is refused, by verification and by restore") {
  Folder folder;
  auto store = opened(folder.path("site.db"));
  REQUIRE(store->commit(filling(1, 2000)).has_value());
  REQUIRE(backed_up(*store, folder.path("site.bak")).has_value());
  const auto size = std::filesystem::file_size(folder.path("site.bak"));
  SECTION("a page of noise") {
    std::fstream file(folder.path("site.bak"), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(size / 2 / 4096 * 4096));
    file << std::string(4096, '\x5a');
  }
  SECTION("cut short") { std::filesystem::resize_file(folder.path("site.bak"), size / 2 / 4096 * 4096); }
  CHECK(cloud::verify_backup(folder.path("site.bak")).error() == StoreErrc::corrupt);
  CHECK(cloud::restore_backup(folder.path("site.bak"), folder.path("new.db")).error() == StoreErrc::corrupt);
  CHECK_FALSE(std::filesystem::exists(folder.path("new.db")));
  CHECK(cloud::verify_backup(folder.path("none.bak")).error() == StoreErrc::open);
}

TEST_CASE("a store that has failed is not backed up") {
  Folder folder;
  auto store = opened(folder.path("site.db"));
  REQUIRE(store->commit(filling(5, 1)).error() == StoreErrc::hole);
  CHECK(cloud::OnlineBackup::begin(*store, folder.path("site.bak")).error() == StoreErrc::failed);
}

}  // namespace wattle::test
