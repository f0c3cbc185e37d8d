#include "cloud/api/reads.hpp"

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
  return out;
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
  const auto* chain = call.desk.site().index().room(room);
  const auto at = chain == nullptr ? std::nullopt : chain->open_at();
  if (!at) return call.refuse(problems::room_not_open);
  if (!call.desk.broker_connected() || !call.desk.is_online(*at)) return call.refuse(problems::edge_offline);
  const bool asked = call.desk.read_now(*at, room, [call, room](std::optional<ReadAnswer> answer) {
    if (!answer) return call.refuse(problems::read_timed_out);
    if (answer->status == ReadStatus::busy) return call.refuse(problems::read_busy);
    if (answer->status == ReadStatus::room_not_here) return call.refuse(problems::read_not_wired);
    call.answer(200, [room, answer = *std::move(answer)] { return read_json(room, answer); });
  });
  if (!asked) call.refuse(problems::read_busy);
}

}  // namespace wattle::api
