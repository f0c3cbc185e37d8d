#include "cloud/api/feed.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "cloud/api/answers.hpp"
#include "cloud/api/control_routes.hpp"
#include "cloud/api/reads.hpp"
#include "cloud/api/records.hpp"
#include "cloud/api/room_routes.hpp"

namespace wattle::api {
namespace {

/// "5f3a9c01.17" of this life is 17.
std::optional<std::uint64_t> parse_number_of(std::string_view text, std::string_view life) {
  if (!text.starts_with(life) || text.size() <= life.size() + 1 || text[life.size()] != '.') return std::nullopt;
  const auto digits = text.substr(life.size() + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// "101,102": those; nothing: all.
std::optional<std::set<RoomId>> parse_rooms(std::string_view text) {
  std::set<RoomId> rooms;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto number = parse_number(text.substr(0, comma));
    if (!number || rooms.size() == feed_rooms_max) return std::nullopt;
    rooms.insert({*number});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return rooms;
}

std::string life_text(std::uint32_t life) {
  std::array<char, 12> text{};
  std::snprintf(text.data(), text.size(), "%08x", life);
  return text.data();
}

}  // namespace

std::string Feed::number_text(std::uint64_t number) const { return life_text(life_) + '.' + std::to_string(number); }

http::WebSocketRoute Feed::route() {
  http::WebSocketRoute route;
  route.path = "/api/v1/feed";
  route.refuse = [this](const http::Request& request) { return refuse(request); };
  route.open = [this](const http::Request& request, std::shared_ptr<http::WebSocket> socket) {
    return open(request, std::move(socket));
  };
  return route;
}

/// The rooms that are named, or those of a building, as far as he may see them; without a name all that he may see.
Feed::Wish Feed::wish_of(const http::Request& request, const Caller& caller) const {
  const auto named = parse_rooms(request.query_value("rooms"));
  const auto building = query_number(request, "building");
  if (!named || !building) return {&problems::bad_rooms, {}};
  Wish wish;
  if (!named->empty()) wish.rooms = *named;
  if (*building != not_asked) {
    if (!wish.rooms) wish.rooms.emplace();
    for (const auto& room :
         cloud::list<cloud::RoomRecord>(desk_.registry(), {{"building", *building}}, feed_building_rooms_max))
      if (caller.may_see({static_cast<std::uint32_t>(room.room)})) wish.rooms->insert({static_cast<std::uint32_t>(room.room)});
  }
  if (!wish.rooms && caller.rooms) {
    wish.rooms.emplace();
    for (const auto& [room, since] : *caller.rooms) wish.rooms->insert(room);
  }
  for (const auto room : *named)
    if (!caller.may_see(room)) wish.refused = &problems::room_unknown;
  return wish;
}

std::optional<http::Response> Feed::refuse(const http::Request& request) const {
  const auto ticket = request.query_value("ticket");
  const auto* shown = ticket.empty() ? nullptr : access_.look_at_ticket(ticket, request.received.tick);
  const auto by_ticket = shown == nullptr ? std::nullopt : access_.look_again(*shown, request.received.wall);
  const auto by_token = access_.find(request);
  const auto known = by_ticket ? by_ticket : by_token;
  if (const auto wait = access_.hold_back(known ? &*known : nullptr, request.peer, request.received.tick))
    return held_back(problems::too_many_requests, request.language, *wait);
  if (!known) {
    auto response = http::problem(problems::unauthenticated, request.language);
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  if (has_enough(*known)) return held_back(problems::too_many_feeds, request.language, feed_check_every);
  const auto wish = wish_of(request, *known);
  if (wish.refused != nullptr) return http::problem(*wish.refused, request.language);
  return std::nullopt;
}

bool Feed::has_enough(const Caller& caller) const {
  const auto is_his = [&](const auto& item) { return item.second.caller.name == caller.name; };
  const bool is_program = caller.session.empty();
  return std::count_if(listeners_.begin(), listeners_.end(), is_his) >= (is_program ? feeds_of_token_max : feeds_of_user_max);
}

http::WebSocketEvents Feed::open(const http::Request& request, std::shared_ptr<http::WebSocket> socket) {
  auto caller = access_.use_ticket(request.query_value("ticket"), request.received);
  if (!caller) caller = access_.find(request);
  if (!caller) {  // two came with one ticket, and the other was faster
    socket->close(http::close_policy, "the ticket was used");
    return {};
  }
  if (has_enough(*caller)) {  // several came at once
    socket->close(http::close_policy, "too many feeds of one caller");
    return {};
  }
  const auto wish = wish_of(request, *caller);
  if (wish.refused != nullptr) {  // he has lost the room since it was looked at
    socket->close(http::close_policy, wish.refused->code);
    return {};
  }
  const Listener listener{*caller, std::move(socket), wish.rooms};
  catch_up(request.query_value("after"), listener);
  const auto number = next_listener_++;
  listeners_.emplace(number, listener);
  http::WebSocketEvents events;
  events.closed = [this, number](std::uint16_t) { listeners_.erase(number); };
  return events;
}

void Feed::catch_up(std::string_view after, const Listener& listener) const {
  const auto missing = missed(after, listener);
  const boost::json::object first = {{"type", missing         ? "resumed"
                                              : after.empty() ? "hello"
                                                              : "reset"},
                                     {"number", number_text(missing ? missing->after : last_)}};
  listener.socket->send(std::make_shared<const std::string>(boost::json::serialize(first)));
  if (!missing) return;
  for (auto at = missing->first; at < kept_.size(); ++at)
    if (listener.wants(kept_[at])) listener.socket->send(kept_[at].text);
}

/// None when it is not known, or too much: what would fill his queue at once would only throw him out again.
std::optional<Feed::Missed> Feed::missed(std::string_view after, const Listener& listener) const {
  const auto number = parse_number_of(after, life_text(life_));
  if (!number || *number > last_ || last_ - *number > kept_.size()) return std::nullopt;
  const Missed missing{kept_.size() - static_cast<std::size_t>(last_ - *number), *number};
  const auto room = listener.socket->room();
  http::QueueRoom needed;
  for (auto at = missing.first; at < kept_.size(); ++at) {
    if (!listener.wants(kept_[at])) continue;
    ++needed.texts;
    needed.bytes += kept_[at].text->size();
  }
  const bool fits = needed.texts <= room.texts / 2 && needed.bytes <= room.bytes / 2;
  return fits ? std::optional(missing) : std::nullopt;
}

void Feed::check_listeners(Instant now) {
  const auto listeners = listeners_;  // one that is closed leaves the map meanwhile
  for (const auto& [number, listener] : listeners)
    if (access_.look_again(listener.caller, now) != listener.caller)
      listener.socket->close(http::close_policy, "the session has ended, or its rights have changed");
}

void Feed::publish(std::string_view type, std::optional<RoomId> room, const std::string& body) {
  ++last_;
  const auto text = "{\"type\":\"" + std::string(type) + "\",\"number\":\"" + number_text(last_) + "\"," + body + "}";
  const Event event{room, std::make_shared<const std::string>(text)};
  kept_.push_back(event);
  if (kept_.size() > feed_events_kept) kept_.pop_front();
  const auto listeners = listeners_;  // one that is dropped for slowness leaves the map meanwhile
  for (const auto& [number, listener] : listeners)
    if (listener.wants(event)) listener.socket->send(event.text);
}

void Feed::room_changed(RoomId room) {
  const auto& site = desk_.site();
  if (!opening_of(site, room)) return;
  const auto body = "\"room\":" + boost::json::serialize(room_json(desk_, room));
  auto& known = rooms_[room];
  if (known == body) return;
  known = body;
  publish("room.changed", room, body);
}

void Feed::edge_changed(Holder box, bool online) {
  publish(online ? "edge.online" : "edge.offline", std::nullopt, "\"edge\":" + boost::json::serialize(holder_json(box)));
}

void Feed::room_read(RoomId room, const ReadAnswer& answer) {
  publish("room.read", room, "\"read\":" + boost::json::serialize(read_json(room, answer)));
}

void Feed::circuit_changed(CircuitId circuit, RoomId room) {
  const auto now = desk_.circuit_now(circuit);
  if (!now) return;
  boost::json::object out = {{"circuit", circuit.value}, {"room", room.value}};
  out["relay"] = now->relay.empty() ? "unknown" : now->relay;
  put_control_now(*now, out);
  out["register"] = now->register_units.units;
  publish("circuit.changed", room, "\"circuit\":" + boost::json::serialize(out));
  room_changed(room);
}

}  // namespace wattle::api
