#include <algorithm>

#include "shared/store/ledger_store.hpp"

namespace wattle {

namespace {

/// The columns bytes, hash, signature.
Result<Record> record_of(const Statement& row) {
  Record record;
  const auto bytes = row.bytes(0);
  const auto hash = row.bytes(1);
  const auto signature = row.bytes(2);
  if (hash.size() != record.hash.bytes.size()) return WATTLE_FAIL(StoreErrc::corrupt);
  record.bytes.assign(bytes.begin(), bytes.end());
  std::copy(hash.begin(), hash.end(), record.hash.bytes.begin());
  if (row.is_null(2)) return record;
  auto& signed_by = record.signature.emplace();
  if (signature.size() != signed_by.bytes.size()) return WATTLE_FAIL(StoreErrc::corrupt);
  std::copy(signature.begin(), signature.end(), signed_by.bytes.begin());
  return record;
}

Result<std::vector<Record>> records_of(Query& query) {
  std::vector<Record> records;
  for (;;) {
    const auto more = query.next();
    if (!more) return more.error();
    if (!*more) return records;
    auto record = record_of(query.row());
    if (!record) return record.error();
    records.push_back(std::move(*record));
  }
}

std::uint32_t u32(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

template <class T>
T LedgerStore::must(Result<T> result) const {
  if (!result) throw StoreFailure(broken(result.error()), path_);
  return std::move(*result);
}

void LedgerStore::must_work() const {
  if (failed_) throw StoreFailure(make_error_code(StoreErrc::failed), path_);
}

Result<std::optional<Head>> LedgerStore::read_head(const StreamId& stream) const {
  Query query(run_->head, stream.site.value, stream.link.edge.value, stream.link.incarnation.value,
              static_cast<std::uint32_t>(stream.direction));
  const auto row = query.next();
  if (!row) return row.error();
  if (!*row) return std::optional<Head>();
  Head head{query.row().number(0), {}};
  const auto hash = query.row().bytes(1);
  if (hash.size() != head.hash.bytes.size()) return WATTLE_FAIL(StoreErrc::corrupt);
  std::copy(hash.begin(), hash.end(), head.hash.bytes.begin());
  return std::optional(head);
}

Result<std::optional<std::uint64_t>> LedgerStore::read_first(const StreamId& stream) const {
  Query query(run_->first, stream.site.value, stream.link.edge.value, stream.link.incarnation.value,
              static_cast<std::uint32_t>(stream.direction));
  const auto row = query.next();
  if (!row) return row.error();
  if (!*row) return std::optional<std::uint64_t>();
  return std::optional(query.row().number(0));
}

Head LedgerStore::head(const StreamId& stream) const {
  must_work();
  return must(read_head(stream)).value_or(Head{});
}

std::uint64_t LedgerStore::first(const StreamId& stream) const {
  must_work();
  return must(read_first(stream)).value_or(1);
}

std::optional<Record> LedgerStore::entry(const StreamId& stream, std::uint64_t number) const {
  must_work();
  if (number == 0 || number > INT64_MAX) return std::nullopt;
  const bool goes_on = ahead_.next == number && ahead_.stream == stream;
  if (goes_on && number - ahead_.from >= ahead_.records.size())
    if (auto ok = read_ahead(stream, number); !ok) throw StoreFailure(broken(ok.error()), path_);
  ahead_.stream = stream;
  ahead_.next = number + 1;
  if (goes_on) {
    const auto at = number - ahead_.from;
    if (at < ahead_.records.size()) return ahead_.records[at];
    return std::nullopt;
  }
  ahead_.from = number + 1;
  ahead_.records.clear();
  Query query(run_->entry, stream.site.value, stream.link.edge.value, stream.link.incarnation.value,
              static_cast<std::uint32_t>(stream.direction), number);
  if (!must(query.next())) return std::nullopt;
  return must(record_of(query.row()));
}

/// The entries from `number` on without a hole; none if it is not there.
Result<void> LedgerStore::read_ahead(const StreamId& stream, std::uint64_t number) const {
  ahead_.from = number;
  ahead_.records.clear();
  Query query(run_->entries_from, stream.site.value, stream.link.edge.value, stream.link.incarnation.value,
              static_cast<std::uint32_t>(stream.direction), number, static_cast<std::uint64_t>(read_ahead_entries));
  for (;;) {
    const auto more = query.next();
    if (!more) return more.error();
    if (!*more || query.row().number(3) != number + ahead_.records.size()) return {};
    auto record = record_of(query.row());
    if (!record) return record.error();
    ahead_.records.push_back(std::move(*record));
  }
}

std::vector<Record> LedgerStore::listed(const StreamId& stream) const {
  must_work();
  Query query(run_->listed, stream.site.value, stream.link.edge.value, stream.link.incarnation.value,
              static_cast<std::uint32_t>(stream.direction));
  return must(records_of(query));
}

std::optional<Bytes> LedgerStore::row(Table table, ByteView key) const {
  must_work();
  Query query(run_->row, static_cast<std::uint32_t>(table), key);
  if (!must(query.next())) return std::nullopt;
  const auto value = query.row().bytes(0);
  return Bytes(value.begin(), value.end());
}

std::vector<std::pair<Bytes, Bytes>> LedgerStore::rows_after(Table table, ByteView after) const {
  must_work();
  Query query(run_->rows, static_cast<std::uint32_t>(table), after);
  std::vector<std::pair<Bytes, Bytes>> rows;
  while (must(query.next())) {
    const auto key = query.row().bytes(0);
    const auto value = query.row().bytes(1);
    rows.emplace_back(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
  }
  return rows;
}

std::vector<StreamId> LedgerStore::streams() const {
  must_work();
  std::vector<StreamId> streams;
  StreamId last{};
  last.direction = {};  // before every stream: directions begin at 1
  for (;;) {
    Query query(run_->next_stream, last.site.value, last.link.edge.value, last.link.incarnation.value,
                static_cast<std::uint32_t>(last.direction));
    if (!must(query.next())) return streams;
    const auto& row = query.row();
    last = {{u32(row.number(0))}, {{u32(row.number(1))}, {u32(row.number(2))}}, static_cast<Direction>(row.number(3))};
    streams.push_back(last);
  }
}

std::vector<Place> LedgerStore::find(SiteId site, const OutsideId& id) const {
  must_work();
  Query query(run_->by_outside, site.value, id.text());
  std::vector<Place> places;
  while (must(query.next())) {
    const auto& row = query.row();
    places.push_back({{{u32(row.number(0))}, {u32(row.number(1))}}, static_cast<Direction>(row.number(2)), row.number(3)});
  }
  return places;
}

}  // namespace wattle
