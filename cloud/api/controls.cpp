#include "cloud/api/control_routes.hpp"
#include "cloud/api/settings.hpp"

namespace wattle::api {
namespace {

boost::json::object control_json(const Desk& desk, CircuitId circuit) {
  const auto& site = desk.site();
  const auto place = place_of(site, circuit);
  boost::json::object out = {{"circuit", circuit.value}, {"room", place ? place->room.value : 0}};
  const auto* own = newest_order(site, control_key(circuit));
  const auto* defaults = newest_order(site, defaults_key);
  const auto settings = own == nullptr ? std::nullopt : decode_control(own->value);
  const auto usual = defaults == nullptr ? std::nullopt : decode_defaults(defaults->value);
  out["desired"] = to_json(settings ? *settings : usual ? usual->circuit : ControlSettings{});
  out["source"] = settings ? "circuit" : usual ? "defaults" : "built_in";
  put_order(site, own, out);
  const auto now = desk.circuit_now(circuit);
  if (!now) {
    out["reported"] = nullptr;
    return out;
  }
  auto reported = setting_json(now->control);
  put_control_now(*now, reported);
  out["reported"] = std::move(reported);
  return out;
}

std::optional<std::uint8_t> timetable_param(const http::Request& request) {
  const auto number = parse_number(request.param("number"));
  if (!number || *number > UINT8_MAX) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

}  // namespace

void get_control(const Call& call, const http::Request& request) {
  const auto circuit = circuit_param(request);
  if (!place_of(call.desk.site(), circuit)) return call.refuse(problems::circuit_unknown);
  show_setting(call, control_key(circuit), [&desk = call.desk, circuit] { return control_json(desk, circuit); });
}

void put_control(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto settings = read_control(root);
  if (call.refuse_faults(body)) return;
  const auto circuit = circuit_param(request);
  const auto place = place_of(call.desk.site(), circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  give_setting(call, request, control_key(circuit), place->slot, encode(settings),
               [&desk = call.desk, circuit] { return control_json(desk, circuit); });
}

void post_clear(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const ClearOrder order{static_cast<std::uint32_t>(root.integer("trip", {1, UINT32_MAX}))};
  if (call.refuse_faults(body)) return;
  const auto circuit = circuit_param(request);
  const auto place = place_of(call.desk.site(), circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  give_setting(call, request, clear_key(circuit), place->slot, encode(order),
               [&desk = call.desk, circuit] { return control_json(desk, circuit); });
}

void get_timetable(const Call& call, const http::Request& request) {
  const auto number = timetable_param(request);
  if (!number) return call.refuse(http::problems::not_found);
  const auto key = timetable_key(*number);
  show_setting(call, key, [&desk = call.desk, key] {
    return site_json(desk, key, to_json(desired_of(desk.site(), key, decode_timetable)));
  });
}

void put_timetable(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto timetable = read_timetable(root);
  if (call.refuse_faults(body)) return;
  const auto number = timetable_param(request);
  if (!number) return call.refuse(http::problems::not_found);
  const auto key = timetable_key(*number);
  give_setting(call, request, key, cloud::every_slot, encode(timetable), [&desk = call.desk, key] {
    return site_json(desk, key, to_json(desired_of(desk.site(), key, decode_timetable)));
  });
}

void get_calendar(const Call& call, const http::Request&) {
  const std::string key(calendar_key);
  show_setting(call, key, [&desk = call.desk, key] {
    return site_json(desk, key, to_json(desired_of(desk.site(), key, decode_calendar)));
  });
}

void put_calendar(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto calendar = read_calendar(root);
  if (call.refuse_faults(body)) return;
  const std::string key(calendar_key);
  give_setting(call, request, key, cloud::every_slot, encode(calendar), [&desk = call.desk, key] {
    return site_json(desk, key, to_json(desired_of(desk.site(), key, decode_calendar)));
  });
}

void get_defaults(const Call& call, const http::Request&) {
  const std::string key(defaults_key);
  show_setting(call, key, [&desk = call.desk, key] {
    return site_json(desk, key, to_json(desired_of(desk.site(), key, decode_defaults)));
  });
}

void put_defaults(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto defaults = read_defaults(root);
  if (call.refuse_faults(body)) return;
  const std::string key(defaults_key);
  give_setting(call, request, key, cloud::every_slot, encode(defaults), [&desk = call.desk, key] {
    return site_json(desk, key, to_json(desired_of(desk.site(), key, decode_defaults)));
  });
}

}  // namespace wattle::api
