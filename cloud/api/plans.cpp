// When readings are kept: by the circuit's own plan, by its box's, by the site's, or at the pace of the box.

#include "cloud/api/control_routes.hpp"
#include "cloud/api/settings.hpp"
#include "cloud/api/wiring_routes.hpp"

namespace wattle::api {
namespace {

/// Of the plans that have rules the nearest one.
void put_plan_in_effect(const cloud::Site& site, CircuitId circuit, const std::optional<CircuitPlace>& place,
                        boost::json::object& out) {
  auto plan = desired_of(site, plan_key(circuit), decode_plan);
  std::string_view source = "circuit";
  if (plan.rules.empty() && place) {
    plan = desired_of(site, box_plan_key(place->slot), decode_plan);
    source = "edge";
  }
  if (plan.rules.empty()) {
    plan = desired_of(site, site_plan_key, decode_plan);
    source = "site";
  }
  out["desired"] = to_json(plan);
  out["source"] = plan.rules.empty() ? "box" : source;
}

boost::json::object circuit_plan_json(const Desk& desk, CircuitId circuit) {
  const auto& site = desk.site();
  const auto place = place_of(desk, circuit);
  boost::json::object out = {{"circuit", circuit.value}, {"room", place ? place->room.value : 0}};
  put_plan_in_effect(site, circuit, place, out);
  put_order(site, newest_order(site, plan_key(circuit)), out);
  const auto now = now_at(desk, place, circuit);
  out["reported"] = now ? boost::json::value(setting_json(now->plan)) : boost::json::value(nullptr);
  return out;
}

boost::json::object box_plan_json(const Desk& desk, Holder box) {
  const auto key = box_plan_key(box.edge);
  boost::json::object out = {{"edge", box.edge.value}};
  out["desired"] = to_json(desired_of(desk.site(), key, decode_plan));
  put_order(desk.site(), newest_order(desk.site(), key), out);
  const auto now = desk.setting_now(box, key);
  out["reported"] = now ? boost::json::value(setting_json(*now)) : boost::json::value(nullptr);
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

void get_box_plan(const Call& call, const http::Request& request) {
  const auto box = slot_holder(call, request);
  if (!box) return;
  show_setting(call, box_plan_key(box->edge), [&desk = call.desk, box = *box] { return box_plan_json(desk, box); });
}

void put_box_plan(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto plan = read_plan(root);
  if (call.refuse_faults(body)) return;
  const auto box = slot_holder(call, request);
  if (!box) return;
  give_setting(call, request, box_plan_key(box->edge), box->edge, encode(plan),
               [&desk = call.desk, box = *box] { return box_plan_json(desk, box); });
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
