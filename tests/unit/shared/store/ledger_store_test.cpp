#include "shared/store/ledger_store.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/support/random_commits.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::test {

namespace {

const StreamId up = RandomCommits::streams()[1];
const StreamId down = RandomCommits::streams()[2];

std::unique_ptr<LedgerStore> opened(const std::string& path, StoreOptions options = {}) {
  auto store = LedgerStore::open(path, options);
  REQUIRE(store.has_value());
  return std::move(*store);
}

bool same(const std::optional<Record>& a, const std::optional<Record>& b) {
  if (a.has_value() != b.has_value()) return false;
  return !a || (a->bytes == b->bytes && a->hash == b->hash && a->signature == b->signature);
}

bool same(const std::vector<Record>& a, const std::vector<Record>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return same(std::optional(x), std::optional(y)); });
}

/// Everything that can be asked, asked of both.
void check_same(const MemoryStore& model, const LedgerStore& store) {
  for (const auto& stream : RandomCommits::streams()) {
    const auto head = model.head(stream);
    CHECK(store.head(stream) == head);
    CHECK(store.first(stream) == model.first(stream));
    CHECK(same(store.listed(stream), model.listed(stream)));
    for (std::uint64_t number = 0; number <= head.number + 2; ++number)
      CHECK(same(store.entry(stream, number), model.entry(stream, number)));
    for (std::uint64_t number = head.number + 2; number > 0; number -= std::min<std::uint64_t>(number, 3))
      CHECK(same(store.entry(stream, number), model.entry(stream, number)));
  }
  for (const auto table : {Table::link, Table::kept, Table::order}) {
    const auto rows = model.rows(table);
    CHECK(store.rows(table) == rows);
    for (const auto& [key, value] : rows) CHECK(store.row(table, key) == value);
  }
  CHECK(store.row(Table::link, view("never put")) == std::nullopt);
  CHECK(store.streams() == model.streams());
  for (std::uint64_t number = 0; number < 40; ++number) {
    const auto id = RandomCommits::outside_id(number);
    CHECK(store.find({1}, id) == model.find({1}, id));
  }
}

AppendEntry append(const StreamId& stream, std::uint64_t number) {
  return {stream, number, RandomCommits(number).record(stream, number)};
}

/// While it lives SQLite finds no room for this file; for its write-ahead log there is some.
class FullFile {
 public:
  explicit FullFile(const std::string& path) {
    full = std::filesystem::canonical(path).string();
    set(reinterpret_cast<sqlite3_syscall_ptr>(&write_here), reinterpret_cast<sqlite3_syscall_ptr>(&write_at));
  }
  ~FullFile() { set(nullptr, nullptr); }
  FullFile(const FullFile&) = delete;
  FullFile& operator=(const FullFile&) = delete;

 private:
  /// Which of them SQLite uses is a matter of how it was built. Null: its own again.
  static void set(sqlite3_syscall_ptr here, sqlite3_syscall_ptr at) {
    auto* system = sqlite3_vfs_find("unix");
    for (const auto& [name, call] : {std::pair("write", here), std::pair("pwrite", at), std::pair("pwrite64", at)})
      system->xSetSystemCall(system, name, call);
  }
  static bool refuses(int file) {
    std::error_code unknown;
    const auto name = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), unknown);
    if (unknown || name != full) return false;
    errno = ENOSPC;
    return true;
  }
  static ssize_t write_here(int file, const void* bytes, std::size_t size) {
    return refuses(file) ? -1 : ::write(file, bytes, size);
  }
  static ssize_t write_at(int file, const void* bytes, std::size_t size, off_t offset) {
    return refuses(file) ? -1 : ::pwrite(file, bytes, size, offset);
  }
  static inline std::string full;
};

Commit filling(std::uint64_t from, std::uint64_t count) {
  Commit commit;
  for (auto number = from; number < from + count; ++number) commit.push_back(append(up, number));
  return commit;
}

}  // namespace

