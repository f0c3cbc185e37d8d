// The buses of a box: ports, line formats, collectors.

#include <algorithm>
#include <array>
#include <set>

#include "cloud/api/wiring_routes.hpp"
#include "shared/base/baud_rates.hpp"
#include "shared/io/tcp_address.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::api {
namespace {

constexpr std::string_view hex_mark = "hex:";
constexpr std::string_view rts_high = "rts-high";
constexpr std::string_view rts_low = "rts-low";
constexpr std::array schemes = {std::pair{std::string_view("tcp://"), PortKind::tcp},
                                std::pair{std::string_view("modbus-tcp://"), PortKind::modbus_tcp},
                                std::pair{std::string_view("collector://"), PortKind::collector},
                                std::pair{std::string_view("modbus-collector://"), PortKind::modbus_collector}};

bool dials_in(PortKind kind) { return kind == PortKind::collector || kind == PortKind::modbus_collector; }

/// Bytes as a collector says them: the text itself, or hex digits behind "hex:". None for digits that are no bytes.
std::optional<std::string> read_said(std::string_view text) {
  if (!text.starts_with(hex_mark)) return std::string(text);
  const auto bytes = from_hex(text.substr(hex_mark.size()));
  if (bytes.empty()) return std::nullopt;
  return std::string(bytes.begin(), bytes.end());
}

std::string said_text(const std::string& said) {
  const bool is_text =
      !said.starts_with(hex_mark) && std::all_of(said.begin(), said.end(), [](char c) { return c > ' ' && c <= '~'; });
  return is_text ? said : std::string(hex_mark) + to_hex(view(said));
}

std::string port_text(const BusSetting& bus) {
  for (const auto& [mark, kind] : schemes)
    if (kind == bus.kind) return std::string(mark) + (dials_in(kind) ? said_text(bus.port) : bus.port);
  return bus.port;
}

/// False for what nobody can open.
bool read_port(const std::string& text, BusSetting& bus) {
  bus.kind = PortKind::serial;
  bus.port = text;
  for (const auto& [mark, kind] : schemes) {
    if (!text.starts_with(mark)) continue;
    bus.kind = kind;
    const auto rest = std::string_view(text).substr(mark.size());
    const auto said = dials_in(kind) ? read_said(rest) : std::string(rest);
    if (!said || (!dials_in(kind) && !parse_tcp_address(*said))) return false;
    bus.port = *said;
  }
  return true;
}

boost::json::object bus_setting_json(const BusSetting& bus) {
  boost::json::object out = {{"port", port_text(bus)}};
  if (!bus.heartbeat.empty()) out["heartbeat"] = said_text(bus.heartbeat);
  if (bus.line) {
    out["baud"] = bus.line->baud;
    out["parity"] = bus.line->parity == Parity::none ? "none" : bus.line->parity == Parity::odd ? "odd" : "even";
    out["stop_bits"] = bus.line->stop_bits;
  }
  out["latency_ms"] = bus.latency_ms;
  if (!bus.rs485) return out;
  out["rs485"] = std::string(bus.rs485->high_while_sending ? rts_high : rts_low);
  out["rs485_before_ms"] = bus.rs485->before_ms;
  out["rs485_after_ms"] = bus.rs485->after_ms;
  return out;
}

/// False for what makes no sense; what is_valid() says besides is not looked at.
bool read_rs485(JsonObject& root, BusSetting& bus) {
  const auto rts = root.text("rs485", {0, rts_high.size()}, "");
  const auto before = root.integer("rs485_before_ms", {0, rs485_delay_max_ms}, 0);
  const auto after = root.integer("rs485_after_ms", {0, rs485_delay_max_ms}, 0);
  if (rts.empty()) return before == 0 && after == 0;
  bus.rs485 = Rs485{rts == rts_high, static_cast<std::uint32_t>(before), static_cast<std::uint32_t>(after)};
  return bus.kind == PortKind::serial && (rts == rts_high || rts == rts_low);
}

struct ReadBus {
  BusSetting bus;
  const http::ProblemKind* objection = nullptr;
};

ReadBus read_bus(JsonObject& root) {
  ReadBus out;
  auto& bus = out.bus;
  const auto port = root.text("port", {1, port_bytes_max});
  const auto heartbeat = root.text("heartbeat", {0, 2 * heartbeat_bytes_max + hex_mark.size()}, "");
  const auto baud = root.integer("baud", {0, 115'200}, 0);
  const auto parity = root.text("parity", {4, 4}, root.has("parity") ? std::nullopt : std::optional<std::string>("even"));
  const auto stop_bits = root.integer("stop_bits", {1, 2}, 1);
  bus.latency_ms = static_cast<std::uint32_t>(root.integer("latency_ms", {0, bus_latency_max}, 0));
  const bool knows_parity = parity == "none" || parity == "even" || parity == "odd";
  if (baud == 0 ? root.has("parity") || root.has("stop_bits") : !is_baud_rate(baud) || !knows_parity)
    out.objection = &problems::bus_line;
  if (baud != 0)
    bus.line = LineFormat{static_cast<std::uint32_t>(baud),
                          parity == "none"  ? Parity::none
                          : parity == "odd" ? Parity::odd
                                            : Parity::even,
                          static_cast<std::uint8_t>(stop_bits)};
  const auto beats = read_said(heartbeat);
  const bool has_port = beats && read_port(port, bus);
  const bool turns = read_rs485(root, bus);
  if (!has_port) {
    out.objection = &problems::bus_port;
    return out;
  }
  if (out.objection == nullptr && !turns) out.objection = &problems::bus_rs485;
  bus.heartbeat = *beats;
  if (out.objection == nullptr && !is_valid(bus)) out.objection = &problems::bus_port;
  return out;
}

std::optional<BusNow> bus_reported(const Desk& desk, Holder box, std::string_view name) {
  const auto now = desk.wiring_now(box);
  if (!now) return std::nullopt;
  const auto at = std::find_if(now->buses.begin(), now->buses.end(), [&](const BusNow& bus) { return bus.name == name; });
  return at == now->buses.end() ? std::nullopt : std::optional(*at);
}

boost::json::object bus_json(const Desk& desk, Holder box, const std::string& name, const cloud::ConfigOrder* order) {
  const auto wanted = order == nullptr ? std::nullopt : decode_bus(order->value);
  const auto* setting = wanted ? std::get_if<BusSetting>(&*wanted) : nullptr;
  boost::json::object out = {{"edge", box.edge.value}, {"bus", name}};
  out["desired"] = setting == nullptr ? boost::json::value(nullptr) : boost::json::value(bus_setting_json(*setting));
  out["taken_out"] = wanted && setting == nullptr;
  put_order(desk.site(), order, out);
  const auto now = bus_reported(desk, box, name);
  out["reported"] = nullptr;
  if (now) {
    auto told = told_json(*now);
    told["faults"] = faults_json(*now);
    out["reported"] = std::move(told);
  }
  return out;
}

std::function<boost::json::object()> bus_body(const Call& call, Holder box, const std::string& name) {
  return
      [&desk = call.desk, box, name] { return bus_json(desk, box, name, newest_order(desk.site(), bus_key(box.edge, name))); };
}

bool is_known_bus(const Desk& desk, Holder box, const std::string& name) {
  return newest_order(desk.site(), bus_key(box.edge, name)) != nullptr || bus_reported(desk, box, name);
}

bool is_port_taken(const cloud::Site& site, EdgeId slot, const std::string& name, const BusSetting& bus) {
  for (const auto& [other, value] : wanted_buses(site, slot)) {
    const auto* known = std::get_if<BusSetting>(&value);
    if (known == nullptr || other == name) continue;
    const bool both_dial_in = dials_in(bus.kind) && dials_in(known->kind);
    if (both_dial_in && (bus.port.find(known->port) != std::string::npos || known->port.find(bus.port) != std::string::npos))
      return true;
    if (!both_dial_in && dials_in(bus.kind) == dials_in(known->kind) && bus.port == known->port) return true;
  }
  return false;
}

/// A bus for each register, and for what the box's file has beside them: one that is taken out gives its place to another.
bool has_too_many(const Desk& desk, Holder box, const std::string& name) {
  const auto wanted = wanted_buses(desk.site(), box.edge);
  std::size_t others = 0;
  for (const auto& [other, value] : wanted)
    if (other != name && std::holds_alternative<BusSetting>(value)) ++others;
  const auto now = desk.wiring_now(box);
  for (const auto& bus : now ? now->buses : std::vector<BusNow>{})
    if (bus.name != name && bus.source == WiringSource::file && !wanted.contains(bus.name)) ++others;
  return others >= box_buses_max;
}

/// One that is wanted there, and would not be spoken to any more.
bool has_other_protocol(const cloud::Site& site, EdgeId slot, const std::string& name, PortKind kind) {
  for (const auto& [key, value] : wanted_places(site)) {
    const auto* place = std::get_if<PlaceSetting>(&value);
    if (key.slot != slot || place == nullptr || place->bus != name) continue;
    const auto profile = profile_of(site, place->profile);
    if (profile != nullptr && !is_spoken(kind, *profile)) return true;
  }
  return false;
}

/// A meter that is wanted there, or that the box's file has there and nobody has taken out.
bool is_bus_in_use(const Desk& desk, Holder box, const std::string& name) {
  const auto places = wanted_places(desk.site());
  for (const auto& [key, value] : places) {
    const auto* place = std::get_if<PlaceSetting>(&value);
    if (key.slot == box.edge && place != nullptr && place->bus == name) return true;
  }
  const auto now = desk.wiring_now(box);
  return now && std::any_of(now->meters.begin(), now->meters.end(), [&](const PlaceNow& meter) {
           return meter.bus == name && meter.source == WiringSource::file && !places.contains({box.edge, meter.number});
         });
}

}  // namespace

void get_buses(const Call& call, const http::Request& request) {
  const auto box = slot_holder(call, request);
  if (!box) return;
  call.answer(200, [&desk = call.desk, box = *box] {
    std::set<std::string> names;
    const auto orders = newest_orders(desk.site(), slot_prefix(bus_prefix, box.edge));
    for (const auto& [key, order] : orders) {
      const auto bus = decode_bus(order->value);
      if (bus && std::holds_alternative<BusSetting>(*bus)) names.insert(parse_bus_key(key)->name);
    }
    if (const auto now = desk.wiring_now(box))
      for (const auto& bus : now->buses) names.insert(bus.name);
    boost::json::array items;
    for (const auto& name : names) {
      const auto order = orders.find(bus_key(box.edge, name));
      items.push_back(bus_json(desk, box, name, order == orders.end() ? nullptr : order->second));
    }
    return boost::json::object{{"items", std::move(items)}};
  });
}

void get_bus(const Call& call, const http::Request& request) {
  const auto box = slot_holder(call, request);
  if (!box) return;
  const std::string name(request.param("bus"));
  if (!is_known_bus(call.desk, *box, name)) return call.refuse(problems::bus_unknown);
  show_setting(call, bus_key(box->edge, name), bus_body(call, *box, name));
}

void put_bus(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto read = read_bus(root);
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto box = slot_holder(call, request);
  if (!box) return;
  const std::string name(request.param("bus"));
  if (!is_bus_name(name)) return call.refuse(problems::bus_name);
  if (read.objection != nullptr) return call.refuse(*read.objection);
  if (is_port_taken(call.desk.site(), box->edge, name, read.bus)) return call.refuse(problems::bus_port_taken);
  if (has_other_protocol(call.desk.site(), box->edge, name, read.bus.kind)) return call.refuse(problems::meter_protocol);
  if (has_too_many(call.desk, *box, name)) return call.refuse(problems::box_full);
  give_setting(call, request, bus_key(box->edge, name), box->edge, encode(BusRegister{read.bus}), bus_body(call, *box, name));
}

void delete_bus(const Call& call, const http::Request& request) {
  const auto box = slot_holder(call, request);
  if (!box) return;
  const std::string name(request.param("bus"));
  if (!is_bus_name(name) || !is_known_bus(call.desk, *box, name)) return call.refuse(problems::bus_unknown);
  if (is_bus_in_use(call.desk, *box, name)) return call.refuse(problems::bus_in_use);
  give_setting(call, request, bus_key(box->edge, name), box->edge, encode(BusRegister{TakenOut{}}), bus_body(call, *box, name));
}

}  // namespace wattle::api
