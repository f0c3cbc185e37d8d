#include "cloud/api/reads.hpp"

#include "cloud/api/settings.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

std::string_view outcome_text(ReadOutcome outcome) {
  switch (outcome) {
    case ReadOutcome::read: return "read";
    case ReadOutcome::silent: return "silent";
    case ReadOutcome::broken: return "broken";
    case ReadOutcome::away: return "away";
    case ReadOutcome::late: return "late";
  }
  return "unknown";
}

boost::json::object circuit_read_json(const DemandedReading& of) {
  boost::json::object out = {{"circuit", of.circuit.value}, {"outcome", outcome_text(of.outcome)}};
  if (of.outcome != ReadOutcome::read) return out;
  out["meter"] = of.meter.value;
  out["at"] = time_text(of.reading.at);
  out["register"] = of.reading.register_units.units;
  if (of.relay_closed) out["relay"] = *of.relay_closed ? "closed" : "open";
  if (of.reading.power) out["power_w"] = of.reading.power->watts;
  if (of.reading.voltage_mv) out["voltage_mv"] = *of.reading.voltage_mv;
  if (of.reading.current_ma) out["current_ma"] = *of.reading.current_ma;
  if (of.power_factor_per_mille) out["power_factor_per_mille"] = *of.power_factor_per_mille;
  for (std::size_t i = 0; i < further_kinds; ++i) {
    const auto kind = static_cast<FurtherKind>(i);
    const auto [name, unit] = name_of(kind);
    const auto told = of.reading.further.get(kind);
    if (told && is_further_of_demand(kind)) out[std::string(name) + '_' + std::string(unit)] = *told;
  }
  return out;
}

/// `circuit` 0: all of the room.
void read_at(const Call& call, Holder box, RoomId room, CircuitId circuit) {
  if (!call.desk.broker_connected() || !call.desk.is_online(box)) return call.refuse(problems::edge_offline);
  const bool asked = call.desk.read_now(box, room, circuit, [call, room](std::optional<ReadAnswer> answer) {
    if (!answer) return call.refuse(problems::read_timed_out);
    if (answer->status == ReadStatus::busy) return call.refuse(problems::read_busy);
    if (answer->status == ReadStatus::not_here) return call.refuse(problems::read_not_wired);
    call.answer(200, [room, answer = *std::move(answer)] { return read_json(room, answer); });
  });
  if (!asked) call.refuse(problems::read_busy);
}

/// Where the room is open; else the caller has been told.
std::optional<Holder> box_of(const Call& call, RoomId room) {
  const auto* chain = call.desk.site().index().room(room);
  const auto at = chain == nullptr ? std::nullopt : chain->open_at();
  if (!at) call.refuse(problems::room_not_open);
  return at;
}

}  // namespace

boost::json::object read_json(RoomId room, const ReadAnswer& answer) {
  boost::json::array items;
  for (const auto& circuit : answer.circuits) items.push_back(circuit_read_json(circuit));
  return {{"room", room.value}, {"items", std::move(items)}};
}

void post_read(const Call& call, const http::Request& request) {
  JsonBody body(request.body.empty() ? std::string_view("{}") : std::string_view(request.body));
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto room = room_param(request);
  if (!opening_of(call.desk.site(), room)) return call.refuse(problems::room_unknown);
  if (const auto box = box_of(call, room)) read_at(call, *box, room, {});
}

void post_circuit_read(const Call& call, const http::Request& request) {
  JsonBody body(request.body.empty() ? std::string_view("{}") : std::string_view(request.body));
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto circuit = circuit_param(request);
  const auto place = place_of(call.desk, circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  const bool is_rooms = place->room.value != 0;
  const auto box = is_rooms ? box_of(call, place->room) : call.desk.site().holder_of(place->slot);
  if (!box && !is_rooms) return call.refuse(problems::edge_unknown);
  if (!box) return;
  const auto wiring = call.desk.wiring_now(*box);
  if (call.desk.is_online(*box) && (!wiring || !wiring->reads_circuits)) return call.refuse(problems::read_box_older);
  read_at(call, *box, place->room, circuit);
}

}  // namespace wattle::api