TEST_CASE("the store answers like the model after every random commit and every reopening") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    Folder folder;
    RandomCommits commits(seed);
    MemoryStore model;
    auto store = opened(folder.path("ledger.db"));
    for (int step = 0; step < 40; ++step) {
      CAPTURE(step);
      const auto commit = commits.next(model);
      REQUIRE(model.commit(commit).has_value());
      REQUIRE(store->commit(commit).has_value());
      check_same(model, *store);
      store.reset();
      store = opened(folder.path("ledger.db"));
      check_same(model, *store);
    }
  }
}

TEST_CASE("several commits are made as one, and what one of them lacks all of them lack") {
  Folder folder;
  auto store = opened(folder.path("ledger.db"));
  const std::vector<Commit> good = {filling(1, 2), filling(3, 2)};
  REQUIRE(store->commit_all(good).has_value());
  CHECK(store->head(up).number == 4);
  const std::vector<Commit> bad = {filling(5, 2), {PutRow{Table::box, {1}, {2}}}, filling(8, 1)};
  CHECK(store->commit_all(bad).error() == StoreErrc::hole);
  store.reset();
  store = opened(folder.path("ledger.db"));
  CHECK(store->head(up).number == 4);
  CHECK(store->rows(Table::box).empty());
}

TEST_CASE("what does not continue a stream is refused, and then everything") {
  Folder folder;
  MemoryStore model;
  auto store = opened(folder.path("ledger.db"));
  auto start = filling(1, 6);
  start.push_back(DropBelow{up, 3});
  REQUIRE(store->commit(start).has_value());
  REQUIRE(model.commit(start).has_value());
  const auto [commit, error] = GENERATE(table<Commit, StoreErrc>({
      {{append(up, 6)}, StoreErrc::exists},           // the same number, the same hash
      {{AppendEntry{up, 6, {}}}, StoreErrc::exists},  // the same number, another hash
      {{append(up, 1)}, StoreErrc::exists},           // the same number, long dropped
      {{append(up, 8)}, StoreErrc::hole},
      {{append(down, 2)}, StoreErrc::hole},
      {{DropBelow{up, 7}}, StoreErrc::hole},  // the head would go too
      {{SetAside{up, 2}}, StoreErrc::hole},
      {{append(up, 7), append(up, 7)}, StoreErrc::exists},
  }));
  CHECK(model.commit(commit).error() == error);
  CHECK(store->commit(commit).error() == error);
  CHECK(store->has_failed());
  CHECK(store->commit(filling(7, 1)).error() == StoreErrc::failed);
  CHECK(model.commit(filling(7, 1)).error() == StoreErrc::failed);
  CHECK_THROWS_AS(store->head(up), StoreFailure);
  CHECK_THROWS_AS(store->entry(up, 3), StoreFailure);
  CHECK_THROWS_AS(store->rows(Table::box), StoreFailure);
  store.reset();
  store = opened(folder.path("ledger.db"));
  CHECK(store->head(up).number == 6);
  CHECK(store->first(up) == 3);
  REQUIRE(store->commit(filling(7, 1)).has_value());
}

TEST_CASE("an entry that this program cannot read is stored all the same") {
  Folder folder;
  auto store = opened(folder.path("ledger.db"));
  const Record unreadable{{0xff, 1, 2}, {}, std::nullopt};
  REQUIRE(store->commit({AppendEntry{up, 1, unreadable}}).has_value());
  CHECK(same(store->entry(up, 1), unreadable));
}

TEST_CASE("reading on across the end sees what is appended next") {
  Folder folder;
  auto store = opened(folder.path("ledger.db"));
  REQUIRE(store->commit(filling(1, 200)).has_value());
  for (std::uint64_t number = 1; number <= 201; ++number) CHECK(store->entry(up, number).has_value() == (number <= 200));
  REQUIRE(store->commit({SetAside{up, 198}}).has_value());
  CHECK_FALSE(store->entry(up, 199).has_value());
  REQUIRE(store->commit(filling(199, 3)).has_value());
  CHECK(same(store->entry(up, 199), append(up, 199).record));
  CHECK(store->entry(up, 202) == std::nullopt);
}

