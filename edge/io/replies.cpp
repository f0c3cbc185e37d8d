#include "edge/io/replies.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "shared/api/money_text.hpp"

namespace wattle::edge {
namespace {

namespace json = boost::json;

json::object to_object(const CircuitStatus& circuit) {
  json::object out{{"circuit", circuit.circuit.value}, {"meter", circuit.meter.value}};
  out["relay"] = !circuit.relay_closed ? "unknown" : *circuit.relay_closed ? "closed" : "open";
  if (circuit.heard) {
    out["reading_wh"] = circuit.reading.units;
    if (circuit.power) out["power_w"] = circuit.power->watts;
  }
  out["silent"] = circuit.silent;
  out["disobeys"] = circuit.disobeys;
  if (!circuit.why.empty()) out["why"] = circuit.why;
  out["mode"] = circuit.mode;
  if (!circuit.reason.empty()) out["reason"] = circuit.reason;
  out["warning"] = circuit.warning;
  if (circuit.trip != 0) out["trip"] = circuit.trip;
  return out;
}

json::object to_object(const RoomStatus& room) {
  json::array circuits;
  for (const auto& circuit : room.circuits) circuits.push_back(to_object(circuit));
  return {{"room", room.room.value},
          {"open", room.open},
          {"balance", money_text(room.balance)},
          {"allowance", money_text(room.allowance)},
          {"live", money_text(room.live)},
          {"circuits", std::move(circuits)}};
}

json::object to_object(const WiredStatus& wired) {
  json::object out{{"bus", wired.bus}};
  if (wired.meter == 0) {
    out["port"] = wired.port;
  } else {
    out["meter"] = wired.meter;
    out["address"] = wired.address;
    out["profile"] = wired.profile;
    out["circuits"] = json::value_from(wired.circuits);
    out["has_password"] = wired.has_password;
  }
  out["in_use"] = wired.is_wired;
  out["source"] = wired.source;
  out["code"] = wired.code;
  return out;
}

}  // namespace

std::string wiring_reply(const std::vector<WiredStatus>& wired) {
  json::array buses;
  json::array meters;
  for (const auto& one : wired) (one.meter == 0 ? buses : meters).push_back(to_object(one));
  return json::serialize(json::object{{"buses", std::move(buses)}, {"meters", std::move(meters)}});
}

std::string to_json(const BoxStatus& status) {
  json::array rooms;
  for (const auto& room : status.rooms) rooms.push_back(to_object(room));
  json::object out{{"site", status.site.value},
                   {"edge", status.holder.edge.value},
                   {"incarnation", status.holder.incarnation.value},
                   {"granted", status.granted},
                   {"link", status.connected ? "connected" : "disconnected"},
                   {"heard_ago_s", status.heard_ago_s},
                   {"asking", status.asking},
                   {"fenced", status.fenced},
                   {"stopped", status.stopped},
                   {"stopped_at", status.stopped_at},
                   {"head", status.head},
                   {"cursor", status.cursor},
                   {"backlog", status.backlog},
                   {"meters_silent", status.meters_silent},
                   {"rooms", std::move(rooms)}};
  return json::serialize(out);
}

std::string code_reply(RoomId room, std::string_view outcome, Money amount) {
  return json::serialize(json::object{{"room", room.value}, {"outcome", outcome}, {"amount", money_text(amount)}});
}

std::string cash_reply(RoomId room, Money amount, const Uid& receipt) {
  return json::serialize(json::object{{"room", room.value}, {"amount", money_text(amount)}, {"receipt", to_hex(receipt)}});
}

std::string force_reply(CircuitId circuit, std::string_view mode) {
  return json::serialize(json::object{{"circuit", circuit.value}, {"mode", mode}});
}

std::string meter_reply(CircuitId circuit, MeterId meter) {
  return json::serialize(json::object{{"circuit", circuit.value}, {"meter", meter.value}});
}

std::string rollover_reply(CircuitId circuit, Quantity ends, std::uint32_t turn) {
  return json::serialize(json::object{{"circuit", circuit.value}, {"ends", ends.units}, {"turn", turn}});
}

std::string error_reply(std::string_view why) { return json::serialize(json::object{{"error", why}}); }

}  // namespace wattle::edge
