// A branch that is set aside is an alarm, always; what was agreed stays agreed; and the two ends never differ over what may be
// written.

#include <algorithm>

#include "edge/core/next_drop.hpp"
#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

namespace {

template <class Persist, class Effects>
bool sets_aside(const Disk& disk, const Effects& effects, Direction direction) {
  for (const auto& effect : effects) {
    const auto* persist = std::get_if<Persist>(&effect);
    if (persist == nullptr) continue;
    for (const auto& write : persist->commit)
      if (const auto* aside = std::get_if<SetAside>(&write))
        if (aside->stream.direction == direction && aside->after < disk.head(aside->stream).number) return true;
  }
  return false;
}

/// At a fence what is withdrawn is agreed no more: all above the first entry that rests on what the lost box has not given
/// back.
bool withdraws_unborne(const Disk& disk, const LinkRow& before, const LinkRow& after, const Bytes& key) {
  const auto holder = from_bytes<Holder>(key);
  if (!holder || !after.fenced || before.fenced) return false;
  const StreamId down{SiteId{1}, *holder, Direction::down};
  const auto record = disk.entry(down, after.agreed + 1);
  const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  if (!entry) return false;
  const bool is_lost = entry->cause && entry->cause->link == *holder && entry->cause->direction == Direction::up &&
                       entry->cause->number > disk.head({down.site, *holder, Direction::up}).number;
  return is_lost || entry->kind == Kind::open;  // which follows a close that is not here
}

/// A box that hears of its fence holds as evidence all that the cloud has not.
bool hears_of_its_fence(const Disk&, const LinkRow& before, const LinkRow& after, const Bytes&) {
  return after.fenced && !before.fenced;
}

/// `row(before, after, key)` for each row of a link that the effects write.
template <class Persist, class Effects, class Row>
void for_each_link_row(const Disk& disk, const Effects& effects, const Row& row) {
  for (const auto& effect : effects) {
    const auto* persist = std::get_if<Persist>(&effect);
    if (persist == nullptr) continue;
    for (const auto& write : persist->commit) {
      const auto* put = std::get_if<PutRow>(&write);
      if (put == nullptr || put->table != Table::link) continue;
      const auto bytes = disk.row(Table::link, put->key);
      const auto before = from_bytes<LinkRow>(bytes.value_or(Bytes{})).value_or(LinkRow{});
      const auto after = from_bytes<LinkRow>(put->value).value_or(LinkRow{});
      row(before, after, put->key);
    }
  }
}

/// A fence's cut and what a box may drop rest on it.
template <class Persist, class Effects, class MayFall>
void check_agreed(const Disk& disk, const Effects& effects, const MayFall& may_fall) {
  for_each_link_row<Persist>(disk, effects, [&](const LinkRow& before, const LinkRow& after, const Bytes& key) {
    require(after.agreed >= before.agreed || may_fall(disk, before, after, key), "agreed",
            "what both ends had falls from " + std::to_string(before.agreed) + " to " + std::to_string(after.agreed));
  });
}

}  // namespace

void check_fork_alarm(const Disk& disk, const edge::Effects& effects) {
  check_agreed<edge::Persist>(disk, effects, hears_of_its_fence);
  if (!sets_aside<edge::Persist>(disk, effects, Direction::up)) return;
  const bool told = std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
    const auto* raised = std::get_if<edge::Raise>(&effect);
    return raised != nullptr && raised->alarm == edge::Alarm::own_entries_forgotten;
  });
  require(told, "fork without alarm", "a box sets its own branch aside and says nothing");
}

void check_fork_alarm(const Disk& disk, const cloud::Effects& effects) {
  check_agreed<cloud::Persist>(disk, effects, withdraws_unborne);
  if (!sets_aside<cloud::Persist>(disk, effects, Direction::down)) return;
  const bool told = std::any_of(effects.begin(), effects.end(), [](const auto& effect) {
    const auto* raised = std::get_if<cloud::Raise>(&effect);
    return std::holds_alternative<cloud::ListFence>(effect) ||
           (raised != nullptr && raised->alarm == cloud::Alarm::own_entries_forgotten);
  });
  require(told, "fork without alarm", "the cloud sets its own branch aside and says nothing");
}

