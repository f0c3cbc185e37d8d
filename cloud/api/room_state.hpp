#pragma once
// How a room stands, as lists, counts and pages show it.

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "cloud/api/desk.hpp"

namespace wattle::api {

struct Balance {
  Money confirmed;   // in the box's own view, as far as its entries and its status show it
  Money on_the_way;  // written by the cloud, and the box has not shown that it has it
  Money allowance;
  Money booked() const { return {confirmed.micros + on_the_way.micros}; }
};

/// As both streams show it: the box's fold, and what the cloud has written beyond what the box has seen.
Balance balance_at(const Link& link, RoomId room);

/// The circuits as the room was last opened, where the box has yet to read of that; as the box's stream has them; else as the
/// room was fitted.
Circuits circuits_of(const cloud::Site& site, RoomId room, const Link* link);

/// The first that holds. The alarms are the box's own, by the thresholds that it was given.
enum class RoomState : std::uint8_t { not_initialised, lost, arrears, alarm_2, alarm_1, normal };
inline constexpr std::size_t room_states = 6;
std::string_view state_text(RoomState state);

struct RoomNow {
  std::optional<Holder> open_at;
  RoomState state = RoomState::not_initialised;
  Money balance;                      // the box's word, else what is booked
  std::vector<CircuitId> circuits{};  // as the box's stream has them
};
RoomNow room_now(const Desk& desk, RoomId room);

/// Every room that was ever fitted, in the order of their numbers.
std::set<RoomId> fitted_rooms(const cloud::Site& site);

}  // namespace wattle::api
