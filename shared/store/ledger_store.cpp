// Opening and writing; reading is in ledger_store_read.cpp.

#include "shared/store/ledger_store.hpp"

#include <sqlite3.h>

#include "shared/store/schema.hpp"

namespace wattle {

namespace {

int count_log_pages(void* pages, sqlite3*, const char*, int in_log) {
  *static_cast<int*>(pages) = in_log;
  return SQLITE_OK;
}

/// What was there, whole, or nothing: the caller has refused already, so a failure to roll back adds nothing.
void roll_back(Statement& rollback) {
  const auto ignored = Query(rollback).run();
  static_cast<void>(ignored);
}

}  // namespace

LedgerStore::LedgerStore(std::string path, const StoreOptions& options, std::optional<LockFile> lock, Database database)
    : path_(std::move(path)), options_(options), lock_(std::move(lock)), database_(std::move(database)) {}

LedgerStore::~LedgerStore() = default;

Result<std::unique_ptr<LedgerStore>> LedgerStore::open(const std::string& path, const StoreOptions& options) {
  std::optional<LockFile> lock;
  if (options.access == Access::read_write) {
    auto taken = LockFile::take(path + ".lock");
    if (!taken) return taken.error();
    lock.emplace(std::move(*taken));
  }
  auto database = Database::open(path, options.access);
  if (!database) return database.error();
  std::unique_ptr<LedgerStore> store(new LedgerStore(path, options, std::move(lock), std::move(*database)));
  if (auto ok = store->configure(); !ok) {
    store->database_.leave_files_alone();
    return ok.error();
  }
  return store;
}

Result<void> LedgerStore::configure() {
  sqlite3_busy_timeout(database_.handle(), busy_wait_ms);
  // Before anything is changed in a file that may be another program's; and a file of zeros or noise says so here.
  if (auto ok = check_schema(database_, options_.access); !ok) return ok;
  const bool reads_only = options_.access == Access::read_only;
  // A transaction that has read stays at its moment.
  if (auto ok = reads_only ? database_.execute("BEGIN; SELECT 1 FROM rows LIMIT 1") : configure_writer(); !ok) return ok;
  if (auto ok = set("cache_size", -options_.cache_kib); !ok) return ok;
  auto statements = prepare_statements(database_);
  if (!statements) return statements.error();
  run_ = std::move(*statements);
  return {};
}

Result<void> LedgerStore::configure_writer() {
  const auto mode = database_.text("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  if (*mode != "wal") return WATTLE_FAIL(StoreErrc::open);
  // FULL syncs the log at each commit; NORMAL would lose acknowledged commits when the power fails. Checkpoints are made by
  // commit(), since SQLite's own swallow their errors.
  if (auto ok = database_.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = OFF"); !ok)
    return ok;
  if (auto ok = set("journal_size_limit", log_bytes_kept); !ok) return ok;
  if (auto ok = bring_up_to_date(database_); !ok) return ok;
  sqlite3_wal_hook(database_.handle(), count_log_pages, &log_pages_);
  return options_.pages_max > 0 ? set("max_page_count", options_.pages_max) : Result<void>();
}

Result<void> LedgerStore::set(const char* pragma, std::int64_t value) {
  return database_.execute(("PRAGMA " + std::string(pragma) + " = " + std::to_string(value)).c_str());
}

/// Remembers that nothing may be believed any more.
Error LedgerStore::broken(Error error) const {
  failed_ = true;
  database_.leave_files_alone();
  return error;
}

Result<void> LedgerStore::commit_all(std::span<const Commit> commits) {
  if (failed_) return WATTLE_FAIL(StoreErrc::failed);
  if (options_.access == Access::read_only) return WATTLE_FAIL(StoreErrc::read_only);
  if (auto ok = write(commits); !ok) return broken(ok.error());
  if (log_pages_ < options_.checkpoint_after_pages) return {};
  // The commits are durable in the log: a caller who heard of a failure would have them made again.
  if (auto ok = checkpoint(); !ok && ok.error() != StoreErrc::full) return ok;
  return {};
}

Result<void> LedgerStore::checkpoint() {
  if (failed_) return WATTLE_FAIL(StoreErrc::failed);
  auto ok = database_.checkpoint();
  waits_for_room_ = !ok && ok.error() == StoreErrc::full;
  if (waits_for_room_) return ok;
  if (!ok) return broken(ok.error());
  log_pages_ = 0;
  return {};
}

Result<void> LedgerStore::write(std::span<const Commit> commits) {
  heads_.clear();
  ahead_ = {};
  if (auto ok = Query(run_->begin).run(); !ok) return ok;
  for (const auto& commit : commits)
    for (const auto& write : commit) {
      const auto ok = std::visit([this](const auto& what) { return apply(what); }, write);
      if (ok) continue;
      roll_back(run_->rollback);
      return ok;
    }
  auto ok = Query(run_->commit).run();
  if (!ok) roll_back(run_->rollback);
  return ok;
}

/// The number of the stream's newest entry as this commit leaves it so far.
Result<std::uint64_t*> LedgerStore::head_number(const StreamId& stream) {
  const auto at = heads_.find(stream);
  if (at != heads_.end()) return &at->second;
  const auto head = read_head(stream);
  if (!head) return head.error();
  return &heads_.emplace(stream, head->value_or(Head{}).number).first->second;
}

Result<void> LedgerStore::insert(Statement& statement, const StreamId& stream, std::uint64_t number, const Record& record) {
  const auto entry = decode_entry(record.bytes);  // a box that waits for its own copy stores what it has not read
  Query query(statement, stream.site.value, stream.link.edge.value, stream.link.incarnation.value,
              static_cast<std::uint32_t>(stream.direction), number);
  if (entry)
    statement.bind(6, static_cast<std::uint32_t>(entry->kind));
  else
    statement.bind_null(6);
  if (entry && entry->room)
    statement.bind(7, entry->room->value);
  else
    statement.bind_null(7);
  if (entry && !entry->outside.empty())
    statement.bind(8, entry->outside.text());
  else
    statement.bind_null(8);
  statement.bind(9, ByteView(record.bytes));
  statement.bind(10, ByteView(record.hash.bytes));
  if (record.signature)
    statement.bind(11, ByteView(record.signature->bytes));
  else
    statement.bind_null(11);
  return query.run();
}

Result<void> LedgerStore::apply(const AppendEntry& append) {
  const auto head = head_number(append.stream);
  if (!head) return head.error();
  if (append.number <= **head) return WATTLE_FAIL(StoreErrc::exists);
  if (append.number > **head + 1) return WATTLE_FAIL(StoreErrc::hole);
  if (auto ok = insert(run_->append, append.stream, append.number, append.record); !ok) return ok;
  **head = append.number;
  return {};
}

Result<void> LedgerStore::apply(const SetAside& aside) {
  const auto head = head_number(aside.stream);
  if (!head) return head.error();
  if (**head <= aside.after) return {};
  const auto first = read_first(aside.stream);
  if (!first) return first.error();
  // What was dropped below cannot come back: such a stream keeps at least the head on which it goes on.
  if (first->value_or(1) > 1 && aside.after < **first) return WATTLE_FAIL(StoreErrc::hole);
  const auto& [site, link, direction] = aside.stream;
  for (auto* statement : {&run_->set_aside, &run_->cut_above}) {
    Query query(*statement, site.value, link.edge.value, link.incarnation.value, static_cast<std::uint32_t>(direction),
                aside.after);
    if (auto ok = query.run(); !ok) return ok;
  }
  **head = aside.after;
  return {};
}

Result<void> LedgerStore::apply(const KeepListed& listed) {
  return insert(run_->list, listed.stream, listed.number, listed.record);
}

Result<void> LedgerStore::apply(const DropBelow& drop) {
  const auto head = head_number(drop.stream);
  if (!head) return head.error();
  if (drop.number <= 1) return {};
  if (drop.number > **head) return WATTLE_FAIL(StoreErrc::hole);  // the head itself must stay: it is the stream's end
  const auto& [site, link, direction] = drop.stream;
  Query query(run_->drop_below, site.value, link.edge.value, link.incarnation.value, static_cast<std::uint32_t>(direction),
              drop.number);
  return query.run();
}

Result<void> LedgerStore::apply(const PutRow& put) {
  const auto table = static_cast<std::uint32_t>(put.table);
  if (put.value.empty()) return Query(run_->remove_row, table, ByteView(put.key)).run();
  return Query(run_->put_row, table, ByteView(put.key), ByteView(put.value)).run();
}

}  // namespace wattle
