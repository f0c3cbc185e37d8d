// Overrides and corrections that a fork sets aside: no state yields them again, so they are written anew in the same commit.

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

void check_dropped(const Entry& dropped, const std::vector<Entry>& now, bool refused) {
  const auto stands = [&](const auto& is_it) {
    return std::any_of(now.begin(), now.end(), [&](const Entry& entry) { return entry.kind == dropped.kind && is_it(entry); });
  };
  const auto text = " " + std::to_string(dropped.number) + " is set aside and not written anew";
  if (dropped.kind == Kind::override_config)
    require(stands([&](const Entry& entry) { return entry.detail == dropped.detail; }), "set aside", "override" + text);
  if (dropped.kind == Kind::correction)
    require(refused || stands([&](const Entry& entry) { return entry.outside == dropped.outside; }), "set aside",
            "correction" + text + ", in silence");
}

}  // namespace

void check_written_anew(const Disk& disk, const edge::Effects& effects) {
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
        if (dropped) check_dropped(*dropped, now, refused);
      }
    }
  }
}

}  // namespace wattle::sim
