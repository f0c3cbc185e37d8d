#pragma once
// Registers of the configuration, as the API gives and shows them. Desired is the newest order for a key; reported is what the
// boxes say they have. Nothing else is kept.

#include "cloud/api/answers.hpp"
#include "shared/policy/registers.hpp"

namespace wattle::api {

/// The newest of each key that begins so.
std::map<std::string, const cloud::ConfigOrder*> newest_orders(const cloud::Site& site, std::string_view prefix);
/// Null: nobody has set it.
const cloud::ConfigOrder* newest_order(const cloud::Site& site, std::string_view key);

/// What the link's entry of this number sets, if it sets anything.
std::optional<ConfigSetting> setting_at(const Link& link, std::uint64_t number);
/// A box that goes on was told something else at its socket, or has taken the order back. Not so of an order for another meter:
/// that is overridden by the change that was carried out, and given again it would be carried out a second time.
bool is_overridden(const cloud::Site& site, const cloud::ConfigOrder& order);

struct CircuitPlace {
  RoomId room;
  EdgeId slot;
};
/// As it was fitted last, and where its room is open.
std::optional<CircuitPlace> place_of(const cloud::Site& site, CircuitId circuit);
/// The same; and of a circuit that is nobody's (room 0) where the wiring, or what boxes tell, has its meter.
std::optional<CircuitPlace> place_of(const Desk& desk, CircuitId circuit);
/// As the box of that place last reported the circuit.
std::optional<CircuitNow> now_at(const Desk& desk, const std::optional<CircuitPlace>& place, CircuitId circuit);
/// The {circuit} of the path; 0, which no circuit is, when it is no number.
CircuitId circuit_param(const http::Request& request);

std::string tag_of(const cloud::ConfigOrder* order);
boost::json::object setting_json(const SettingNow& setting);
/// "number" and "state".
void put_order(const cloud::Site& site, const cloud::ConfigOrder* order, boost::json::object& out);

/// What else is to be given before the caller is answered; also when the register was so already, since the caller may have
/// asked again because it was not.
using FollowUp = std::function<void(std::function<void()> done)>;

/// Whether a register is given once more that is so already: its box has refused it. What it has overridden always is.
enum class Renewal { no, yes };

/// Gives the register, unless it is so already, and no box has overridden it. Of two at once the one with the higher number
/// holds.
void give_setting(const Call& call, const http::Request& request, std::string key, EdgeId slot, Bytes value,
                  std::function<boost::json::object()> body, FollowUp follow_up = {}, Renewal renewal = Renewal::no);
/// The same in the course of something else: `done` when it is durable, or stands there already.
void give_register(const Call& call, const std::string& key, EdgeId slot, Bytes value, std::function<void()> done,
                   Renewal renewal = Renewal::no);
/// The register's number is the answer's tag.
void show_setting(const Call& call, const std::string& key, std::function<boost::json::object()> body);

/// Nothing set, or nothing that can be read: what T is by itself.
template <class T>
T desired_of(const cloud::Site& site, std::string_view key, std::optional<T> (*decode)(ByteView)) {
  const auto* order = newest_order(site, key);
  return order == nullptr ? T{} : decode(order->value).value_or(T{});
}

/// A register of the whole site: what is wanted, and what each box has.
boost::json::object site_json(const Desk& desk, const std::string& key, boost::json::object desired);

}  // namespace wattle::api
