#include "cloud/api/routes.hpp"

#include "cloud/api/control_routes.hpp"
#include "cloud/api/edge_routes.hpp"
#include "cloud/api/money_routes.hpp"
#include "cloud/api/operations.hpp"
#include "cloud/api/orders.hpp"
#include "cloud/api/reads.hpp"
#include "cloud/api/records.hpp"
#include "cloud/api/room_routes.hpp"
#include "cloud/api/session_routes.hpp"
#include "cloud/api/site_routes.hpp"
#include "cloud/api/users.hpp"
#include "cloud/api/wiring_routes.hpp"
#include "shared/api/characters.hpp"

namespace wattle::api {
namespace {

using http::Method;

constexpr std::size_t logged_path_max = 200;

/// GET /api/v1/health: for supervisors and load balancers, so without a token and without a figure.
void get_health(const Call& call, const http::Request&) {
  const bool broker = call.desk.broker_connected();
  const bool settled = call.desk.site().is_settled();
  call.answer(200, [broker, settled] {
    return boost::json::object{{"status", broker && settled ? "ok" : "degraded"}, {"broker", broker}, {"settled", settled}};
  });
}

/// GET /metrics: Prometheus text.
void get_metrics(const Call& call, const http::Request&) {
  call.respond({200, "text/plain; version=0.0.4; charset=utf-8", call.desk.metrics_text(), {}});
}

struct Entry {
  Method method;
  std::string_view path;
  std::optional<Role> least;  // none: anybody; student: only for a room that is his, where the path names one
  void (*handle)(const Call&, const http::Request&);
};

constexpr std::array table = {
    Entry{Method::post, "/api/v1/claims", std::nullopt, post_claim},
    Entry{Method::get, "/api/v1/health", std::nullopt, get_health},
    Entry{Method::post, "/api/v1/sessions", std::nullopt, post_session},
    Entry{Method::post, "/api/v1/sessions/refresh", std::nullopt, post_refresh},
    Entry{Method::get, "/api/v1/sessions/current", Role::student, get_session},
    Entry{Method::del, "/api/v1/sessions/current", Role::student, delete_session},
    Entry{Method::post, "/api/v1/feed/tickets", Role::student, post_ticket},
    Entry{Method::get, "/api/v1/operations", Role::monitor, get_operations},
    Entry{Method::get, "/api/v1/users", Role::admin, get_users},
    Entry{Method::get, "/api/v1/users/{user}", Role::admin, get_record<cloud::User>},
    Entry{Method::put, "/api/v1/users/{user}", Role::admin, put_record<cloud::User>},
    Entry{Method::del, "/api/v1/users/{user}", Role::admin, delete_record<cloud::User>},
    Entry{Method::put, "/api/v1/users/{user}/password", Role::student, put_password},
    Entry{Method::get, "/api/v1/people", Role::cashier, get_people},
    Entry{Method::post, "/api/v1/people", Role::admin, post_person},
    Entry{Method::get, "/api/v1/people/{person}", Role::cashier, get_person},
    Entry{Method::put, "/api/v1/people/{person}", Role::admin, put_person},
    Entry{Method::del, "/api/v1/people/{person}", Role::admin, delete_person},
    Entry{Method::get, "/api/v1/rooms/{room}/occupants", Role::cashier, get_occupants},
    Entry{Method::post, "/api/v1/rooms/{room}/occupants", Role::admin, post_occupant},
    Entry{Method::del, "/api/v1/rooms/{room}/occupants/{person}", Role::admin, delete_occupant},
    Entry{Method::get, "/metrics", Role::monitor, get_metrics},
    Entry{Method::get, "/api/v1/site", Role::monitor, get_site},
    Entry{Method::get, "/api/v1/pockets", Role::monitor, get_pockets},
    Entry{Method::get, "/api/v1/suspense", Role::monitor, get_suspense},
    Entry{Method::post, "/api/v1/suspense/{entry}/resolutions", Role::admin, post_resolution},
    Entry{Method::get, "/api/v1/backups", Role::admin, get_backups},
    Entry{Method::post, "/api/v1/backups", Role::admin, post_backup},
    Entry{Method::post, "/api/v1/audits", Role::monitor, post_audit},
    Entry{Method::get, "/api/v1/audits/{audit}", Role::monitor, get_audit},
    Entry{Method::get, "/api/v1/edges", Role::monitor, get_edges},
    Entry{Method::get, "/api/v1/edges/{slot}/listed-sales", Role::monitor, get_listed_sales},
    Entry{Method::post, "/api/v1/edges/{slot}/adoptions", Role::admin, post_adoption},
    Entry{Method::post, "/api/v1/edges/{slot}/claim-codes", Role::admin, post_claim_code},
    Entry{Method::post, "/api/v1/edges/{slot}/fence", Role::admin, post_fence},
    Entry{Method::get, "/api/v1/edges/{slot}/buses", Role::monitor, get_buses},
    Entry{Method::get, "/api/v1/edges/{slot}/buses/{bus}", Role::monitor, get_bus},
    Entry{Method::put, "/api/v1/edges/{slot}/buses/{bus}", Role::admin, put_bus},
    Entry{Method::del, "/api/v1/edges/{slot}/buses/{bus}", Role::admin, delete_bus},
    Entry{Method::get, "/api/v1/edges/{slot}/reading-plan", Role::monitor, get_box_plan},
    Entry{Method::put, "/api/v1/edges/{slot}/reading-plan", Role::admin, put_box_plan},
    Entry{Method::get, "/api/v1/edges/{slot}/pace", Role::monitor, get_pace},
    Entry{Method::put, "/api/v1/edges/{slot}/pace", Role::admin, put_pace},
    Entry{Method::get, "/api/v1/edges/{slot}/meters", Role::monitor, get_places},
    Entry{Method::get, "/api/v1/edges/{slot}/meters/{meter}", Role::monitor, get_place},
    Entry{Method::put, "/api/v1/edges/{slot}/meters/{meter}", Role::admin, put_place},
    Entry{Method::del, "/api/v1/edges/{slot}/meters/{meter}", Role::admin, delete_place},
    Entry{Method::get, "/api/v1/profiles", Role::monitor, get_profiles},
    Entry{Method::get, "/api/v1/profiles/{profile}", Role::monitor, get_profile},
    Entry{Method::put, "/api/v1/profiles/{profile}", Role::admin, put_profile},
    Entry{Method::get, "/api/v1/buildings", Role::monitor, get_records<cloud::Building>},
    Entry{Method::get, "/api/v1/buildings/{building}", Role::monitor, get_record<cloud::Building>},
    Entry{Method::put, "/api/v1/buildings/{building}", Role::admin, put_record<cloud::Building>},
    Entry{Method::del, "/api/v1/buildings/{building}", Role::admin, delete_record<cloud::Building>},
    Entry{Method::get, "/api/v1/floors", Role::monitor, get_records<cloud::Floor>},
    Entry{Method::get, "/api/v1/floors/{floor}", Role::monitor, get_record<cloud::Floor>},
    Entry{Method::put, "/api/v1/floors/{floor}", Role::admin, put_record<cloud::Floor>},
    Entry{Method::del, "/api/v1/floors/{floor}", Role::admin, delete_record<cloud::Floor>},
    Entry{Method::get, "/api/v1/meters", Role::monitor, get_records<cloud::MeterRecord>},
    Entry{Method::get, "/api/v1/meters/{meter}", Role::monitor, get_record<cloud::MeterRecord>},
    Entry{Method::put, "/api/v1/meters/{meter}", Role::admin, put_record<cloud::MeterRecord>},
    Entry{Method::del, "/api/v1/meters/{meter}", Role::admin, delete_record<cloud::MeterRecord>},
    Entry{Method::get, "/api/v1/meters/{meter}/readings", Role::monitor, get_meter_readings},
    Entry{Method::get, "/api/v1/buildings/{building}/loss", Role::monitor, get_loss},
    Entry{Method::get, "/api/v1/rooms/{room}/record", Role::monitor, get_record<cloud::RoomRecord>},
    Entry{Method::put, "/api/v1/rooms/{room}/record", Role::admin, put_record<cloud::RoomRecord>},
    Entry{Method::del, "/api/v1/rooms/{room}/record", Role::admin, delete_record<cloud::RoomRecord>},
    Entry{Method::get, "/api/v1/edges/{edge}/record", Role::monitor, get_record<cloud::SlotRecord>},
    Entry{Method::put, "/api/v1/edges/{edge}/record", Role::admin, put_record<cloud::SlotRecord>},
    Entry{Method::del, "/api/v1/edges/{edge}/record", Role::admin, delete_record<cloud::SlotRecord>},
    Entry{Method::get, "/api/v1/rooms", Role::student, get_rooms},
    Entry{Method::post, "/api/v1/rooms", Role::admin, post_room},
    Entry{Method::get, "/api/v1/rooms/{room}", Role::student, get_room},
    Entry{Method::get, "/api/v1/rooms/{room}/entries", Role::student, get_entries},
    Entry{Method::get, "/api/v1/rooms/{room}/readings", Role::student, get_readings},
    Entry{Method::post, "/api/v1/rooms/{room}/reads", Role::monitor, post_read},
    Entry{Method::post, "/api/v1/rooms/{room}/recharges", Role::cashier, post_recharge},
    Entry{Method::post, "/api/v1/rooms/{room}/codes", Role::cashier, post_code},
    Entry{Method::post, "/api/v1/rooms/{room}/refunds", Role::cashier, post_refund},
    Entry{Method::put, "/api/v1/rooms/{room}/allowances/{term}", Role::admin, put_allowance},
    Entry{Method::post, "/api/v1/rooms/{room}/allowance-ends", Role::admin, post_allowance_end},
    Entry{Method::post, "/api/v1/rooms/{room}/moves", Role::admin, post_move},
    Entry{Method::post, "/api/v1/rooms/{room}/rehomings", Role::admin, post_rehoming},
    Entry{Method::post, "/api/v1/rooms/{room}/closings", Role::admin, post_closing},
    Entry{Method::post, "/api/v1/rooms/{room}/openings", Role::admin, post_opening},
    Entry{Method::get, "/api/v1/orders/{order}", Role::student, get_order},
    Entry{Method::post, "/api/v1/orders/{order}/cancel", Role::cashier, post_cancel},
    Entry{Method::get, "/api/v1/prices", Role::monitor, get_prices},
    Entry{Method::get, "/api/v1/prices/{version}", Role::monitor, get_price},
    Entry{Method::put, "/api/v1/prices/{version}", Role::admin, put_price},
    Entry{Method::get, "/api/v1/circuits/{circuit}/control", Role::monitor, get_control},
    Entry{Method::put, "/api/v1/circuits/{circuit}/control", Role::admin, put_control},
    Entry{Method::post, "/api/v1/circuits/{circuit}/clear", Role::admin, post_clear},
    Entry{Method::post, "/api/v1/circuits/{circuit}/reads", Role::monitor, post_circuit_read},
    Entry{Method::get, "/api/v1/circuits/{circuit}/reading-plan", Role::monitor, get_circuit_plan},
    Entry{Method::put, "/api/v1/circuits/{circuit}/reading-plan", Role::admin, put_circuit_plan},
    Entry{Method::get, "/api/v1/reading-plan", Role::monitor, get_site_plan},
    Entry{Method::put, "/api/v1/reading-plan", Role::admin, put_site_plan},
    Entry{Method::get, "/api/v1/circuits/{circuit}/meter", Role::monitor, get_meter},
    Entry{Method::post, "/api/v1/circuits/{circuit}/meter-changes", Role::admin, post_meter_change},
    Entry{Method::post, "/api/v1/circuits/{circuit}/rollovers", Role::admin, post_rollover},
    Entry{Method::post, "/api/v1/circuits/{circuit}/acceptances", Role::admin, post_acceptance},
    Entry{Method::post, "/api/v1/circuits/{circuit}/corrections", Role::admin, post_correction},
    Entry{Method::get, "/api/v1/circuits/{circuit}/parameters", Role::monitor, get_parameters},
    Entry{Method::put, "/api/v1/circuits/{circuit}/parameters", Role::admin, put_parameters},
    Entry{Method::get, "/api/v1/circuits/{circuit}/purse", Role::monitor, get_purse},
    Entry{Method::put, "/api/v1/circuits/{circuit}/purse", Role::admin, put_purse},
    Entry{Method::get, "/api/v1/timetables/{number}", Role::monitor, get_timetable},
    Entry{Method::put, "/api/v1/timetables/{number}", Role::admin, put_timetable},
    Entry{Method::get, "/api/v1/calendar", Role::monitor, get_calendar},
    Entry{Method::put, "/api/v1/calendar", Role::admin, put_calendar},
    Entry{Method::get, "/api/v1/defaults", Role::monitor, get_defaults},
    Entry{Method::put, "/api/v1/defaults", Role::admin, put_defaults},
    Entry{Method::get, "/api/v1/rooms/{room}/relays", Role::student, get_relays},
    Entry{Method::post, "/api/v1/orders/{order}/parts/{part}", Role::cashier, post_refund_part},
};

bool changes(Method method) { return method != Method::get && method != Method::head; }
bool is_logged(const Entry& entry) { return changes(entry.method) && entry.handle != post_ticket; }

/// What a person wrote as his reason, from a body that is no JSON perhaps.
std::string reason_of(std::string_view body) {
  boost::system::error_code not_json;
  const auto value = boost::json::parse({body.data(), body.size()}, not_json);
  const auto* object = not_json ? nullptr : value.if_object();
  const auto* reason = object == nullptr ? nullptr : object->if_contains("reason");
  if (reason == nullptr || !reason->is_string()) return {};
  return std::string(first_characters(reason->get_string(), reason_max));
}

/// The answer leaves when the log of operations says, durably, what became of the call.
http::Respond logged(Desk& desk, const Crypto& crypto, const Caller* caller, const http::Request& request,
                     http::Respond respond) {
  cloud::Operation operation;
  operation.time = request.received.wall.micros;
  operation.who = caller == nullptr ? "" : caller->name;
  operation.role = caller == nullptr ? "" : role_text(caller->role);
  operation.address = request.peer;
  operation.method = http::method_name(request.method);
  operation.path = request.path.substr(0, logged_path_max);
  operation.reason = reason_of(request.body);
  return http::Respond([&desk, &crypto, operation, respond](std::optional<http::Response> answer) mutable {
    if (!answer) return respond(http::problem(http::problems::internal, http::Language::en));
    operation.status = answer->status;
    operation.made = http::value_of(answer->headers, "Location");
    append_operation(crypto, desk.registry(), operation);
    desk.registry().when_durable([respond, answer = *std::move(answer)] { respond(answer); });
  });
}

http::Response unauthenticated(http::Language language) {
  auto response = http::problem(problems::unauthenticated, language);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

/// Null: he may go on.
const http::ProblemKind* refusal(const Entry& entry, const Caller& caller, const http::Request& request) {
  if (entry.least && caller.role < *entry.least) return &problems::forbidden;
  const bool of_a_room = !request.param("room").empty();
  return of_a_room && !caller.may_see(room_param(request)) ? &problems::room_unknown : nullptr;
}

void call_route(const Entry& entry, Desk& desk, Access& access, const Crypto& crypto, const http::Request& request,
                http::Respond respond) {
  const auto caller = access.find(request);
  const auto* known = caller ? &*caller : nullptr;
  Call call{desk, access, crypto, caller.value_or(Caller{}), request.peer, request.language, respond};
  if (const auto wait = access.hold_back(known, request.peer, request.received.tick))
    return call.hold_back(problems::too_many_requests, *wait);
  if (entry.least && known == nullptr) return respond(unauthenticated(request.language));
  if (is_logged(entry)) call.respond = logged(desk, crypto, known, request, std::move(respond));
  if (known != nullptr)
    if (const auto* refused = refusal(entry, *known, request)) return call.refuse(*refused);
  entry.handle(call, request);
}

}  // namespace

std::vector<http::Route> routes(Desk& desk, Access& access, const Crypto& crypto) {
  std::vector<http::Route> out;
  for (const auto& entry : table) {
    http::Route route{entry.method, std::string(entry.path), {}};
    route.handler = [&entry, &desk, &access, &crypto](const http::Request& request, http::Respond respond) {
      call_route(entry, desk, access, crypto, request, std::move(respond));
    };
    out.push_back(std::move(route));
  }
  return out;
}

}  // namespace wattle::api
