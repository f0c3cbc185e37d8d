// Durable entries a second of both ends' stores beside a bare loop: the same schema, indexes, rows, commit size, cache and sync
// setting, without any of our own work. Turn by turn, so that whatever else the disk does strikes both.

#include <sqlite3.h>

#include <filesystem>

#include "cloud/store/store.hpp"
#include "edge/store/store.hpp"
#include "shared/base/check.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/link_pair.hpp"

namespace wattle::bench {

namespace {

constexpr double store_target = 0.5;
constexpr std::size_t turns = 8;

class Folder {
 public:
  Folder() {
    auto name = (std::filesystem::temp_directory_path() / "wattle-bench-XXXXXX").string();
    WATTLE_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code left_to_the_system;
    std::filesystem::remove_all(path_, left_to_the_system);
  }
  std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// The columns of one entry, worked out beforehand.
struct Row {
  StreamId stream;
  std::uint64_t number = 0;
  std::uint32_t kind = 0;
  std::uint32_t room = 0;
  Record record;
};

std::vector<Row> rows_of(std::size_t count) {
  const SodiumCrypto crypto;
  LinkPair pair(crypto);
  const auto batch = pair.slices(count);
  std::vector<Row> rows;
  Digest hash;
  for (const auto& bytes : batch.entries) {
    hash = crypto.chain(hash, bytes);
    const auto entry = decode_entry(bytes);
    rows.push_back({entry->stream,
                    entry->number,
                    static_cast<std::uint32_t>(entry->kind),
                    entry->room->value,
                    {bytes, hash, std::nullopt}});
  }
  return rows;
}

class BareEntryLoop {
 public:
  BareEntryLoop(const std::string& path, std::int64_t kib, int checkpoint_pages) {
    WATTLE_CHECK(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK);
    const auto settings = "PRAGMA synchronous = FULL; PRAGMA cache_size = -" + std::to_string(kib) +
                          "; PRAGMA wal_autocheckpoint = " + std::to_string(checkpoint_pages);
    run(settings.c_str());
    WATTLE_CHECK(
        sqlite3_prepare_v2(handle_,
                           "INSERT INTO entries (site, edge, incarnation, direction, number, kind, room, outside, bytes, "
                           "hash, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                           -1, &insert_, nullptr) == SQLITE_OK);
  }
  BareEntryLoop(const BareEntryLoop&) = delete;
  BareEntryLoop& operator=(const BareEntryLoop&) = delete;
  ~BareEntryLoop() {
    sqlite3_finalize(insert_);
    sqlite3_close(handle_);
  }
  void commit(const Row* row, std::size_t count) {
    run("BEGIN IMMEDIATE");
    for (; count > 0; --count, ++row) {
      const std::int64_t numbers[] = {row->stream.site.value,
                                      row->stream.link.edge.value,
                                      row->stream.link.incarnation.value,
                                      static_cast<std::int64_t>(row->stream.direction),
                                      static_cast<std::int64_t>(row->number),
                                      row->kind,
                                      row->room};
      int at = 0;
      for (const auto number : numbers) sqlite3_bind_int64(insert_, ++at, number);
      sqlite3_bind_blob(insert_, 9, row->record.bytes.data(), static_cast<int>(row->record.bytes.size()), SQLITE_STATIC);
      sqlite3_bind_blob(insert_, 10, row->record.hash.bytes.data(), 32, SQLITE_STATIC);
      WATTLE_CHECK(sqlite3_step(insert_) == SQLITE_DONE);
      sqlite3_reset(insert_);
    }
    run("COMMIT");
  }

 private:
  void run(const char* sql) { WATTLE_CHECK(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK); }
  sqlite3* handle_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

struct End {
  const char* name;
  Result<std::unique_ptr<LedgerStore>> (*open)(const std::string&);
  std::int64_t cache_kib;
  int checkpoint_pages;
};
constexpr End ends[] = {{"edge", edge::open_store, edge::cache_kib, edge::checkpoint_after_pages},
                        {"cloud", cloud::open_store, cloud::cache_kib, cloud::checkpoint_after_pages}};

Commit commit_of(const Row* row, std::size_t count) {
  Commit commit;
  for (; count > 0; --count, ++row) commit.push_back(AppendEntry{row->stream, row->number, row->record});
  return commit;
}

/// Both write all rows, each into a file of its own.
void measure_writing(const End& end, const std::vector<Row>& rows, std::size_t in_commit, const Report& report) {
  Folder folder;
  WATTLE_CHECK(end.open(folder / "bare.db").has_value());  // makes the tables
  BareEntryLoop bare(folder / "bare.db", end.cache_kib, end.checkpoint_pages);
  auto store = end.open(folder / "store.db");
  WATTLE_CHECK(store.has_value());
  std::vector<Commit> commits;
  for (std::size_t at = 0; at + in_commit <= rows.size(); at += in_commit) commits.push_back(commit_of(&rows[at], in_commit));
  double bare_seconds = 0;
  double store_seconds = 0;
  const auto in_turn = std::max<std::size_t>(commits.size() / turns, 1);
  for (std::size_t from = 0; from < commits.size(); from += in_turn) {
    const auto to = std::min(from + in_turn, commits.size());
    const auto begin = wall_seconds();
    for (auto at = from; at < to; ++at) WATTLE_CHECK((*store)->commit(commits[at]).has_value());
    const auto middle = wall_seconds();
    for (auto at = from; at < to; ++at) bare.commit(&rows[at * in_commit], in_commit);
    store_seconds += middle - begin;
    bare_seconds += wall_seconds() - middle;
  }
  const auto entries = static_cast<double>(commits.size() * in_commit);
  report({"store." + std::string(end.name) + "_commits_of_" + std::to_string(in_commit), entries / store_seconds, "entries/s",
          entries / bare_seconds, bare_seconds / store_seconds, store_target});
}

void measure_reading(const End& end, const std::vector<Row>& rows, const Report& report) {
  Folder folder;
  auto store = end.open(folder / "store.db");
  WATTLE_CHECK(store.has_value() && (*store)->commit(commit_of(rows.data(), rows.size())).has_value());
  const auto& stream = rows.front().stream;
  const auto entries = static_cast<double>(rows.size());
  auto begin = cpu_seconds();
  for (const auto& row : rows) WATTLE_CHECK((*store)->entry(stream, row.number)->hash == row.record.hash);
  report({"store." + std::string(end.name) + "_read_in_order", entries / (cpu_seconds() - begin), "entries/s"});
  begin = cpu_seconds();
  for (std::size_t i = 0; i < rows.size(); ++i)
    WATTLE_CHECK((*store)->entry(stream, rows[i * 7919 % rows.size()].number).has_value());
  report({"store." + std::string(end.name) + "_read_anywhere", entries / (cpu_seconds() - begin), "entries/s"});
}

}  // namespace

void measure_store(Effort effort, const Report& report) {
  const std::size_t scale = effort == Effort::small ? 1 : effort == Effort::normal ? 40 : 400;
  const auto rows = rows_of(1000 * scale);
  const std::vector<Row> few(rows.begin(),
                             rows.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(rows.size(), 4000)));
  for (const auto& end : ends) {
    measure_writing(end, few, 1, report);
    measure_writing(end, rows, rooms_per_box, report);
    measure_writing(end, rows, 1000, report);
    measure_reading(end, rows, report);
  }
}

}  // namespace wattle::bench
