#include "cloud/api/control_routes.hpp"
#include "cloud/api/room_routes.hpp"
#include "cloud/api/room_state.hpp"
#include "shared/api/money_text.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

Money in_transit(const cloud::Index& index, RoomId room) {
  Money sum;
  for (const auto& [pocket, amount] : index.transits()) {
    const auto* filled = index.filled(pocket);
    if (filled != nullptr && filled->room == room && pocket.utility == Utility::none) sum.micros += amount.micros;
  }
  return sum;
}

boost::json::object circuit_json(const Desk& desk, const CircuitFigures& circuit) {
  boost::json::object out = {{"circuit", circuit.circuit.value},
                             {"meter", circuit.meter.value},
                             {"utility", utility_text(circuit.utility)},
                             {"charged_to", circuit.reading.units},
                             {"price", circuit.price}};
  const auto now = desk.circuit_now(circuit.circuit);
  out["relay"] = now && !now->relay.empty() ? now->relay : "unknown";
  if (!now) return out;
  put_control_now(*now, out);
  out["register"] = now->register_units.units;
  out["held"] = now->held;
  if (now->meter_refused) out["meter_change_refused"] = word(*now->meter_refused);
  out["reported"] = time_text(now->received);
  return out;
}

boost::json::array circuits_json(const Desk& desk, RoomId room, const Link* link) {
  boost::json::array out;
  for (const auto& circuit : circuits_of(desk.site(), room, link)) out.push_back(circuit_json(desk, circuit));
  return out;
}

boost::json::array waiting_json(const cloud::Site& site, RoomId room) {
  boost::json::array out;
  for (const auto& payment : site.waiting_payments(room))
    out.push_back({{"number", payment.number}, {"amount", money_text(payment.amount)}});
  return out;
}

/// The box's own word on what is left, slice under way included; while it is not known, nothing.
void put_live(const Desk& desk, const boost::json::array& circuits, boost::json::object& out) {
  for (const auto& circuit : circuits) {
    const auto id = circuit.as_object().at("circuit").to_number<std::uint32_t>();
    const auto now = desk.circuit_now({id});
    if (now) out["live_balance"] = money_text(now->live_balance);
  }
}

}  // namespace

boost::json::object room_json(const Desk& desk, RoomId room) {
  const auto& site = desk.site();
  const auto* chain = site.index().room(room);
  const auto at = chain == nullptr ? std::nullopt : chain->open_at();
  const auto* link = at ? site.link(*at) : nullptr;
  const auto balance = link == nullptr ? Balance{} : balance_at(*link, room);
  boost::json::object out;
  out["room"] = room.value;
  if (const auto record = cloud::find<cloud::RoomRecord>(desk.registry(), {std::int64_t{room.value}}))
    put_record_of(*record, out);
  out["opening"] = opening_of(site, room).value_or(0);
  if (at) {
    out["open_at"] = holder_json(*at);
    out["online"] = desk.is_online(*at);
    if (const auto heard = desk.heard_at(*at)) out["heard_at"] = time_text(*heard);
  } else {
    out["open_at"] = nullptr;
    out["online"] = false;
  }
  out["balance"] = money_text(balance.booked());
  out["confirmed"] = money_text(balance.confirmed);
  out["on_the_way"] = money_text(balance.on_the_way);
  out["allowance"] = money_text(balance.allowance);
  out["in_transit"] = money_text(in_transit(site.index(), room));
  out["arrears"] = money_text({-site.index().balance(arrears_pocket(room)).micros});
  auto circuits = circuits_json(desk, room, link);
  put_live(desk, circuits, out);
  out["circuits"] = std::move(circuits);
  out["waiting_payments"] = waiting_json(site, room);
  return out;
}

void get_room(const Call& call, const http::Request& request) {
  const RoomId room{parse_number(request.param("room")).value_or(0)};
  if (!opening_of(call.desk.site(), room)) return call.refuse(problems::room_unknown);
  call.answer(200, [&desk = call.desk, room] { return room_json(desk, room); });
}

}  // namespace wattle::api
