// When readings are kept: by the circuit's own plan, by the site's, or as the box's own configuration says.

#include "cloud/api/control_routes.hpp"
#include "cloud/api/settings.hpp"

namespace wattle::api {
namespace {

boost::json::object circuit_plan_json(const Desk& desk, CircuitId circuit) {
  const auto& site = desk.site();
  const auto place = place_of(desk, circuit);
  boost::json::object out = {{"circuit", circuit.value}, {"room", place ? place->room.value : 0}};
  const auto own = desired_of(site, plan_key(circuit), decode_plan);
  const auto usual = desired_of(site, site_plan_key, decode_plan);
  out["desired"] = to_json(own.rules.empty() ? usual : own);
  out["source"] = !own.rules.empty() ? "circuit" : !usual.rules.empty() ? "site" : "box";
  put_order(site, newest_order(site, plan_key(circuit)), out);
  const auto now = now_at(desk, place, circuit);
  out["reported"] = now ? boost::json::value(setting_json(now->plan)) : boost::json::value(nullptr);
  return out;
}

boost::json::object site_plan_json(const Desk& desk) {
  const std::string key(site_plan_key);
  return site_json(desk, key, to_json(desired_of(desk.site(), key, decode_plan)));
}

}  // namespace

void get_circuit_plan(const Call& call, const http::Request& request) {
  const auto circuit = circuit_param(request);
  if (!place_of(call.desk, circuit)) return call.refuse(problems::circuit_unknown);
  show_setting(call, plan_key(circuit), [&desk = call.desk, circuit] { return circuit_plan_json(desk, circuit); });
}

void put_circuit_plan(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto plan = read_plan(root);
  if (call.refuse_faults(body)) return;
  const auto circuit = circuit_param(request);
  const auto place = place_of(call.desk, circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  give_setting(call, request, plan_key(circuit), place->slot, encode(plan),
               [&desk = call.desk, circuit] { return circuit_plan_json(desk, circuit); });
}

void get_site_plan(const Call& call, const http::Request&) {
  show_setting(call, std::string(site_plan_key), [&desk = call.desk] { return site_plan_json(desk); });
}

void put_site_plan(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto plan = read_plan(root);
  if (call.refuse_faults(body)) return;
  give_setting(call, request, std::string(site_plan_key), cloud::every_slot, encode(plan),
               [&desk = call.desk] { return site_plan_json(desk); });
}

}  // namespace wattle::api
