#include "cloud/api/routes.hpp"

#include "cloud/api/control_routes.hpp"
#include "cloud/api/edge_routes.hpp"
#include "cloud/api/money_routes.hpp"
#include "cloud/api/orders.hpp"
#include "cloud/api/room_routes.hpp"

namespace wattle::api {
namespace {

using http::Method;

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
  std::optional<Role> least;  // none: anybody
  void (*handle)(const Call&, const http::Request&);
};

constexpr std::array table = {
    Entry{Method::post, "/api/v1/claims", std::nullopt, post_claim},
    Entry{Method::get, "/api/v1/health", std::nullopt, get_health},
    Entry{Method::get, "/metrics", Role::monitor, get_metrics},
    Entry{Method::get, "/api/v1/edges", Role::monitor, get_edges},
    Entry{Method::post, "/api/v1/edges/{slot}/fence", Role::admin, post_fence},
    Entry{Method::post, "/api/v1/rooms", Role::admin, post_room},
    Entry{Method::get, "/api/v1/rooms/{room}", Role::monitor, get_room},
    Entry{Method::get, "/api/v1/rooms/{room}/entries", Role::monitor, get_entries},
    Entry{Method::get, "/api/v1/rooms/{room}/readings", Role::monitor, get_readings},
    Entry{Method::post, "/api/v1/rooms/{room}/recharges", Role::cashier, post_recharge},
    Entry{Method::post, "/api/v1/rooms/{room}/refunds", Role::cashier, post_refund},
    Entry{Method::post, "/api/v1/rooms/{room}/moves", Role::admin, post_move},
    Entry{Method::get, "/api/v1/prices", Role::monitor, get_prices},
    Entry{Method::get, "/api/v1/prices/{version}", Role::monitor, get_price},
    Entry{Method::put, "/api/v1/prices/{version}", Role::admin, put_price},
    Entry{Method::get, "/api/v1/circuits/{circuit}/control", Role::monitor, get_control},
    Entry{Method::put, "/api/v1/circuits/{circuit}/control", Role::admin, put_control},
    Entry{Method::post, "/api/v1/circuits/{circuit}/clear", Role::admin, post_clear},
    Entry{Method::get, "/api/v1/timetables/{number}", Role::monitor, get_timetable},
    Entry{Method::put, "/api/v1/timetables/{number}", Role::admin, put_timetable},
    Entry{Method::get, "/api/v1/calendar", Role::monitor, get_calendar},
    Entry{Method::put, "/api/v1/calendar", Role::admin, put_calendar},
    Entry{Method::get, "/api/v1/defaults", Role::monitor, get_defaults},
    Entry{Method::put, "/api/v1/defaults", Role::admin, put_defaults},
    Entry{Method::get, "/api/v1/rooms/{room}/relays", Role::monitor, get_relays},
    Entry{Method::get, "/api/v1/orders/{order}", Role::monitor, get_order},
    Entry{Method::post, "/api/v1/orders/{order}/parts/{part}", Role::cashier, post_refund_part},
};

void call_route(const Entry& entry, Desk& desk, const Access& access, const Crypto& crypto, const http::Request& request,
                http::Respond respond) {
  const auto* caller = access.find(request);
  if (entry.least && caller == nullptr) {
    auto response = http::problem(problems::unauthenticated, request.language);
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return respond(std::move(response));
  }
  if (entry.least && caller->role < *entry.least) return respond(http::problem(problems::forbidden, request.language));
  entry.handle(Call{desk, crypto, caller == nullptr ? Caller{} : *caller, request.language, std::move(respond)}, request);
}

}  // namespace

std::vector<http::Route> routes(Desk& desk, const Access& access, const Crypto& crypto) {
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
