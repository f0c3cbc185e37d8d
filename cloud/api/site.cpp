// The whole site at a glance: how many boxes are there, and how many rooms and circuits stand how.

#include <array>
#include <map>

#include "cloud/api/room_state.hpp"
#include "cloud/api/site_routes.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

struct Circuits {
  std::uint64_t on = 0;
  std::uint64_t unknown = 0;
  std::map<std::string, std::uint64_t> off;  // by the reason
};

void count(const Desk& desk, const RoomNow& now, Circuits& circuits) {
  for (const auto& circuit : now.circuits) {
    const auto reported = now.state == RoomState::lost ? std::nullopt : desk.circuit_now(circuit);
    if (!reported || reported->relay.empty())
      ++circuits.unknown;
    else if (reported->relay == "closed")
      ++circuits.on;
    else
      ++circuits.off[std::string(reported->reason ? word(*reported->reason) : "unknown")];
  }
}

boost::json::object edges_json(const Desk& desk) {
  std::uint64_t online = 0;
  std::uint64_t offline = 0;
  std::uint64_t fenced = 0;
  std::uint64_t stopped = 0;
  for (const auto& [holder, box] : desk.site().boxes()) {
    const auto& row = desk.site().link(holder)->row();
    if (row.fenced)
      ++fenced;
    else if (desk.is_online(holder))
      ++online;
    else
      ++offline;
    if (!row.fenced && row.stopped) ++stopped;
  }
  return {{"online", online}, {"offline", offline}, {"fenced", fenced}, {"stopped", stopped}};
}

boost::json::value site_json(const Desk& desk, Instant now) {
  std::array<std::uint64_t, room_states> rooms{};
  Circuits circuits;
  std::uint64_t total = 0;
  for (const auto room : fitted_rooms(desk.site())) {
    const auto stands = room_now(desk, room);
    ++rooms.at(static_cast<std::size_t>(stands.state));
    ++total;
    count(desk, stands, circuits);
  }
  boost::json::object counts = {{"total", total}};
  for (std::size_t i = 0; i < rooms.size(); ++i) counts[state_text(static_cast<RoomState>(i))] = rooms[i];
  boost::json::object off;
  for (const auto& [reason, number] : circuits.off) off[reason] = number;
  return boost::json::object{{"site", desk.site_id().value},
                             {"name", desk.site_name()},
                             {"time", time_text(now)},
                             {"settled", desk.site().is_settled()},
                             {"broker", desk.broker_connected()},
                             {"edges", edges_json(desk)},
                             {"rooms", std::move(counts)},
                             {"circuits", {{"on", circuits.on}, {"off", std::move(off)}, {"unknown", circuits.unknown}}}};
}

}  // namespace

void get_site(const Call& call, const http::Request& request) {
  call.answer(200, [&desk = call.desk, now = request.received.wall] { return site_json(desk, now); });
}

}  // namespace wattle::api
