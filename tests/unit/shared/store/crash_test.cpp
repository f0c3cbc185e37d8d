// The store against processes that are killed, disks that fail at each operation in turn, and power cuts that take back
// whatever was not synced. What a worker was told is durable must be there; what is there must be whole commits.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/unit/shared/io/test_folder.hpp"
#include "tests/unit/shared/store/worker.hpp"

namespace wattle::test {

namespace {

class Worker {
 public:
  Worker(const std::string& path, std::uint64_t commits, const std::string& control) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const auto count = std::to_string(commits);
    const char* arguments[] = {WATTLE_STORE_WORKER, path.c_str(), count.c_str(), nullptr};
    const auto faults = "WATTLE_DISK_FAULTS=" + control;
    // A sanitizer's runtime wants to be the first library; here ours is.
    const char* environment[] = {"LD_PRELOAD=" WATTLE_DISK_FAULTS, faults.c_str(), "ASAN_OPTIONS=verify_asan_link_order=0",
                                 nullptr};
    const char* plain[] = {nullptr};
    REQUIRE(::posix_spawn(&pid_, arguments[0], &actions, nullptr, const_cast<char**>(arguments),
                          const_cast<char**>(control.empty() ? plain : environment)) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    out_ = ::fdopen(ends[0], "r");
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    if (out_ != nullptr) finish();
  }

  /// The next line; empty at the end.
  std::string line() {
    char text[256];
    if (std::fgets(text, sizeof text, out_) == nullptr) return {};
    std::string line(text);
    if (line.back() != '\n') return {};  // cut by the kill
    line.pop_back();
    return line;
  }
  /// Reads `durable` on to the last commit that was told; any other line is the error.
  std::string follow(std::uint64_t& durable, std::uint64_t until = UINT64_MAX) {
    while (durable < until) {
      const auto text = line();
      if (text.empty() || text[0] < '0' || text[0] > '9') return text;
      durable = std::stoull(text);
    }
    return {};
  }
  void kill() const { ::kill(pid_, SIGKILL); }
  void finish() {
    std::fclose(std::exchange(out_, nullptr));
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = 0;
  std::FILE* out_ = nullptr;
};

/// Whole commits only; how many.
std::uint64_t check_whole(const std::string& path) {
  auto store = LedgerStore::open(path, {});
  REQUIRE(store.has_value());
  const auto done = commits_done(**store);
  CHECK((*store)->head(worker_many).number == done * entries_per_commit);
  CHECK((*store)->head(worker_one).number == done);
  std::uint64_t right = 0;
  for (std::uint64_t number = 1; number <= done * entries_per_commit; ++number) {
    const auto record = (*store)->entry(worker_many, number);
    const auto expected = RandomCommits(number).record(worker_many, number);
    right += record && record->bytes == expected.bytes && record->hash == expected.hash ? 1U : 0U;
  }
  CHECK(right == done * entries_per_commit);
  CHECK((*store)->database().text("PRAGMA integrity_check").value() == "ok");
  return done;
}

struct Disk {
  Folder folder;
  std::string path = folder.path("data/ledger.db");
  std::string control = folder.path("control");

  Disk() {
    std::filesystem::create_directory(folder.path("data"));
    std::filesystem::create_directory(folder.path("undo"));
  }
  void order(const std::string& lines) const { std::ofstream(control) << "under " << folder.path("data") << "\n" << lines; }
  void cut_power(std::optional<std::uint64_t> seed) const {
    const auto coin = seed ? " " + std::to_string(*seed) : std::string();
    REQUIRE(std::system((WATTLE_POWER_CUT " " + folder.path("undo") + coin + " > /dev/null").c_str()) == 0);
  }
};

}  // namespace

TEST_CASE("a writer killed at any moment leaves whole commits, and every one that it was told of") {
  Random random(42);
  Disk disk;
  std::uint64_t durable = 0;
  for (int round = 0; round < 25; ++round) {
    CAPTURE(round);
    Worker worker(disk.path, 1'000'000, "");
    const auto until = durable + random.below(60) + 1;
    CHECK(worker.follow(durable, until).empty());
    ::usleep(static_cast<useconds_t>(random.below(3000)));
    worker.kill();
    CHECK(worker.follow(durable).empty());
    worker.finish();
    const auto done = check_whole(disk.path);
    CHECK(done >= durable);
    durable = done;
  }
}

TEST_CASE("a power cut at any moment takes no commit back that was told of") {
  Random random(43);
  Disk disk;
  disk.order("undo " + disk.folder.path("undo") + "\n");
  std::uint64_t durable = 0;
  for (int round = 0; round < 25; ++round) {
    CAPTURE(round);
    Worker worker(disk.path, 1'000'000, disk.control);
    const auto until = durable + random.below(60) + 1;
    CHECK(worker.follow(durable, until).empty());
    ::usleep(static_cast<useconds_t>(random.below(3000)));
    worker.kill();
    CHECK(worker.follow(durable).empty());
    worker.finish();
    disk.cut_power(round % 2 == 0 ? std::nullopt : std::optional(random.next()));
    const auto done = check_whole(disk.path);
    CHECK(done >= durable);
    durable = done;
  }
}

TEST_CASE("power cuts are told apart from kills: without a sync what was written is gone") {
  Disk disk;
  disk.order("undo " + disk.folder.path("undo") + "\n");
  std::uint64_t durable = 0;
  {
    Worker worker(disk.path, 5, disk.control);
    CHECK(worker.follow(durable).empty());
  }
  // The same, on a disk whose syncs all fail after the first commits: nothing more may be told, and nothing told may be lost.
  disk.order("undo " + disk.folder.path("undo") + "\nfail sync 1 EIO\non\n");
  std::uint64_t told = durable;
  {
    Worker worker(disk.path, 5, disk.control);
    CHECK(worker.follow(told).starts_with("store.io"));
  }
  CHECK(told == durable);
  CHECK_FALSE(std::filesystem::is_empty(disk.folder.path("undo")));
  disk.cut_power(std::nullopt);
  CHECK(check_whole(disk.path) == durable);
}

TEST_CASE("whichever write or sync fails, the store says so, tells nothing more, and the next life is whole") {
  const std::string what = GENERATE("write", "sync");
  const std::string error = GENERATE("EIO", "ENOSPC");
  const bool for_good = GENERATE(false, true);
  CAPTURE(what, error, for_good);
  int failures = 0;
  int harmless = 0;  // in a row; SQLite itself shrugs off a few, as when a folder cannot be synced
  for (int at = 1; harmless < 15; ++at) {
    CAPTURE(at);
    Disk disk;
    disk.order("fail " + what + " " + std::to_string(at) + " " + error + (for_good ? "\non\n" : "\n"));
    std::uint64_t durable = 0;
    std::string said;
    {
      Worker worker(disk.path, 12, disk.control);
      said = worker.follow(durable);
    }
    CAPTURE(said);
    if (said.empty()) {
      ++harmless;
      CHECK(check_whole(disk.path) == 12);
      continue;
    }
    ++failures;
    harmless = 0;
    const bool right = said.starts_with("store.io") || (error == "ENOSPC" && said.starts_with("store.full")) ||
                       (durable == 0 && said.starts_with("store.open"));
    CHECK(right);
    CHECK(check_whole(disk.path) >= durable);
    REQUIRE(at < 400);
  }
  CHECK(failures > 12);
}

}  // namespace wattle::test
