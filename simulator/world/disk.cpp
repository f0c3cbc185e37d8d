#include "simulator/world/disk.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::sim {

void Disk::commit(const Commit& commit) {
  std::vector<Undo> undo;
  for (const auto& write : commit) apply(write, undo);
  undo_.push_back(std::move(undo));
  if (undo_.size() > losable_commits_max) undo_.pop_front();
  ++commits_;
}

void Disk::lose(std::size_t commits) {
  for (; commits > 0 && !undo_.empty(); --commits) {
    for (auto at = undo_.back().rbegin(); at != undo_.back().rend(); ++at) revert(*at);
    undo_.pop_back();
  }
}

void Disk::apply(const Write& write, std::vector<Undo>& undo) {
  if (const auto* append = std::get_if<AppendEntry>(&write)) {
    auto& stream = streams_[append->stream];
    WATTLE_CHECK(append->number == stream.first + stream.records.size());
    stream.records.push_back(std::make_shared<Record>(append->record));
    undo.push_back({append->stream, Undo::What::append, {}, {}, {}, {}});
  } else if (const auto* aside = std::get_if<SetAside>(&write)) {
    auto& stream = streams_[aside->stream];
    Undo back{aside->stream, Undo::What::set_aside, {}, {}, {}, {}};
    while (stream.first + stream.records.size() > aside->after + 1) {
      back.records.insert(back.records.begin(), stream.records.back());
      stream.records.pop_back();
    }
    stream.listed.insert(stream.listed.end(), back.records.begin(), back.records.end());
    undo.push_back(std::move(back));
  } else if (const auto* listed = std::get_if<KeepListed>(&write)) {
    streams_[listed->stream].listed.push_back(std::make_shared<Record>(listed->record));
    undo.push_back({listed->stream, Undo::What::list, {}, {}, {}, {}});
  } else if (const auto* drop = std::get_if<DropBelow>(&write)) {
    auto& stream = streams_[drop->stream];
    Undo back{drop->stream, Undo::What::drop, {}, {}, {}, {}};
    for (; stream.first < drop->number; ++stream.first) {
      back.records.push_back(stream.records.front());
      stream.records.pop_front();
    }
    undo.push_back(std::move(back));
  } else if (const auto* put = std::get_if<PutRow>(&write)) {
    auto& table = rows_[put->table];
    Undo back{{}, Undo::What::row, {}, put->table, put->key, {}};
    if (const auto at = table.find(put->key); at != table.end()) back.value = at->second;
    if (put->value.empty())
      table.erase(put->key);
    else
      table[put->key] = put->value;
    undo.push_back(std::move(back));
  }
}

void Disk::revert(const Undo& undo) {
  switch (undo.what) {
    case Undo::What::append: streams_[undo.stream].records.pop_back(); return;
    case Undo::What::set_aside: {
      auto& stream = streams_[undo.stream];
      stream.listed.resize(stream.listed.size() - undo.records.size());
      stream.records.insert(stream.records.end(), undo.records.begin(), undo.records.end());
      return;
    }
    case Undo::What::list: streams_[undo.stream].listed.pop_back(); return;
    case Undo::What::drop: {
      auto& stream = streams_[undo.stream];
      stream.first -= undo.records.size();
      stream.records.insert(stream.records.begin(), undo.records.begin(), undo.records.end());
      return;
    }
    case Undo::What::row:
      if (undo.value)
        rows_[undo.table][undo.key] = *undo.value;
      else
        rows_[undo.table].erase(undo.key);
      return;
  }
}

const Disk::Stream* Disk::find(const StreamId& stream) const {
  const auto at = streams_.find(stream);
  return at == streams_.end() ? nullptr : &at->second;
}

Head Disk::head(const StreamId& id) const {
  const auto* stream = find(id);
  if (stream == nullptr || stream->records.empty()) return {};
  return {stream->first + stream->records.size() - 1, stream->records.back()->hash};
}

std::uint64_t Disk::first(const StreamId& id) const {
  const auto* stream = find(id);
  return stream == nullptr ? 1 : stream->first;
}

const Record* Disk::look(const StreamId& id, std::uint64_t number) const {
  const auto* stream = find(id);
  if (stream == nullptr || number < stream->first || number - stream->first >= stream->records.size()) return nullptr;
  return stream->records[number - stream->first].get();
}

std::optional<Record> Disk::entry(const StreamId& id, std::uint64_t number) const {
  const auto* record = look(id, number);
  return record == nullptr ? std::nullopt : std::optional(*record);
}

std::vector<Record> Disk::listed(const StreamId& id) const {
  std::vector<Record> records;
  if (const auto* stream = find(id))
    for (const auto& record : stream->listed) records.push_back(*record);
  return records;
}

bool Disk::lists(const StreamId& id, const std::function<bool(const Record&)>& is_it) const {
  const auto* stream = find(id);
  return stream != nullptr &&
         std::any_of(stream->listed.begin(), stream->listed.end(), [&](const auto& record) { return is_it(*record); });
}

std::optional<Bytes> Disk::row(Table table, ByteView key) const {
  const auto rows = rows_.find(table);
  if (rows == rows_.end()) return std::nullopt;
  const auto at = rows->second.find(Bytes(key.begin(), key.end()));
  if (at == rows->second.end()) return std::nullopt;
  return at->second;
}

std::vector<std::pair<Bytes, Bytes>> Disk::rows_after(Table table, ByteView key) const {
  const auto rows = rows_.find(table);
  if (rows == rows_.end()) return {};
  return {rows->second.upper_bound(Bytes(key.begin(), key.end())), rows->second.end()};
}

std::vector<StreamId> Disk::streams() const {
  std::vector<StreamId> ids;
  for (const auto& [id, stream] : streams_) ids.push_back(id);
  return ids;
}

}  // namespace wattle::sim
