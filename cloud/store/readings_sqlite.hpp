#pragma once
// Recorded readings in a SQLite file of their own, so that they never share a transaction, a lock or a sync with the books.
//
// A table for each month, made when its first chunk comes and dropped as a whole; in it chunks lie by room and circuit, so that
// a room's month is read from neighbouring pages. `latest` names each circuit's newest reading; `totals` keep hours and days.

#include <map>
#include <memory>

#include "cloud/store/readings_store.hpp"
#include "shared/store/database.hpp"

namespace wattle::cloud {

inline constexpr std::int64_t readings_cache_kib = 32 * 1024;
inline constexpr int readings_checkpoint_pages = 4000;

/// "YYYYMM" of UTC as a number.
std::uint32_t month_of(Instant at);

class SqliteReadings final : public ReadingsStore {
 public:
  /// Makes the file and its folder if they are not there.
  static Result<std::unique_ptr<SqliteReadings>> open(const std::string& path, SiteId site, Duration utc_offset);
  SqliteReadings(const SqliteReadings&) = delete;
  SqliteReadings& operator=(const SqliteReadings&) = delete;
  ~SqliteReadings() override;

  Result<std::vector<ChunkOutcome>> store(std::span<const ArrivedChunk> chunks) override;
  Result<ReadingsPage<RecordedRow>> recorded(const ReadingsQuery& query) override;
  Result<std::optional<ReadingsPlace>> read_recorded(const ReadingsQuery& query, const RowTaker& take) override;
  Result<ReadingsPage<TotalRow>> totals(const ReadingsQuery& query, TotalSpan span) override;
  Result<std::vector<RecordedRow>> latest(RoomId room) override;
  Result<std::size_t> thin(Instant now, Duration keep) override;

 private:
  struct Month {
    Statement insert, select;
  };
  struct Statements {
    Statement begin, commit, rollback, put_latest, latest, put_total, totals, put_further, further;
  };
  SqliteReadings(SiteId site, Duration utc_offset, Database database);
  Result<void> configure();
  Result<void> read_months();
  Result<void> add_month(std::uint32_t month, bool is_new);
  Result<void> put(std::span<const ArrivedChunk> chunks, std::vector<ChunkOutcome>& outcomes);
  Result<ChunkOutcome> put_chunk(const ArrivedChunk& arrived);
  Result<void> put_totals(const ReadingTotals& totals);
  Result<void> put_latest(const ReadingChunk& chunk);
  Result<std::vector<CircuitId>> circuits(const ReadingsQuery& query);
  /// How many rows a page may still take, and who takes them.
  struct Page {
    const RowTaker& take;
    std::size_t left = 0;
    std::optional<ReadingsPlace> next = {};
  };
  Result<void> read_month(Month& month, const ReadingsQuery& query, CircuitId circuit, Page& page);
  struct SpansQuery {
    RoomId room;
    CircuitId circuit;
    TotalSpan span{};
    Instant from;
    std::int64_t from_meter = 0;  // of the first span
    Instant to;                   // not included
    std::size_t limit = 0;
  };
  Result<void> read_spans(const SpansQuery& query, std::vector<TotalRow>& rows);
  Result<void> read_totals(const ReadingsQuery& query, TotalSpan span, CircuitId circuit, ReadingsPage<TotalRow>& page);
  Result<void> read_further(const ReadingsQuery& query, TotalSpan span, CircuitId circuit, std::vector<TotalRow>& rows);
  void roll_back();

  SiteId site_;
  Duration utc_offset_;
  Database database_;
  std::unique_ptr<Statements> run_;
  std::map<std::uint32_t, Month> months_;
  Instant keep_from_{};
};

}  // namespace wattle::cloud