namespace {

/// One end refuses for good what the other wrote by the same rules: admission is never the first to find a difference.
void check_reason(LedgerErrc reason) {
  switch (reason) {
    case LedgerErrc::copy_unsigned:  // an alarm that stops nothing
    case LedgerErrc::copy_lacks_agreed:
    case LedgerErrc::copy_drops_seen:
    case LedgerErrc::forks_too_often: return;
    default: require(false, "admission", std::string("one end refuses what the other wrote: ") + word(reason));
  }
}

/// By the row, whoever is told or not.
template <class Persist, class Raise, class Effects>
void check_stops_of(const Disk& disk, const Effects& effects, bool tampered) {
  for_each_link_row<Persist>(disk, effects, [&](const LinkRow& before, const LinkRow& after, const Bytes&) {
    if (before.stopped || !after.stopped) return;
    const bool told = std::any_of(effects.begin(), effects.end(), [](const auto& other) {
      const auto* raised = std::get_if<Raise>(&other);
      return raised != nullptr && raised->alarm == decltype(raised->alarm)::stream_stopped;
    });
    require(told, "stop without alarm", std::string("a stream is stopped and nobody is told: ") + word(after.stopped->reason));
    if (!tampered) check_reason(after.stopped->reason);
  });
}

}  // namespace

void check_stops(const Disk& disk, const edge::Effects& effects, bool tampered) {
  check_stops_of<edge::Persist, edge::Raise>(disk, effects, tampered);
}

void check_stops(const Disk& disk, const cloud::Effects& effects, bool tampered) {
  check_stops_of<cloud::Persist, cloud::Raise>(disk, effects, tampered);
}

namespace {

/// That the box goes by, if it is of its own chain.
std::optional<edge::NextDrop> next_drop(const Disk& disk, const Link& link) {
  const auto row = disk.row(Table::box, edge::next_drop_key());
  const auto next = row ? from_bytes<edge::NextDrop>(*row) : std::nullopt;
  return next && link.up().holds(next->by.settlement) && link.down().holds(next->by.seen) ? next : std::nullopt;
}

}  // namespace

bool check_drop(const Disk& disk, const Link& link, const edge::Effects& effects, const Clocks& now) {
  bool has_dropped = false;
  const auto next = next_drop(disk, link);
  for (const auto& effect : effects) {
    const auto* persist = std::get_if<edge::Persist>(&effect);
    if (persist == nullptr) continue;
    const auto drops = [](const Write& write) { return std::holds_alternative<DropBelow>(write); };
    for (const auto& write : persist->commit) {
      const auto* row = std::get_if<PutRow>(&write);
      if (row == nullptr || row->table != Table::box || row->key != edge::next_drop_key()) continue;
      const auto another = from_bytes<edge::NextDrop>(row->value);
      require(another && another->since >= now.later, "retention",
              "a box takes it that it has had a countersignature for longer");
      require(!next || next->since > now.later || now.sooner - next->since >= kept_for, "retention",
              "a box takes up another countersignature before it drops by the last one");
    }
    if (std::none_of(persist->commit.begin(), persist->commit.end(), drops)) continue;
    require(next.has_value(), "retention", "a box drops by a countersignature of what is not on its own chain");
    require(now.sooner - next->since >= kept_for, "retention", "a box drops what is to be kept for longer");
    has_dropped = true;
  }
  return has_dropped;
}

void check_dropped(const Disk& disk, const Link& link, bool is_at_it, Instant now) {
  constexpr auto looks_within = minutes(2);
  const auto& agreed = link.state().countersigned();
  const auto next = next_drop(disk, link);
  const bool may = agreed && link.up().holds(agreed->settlement) && link.down().holds(agreed->seen);
  require(next || !may, "retention", "a box has its settlement countersigned, and will never drop what lies below it");
  if (!next || now - (next->since + looks_within) < kept_for) return;
  const auto keeps = std::min(next->by.settlement.number, next->by.keep_up_from);
  require(
      link.up().first() >= keeps || is_at_it, "retention",
      "a box keeps its entries from " + std::to_string(link.up().first()) + " on, and need not below " + std::to_string(keeps));
}

void check_retention(const Disk& box, const Disk& database, const std::vector<Backup>& backups, Holder holder) {
  for (const auto direction : {Direction::up, Direction::down}) {
    const StreamId id{{1}, holder, direction};
    const auto first = box.first(id);
    if (first <= 1) continue;
    const auto fail = [&](const std::string& why) {
      const auto* whose = direction == Direction::up ? "its own" : "the cloud's";
      throw Violation("retention", std::string("a box drops ") + whose + " entries below " + std::to_string(first) + why);
    };
    const auto* here = box.look(id, first);
    const auto* there = database.look(id, first);
    if (here != nullptr && there != nullptr && here->hash != there->hash) fail(" on a branch that the cloud has not");
    for (const auto& backup : backups) {
      const auto agreed = backup.agreed.find(holder);
      const auto has = direction == Direction::up      ? backup.database.head(id).number
                       : agreed != backup.agreed.end() ? agreed->second
                                                       : 0;
      if (has + 1 < first) fail(", which a backup lacks that may still be restored");
    }
  }
}

}  // namespace wattle::sim
