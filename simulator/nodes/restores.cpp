// Backups, restores, and when the world has recovered from one: until then some losses could not be healed.

#include <algorithm>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void World::backup() {
  Disk copy = database_;
  copy.settle();
  std::map<Holder, std::uint64_t> agreed;
  for (const auto& [key, value] : copy.rows(Table::link)) {
    const auto holder = from_bytes<Holder>(key);
    const auto row = from_bytes<LinkRow>(value);
    if (holder && row) agreed[*holder] = row->agreed;
  }
  backups_.push_back({std::move(copy), billed_, std::move(agreed)});
  if (backups_.size() > 3) backups_.erase(backups_.begin());
}

bool World::restore(std::size_t at, bool noticed) {
  if (!cloud::Site::may_restore(backups_[at].database, facts_.lists)) return false;
  for (const auto& box : boxes_)  // what a lying disk or a twin lost must have come back first: else nobody has it
    if (!has_what_it_had(*box)) return false;
  trace_cloud(std::string("the cloud is restored from a backup, ") + (noticed ? "known" : "unnoticed"));
  stop_cloud();
  for (const auto& id : database_.streams()) {
    auto& head = forgotten_[id];
    head = std::max(head, database_.head(id).number);
  }
  // One that has lost nothing is none. What an earlier one has lost, and no box has given back, it cannot lose again.
  const auto has_lost = [&](const auto& item) {
    const auto& [stream, listed] = item;
    return backups_[at].database.head(stream).number < std::min(listed, database_.head(stream).number);
  };
  bills_due_ = bills_due_ || noticed || std::any_of(facts_.lists.heads.begin(), facts_.lists.heads.end(), has_lost);
  backups_.resize(at + 1);  // the newer ones are of a branch that has ended
  database_ = backups_[at].database;
  billed_ = backups_[at].billed;
  checked_commits_.reset();
  held_fences_.clear();  // undone before anybody could rely on them
  restore_noted_ = restore_noted_ && !noticed;
  start_cloud();
  return true;
}

/// All that the cloud has of the box's stream, and what it knows the box to have had of its own.
bool World::has_what_it_had(const BoxNode& box) const {
  const auto row = database_.row(Table::link, to_bytes(box.holder));
  const auto link = row ? from_bytes<LinkRow>(*row) : std::nullopt;
  if (!link || link->fenced) return true;
  const auto has = [&](Direction direction, std::uint64_t number) {
    const StreamId id{the_site, box.holder, direction};
    const auto mine = box.disk.entry(id, number);
    const auto theirs = database_.entry(id, number);
    return number < box.disk.first(id) || (mine && theirs && mine->hash == theirs->hash);
  };
  return has(Direction::up, database_.head({the_site, box.holder, Direction::up}).number) && has(Direction::down, link->agreed);
}

bool World::is_fenced(Holder holder) const {
  const auto row = database_.row(Table::link, to_bytes(holder));
  const auto link = row ? from_bytes<LinkRow>(*row) : std::nullopt;
  return link && link->fenced;
}

/// The cloud has back all that it had before any restore. Until then no box may be lost, nor its disk lie: nothing could heal
/// that.
bool World::has_recovered() const {
  return std::all_of(forgotten_.begin(), forgotten_.end(), [&](const auto& item) {
    return is_fenced(item.first.link) || item.first.direction == Direction::site ||
           database_.head(item.first).number >= item.second;
  });
}

}  // namespace wattle::sim
