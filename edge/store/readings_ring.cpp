#include "edge/store/readings_ring.hpp"

#include <algorithm>
#include <cstdio>

#include "shared/store/folder.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t ring_application_id = 0x57747272;  // "Wtrr"
constexpr std::int64_t ring_version = 2;
constexpr std::int64_t split_pages = 8;  // that a write may need for its tables to branch, whatever its size

// id: of the bytes, so that a damaged row is known before it is sent. readings: for counting what is lost.
constexpr const char* schema = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE chunks (number INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL, readings INTEGER NOT NULL,
  bytes BLOB NOT NULL) STRICT;
CREATE TABLE open (number INTEGER PRIMARY KEY, readings BLOB NOT NULL) STRICT;
PRAGMA application_id = 1467249266;
PRAGMA user_version = 1;
COMMIT;
)sql";
static_assert(ring_application_id == 1467249266);

// What version 2 has beside: where each circuit's readings ended, and silences that are still to be filled.
constexpr const char* schema_2 = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE ends (circuit INTEGER PRIMARY KEY, reading BLOB NOT NULL) STRICT;
CREATE TABLE gaps (number INTEGER PRIMARY KEY AUTOINCREMENT, ends BLOB NOT NULL) STRICT;
PRAGMA user_version = 2;
COMMIT;
)sql";

std::int64_t row_bytes(std::size_t chunk) { return static_cast<std::int64_t>(chunk + ring_row_overhead); }
std::int64_t as_signed(ChunkId id) { return static_cast<std::int64_t>(id.value); }

/// The file itself is of no use; not: the disk is full, or would not sync.
bool is_damage(const Error& error) {
  return error == StoreErrc::corrupt || error == StoreErrc::schema || error == StoreErrc::internal;
}

std::size_t readings_in(ByteView chunk) {
  const auto decoded = decode_chunk(chunk);
  return decoded ? decoded->readings.size() : 0;
}

}  // namespace

ReadingsRing::ReadingsRing(std::string path, std::int64_t bytes_max, const Crypto& crypto)
    : path_(std::move(path)), bytes_max_(bytes_max), crypto_(&crypto) {}

ReadingsRing::~ReadingsRing() = default;

Result<std::unique_ptr<ReadingsRing>> ReadingsRing::open(const std::string& path, std::int64_t bytes_max,
                                                         const Crypto& crypto) {
  if (auto ok = make_folder_of(path); !ok) return ok.error();
  std::unique_ptr<ReadingsRing> ring(new ReadingsRing(path, bytes_max, crypto));
  auto opened = ring->begin();
  if (!opened && is_damage(opened.error())) opened = ring->give_up_file();
  if (!opened) return opened.error();
  return ring;
}

Result<void> ReadingsRing::begin() {
  if (auto ok = open_file(); !ok) return ok;
  return count();
}

