// Overrides, corrections and typed codes that a fork sets aside: no state yields them again, so they are written anew in the
// same commit.

#include <algorithm>

#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

namespace {

std::vector<Entry> appended(const Commit& commit, const StreamId& up) {
  std::vector<Entry> entries;
  for (const auto& write : commit) {
    const auto* append = std::get_if<AppendEntry>(&write);
    const auto entry = append != nullptr && append->stream == up ? decode_entry(append->record.bytes)
                                                                 : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (entry) entries.push_back(*entry);
  }
  return entries;
}

bool raises(const edge::Effects& effects, edge::Alarm alarm) {
  return std::any_of(effects.begin(), effects.end(), [alarm](const auto& effect) {
    const auto* raised = std::get_if<edge::Raise>(&effect);
    return raised != nullptr && raised->alarm == alarm;
  });
}

/// Its room has it on the branch that counts, or will have it by its sale; or the room has left.
bool is_honoured(const Redeem& typed, const LinkState& state) {
  const auto* room = state.find(typed.name.room);
  const auto is_it = [&](const auto& issue) { return issue.second.name == typed.name; };
  return room == nullptr || !room->open || state.used_codes().contains(typed.name) ||
         std::any_of(state.unredeemed().begin(), state.unredeemed().end(), is_it);
}

/// The cloud had it. Of an order that was given twice, and otherwise the second time, each branch may have carried out another
/// one.
bool is_given_back(const Disk& cloud, const Entry& entry) {
  const auto* record = cloud.look(entry.stream, entry.number);
  return record != nullptr && record->bytes == encode(entry);
}

/// Money goes back to the room, or from it.
bool goes_as(const Entry& entry, const Entry& dropped) {
  return !entry.lines.empty() && !dropped.lines.empty() && entry.lines[0].from.kind == dropped.lines[0].from.kind;
}

void check_dropped(const Disk& cloud, const Entry& dropped, const std::vector<Entry>& now, const LinkState& state,
                   bool refused) {
  const auto stands = [&](const auto& is_it) {
    return std::any_of(now.begin(), now.end(), [&](const Entry& entry) { return entry.kind == dropped.kind && is_it(entry); });
  };
  const auto text = " " + std::to_string(dropped.number) + " is set aside and not written anew";
  if (dropped.kind == Kind::override_config)
    require(stands([&](const Entry& entry) { return entry.detail == dropped.detail; }), "set aside", "override" + text);
  if (dropped.kind == Kind::correction)
    require(refused || stands([&](const Entry& entry) {
              return entry.outside == dropped.outside && (goes_as(entry, dropped) || is_given_back(cloud, entry));
            }),
            "set aside", "correction" + text + ", in silence");
  const auto typed = dropped.kind == Kind::redeem && !dropped.cause ? detail_of<Redeem>(dropped) : std::nullopt;
  require(!typed || refused || is_honoured(*typed, state), "set aside", "typed code" + text + ", in silence");
}

}  // namespace

void check_written_anew(const Disk& cloud, const Disk& disk, const LinkState& state, const edge::Effects& effects) {
  for (const auto& effect : effects) {
    const auto* persist = std::get_if<edge::Persist>(&effect);
    if (persist == nullptr) continue;
    for (const auto& write : persist->commit) {
      const auto* aside = std::get_if<SetAside>(&write);
      if (aside == nullptr || aside->stream.direction != Direction::up) continue;
      if (raises(effects, edge::Alarm::stream_stopped)) return;  // writes nothing until a person has fenced it
      const auto now = appended(persist->commit, aside->stream);
      const bool refused = raises(effects, edge::Alarm::refused_event);
      for (auto number = aside->after + 1; number <= disk.head(aside->stream).number; ++number) {
        const auto* record = disk.look(aside->stream, number);
        const auto dropped = record != nullptr ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
        if (dropped) check_dropped(cloud, *dropped, now, state, refused);
      }
    }
  }
}

}  // namespace wattle::sim
