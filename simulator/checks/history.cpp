// One room's or one stream's history, readably.

#include <algorithm>
#include <array>
#include <cstdio>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

std::string text_of(const Place& place) {
  char text[64];
  if (place.direction == Direction::site)
    std::snprintf(text, sizeof text, "site#%llu", static_cast<unsigned long long>(place.number));
  else
    std::snprintf(text, sizeof text, "%u.%x%s#%llu", place.link.edge.value, place.link.incarnation.value,
                  place.direction == Direction::up ? "↑" : "↓", static_cast<unsigned long long>(place.number));
  return text;
}

std::string text_of(const Entry& entry) {
  std::string text = text_of(entry.place()) + "  " + to_text(entry.kind);
  if (entry.room) text += " room " + std::to_string(entry.room->value);
  if (entry.stream.direction == Direction::up) text += " seen " + std::to_string(entry.seen.number);
  for (const auto& line : entry.lines)
    text += "  [" + to_text(line.from) + " → " + to_text(line.to) + " " + std::to_string(line.amount.micros) + "]";
  if (!entry.outside.empty()) text += "  (" + std::string(entry.outside.text()) + ")";
  if (entry.cause) text += "  because of " + text_of(*entry.cause);
  return text;
}

void print_stream(const Disk& disk, const StreamId& id, RoomId room, std::vector<std::pair<Instant, std::string>>& out) {
  for (auto number = disk.first(id); number <= disk.head(id).number; ++number) {
    const auto entry = decode_entry(disk.entry(id, number)->bytes);
    if (entry && (room.value == 0 || entry->room == room)) out.emplace_back(entry->time, text_of(*entry));
  }
}

}  // namespace

namespace {

const char* name_of(const edge::Event& event) {
  static constexpr std::array names = {"connects",
                                       "is disconnected",
                                       "receives",
                                       "wakes",
                                       "reads a meter",
                                       "has asked all meters",
                                       "a code is typed",
                                       "takes cash",
                                       "gets a new meter",
                                       "has an override",
                                       "has its mains back",
                                       "notices a relay",
                                       "finds what a meter noted"};
  static_assert(names.size() == std::variant_size_v<edge::Event>);
  return names.at(event.index());
}

const char* name_of(const cloud::Event& event) {
  static constexpr std::array names = {"connects",
                                       "is disconnected",
                                       "receives",
                                       "wakes",
                                       "has an order",
                                       "has a claim",
                                       "is to fence a box",
                                       "has a fence listed",
                                       "is to give a room another box",
                                       "hears of a refund",
                                       "is told what the journal has of refunds",
                                       "reads the bills",
                                       "knows what backups keep"};
  static_assert(names.size() == std::variant_size_v<cloud::Event>);
  return names.at(event.index());
}

}  // namespace

/// What happens to a box, and below it, by trace_written, what it has written since.
void World::trace_event(const BoxNode& box, const edge::Event& event) const {
  if (options_.trace) trace("box " + std::to_string(box.holder.edge.value) + " " + name_of(event));
}

void World::trace_event(const cloud::Event& event) const {
  if (options_.trace) trace(std::string("the cloud ") + name_of(event));
}

/// The entries that stand on this disk since the last call, of the streams that its owner writes.
void World::trace_written(const Disk& disk, bool is_cloud) {
  if (!options_.trace) return;
  for (const auto& id : disk.streams()) {
    if ((id.direction == Direction::up) == is_cloud) continue;
    auto& told = traced_[id];
    told = std::min(told, disk.head(id).number);  // what a fork takes away is written again
    while (told < disk.head(id).number) {
      const auto record = disk.entry(id, ++told);
      const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
      if (entry) trace("    " + text_of(*entry));
    }
  }
}

void World::print_history() const {
  if (options_.trace_room == 0 && options_.trace_slot == 0) return;
  std::vector<std::pair<Instant, std::string>> lines;
  for (const auto& id : database_.streams()) {
    if (options_.trace_slot != 0 && id.link.edge.value != static_cast<std::uint32_t>(options_.trace_slot)) continue;
    print_stream(database_, id, {static_cast<std::uint32_t>(options_.trace_room)}, lines);
  }
  std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [time, text] : lines)
    std::printf("%12.3f  %s\n", static_cast<double>((time - start_).micros) / 1e6, text.c_str());
}

}  // namespace wattle::sim
