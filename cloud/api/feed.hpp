#pragma once
// GET /api/v1/feed?rooms=101,102&building=1&after=NUMBER&ticket=TICKET: what changes, as it becomes durable. Each event has a
// number; who comes back with the last one that he has gets what he missed, or is told to read everything anew.
// api-spec/asyncapi.yaml has the messages.

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "cloud/api/access.hpp"
#include "cloud/api/desk.hpp"
#include "cloud/http/problem.hpp"
#include "cloud/http/websocket.hpp"

namespace wattle::api {

inline constexpr std::size_t feed_events_kept = 4096;
inline constexpr Duration feed_check_every = seconds(5);
inline constexpr std::size_t feed_building_rooms_max = 10'000;
inline constexpr std::size_t feed_rooms_max = 1000;       // that one listener names; without names he gets all
inline constexpr std::ptrdiff_t feeds_of_user_max = 8;    // each holds one of the connections that all share
inline constexpr std::ptrdiff_t feeds_of_token_max = 64;  // of screens on one, or of a program's own callers

class Feed {
 public:
  /// `life` is drawn anew for each process: numbers of another life mean nothing here.
  Feed(Desk& desk, Access& access, std::uint32_t life) : desk_(desk), access_(access), life_(life) {}

  http::WebSocketRoute route();
  /// Says nothing when the room looks as it did.
  void room_changed(RoomId room);
  void edge_changed(Holder box, bool online);
  void circuit_changed(CircuitId circuit, RoomId room);
  void room_read(RoomId room, const ReadAnswer& answer);
  /// Closes whose session has ended, or who may not see any more what he saw when he came. To be called every feed_check_every.
  void check_listeners(Instant now);

 private:
  using Text = std::shared_ptr<const std::string>;
  struct Event {
    std::optional<RoomId> room;  // none: for everyone
    Text text;
  };
  struct Listener {
    Caller caller;
    std::shared_ptr<http::WebSocket> socket;
    std::optional<std::set<RoomId>> rooms;  // none: all
    bool wants(const Event& event) const { return !rooms || !event.room || rooms->contains(*event.room); }
  };
  struct Missed {
    std::size_t first = 0;  // of kept_; those before it he has
    std::uint64_t after = 0;
  };
  struct Wish {
    const http::ProblemKind* refused = nullptr;
    std::optional<std::set<RoomId>> rooms;
  };
  Wish wish_of(const http::Request& request, const Caller& caller) const;
  std::optional<http::Response> refuse(const http::Request& request) const;
  bool has_enough(const Caller& caller) const;
  http::WebSocketEvents open(const http::Request& request, std::shared_ptr<http::WebSocket> socket);
  void catch_up(std::string_view after, const Listener& listener) const;
  std::optional<Missed> missed(std::string_view after, const Listener& listener) const;
  void publish(std::string_view type, std::optional<RoomId> room, const std::string& body);
  std::string number_text(std::uint64_t number) const;

  Desk& desk_;
  Access& access_;
  std::uint32_t life_;
  std::uint64_t last_ = 0;
  std::deque<Event> kept_;               // the newest, up to number last_
  std::map<RoomId, std::string> rooms_;  // as last published
  std::map<std::uint64_t, Listener> listeners_;
  std::uint64_t next_listener_ = 1;
};

}  // namespace wattle::api
