#pragma once
// What is set of circuits: registers of the configuration, as wanted and as the boxes report them, lock-outs to clear, and the
// relay log. controls.cpp (control), plans.cpp (recorded readings), meters.cpp (orders about meters), charges.cpp (orders about
// what was charged), parameters.cpp (what meters are told), purses.cpp (the purses in meters), control_json.cpp (the bodies),
// relays.cpp (the log and its words).

#include "cloud/api/answers.hpp"
#include "shared/policy/registers.hpp"

namespace wattle::api {

/// GET and PUT /api/v1/circuits/{circuit}/control
void get_control(const Call& call, const http::Request& request);
void put_control(const Call& call, const http::Request& request);
/// POST /api/v1/circuits/{circuit}/clear
void post_clear(const Call& call, const http::Request& request);
/// GET and PUT /api/v1/timetables/{number}
void get_timetable(const Call& call, const http::Request& request);
void put_timetable(const Call& call, const http::Request& request);
/// GET and PUT /api/v1/calendar
void get_calendar(const Call& call, const http::Request& request);
void put_calendar(const Call& call, const http::Request& request);
/// GET and PUT /api/v1/defaults
void get_defaults(const Call& call, const http::Request& request);
void put_defaults(const Call& call, const http::Request& request);
// plans.cpp
/// GET and PUT /api/v1/circuits/{circuit}/reading-plan
void get_circuit_plan(const Call& call, const http::Request& request);
void put_circuit_plan(const Call& call, const http::Request& request);
/// GET and PUT /api/v1/edges/{slot}/reading-plan
void get_box_plan(const Call& call, const http::Request& request);
void put_box_plan(const Call& call, const http::Request& request);
/// GET and PUT /api/v1/reading-plan
void get_site_plan(const Call& call, const http::Request& request);
void put_site_plan(const Call& call, const http::Request& request);

// meters.cpp
/// GET /api/v1/circuits/{circuit}/meter
void get_meter(const Call& call, const http::Request& request);
/// POST /api/v1/circuits/{circuit}/meter-changes
void post_meter_change(const Call& call, const http::Request& request);
/// POST /api/v1/circuits/{circuit}/rollovers
void post_rollover(const Call& call, const http::Request& request);
/// As the ledger has the circuit where its room is open.
std::optional<CircuitFigures> figures_of(const cloud::Site& site, CircuitId circuit);
/// Another room of the site has it, by its fitting or by a change since.
bool is_meter_of_other(const cloud::Site& site, MeterId meter, RoomId room);
/// The body of these, and of those of charges.cpp.
boost::json::object meter_json(const Desk& desk, CircuitId circuit);

// charges.cpp
/// POST /api/v1/circuits/{circuit}/acceptances
void post_acceptance(const Call& call, const http::Request& request);
/// POST /api/v1/circuits/{circuit}/corrections
void post_correction(const Call& call, const http::Request& request);
/// What is held, and the newest orders about what the circuit was charged.
void put_charge_orders(const Desk& desk, CircuitId circuit, boost::json::object& out);

// parameters.cpp
/// GET and PUT /api/v1/circuits/{circuit}/parameters
void get_parameters(const Call& call, const http::Request& request);
void put_parameters(const Call& call, const http::Request& request);

// purses.cpp
/// GET and PUT /api/v1/circuits/{circuit}/purse
void get_purse(const Call& call, const http::Request& request);
void put_purse(const Call& call, const http::Request& request);

/// GET /api/v1/rooms/{room}/relays
void get_relays(const Call& call, const http::Request& request);

// control_json.cpp
/// Decimal text, here also zero and below.
Money read_money(JsonObject& object, std::string_view name, Money otherwise);
/// "HH:MM", a minute that begins within the day; midnight when it is left out.
std::uint16_t read_moment(JsonObject& object, std::string_view name);
std::string clock_text(unsigned minute);
/// "MM-DD", as the entries of a meter's table of zones have it.
std::uint16_t read_day_of_year(JsonObject& object, std::string_view name);
std::string day_of_year_text(std::uint16_t from);
/// Why a meter was not told, as a code that stays. A MeterErrc.
std::string_view meter_why_text(std::uint16_t why);
boost::json::object to_json(const ControlSettings& settings);
boost::json::object to_json(const SiteDefaults& defaults);
boost::json::object to_json(const Timetable& timetable);
boost::json::object to_json(const Calendar& calendar);
/// What is left out is as in ControlSettings{}. Faults are noted in the object.
ControlSettings read_control(JsonObject& root);
SiteDefaults read_defaults(JsonObject& root);
Timetable read_timetable(JsonObject& root);
Calendar read_calendar(JsonObject& root);
boost::json::object to_json(const ReadingPlan& plan);
ReadingPlan read_plan(JsonObject& root);

// relays.cpp
/// Why a circuit is on or off, in plain words.
struct Words {
  std::string_view en;
  std::string_view zh;
};
Words words_of(RelayReason reason);
/// What a circuit's box reports of its control, beside "relay".
void put_control_now(const CircuitNow& now, boost::json::object& out);

}  // namespace wattle::api
