#include "cloud/api/settings.hpp"

#include <algorithm>

#include "cloud/store/records.hpp"

namespace wattle::api {
namespace {

/// True when the caller knows another number than the one that holds, and has been told.
bool is_out_of_date(const Call& call, const http::Request& request, const cloud::ConfigOrder* newest) {
  const auto expected = request.header("if-match");
  if (expected.empty() || expected == "*" || expected == tag_of(newest)) return false;
  call.refuse(problems::setting_changed, "the number is now " + tag_of(newest));
  return true;
}

/// By a register of the wiring.
std::optional<CircuitPlace> wired_place(const cloud::Site& site, CircuitId circuit) {
  const auto is_it = [&](const WiredCircuit& wired) { return wired.circuit == circuit && wired.room.value == 0; };
  for (const auto& [key, order] : newest_orders(site, place_prefix)) {
    const auto parsed = parse_place_key(key);
    const auto place = decode_place(order->value);
    const auto* setting = place ? std::get_if<PlaceSetting>(&*place) : nullptr;
    if (!parsed || setting == nullptr) continue;
    if (std::any_of(setting->circuits.begin(), setting->circuits.end(), is_it)) return CircuitPlace{{}, parsed->slot};
  }
  return std::nullopt;
}

/// A box records it, or has the meter that the registry has under this circuit.
std::optional<CircuitPlace> told_place(const Desk& desk, CircuitId circuit) {
  const auto records = cloud::list<cloud::MeterRecord>(desk.registry(), {{"circuit", std::int64_t{circuit.value}}}, 1);
  const auto is_it = [&](const PlaceNow& meter) { return static_cast<std::int64_t>(meter.number.value) == records[0].meter; };
  for (const auto& [holder, box] : desk.site().boxes()) {
    if (desk.site().holder_of(holder.edge) != holder) continue;
    if (desk.recorded_now(holder, circuit)) return CircuitPlace{{}, holder.edge};
    const auto wiring = records.empty() ? std::nullopt : desk.wiring_now(holder);
    if (wiring && std::any_of(wiring->meters.begin(), wiring->meters.end(), is_it)) return CircuitPlace{{}, holder.edge};
  }
  return std::nullopt;
}

/// By the box's entries, since a report comes later and is forgotten when the cloud starts. What is on its way there takes the
/// override back by itself.
bool is_overridden_at(const Link& link, const cloud::ConfigOrder& order) {
  const auto now = link.state().config().find(order.key);
  if (now == link.state().config().end() || !now->second.overridden || now->second.value == order.value) return false;
  for (auto number = link.folded() + 1; number <= link.down().head().number; ++number)
    if (const auto setting = setting_at(link, number); setting && setting->key == order.key) return false;
  return true;
}

/// It goes there, or went there with the room that had the circuit.
bool is_for(const cloud::Site& site, const cloud::ConfigOrder& order, Holder box) {
  const auto circuit = circuit_of_register(order.key);
  return order.slot == cloud::every_slot || order.slot == box.edge || (circuit && site.has_opened(box, *circuit));
}

/// The newest order says so, and there is nothing to be gained by giving it once more: it is still to be written, or stands.
bool stands(const cloud::Site& site, const std::string& key, EdgeId slot, const Bytes& value, Renewal renewal) {
  const auto* newest = newest_order(site, key);
  return newest != nullptr && newest->value == value && newest->slot == slot && renewal == Renewal::no &&
         (!site.is_done(*newest) || !is_overridden(site, *newest));
}

}  // namespace

std::optional<ConfigSetting> setting_at(const Link& link, std::uint64_t number) {
  const auto record = link.down().at(number);
  const auto entry = record ? decode_entry(record->bytes) : Result<wattle::Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  return entry && entry->kind == Kind::config ? detail_of<ConfigSetting>(*entry) : std::nullopt;
}

bool is_overridden(const cloud::Site& site, const cloud::ConfigOrder& order) {
  if (const auto key = parse_register_key(order.key); key && key->kind == RegisterKind::meter) return false;
  return std::any_of(site.boxes().begin(), site.boxes().end(), [&](const auto& box) {
    const auto* link = site.link(box.first);
    return link != nullptr && !link->row().fenced && is_for(site, order, box.first) && is_overridden_at(*link, order);
  });
}

std::map<std::string, const cloud::ConfigOrder*> newest_orders(const cloud::Site& site, std::string_view prefix) {
  std::map<std::string, const cloud::ConfigOrder*> all;
  for (const auto& [id, order] : site.orders()) {
    const auto* config = std::get_if<cloud::ConfigOrder>(&order);
    if (config == nullptr || !config->key.starts_with(prefix)) continue;
    const auto*& newest = all[config->key];
    if (newest == nullptr || std::pair(config->number, config->id) > std::pair(newest->number, newest->id)) newest = config;
  }
  return all;
}

const cloud::ConfigOrder* newest_order(const cloud::Site& site, std::string_view key) {
  const cloud::ConfigOrder* newest = nullptr;
  for (const auto& [id, order] : site.orders()) {
    const auto* config = std::get_if<cloud::ConfigOrder>(&order);
    if (config == nullptr || config->key != key) continue;
    if (newest == nullptr || std::pair(config->number, config->id) > std::pair(newest->number, newest->id)) newest = config;
  }
  return newest;
}

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

std::optional<CircuitPlace> place_of(const Desk& desk, CircuitId circuit) {
  if (circuit.value == 0) return std::nullopt;  // sub-meters have this in the registry
  if (const auto of_room = place_of(desk.site(), circuit)) return of_room;
  const auto wired = wired_place(desk.site(), circuit);
  return wired ? wired : told_place(desk, circuit);
}

std::optional<CircuitNow> now_at(const Desk& desk, const std::optional<CircuitPlace>& place, CircuitId circuit) {
  if (!place || place->room.value != 0) return desk.circuit_now(circuit);
  const auto box = desk.site().holder_of(place->slot);
  return box ? desk.recorded_now(*box, circuit) : std::nullopt;
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

boost::json::object site_json(const Desk& desk, const std::string& key, boost::json::object desired) {
  boost::json::object out;
  out["desired"] = std::move(desired);
  put_order(desk.site(), newest_order(desk.site(), key), out);
  boost::json::array reported;
  for (const auto& [holder, box] : desk.site().boxes()) {
    const auto* link = desk.site().link(holder);
    const auto setting = desk.setting_now(holder, key);
    if (link == nullptr || link->row().fenced || !setting) continue;
    auto item = holder_json(holder);
    for (const auto& field : setting_json(*setting)) item[field.key()] = field.value();
    reported.push_back(std::move(item));
  }
  out["reported"] = std::move(reported);
  return out;
}

void give_setting(const Call& call, const http::Request& request, std::string key, EdgeId slot, Bytes value,
                  std::function<boost::json::object()> body, FollowUp follow_up, Renewal renewal) {
  const bool same = stands(call.desk.site(), key, slot, value, renewal);
  // Who asks again since he has heard no answer is out of date by his own doing.
  if (!same && is_out_of_date(call, request, newest_order(call.desk.site(), key))) return;
  const auto answer = [call, key, body, same] {
    call.answer(same ? 200 : 201, body, {{"ETag", tag_of(newest_order(call.desk.site(), key))}});
  };
  give_register(
      call, key, slot, std::move(value),
      [answer, follow_up] {
        if (follow_up)
          follow_up(answer);
        else
          answer();
      },
      renewal);
}

void give_register(const Call& call, const std::string& key, EdgeId slot, Bytes value, std::function<void()> done,
                   Renewal renewal) {
  if (stands(call.desk.site(), key, slot, value, renewal)) return done();
  const auto* newest = newest_order(call.desk.site(), key);
  const auto number = newest == nullptr ? 1 : newest->number + 1;
  const auto name = key + "/" + std::to_string(slot.value) + "/" + std::to_string(number) + "/" + to_hex(value);
  cloud::ConfigOrder order{id_of_key(call.crypto, "config", call.caller, name), slot, key, std::move(value), number};
  call.desk.give(cloud::Ordered{std::move(order)}, [call, done = std::move(done)](Desk::Answer given) {
    if (given != cloud::OrderAnswer::accepted && given != cloud::OrderAnswer::known)
      return call.refuse(problems::order_refused);
    done();
  });
}

CircuitId circuit_param(const http::Request& request) { return {parse_number(request.param("circuit")).value_or(0)}; }

void show_setting(const Call& call, const std::string& key, std::function<boost::json::object()> body) {
  call.answer(200, std::move(body), {{"ETag", tag_of(newest_order(call.desk.site(), key))}});
}

}  // namespace wattle::api
