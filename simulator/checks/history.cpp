// A run as it happens: told whole, or only what is of one room, of one box, of one stream.

#include <algorithm>
#include <cstdio>

#include "simulator/checks/telling.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

bool has_entry_of(const Disk& disk, RoomId room) {
  for (const auto& id : disk.streams())
    for (auto number = disk.first(id); number <= disk.head(id).number; ++number) {
      const auto* record = disk.look(id, number);
      const auto entry = record != nullptr ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
      if (entry && entry->room == room) return true;
    }
  return false;
}

std::optional<SetAside> set_aside_by(const Disk& disk, const Commit& commit) {
  for (const auto& write : commit)
    if (const auto* aside = std::get_if<SetAside>(&write))
      if (aside->after < disk.head(aside->stream).number) return *aside;
  return std::nullopt;
}

}  // namespace

/// With the event, held back until then, that it comes of.
void World::print_trace(const std::string& text) const {
  const auto print = [&](const std::string& line) {
    std::printf("%8llu %10.3f  %s\n", static_cast<unsigned long long>(step_), static_cast<double>(tick_.micros) / 1e6,
                line.c_str());
  };
  if (!untold_event_.empty()) print(untold_event_);
  untold_event_.clear();
  print(text);
}

void World::trace(const std::string& text) const {
  if (options_.trace.is_all()) print_trace(text);
}

void World::trace_cloud(const std::string& text) const {
  if (options_.trace.on) print_trace(text);
}

void World::trace(const BoxNode& box, const std::string& text) const {
  if (follows(box)) print_trace(box_text(box.holder) + " " + text);
}

bool World::follows(const BoxNode& box) const {
  const auto& wanted = options_.trace;
  if (!wanted.on) return false;
  if (wanted.room) return has_entry_of(box.disk, {*wanted.room});
  return !wanted.slot || box.holder.edge.value == *wanted.slot;
}

bool World::follows(const Entry& entry) const {
  const auto& wanted = options_.trace;
  if (wanted.room) return entry.room == RoomId{*wanted.room};
  if (!wanted.slot) return wanted.on;
  return entry.stream.link.edge.value == *wanted.slot &&
         (!wanted.up || *wanted.up == (entry.stream.direction == Direction::up));
}

/// What happens to a box, and below it, by trace_written, what it has written since.
void World::trace_event(const BoxNode& box, const edge::Event& event) const {
  if (!options_.trace.on) return;
  untold_event_ = box_text(box.holder) + " " + event_text(event);
  if (options_.trace.is_all()) print_trace(std::exchange(untold_event_, {}));
}

void World::trace_event(const cloud::Event& event) const {
  if (!options_.trace.on) return;
  untold_event_ = "the cloud " + event_text(event);
  if (options_.trace.is_all()) print_trace(std::exchange(untold_event_, {}));
}

void World::trace_alarm(const BoxNode& box, const edge::Raise& raised) const {
  if (raised.room.value == 0 || !options_.trace.room || raised.room.value == *options_.trace.room)
    trace(box, alarm_text(raised));
}

void World::trace_alarm(const cloud::Raise& raised) const { trace_cloud("the cloud: " + alarm_text(raised)); }

/// What it has, and what it had told of and has no more.
void World::trace_start(BoxNode& box) const {
  if (!options_.trace.on) return;
  const auto head = box.disk.head({the_site, box.holder, Direction::up}).number;
  if (box.traced == 0) box.traced = head;  // a twin's, told when its original wrote them
  const auto lost = head < box.traced ? "; its disk has lost " + numbers_text(head + 1, box.traced) : std::string();
  trace(box, "starts with " + numbers_text(1, head) + " of its own" + lost);
  box.traced = std::min(box.traced, head);
}

/// `disk`: as it is before the commit.
void World::trace_set_aside(const BoxNode& box, const Commit& commit) const {
  if (!options_.trace.on) return;
  if (const auto aside = set_aside_by(box.disk, commit))
    trace(box, "sets aside what it has written alone: " + numbers_text(aside->after + 1, box.disk.head(aside->stream).number));
}

void World::trace_set_aside(const Commit& commit) const {
  if (!options_.trace.on) return;
  if (const auto aside = set_aside_by(database_, commit))
    trace_cloud("the cloud sets aside, of " +
                std::string(aside->stream.direction == Direction::up ? "what it has of " : "its own for ") +
                box_text(aside->stream.link) + ", " + numbers_text(aside->after + 1, database_.head(aside->stream).number));
}

/// From `told` on: what is new, and what the other end has kept and gives back.
void World::trace_stream(const Disk& disk, const StreamId& id, std::uint64_t& told, const Disk* other, bool followed) const {
  told = std::min(told, disk.head(id).number);  // what was set aside or lost is written again
  std::uint64_t back_from = 0;
  const auto tell_back = [&](std::uint64_t last) {
    if (back_from != 0 && followed) print_trace("    takes back what the other end has kept: " + numbers_text(back_from, last));
    back_from = 0;
  };
  while (told < disk.head(id).number) {
    const auto* record = disk.look(id, ++told);
    const auto* there = other != nullptr ? other->look(id, told) : nullptr;
    if (record == nullptr) continue;
    if (there != nullptr && there->hash == record->hash) {
      if (back_from == 0) back_from = told;
      continue;
    }
    tell_back(told - 1);
    const auto entry = decode_entry(record->bytes);
    if (entry && follows(*entry)) print_trace("    " + entry_text(*entry));
  }
  tell_back(told);
}

/// The entries that stand on its disk since the last call, of its own stream.
void World::trace_written(BoxNode& box) const {
  if (!options_.trace.on) return;
  trace_stream(box.disk, {the_site, box.holder, Direction::up}, box.traced, &database_, follows(box));
  untold_event_.clear();
}

/// The same of the cloud's streams: those to the boxes, and the site's.
void World::trace_written() {
  if (!options_.trace.on) return;
  for (const auto& id : database_.streams()) {
    if (id.direction == Direction::up) continue;
    const auto is_it = [&](const auto& box) { return box->holder == id.link; };
    const auto box = std::find_if(boxes_.begin(), boxes_.end(), is_it);
    const bool followed = !options_.trace.slot || id.link.edge.value == *options_.trace.slot;
    trace_stream(database_, id, traced_[id], box == boxes_.end() ? nullptr : &(*box)->disk, followed);
  }
  untold_event_.clear();
}

}  // namespace wattle::sim
