#include "tests/support/memory_store.hpp"

namespace wattle::test {

Result<void> MemoryStore::commit(const Commit& commit) {
  if (failed_) return WATTLE_FAIL(StoreErrc::failed);
  auto next = content_;
  for (const auto& write : commit) {
    const auto ok = std::visit([&next](const auto& what) { return apply(next, what); }, write);
    if (ok) continue;
    failed_ = true;
    return ok;
  }
  content_ = std::move(next);
  return {};
}

Result<void> MemoryStore::apply(Content& content, const AppendEntry& append) {
  auto& stream = content.streams[append.stream];
  const auto head = stream.empty() ? 0 : stream.rbegin()->first;
  if (append.number <= head) return WATTLE_FAIL(StoreErrc::exists);
  if (append.number > head + 1) return WATTLE_FAIL(StoreErrc::hole);
  stream.emplace(append.number, append.record);
  return {};
}

Result<void> MemoryStore::apply(Content& content, const SetAside& aside) {
  auto& stream = content.streams[aside.stream];
  if (stream.empty() || stream.rbegin()->first <= aside.after) return {};
  if (stream.begin()->first > 1 && aside.after < stream.begin()->first) return WATTLE_FAIL(StoreErrc::hole);
  for (auto at = stream.upper_bound(aside.after); at != stream.end(); at = stream.erase(at))
    content.listed[aside.stream].push_back(at->second);
  return {};
}

Result<void> MemoryStore::apply(Content& content, const KeepListed& listed) {
  content.listed[listed.stream].push_back(listed.record);
  return {};
}

Result<void> MemoryStore::apply(Content& content, const DropBelow& drop) {
  auto& stream = content.streams[drop.stream];
  if (drop.number <= 1) return {};
  if (stream.empty() || drop.number > stream.rbegin()->first) return WATTLE_FAIL(StoreErrc::hole);
  stream.erase(stream.begin(), stream.lower_bound(drop.number));
  return {};
}

Result<void> MemoryStore::apply(Content& content, const PutRow& put) {
  if (put.value.empty())
    content.rows.erase({put.table, put.key});
  else
    content.rows[{put.table, put.key}] = put.value;
  return {};
}

Head MemoryStore::head(const StreamId& id) const {
  const auto at = content_.streams.find(id);
  if (at == content_.streams.end() || at->second.empty()) return {};
  return {at->second.rbegin()->first, at->second.rbegin()->second.hash};
}

std::uint64_t MemoryStore::first(const StreamId& id) const {
  const auto at = content_.streams.find(id);
  return at == content_.streams.end() || at->second.empty() ? 1 : at->second.begin()->first;
}

std::optional<Record> MemoryStore::entry(const StreamId& id, std::uint64_t number) const {
  ++entries_asked_;
  const auto stream = content_.streams.find(id);
  if (stream == content_.streams.end()) return std::nullopt;
  const auto at = stream->second.find(number);
  if (at == stream->second.end()) return std::nullopt;
  return at->second;
}

std::vector<Record> MemoryStore::listed(const StreamId& id) const {
  const auto at = content_.listed.find(id);
  return at == content_.listed.end() ? std::vector<Record>() : at->second;
}

std::optional<Bytes> MemoryStore::row(Table table, ByteView key) const {
  const auto at = content_.rows.find({table, Bytes(key.begin(), key.end())});
  if (at == content_.rows.end()) return std::nullopt;
  return at->second;
}

std::vector<std::pair<Bytes, Bytes>> MemoryStore::rows_after(Table table, ByteView after) const {
  std::vector<std::pair<Bytes, Bytes>> rows;
  for (const auto& [key, value] : content_.rows)
    if (key.first == table && key.second > Bytes(after.begin(), after.end())) rows.emplace_back(key.second, value);
  return rows;
}

std::vector<StreamId> MemoryStore::streams() const {
  std::vector<StreamId> ids;
  for (const auto& [id, stream] : content_.streams)
    if (!stream.empty()) ids.push_back(id);
  return ids;
}

std::vector<Place> MemoryStore::find(SiteId site, const OutsideId& id) const {
  std::vector<Place> places;
  for (const auto& [stream, entries] : content_.streams)
    for (const auto& [number, record] : entries) {
      const auto entry = decode_entry(record.bytes);
      if (stream.site == site && entry && entry->outside == id) places.push_back({stream.link, stream.direction, number});
    }
  return places;
}

}  // namespace wattle::test