Result<void> ReadingsRing::open_file() {
  auto database = Database::open(path_, Access::read_write);
  if (!database) return database.error();
  database_ = std::make_unique<Database>(std::move(*database));
  const auto application = database_->number("PRAGMA application_id");
  if (!application) return application.error();
  const auto version = database_->number("PRAGMA user_version");
  if (!version) return version.error();
  const bool fresh = *application == 0 && *version == 0;
  if (!fresh && (*application != ring_application_id || *version < 1 || *version > ring_version))
    return WATTLE_FAIL(StoreErrc::schema);
  const auto mode = database_->text("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  const auto settings =
      "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 1048576; "
      "PRAGMA cache_size = -" +
      std::to_string(ring_cache_kib);
  if (auto ok = database_->execute(settings.c_str()); !ok) return ok;
  if (fresh)
    if (auto ok = database_->execute(schema); !ok) return ok;
  if (*version < 2)
    if (auto ok = database_->execute(schema_2); !ok) return ok;
  return prepare();
}

Result<void> ReadingsRing::prepare() {
  run_ = std::make_unique<Statements>();
  const std::pair<Statement Statements::*, const char*> texts[] = {
      {&Statements::begin, "BEGIN IMMEDIATE"},
      {&Statements::commit, "COMMIT"},
      {&Statements::rollback, "ROLLBACK"},
      {&Statements::add_chunk, "INSERT INTO chunks (id, readings, bytes) VALUES (?1, ?2, ?3)"},
      {&Statements::add_open, "INSERT INTO open (readings) VALUES (?1)"},
      {&Statements::drop_open, "DELETE FROM open"},
      {&Statements::all_open, "SELECT readings FROM open ORDER BY number"},
      {&Statements::newest, "SELECT number, id, bytes FROM chunks WHERE number < ?1 ORDER BY number DESC"},
      {&Statements::drop, "DELETE FROM chunks WHERE number = ?1 RETURNING length(bytes)"},
      {&Statements::put_end, "INSERT INTO ends (circuit, reading) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET reading = ?2"},
      {&Statements::all_ends, "SELECT reading FROM ends ORDER BY circuit"},
      {&Statements::add_gap, "INSERT INTO gaps (ends) VALUES (?1)"},
      {&Statements::drop_gap, "DELETE FROM gaps WHERE ends = ?1"},
      {&Statements::drop_old_gaps, "DELETE FROM gaps WHERE number <= (SELECT max(number) FROM gaps) - ?1"},
      {&Statements::all_gaps, "SELECT ends FROM gaps ORDER BY number"},
      {&Statements::oldest, "SELECT number, readings FROM chunks ORDER BY number LIMIT 1"},
  };
  for (const auto& [member, sql] : texts) {
    auto statement = database_->prepare(sql);
    if (!statement) return statement.error();
    (*run_).*member = std::move(*statement);
  }
  return {};
}

Result<void> ReadingsRing::count() {
  const auto chunks = database_->number("SELECT count(*) FROM chunks");
  if (!chunks) return chunks.error();
  const auto bytes = database_->number("SELECT coalesce(sum(length(bytes)), 0) FROM chunks");
  if (!bytes) return bytes.error();
  chunks_ = static_cast<std::uint64_t>(*chunks);
  bytes_ = *bytes + *chunks * row_bytes(0);
  return {};
}

/// Nothing rests on it, and whatever could still be read may be wrong: an empty ring is better than none.
Result<void> ReadingsRing::give_up_file() {
  run_.reset();
  if (database_) database_->leave_files_alone();
  database_.reset();
  losses_.damaged += std::max<std::uint64_t>(chunks_, 1);
  for (const auto* end : {"", "-wal", "-shm"}) std::remove((path_ + end).c_str());
  return begin();
}

template <class F>
Result<void> ReadingsRing::in_transaction(const F& action) {
  if (auto ok = Query(run_->begin).run(); !ok) return ok;
  const auto losses = losses_;
  auto done = action();
  if (done) done = Query(run_->commit).run();
  if (!done) {
    const auto ignored = Query(run_->rollback).run();  // fails when SQLite has rolled back by itself
    static_cast<void>(ignored);
    losses_ = losses;
    if (auto counted = count(); !counted) return counted;
  }
  return done;
}

Result<void> ReadingsRing::write(const RingWrite& write) {
  if (write.empty()) return {};
  const auto attempt = [&] { return in_transaction([&] { return put(write); }); };
  auto done = attempt();
  if (!done && done.error() == StoreErrc::full) {
    const auto room = in_transaction([&] { return make_room(bytes_ - bytes_ / 10); });
    if (room) done = attempt();
  }
  if (!done && is_damage(done.error())) {
    if (auto begun = give_up_file(); !begun) return begun;
    done = attempt();
  }
  return done;
}

bool ReadingsRing::has_free(const RingWrite& write) {
  const auto pages = database_->number("PRAGMA freelist_count");
  const auto page_bytes = database_->number("PRAGMA page_size");
  if (!pages || !page_bytes) return false;
  std::int64_t needed = 0;
  const auto add = [&](const Bytes& bytes) { needed += row_bytes(bytes.size()); };
  for (const auto* all : {&write.closed, &write.open, &write.gaps}) std::for_each(all->begin(), all->end(), add);
  for (const auto& [circuit, bytes] : write.newest) add(bytes);
  return *pages >= split_pages + 2 * needed / *page_bytes;  // pages are half full at worst
}

Result<void> ReadingsRing::put(const RingWrite& write) {
  for (const auto& chunk : write.closed) {
    if (auto ok =
            Query(run_->add_chunk, as_signed(chunk_id(*crypto_, chunk)), std::uint64_t{readings_in(chunk)}, ByteView(chunk))
                .run();
        !ok)
      return ok;
    ++chunks_;
    bytes_ += row_bytes(chunk.size());
  }
  if (write.open_replaced)
    if (auto ok = Query(run_->drop_open).run(); !ok) return ok;
  for (std::size_t at = 0; at < write.open.size();) {
    ReadingsBatch part;
    for (std::size_t size = batch_overhead; at < write.open.size(); ++at) {
      size += batch_bytes(write.open[at]);
      if (size > readings_batch_bytes_max || part.chunks.size() == readings_batch_chunks_max) break;
      part.chunks.push_back(write.open[at]);
    }
    const auto bytes = encode(part);
    if (auto ok = Query(run_->add_open, ByteView(bytes)).run(); !ok) return ok;
  }
  if (auto ok = put_marks(write); !ok) return ok;
  return make_room(bytes_max_);
}

Result<void> ReadingsRing::put_marks(const RingWrite& write) {
  for (const auto& [circuit, reading] : write.newest)
    if (auto ok = Query(run_->put_end, circuit.value, ByteView(reading)).run(); !ok) return ok;
  for (const auto& gap : write.gaps)
    if (auto ok = Query(run_->add_gap, ByteView(gap)).run(); !ok) return ok;
  for (const auto& gap : write.gaps_done)
    if (auto ok = Query(run_->drop_gap, ByteView(gap)).run(); !ok) return ok;
  return write.gaps.empty() ? Result<void>() : Query(run_->drop_old_gaps, std::uint64_t{ring_gaps_max}).run();
}

Result<void> ReadingsRing::make_room(std::int64_t most) {
  while (bytes_ > most) {
    std::uint64_t number = 0;
    std::uint64_t readings = 0;
    {
      Query oldest(run_->oldest);
      const auto row = oldest.next();
      if (!row) return row.error();
      if (!*row) return {};
      number = oldest.row().number(0);
      readings = oldest.row().number(1);
    }
    if (auto ok = drop_one(number); !ok) return ok;
    losses_.full += readings;
  }
  return {};
}

Result<void> ReadingsRing::drop_one(std::uint64_t number) {
  Query query(run_->drop, number);
  for (;;) {
    const auto row = query.next();
    if (!row) return row.error();
    if (!*row) return {};
    --chunks_;
    bytes_ -= row_bytes(static_cast<std::size_t>(query.row().number(0)));
  }
}

Result<std::vector<Bytes>> ReadingsRing::open_readings() {
  std::vector<Bytes> out;
  Query query(run_->all_open);
  for (;;) {
    const auto row = query.next();
    if (!row) return row.error();
    if (!*row) return out;
    auto part = decode_readings_batch(query.row().bytes(0));
    if (!part) {
      ++losses_.damaged;
      continue;
    }
    for (auto& one : part->chunks) {
      if (decode_chunk(one))
        out.push_back(std::move(one));
      else
        ++losses_.damaged;
    }
  }
}

Result<std::vector<Bytes>> ReadingsRing::all_of(Statement& statement) {
  std::vector<Bytes> out;
  Query query(statement);
  for (;;) {
    const auto row = query.next();
    if (!row) return row.error();
    if (!*row) return out;
    const auto bytes = query.row().bytes(0);
    out.emplace_back(bytes.begin(), bytes.end());
  }
}

Result<std::vector<Bytes>> ReadingsRing::ends() { return all_of(run_->all_ends); }
Result<std::vector<Bytes>> ReadingsRing::gaps() { return all_of(run_->all_gaps); }

Result<std::vector<RingChunk>> ReadingsRing::newest(std::size_t batch_size, const std::set<std::uint64_t>& but) {
  std::vector<RingChunk> out;
  std::vector<std::uint64_t> damaged;
  Result<void> read;
  {
    Query query(run_->newest, std::int64_t{INT64_MAX});
    std::size_t size = batch_overhead;
    while (out.size() < readings_batch_chunks_max) {
      const auto row = query.next();
      if (!row) {
        read = row.error();
        break;
      }
      if (!*row) break;
      const auto number = query.row().number(0);
      if (but.contains(number)) continue;
      const auto bytes = query.row().bytes(2);
      const ChunkId id{query.row().number(1)};
      if (chunk_id(*crypto_, bytes) != id || !decode_chunk(bytes)) {
        damaged.push_back(number);
        continue;
      }
      size += batch_bytes(bytes);
      if (size > batch_size && !out.empty()) break;
      out.push_back({{number, id}, Bytes(bytes.begin(), bytes.end())});
    }
  }
  losses_.damaged += damaged.size();
  if (read && !damaged.empty()) read = drop(damaged);
  if (!read && is_damage(read.error())) {
    if (auto begun = give_up_file(); !begun) return begun.error();
    return std::vector<RingChunk>{};
  }
  if (!read) return read.error();
  return out;
}

Result<void> ReadingsRing::drop(const std::vector<std::uint64_t>& numbers) {
  if (numbers.empty()) return {};
  return in_transaction([&]() -> Result<void> {
    for (const auto number : numbers)
      if (auto ok = drop_one(number); !ok) return ok;
    return {};
  });
}

}  // namespace wattle::edge
