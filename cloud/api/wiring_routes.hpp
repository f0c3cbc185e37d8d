#pragma once
// What is wired to a box: its buses and the meters on them, as wanted and as the box reports them. bus_settings.cpp,
// places.cpp, what both have in common in wiring.cpp, how they stand in health_json.cpp; and the pace of the box in pace.cpp.

#include "cloud/api/control_routes.hpp"
#include "cloud/api/settings.hpp"
#include "shared/api/time_text.hpp"
#include "shared/meter/profile.hpp"

namespace wattle::api {

/// GET /api/v1/edges/{slot}/buses
void get_buses(const Call& call, const http::Request& request);
/// GET, PUT and DELETE /api/v1/edges/{slot}/buses/{bus}
void get_bus(const Call& call, const http::Request& request);
void put_bus(const Call& call, const http::Request& request);
void delete_bus(const Call& call, const http::Request& request);
/// GET /api/v1/edges/{slot}/meters
void get_places(const Call& call, const http::Request& request);
/// GET, PUT and DELETE /api/v1/edges/{slot}/meters/{meter}
void get_place(const Call& call, const http::Request& request);
void put_place(const Call& call, const http::Request& request);
void delete_place(const Call& call, const http::Request& request);

// pace.cpp
/// GET and PUT /api/v1/edges/{slot}/pace
void get_pace(const Call& call, const http::Request& request);
void put_pace(const Call& call, const http::Request& request);

// profiles.cpp
/// GET /api/v1/profiles
void get_profiles(const Call& call, const http::Request& request);
/// GET and PUT /api/v1/profiles/{profile}
void get_profile(const Call& call, const http::Request& request);
void put_profile(const Call& call, const http::Request& request);
/// Shipped, or the site's own. Null: there is none that can be used.
std::shared_ptr<const MeterProfile> profile_of(const cloud::Site& site, const std::string& name);

// wiring.cpp
/// The box that holds the slot of the path now; else the caller has been told.
std::optional<Holder> slot_holder(const Call& call, const http::Request& request);
/// With which the keys of that slot's registers begin.
std::string slot_prefix(std::string_view prefix, EdgeId slot);
/// What is wanted of each bus, or meter, of the slot; what was taken out is among it.
std::map<std::string, BusRegister> wanted_buses(const cloud::Site& site, EdgeId slot);
std::map<PlaceKey, PlaceRegister> wanted_places(const cloud::Site& site);
std::optional<PlaceSetting> wanted_place(const cloud::Site& site, EdgeId slot, MeterId number);
// health_json.cpp
/// What was wrong with the line, and with the readings of the meter; null where the box does not tell.
boost::json::value faults_json(const BusNow& bus);
boost::json::value health_json(const PlaceNow& meter);
/// What people can do about it, in a sentence.
Words remedy_of(WiringFault fault);

/// "source", "state", "code", "remedy" and when it was told, beside what is said of the register.
template <class Now>
boost::json::object told_json(const Now& now) {
  auto out = setting_json(now.setting);
  out["source"] = word(now.source);
  out["state"] = word(now.state);
  if (now.fault != WiringFault::none) {
    const auto remedy = remedy_of(now.fault);
    out["code"] = word(now.fault);
    out["remedy"] = {{"en", remedy.en}, {"zh-CN", remedy.zh}};
  }
  out["received_at"] = time_text(now.received);
  return out;
}
/// As `after` has it: where the address was the number, it is the new one's.
PlaceSetting handed_on(PlaceSetting place, MeterId before, MeterId after);
bool has_circuit(const PlaceSetting& place, CircuitId circuit);
/// Under which number, other than `after`, the circuit is wired now. Not always the meter that it is charged by: an order
/// before this one may have handed the place on, and its box not have carried it out. None: there is nothing to hand on.
std::optional<MeterId> wired_number(const cloud::Site& site, EdgeId slot, CircuitId circuit, MeterId after);
/// Null: `after` may have the circuit's place, or there is nothing to hand on. places.cpp
const http::ProblemKind* objection_to_handing_on(const Desk& desk, EdgeId slot, CircuitId circuit, MeterId after);
/// On a bus with such a port. places.cpp
bool is_spoken(PortKind kind, const MeterProfile& profile);
/// Another meter is at the circuit's place: it has its bus, its circuits and its password from now on.
void hand_on_place(const Call& call, EdgeId slot, CircuitId circuit, MeterId after, std::function<void()> done);

}  // namespace wattle::api
