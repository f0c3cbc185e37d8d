#include "cloud/gateway/relay_history.hpp"

#include <algorithm>

namespace wattle::cloud {

void RelayHistory::take(Holder box, const std::vector<RelayRow>& rows) {
  for (const auto& row : rows) {
    auto& lines = rooms_[row.room];
    // A box whose disk has forgotten numbers anew, so that the number alone does not tell.
    const bool known = std::any_of(lines.begin(), lines.end(), [&](const Line& line) {
      return line.box == box && line.row.number == row.number && line.row.time == row.time;
    });
    if (known) continue;
    lines.push_back({box, row});
    if (lines.size() > relay_rows_a_room_max) lines.pop_front();
  }
}

std::vector<RelayRow> RelayHistory::of(RoomId room) const {
  std::vector<RelayRow> rows;
  if (const auto at = rooms_.find(room); at != rooms_.end())
    for (auto line = at->second.rbegin(); line != at->second.rend(); ++line) rows.push_back(line->row);
  return rows;
}

}  // namespace wattle::cloud
