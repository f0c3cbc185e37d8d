// Until a fence is listed beside the backups a restore may undo it, and the box that it ended lives: nothing may rest on it.

#include <algorithm>
#include <set>

#include "cloud/core/rows.hpp"
#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

namespace {

std::set<Holder> unlisted_in(const Disk& database) {
  std::set<Holder> unlisted;
  for (const auto& [key, value] : database.rows(Table::link)) {
    const auto holder = from_bytes<Holder>(key);
    const auto row = from_bytes<LinkRow>(value);
    if (holder && row && row->fenced && !row->told) unlisted.insert(*holder);
  }
  return unlisted;
}

/// As of this commit too: what becomes possible with the word that a fence is listed stands in one with it.
void take_listed(const Commit& commit, std::set<Holder>& unlisted) {
  for (const auto& write : commit) {
    const auto* put = std::get_if<PutRow>(&write);
    const auto holder = put != nullptr && put->table == Table::link ? from_bytes<Holder>(put->key) : std::nullopt;
    const auto row = holder ? from_bytes<LinkRow>(put->value) : std::nullopt;
    if (row && row->told) unlisted.erase(*holder);
  }
}

bool debits(const Entry& entry, const std::set<Holder>& holders) {
  return std::any_of(entry.lines.begin(), entry.lines.end(),
                     [&](const Line& line) { return holders.contains(line.from.holder); });
}

/// What a fence has written of its box's: the room closed, the money sent on.
bool is_of_fence(const Disk& database, const Place& place, const StreamId& stream, const std::set<Holder>& unlisted) {
  if (place.direction != Direction::site) return place.direction == Direction::down && unlisted.contains(place.link);
  const auto record = database.entry({stream.site, place.link, Direction::site}, place.number);
  const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  if (!entry) return false;
  const auto close = entry->kind == Kind::close_for ? detail_of<CloseFor>(*entry) : std::nullopt;
  return debits(*entry, unlisted) || (close && unlisted.contains(close->holder));
}

/// A person's word about what no one link holds waits for every fence.
bool waits_for_all(const Entry& entry) { return entry.kind == Kind::rehome || entry.outside.text().starts_with("resolve/"); }

}  // namespace

/// What comes back after a restore, at whatever time it was written, may rest on a fence that is to be listed again.
void check_unlisted(const Disk& database, const cloud::Effects& effects, Instant now) {
  for (const auto& effect : effects) {
    const auto* persist = std::get_if<cloud::Persist>(&effect);
    if (persist == nullptr) continue;
    auto unlisted = unlisted_in(database);
    take_listed(persist->commit, unlisted);
    if (unlisted.empty()) continue;
    for (const auto& write : persist->commit) {
      if (const auto* put = std::get_if<PutRow>(&write); put != nullptr && put->table == Table::site) {
        const auto row = from_bytes<cloud::BoxRow>(put->value);
        const bool is_claim = row && put->key == cloud::box_key(row->holder) && !database.row(Table::site, put->key);
        const auto same_slot = [&](Holder holder) { return row->holder.edge == holder.edge; };
        require(!is_claim || row->unheard || std::none_of(unlisted.begin(), unlisted.end(), same_slot), "fence",
                "a box is claimed in the place of one whose fence cannot be restored yet");
      }
      const auto* append = std::get_if<AppendEntry>(&write);
      if (append == nullptr || append->stream.direction == Direction::up) continue;
      const auto entry = decode_entry(append->record.bytes);
      if (!entry || entry->time != now) continue;
      const bool rests = debits(*entry, unlisted) || waits_for_all(*entry) ||
                         (entry->cause && is_of_fence(database, *entry->cause, append->stream, unlisted));
      require(
          !rests, "fence",
          to_text(entry->kind) + " " + std::string(entry->outside.text()) + " rests on a fence that cannot be restored yet");
    }
  }
}

}  // namespace wattle::sim
