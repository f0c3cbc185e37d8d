#pragma once
// What waits to be written, each thing for one room. An event looks again only at what it may have made possible, so that a
// thousand payments for a building without an uplink cost the other buildings nothing.

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "shared/base/ids.hpp"

namespace wattle::cloud {

/// What waits for no room in particular is looked at whenever anything was written.
inline constexpr RoomId any_room{};

/// The rooms of which something was written since they were last looked at; or all, when something changed that concerns each.
class Due {
 public:
  void add(RoomId room) { rooms_.insert(room); }
  void add(const std::set<RoomId>& rooms) { rooms_.insert(rooms.begin(), rooms.end()); }
  void add_all() { all_ = true; }
  bool has(RoomId room) const { return all_ || room == any_room || rooms_.contains(room); }
  bool has_all() const { return all_; }
  const std::set<RoomId>& rooms() const { return rooms_; }
  void clear() {
    rooms_.clear();
    all_ = false;
  }

 private:
  std::set<RoomId> rooms_;
  bool all_ = false;
};

template <class Thing>
class Agenda {
 public:
  using Filed = std::pair<Thing, RoomId>;

  void add(RoomId room, const Thing& thing) {
    of_[room].insert(thing);
    fresh_.emplace_back(thing, room);
  }
  void remove(RoomId room, const Thing& thing) {
    const auto at = of_.find(room);
    if (at == of_.end()) return;
    at->second.erase(thing);
    if (at->second.empty()) of_.erase(at);
  }
  void clear() {
    of_.clear();
    fresh_.clear();
  }
  bool contains(RoomId room, const Thing& thing) const {
    const auto at = of_.find(room);
    return at != of_.end() && at->second.contains(thing);
  }
  /// Added since the last take_due().
  const std::vector<Filed>& fresh() const { return fresh_; }
  /// What is due, and what is fresh; in their own order, whatever their rooms.
  std::vector<Filed> take_due(const Due& due) {
    auto things = all_due(due);
    for (const auto& [thing, room] : std::exchange(fresh_, {}))
      if (!due.has_all() && contains(room, thing)) things.emplace_back(thing, room);  // of all, it is among them
    std::sort(things.begin(), things.end());
    things.erase(std::unique(things.begin(), things.end()), things.end());
    return things;
  }
  std::vector<Filed> due(const Due& due) const {
    auto things = all_due(due);
    std::sort(things.begin(), things.end());
    return things;
  }

 private:
  std::vector<Filed> all_due(const Due& due) const {
    std::vector<Filed> things;
    const auto take = [&](RoomId room, const std::set<Thing>& those) {
      for (const auto& thing : those) things.emplace_back(thing, room);
    };
    if (due.has_all()) {
      for (const auto& [room, those] : of_) take(room, those);
    } else {
      take_of(any_room, take);
      for (const auto room : due.rooms())
        if (room != any_room) take_of(room, take);
    }
    return things;
  }
  template <class Take>
  void take_of(RoomId room, const Take& take) const {
    if (const auto at = of_.find(room); at != of_.end()) take(room, at->second);
  }

  std::map<RoomId, std::set<Thing>> of_;
  std::vector<Filed> fresh_;
};

}  // namespace wattle::cloud
