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
  // One that has lost nothing is none. What an earlier one has lost, and no box has given back, it cannot lose again.
  const auto streams = database_.streams();
  const auto has_lost = [&](const StreamId& id) { return backups_[at].database.head(id).number < database_.head(id).number; };
  const auto is_known = [&](const StreamId& id) { return has_lost(id) && facts_.lists.heads.contains(id); };
  const bool shows = std::any_of(streams.begin(), streams.end(), is_known);  // unless the file of heads is lost as well
  const auto has_all = [&](const auto& remembered) {
    return backups_[at].database.head(remembered.first).number >= remembered.second;
  };
  // Back to all that was ever remembered: it makes the last one good.
  const bool is_whole = std::all_of(facts_.lists.heads.begin(), facts_.lists.heads.end(), has_all);
  bills_due_ = noticed || shows || (bills_due_ && !is_whole);
  rolled_back_ = rolled_back_ || noticed;
  backups_.resize(at + 1);  // the newer ones are of a branch that has ended
  roll_back(backups_[at].database);
  billed_ = backups_[at].billed;
  checked_commits_.reset();
  held_fences_.clear();  // undone before anybody could rely on them
  restore_noted_ = restore_noted_ && !noticed;
  start_cloud();
  require(!shows || site() == nullptr || !site()->is_settled(), "restore",
          "the database has forgotten what is remembered beside it, and the cloud goes on as if nothing were");
  return true;
}

void World::roll_back(Disk image) {
  for (const auto& id : database_.streams()) {
    const auto head = database_.head(id).number;
    auto& known = forgotten_[id];
    known = std::max(known, head);
    rolled_back_ = rolled_back_ || image.head(id).number < head;
  }
  given_.clear();  // by the rows: until a restore is noticed, the journal's come behind those of meanwhile
  acknowledged_.clear();
  std::erase_if(newer_orders_, [&](const auto& order) { return image.row(Table::order, order.first) != order.second; });
  database_ = std::move(image);
}

/// Who says that the database has forgotten something is right. A failover that has lost nothing is none.
void World::check_rollback() const { require(rolled_back_, "restore", "a rollback is noticed, and nothing was rolled back"); }

/// What the database has of each stream is remembered outside of it, as soon as it is there.
void World::check_remembered() const {
  for (const auto& id : database_.streams()) {
    const auto at = facts_.lists.heads.find(id);
    require(at != facts_.lists.heads.end() && at->second >= database_.head(id).number, "restore",
            "no process remembers how far a stream of box " + std::to_string(id.link.edge.value) + " has come");
  }
}

/// All that the cloud has of the box's stream, and what it knows the box to have had of its own; and it gives it back, unless
/// it has stopped for good. A fence that is listed is not undone, so that nothing is wanted of its box.
bool World::has_what_it_had(const BoxNode& box) const {
  const auto row_in = [&](const Disk& disk) {
    const auto row = disk.row(Table::link, to_bytes(box.holder));
    return row ? from_bytes<LinkRow>(*row).value_or(LinkRow{}) : LinkRow{};
  };
  const auto link = row_in(database_);
  if (link.fenced && link.told) return true;
  const auto stopped = row_in(box.disk).stopped;
  if (stopped && !may_pass_later(stopped->reason)) return false;
  const auto has = [&](Direction direction, std::uint64_t number) {
    const StreamId id{the_site, box.holder, direction};
    const auto mine = box.disk.entry(id, number);
    const auto theirs = database_.entry(id, number);
    return number < box.disk.first(id) || (mine && theirs && mine->hash == theirs->hash);
  };
  return has(Direction::up, database_.head({the_site, box.holder, Direction::up}).number) && has(Direction::down, link.agreed);
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
