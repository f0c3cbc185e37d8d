// A room's entries, newest first, from all streams that concern it. A cursor holds a place in each of those streams, so that
// what is written meanwhile shifts nothing.

#include <algorithm>

#include "cloud/api/room_routes.hpp"
#include "shared/api/money_text.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

struct Reel {
  StreamId stream;
  std::uint64_t next = 0;  // downwards
};
template <class F>
void fields(F& f, Reel& v) {
  f(v.stream.site), f(v.stream.link), f(v.stream.direction), f(v.next);
}

struct Found {
  Entry entry;
  Digest hash;
};

std::vector<Reel> reels_of(const Desk& desk, RoomId room) {
  std::vector<Reel> reels;
  const auto add = [&](const StreamId& stream) { reels.push_back({stream, desk.store().head(stream).number}); };
  if (const auto* chain = desk.site().index().room(room)) {
    for (const auto& [holder, at] : chain->links) {
      add({desk.site_id(), holder, Direction::up});
      add({desk.site_id(), holder, Direction::down});
    }
  }
  add({desk.site_id(), cloud_holder, Direction::site});
  return reels;
}

/// A cursor of this room: the same streams, and no place beyond their heads.
std::optional<std::vector<Reel>> read_cursor(const Desk& desk, RoomId room, std::string_view text) {
  auto reels = reels_of(desk, room);
  if (text.empty()) return reels;
  const auto given = from_bytes<std::vector<Reel>>(from_hex(text));
  if (!given || given->size() > reels.size()) return std::nullopt;
  for (auto& reel : reels) {
    const auto at = std::find_if(given->begin(), given->end(), [&](const Reel& one) { return one.stream == reel.stream; });
    if (at != given->end() && at->next > reel.next) return std::nullopt;
    reel.next = at == given->end() ? 0 : at->next;  // a stream that the first page did not know has newer entries only
  }
  return reels;
}

/// Of a room, since then.
struct EntriesWanted {
  RoomId room;
  Instant from;
};

/// The next entry that is wanted in this stream; moves the reel on to it.
std::optional<Found> look(const Desk& desk, const EntriesWanted& wanted, Reel& reel, std::size_t& budget) {
  while (reel.next > 0 && budget > 0) {
    --budget;
    const auto record = desk.store().entry(reel.stream, reel.next);
    if (!record) return reel.next = 0, std::nullopt;  // below, nothing is kept
    auto entry = decode_entry(record->bytes);
    if (entry && entry->room == wanted.room && entry->time >= wanted.from) return Found{*std::move(entry), record->hash};
    --reel.next;
  }
  return std::nullopt;
}

boost::json::object line_json(const Line& line) {
  return {
      {"from", to_text(line.from)}, {"to", to_text(line.to)}, {"amount", money_text(line.amount)}, {"measured", line.measured}};
}

boost::json::object entry_json(const Found& found) {
  const auto& entry = found.entry;
  boost::json::object out;
  out["place"] = place_json(entry.place());
  out["kind"] = to_text(entry.kind);
  out["time"] = time_text(entry.time);
  boost::json::array lines;
  for (const auto& line : entry.lines) lines.push_back(line_json(line));
  out["lines"] = std::move(lines);
  if (!entry.outside.empty()) out["outside_id"] = entry.outside.text();
  if (entry.cause) out["cause"] = place_json(*entry.cause);
  if (entry.after) out["after"] = {{"room", money_text(entry.after->room)}, {"allowance", money_text(entry.after->allow)}};
  if (entry.stream.direction == Direction::up) out["seen"] = entry.seen.number;
  out["hash"] = to_hex(found.hash.bytes);
  return out;
}

boost::json::value page_json(const Desk& desk, const EntriesWanted& wanted, std::vector<Reel> reels, std::size_t limit) {
  boost::json::array items;
  std::size_t budget = entries_scan_max;
  std::vector<std::optional<Found>> heads(reels.size());
  while (items.size() < limit) {
    std::size_t newest = reels.size();
    for (std::size_t i = 0; i < reels.size(); ++i) {
      if (!heads[i]) heads[i] = look(desk, wanted, reels[i], budget);
      if (heads[i] && (newest == reels.size() || heads[i]->entry.time > heads[newest]->entry.time)) newest = i;
    }
    if (newest == reels.size()) break;
    items.push_back(entry_json(*heads[newest]));
    heads[newest].reset();
    --reels[newest].next;
  }
  boost::json::object out;
  out["items"] = std::move(items);
  const bool more = std::any_of(reels.begin(), reels.end(), [](const Reel& reel) { return reel.next > 0; });
  if (more)
    out["next_cursor"] = to_hex(to_bytes(reels));
  else
    out["next_cursor"] = nullptr;
  return out;
}

}  // namespace

void get_entries(const Call& call, const http::Request& request) {
  const RoomId room{parse_number(request.param("room")).value_or(0)};
  if (!opening_of(call.desk.site(), room)) return call.refuse(problems::room_unknown);
  const auto text = request.query_value("limit");
  const auto limit = text.empty() ? std::optional<std::uint32_t>(entries_limit_usual) : parse_number(text);
  if (!limit || *limit > entries_limit_max) return call.refuse(problems::bad_limit);
  auto cursor = std::string(request.query_value("cursor"));
  if (!read_cursor(call.desk, room, cursor)) return call.refuse(problems::bad_cursor);
  const EntriesWanted wanted{room, call.caller.sees_from(room)};
  call.answer(200, [&desk = call.desk, wanted, limit = *limit, cursor = std::move(cursor)] {
    return page_json(desk, wanted, read_cursor(desk, wanted.room, cursor).value_or(std::vector<Reel>{}), limit);
  });
}

}  // namespace wattle::api