TEST_CASE("one process writes a store; others may read it at one moment") {
  Folder folder;
  auto store = opened(folder.path("ledger.db"));
  REQUIRE(store->commit(filling(1, 5)).has_value());
  CHECK(LedgerStore::open(folder.path("ledger.db"), {}).error() == StoreErrc::busy);
  StoreOptions reading;
  reading.access = Access::read_only;
  auto reader = opened(folder.path("ledger.db"), reading);
  CHECK(reader->head(up).number == 5);
  REQUIRE(store->commit(filling(6, 5)).has_value());
  CHECK(reader->head(up).number == 5);
  CHECK_FALSE(reader->entry(up, 6).has_value());
  CHECK(reader->commit(filling(6, 1)).error() == StoreErrc::read_only);
  CHECK(opened(folder.path("ledger.db"), reading)->head(up).number == 10);
}

TEST_CASE("another program that holds the file for long is store.busy") {
  Folder folder;
  auto store = opened(folder.path("ledger.db"));
  auto shell = Database::open(folder.path("ledger.db"), Access::read_write);
  REQUIRE(shell.has_value());
  REQUIRE(shell->execute("BEGIN IMMEDIATE").has_value());
  CHECK(store->commit(filling(1, 1)).error() == StoreErrc::busy);
  CHECK(store->commit(filling(1, 1)).error() == StoreErrc::failed);
}

TEST_CASE("a full disk refuses the commit whole, and the next life goes on from before it") {
  Folder folder;
  StoreOptions small;
  small.pages_max = 64;
  auto store = opened(folder.path("ledger.db"), small);
  std::uint64_t durable = 0;
  Result<void> last;
  while (last && durable < 10'000) {
    last = store->commit(filling(durable + 1, 20));
    if (last) durable += 20;
  }
  REQUIRE(last.has_error());
  CHECK(last.error() == StoreErrc::full);
  CHECK(std::string(word(StoreErrc::full)) == "store.full");
  CHECK(store->commit({PutRow{Table::box, {1}, {1}}}).error() == StoreErrc::failed);
  store.reset();
  store = opened(folder.path("ledger.db"));
  CHECK(store->head(up).number == durable);
  REQUIRE(store->commit(filling(durable + 1, 20)).has_value());
}

TEST_CASE("a checkpoint for which the disk is full waits: the commit is durable, and is not told as failed") {
  Folder folder;
  const auto path = folder.path("ledger.db");
  StoreOptions often;
  often.checkpoint_after_pages = 1;
  auto store = opened(path, often);
  {
    const FullFile full(path);
    REQUIRE(store->commit(filling(1, 40)).has_value());
    CHECK(store->waits_for_room());
    CHECK(store->checkpoint().error() == StoreErrc::full);
    CHECK_FALSE(store->has_failed());
    REQUIRE(store->commit(filling(41, 40)).has_value());  // in the log there is room
    CHECK(store->waits_for_room());
  }
  REQUIRE(store->checkpoint().has_value());
  CHECK_FALSE(store->waits_for_room());
  store.reset();
  store = opened(path);
  CHECK(store->head(up).number == 80);
  REQUIRE(store->commit(filling(81, 1)).has_value());
}

TEST_CASE("the write-ahead log stays bounded, also after a large commit") {
  Folder folder;
  auto store = opened(folder.path("ledger.db"));
  REQUIRE(store->commit(filling(1, 60'000)).has_value());
  CHECK(std::filesystem::file_size(folder.path("ledger.db-wal")) > log_bytes_kept);
  for (std::uint64_t number = 60'001; number < 60'400; ++number) REQUIRE(store->commit(filling(number, 1)).has_value());
  CHECK(std::filesystem::file_size(folder.path("ledger.db-wal")) <= log_bytes_kept);
}

}  // namespace wattle::test
