#pragma once
// The newest lines of the boxes' relay logs, by room, as their reports brought them. In memory: a box has its log on disk, and
// tells it again to a cloud that has started anew.

#include <deque>
#include <map>

#include "shared/base/ids.hpp"
#include "shared/policy/relay_row.hpp"

namespace wattle::cloud {

inline constexpr std::size_t relay_rows_a_room_max = 64;

class RelayHistory {
 public:
  /// Rows that are known already are not taken again.
  void take(Holder box, const std::vector<RelayRow>& rows);
  /// Newest first.
  std::vector<RelayRow> of(RoomId room) const;

 private:
  struct Line {
    Holder box;
    RelayRow row;
  };
  std::map<RoomId, std::deque<Line>> rooms_;
};

}  // namespace wattle::cloud
