#include "cloud/api/feed.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include "cloud/api/answers.hpp"
#include "cloud/api/room_routes.hpp"

namespace wattle::api {
namespace {

/// "5f3a9c01.17" of this life is 17.
std::optional<std::uint64_t> parse_since(std::string_view text, std::string_view life) {
  if (!text.starts_with(life) || text.size() <= life.size() + 1 || text[life.size()] != '.') return std::nullopt;
  const auto digits = text.substr(life.size() + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
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
  route.refuse = [this](const http::Request& request) -> std::optional<http::Response> {
    if (access_.find(request) != nullptr) return std::nullopt;
    auto response = http::problem(problems::unauthenticated, request.language);
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  };
  route.open = [this](const http::Request& request, std::shared_ptr<http::WebSocket> socket) {
    return open(request, std::move(socket));
  };
  return route;
}

http::WebSocketEvents Feed::open(const http::Request& request, std::shared_ptr<http::WebSocket> socket) {
  catch_up(request.query_value("since"), *socket);
  const auto listener = next_listener_++;
  listeners_.emplace(listener, std::move(socket));
  http::WebSocketEvents events;
  events.closed = [this, listener](std::uint16_t) { listeners_.erase(listener); };
  return events;
}

void Feed::catch_up(std::string_view since, http::WebSocket& socket) const {
  const auto number = parse_since(since, life_text(life_));
  const bool can_resume = number && *number <= last_ && last_ - *number <= kept_.size();
  const boost::json::object first = {{"type", can_resume ? "resumed" : since.empty() ? "hello" : "reset"},
                                     {"number", number_text(can_resume ? *number : last_)}};
  socket.send(std::make_shared<const std::string>(boost::json::serialize(first)));
  if (!can_resume) return;
  for (auto at = kept_.size() - static_cast<std::size_t>(last_ - *number); at < kept_.size(); ++at) socket.send(kept_[at]);
}

void Feed::publish(std::string_view type, std::string body) {
  ++last_;
  auto text = std::make_shared<const std::string>("{\"type\":\"" + std::string(type) + "\",\"number\":\"" + number_text(last_) + "\"," +
                                                  std::move(body) + "}");
  kept_.push_back(text);
  if (kept_.size() > feed_events_kept) kept_.pop_front();
  const auto listeners = listeners_;  // one that is dropped for slowness leaves the map meanwhile
  for (const auto& [number, socket] : listeners) socket->send(text);
}

void Feed::room_changed(RoomId room) {
  const auto& site = desk_.site();
  if (!opening_of(site, room)) return;
  auto body = "\"room\":" + boost::json::serialize(room_json(desk_, room));
  auto& known = rooms_[room];
  if (known == body) return;
  known = body;
  publish("room.changed", std::move(body));
}

void Feed::edge_changed(Holder box, bool online) {
  publish(online ? "edge.online" : "edge.offline", "\"edge\":" + boost::json::serialize(holder_json(box)));
}

void Feed::circuit_changed(CircuitId circuit, RoomId room) {
  const auto now = desk_.circuit_now(circuit);
  if (!now) return;
  boost::json::object out = {{"circuit", circuit.value}, {"room", room.value}};
  if (!now->relay.empty()) out["relay"] = now->relay;
  if (!now->reason.empty()) out["reason"] = now->reason;
  out["register"] = now->register_units.units;
  publish("circuit.changed", "\"circuit\":" + boost::json::serialize(out));
  room_changed(room);
}

}  // namespace wattle::api
