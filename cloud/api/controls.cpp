// Desired is the newest order for a key; reported is what the boxes say they have. Nothing else is kept.

#include "cloud/api/control_routes.hpp"
#include "cloud/api/orders.hpp"

namespace wattle::api {
namespace {

const cloud::ConfigOrder* newest_order(const cloud::Site& site, std::string_view key) {
  const cloud::ConfigOrder* newest = nullptr;
  for (const auto& [id, order] : site.orders()) {
    const auto* config = std::get_if<cloud::ConfigOrder>(&order);
    if (config == nullptr || config->key != key) continue;
    if (newest == nullptr || std::pair(config->number, config->id) > std::pair(newest->number, newest->id)) newest = config;
  }
  return newest;
}

struct CircuitPlace {
  RoomId room;
  EdgeId slot;
};

/// As it was fitted last, and where its room is open.
std::optional<CircuitPlace> place_of(const cloud::Site& site, CircuitId circuit) {
  const cloud::Fitting* fitted = nullptr;
  for (const auto& [id, order] : site.orders()) {
    const auto* fitting = std::get_if<cloud::Fitting>(&order);
    if (fitting == nullptr || (fitted != nullptr && fitted->opening > fitting->opening)) continue;
    const auto is_it = [&](const CircuitFigures& figures) { return figures.circuit == circuit; };
    if (std::any_of(fitting->circuits.begin(), fitting->circuits.end(), is_it)) fitted = fitting;
  }
  if (fitted == nullptr) return std::nullopt;
  const auto* chain = site.index().room(fitted->room);
  const auto at = chain == nullptr ? std::nullopt : chain->open_at();
  return CircuitPlace{fitted->room, at ? at->edge : fitted->slot};
}

boost::json::object setting_json(const SettingNow& setting) {
  return {{"version", setting.version}, {"overridden", setting.overridden}, {"good", setting.good}};
}

std::string tag_of(const cloud::ConfigOrder* order) {
  return "\"" + std::to_string(order == nullptr ? 0 : order->number) + "\"";
}

void put_order(const cloud::Site& site, const cloud::ConfigOrder* order, boost::json::object& out) {
  out["number"] = order == nullptr ? 0 : order->number;
  out["state"] = order == nullptr ? "none" : site.is_done(*order) ? "written" : "waiting";
}

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

/// A register that is of the whole site: what is wanted, and what each box has.
template <class T>
boost::json::object site_json(const Desk& desk, const std::string& key, const std::optional<T>& desired) {
  const auto& site = desk.site();
  const auto* order = newest_order(site, key);
  boost::json::object out;
  out["desired"] = to_json(desired.value_or(T{}));
  put_order(site, order, out);
  boost::json::array reported;
  for (const auto& [holder, box] : site.boxes()) {
    const auto* link = site.link(holder);
    const auto setting = desk.setting_now(holder, key);
    if (link == nullptr || link->row().fenced || !setting) continue;
    auto item = holder_json(holder);
    for (const auto& field : setting_json(*setting)) item[field.key()] = field.value();
    reported.push_back(std::move(item));
  }
  out["reported"] = std::move(reported);
  return out;
}

template <class T>
std::optional<T> desired_of(const cloud::Site& site, std::string_view key, std::optional<T> (*decode)(ByteView)) {
  const auto* order = newest_order(site, key);
  return order == nullptr ? std::nullopt : decode(order->value);
}

/// True when the caller knows another number than the one that holds, and has been told.
bool is_out_of_date(const Call& call, const http::Request& request, const cloud::ConfigOrder* newest) {
  const auto expected = request.header("if-match");
  if (expected.empty() || expected == "*" || expected == tag_of(newest)) return false;
  call.refuse(problems::setting_changed, "the number is now " + tag_of(newest));
  return true;
}

/// Gives the register, unless it is so already. Of two at once the one with the higher number holds.
void set(const Call& call, const http::Request& request, std::string key, EdgeId slot, Bytes value,
         std::function<boost::json::object()> body) {
  const auto* newest = newest_order(call.desk.site(), key);
  if (is_out_of_date(call, request, newest)) return;
  const auto answer = [call, key, body](unsigned status) {
    call.answer(status, body, {{"ETag", tag_of(newest_order(call.desk.site(), key))}});
  };
  if (newest != nullptr && newest->value == value && newest->slot == slot) return answer(200);
  const auto number = newest == nullptr ? 1 : newest->number + 1;
  const auto name = key + "/" + std::to_string(slot.value) + "/" + std::to_string(number) + "/" + to_hex(value);
  cloud::ConfigOrder order{id_of_key(call.crypto, "config", call.caller, name), slot, key, std::move(value), number};
  call.desk.give(cloud::Ordered{std::move(order)}, [call, answer](Desk::Answer given) {
    if (given != cloud::OrderAnswer::accepted && given != cloud::OrderAnswer::known)
      return call.refuse(problems::order_refused);
    answer(201);
  });
}

CircuitId circuit_param(const http::Request& request) { return {parse_number(request.param("circuit")).value_or(0)}; }

std::optional<std::uint8_t> timetable_param(const http::Request& request) {
  const auto number = parse_number(request.param("number"));
  if (!number || *number > UINT8_MAX) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

template <class Body>
void show(const Call& call, const std::string& key, Body body) {
  call.answer(200, body, {{"ETag", tag_of(newest_order(call.desk.site(), key))}});
}

}  // namespace

void get_control(const Call& call, const http::Request& request) {
  const auto circuit = circuit_param(request);
  if (!place_of(call.desk.site(), circuit)) return call.refuse(problems::circuit_unknown);
  show(call, control_key(circuit), [&desk = call.desk, circuit] { return control_json(desk, circuit); });
}

void put_control(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto settings = read_control(root);
  if (call.refuse_faults(body)) return;
  const auto circuit = circuit_param(request);
  const auto place = place_of(call.desk.site(), circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  set(call, request, control_key(circuit), place->slot, encode(settings),
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
  set(call, request, clear_key(circuit), place->slot, encode(order),
      [&desk = call.desk, circuit] { return control_json(desk, circuit); });
}

void get_timetable(const Call& call, const http::Request& request) {
  const auto number = timetable_param(request);
  if (!number) return call.refuse(http::problems::not_found);
  const auto key = timetable_key(*number);
  show(call, key, [&desk = call.desk, key] { return site_json(desk, key, desired_of(desk.site(), key, decode_timetable)); });
}

void put_timetable(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto timetable = read_timetable(root);
  if (call.refuse_faults(body)) return;
  const auto number = timetable_param(request);
  if (!number) return call.refuse(http::problems::not_found);
  const auto key = timetable_key(*number);
  set(call, request, key, cloud::every_slot, encode(timetable),
      [&desk = call.desk, key] { return site_json(desk, key, desired_of(desk.site(), key, decode_timetable)); });
}

void get_calendar(const Call& call, const http::Request&) {
  const std::string key(calendar_key);
  show(call, key, [&desk = call.desk, key] { return site_json(desk, key, desired_of(desk.site(), key, decode_calendar)); });
}

void put_calendar(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto calendar = read_calendar(root);
  if (call.refuse_faults(body)) return;
  const std::string key(calendar_key);
  set(call, request, key, cloud::every_slot, encode(calendar),
      [&desk = call.desk, key] { return site_json(desk, key, desired_of(desk.site(), key, decode_calendar)); });
}

void get_defaults(const Call& call, const http::Request&) {
  const std::string key(defaults_key);
  show(call, key, [&desk = call.desk, key] { return site_json(desk, key, desired_of(desk.site(), key, decode_defaults)); });
}

void put_defaults(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto defaults = read_defaults(root);
  if (call.refuse_faults(body)) return;
  const std::string key(defaults_key);
  set(call, request, key, cloud::every_slot, encode(defaults),
      [&desk = call.desk, key] { return site_json(desk, key, desired_of(desk.site(), key, decode_defaults)); });
}

}  // namespace wattle::api
