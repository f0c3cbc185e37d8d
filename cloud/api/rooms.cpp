#include "cloud/api/control_routes.hpp"
#include "cloud/api/room_routes.hpp"
#include "shared/api/money_text.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

struct Balance {
  Money confirmed;   // in the box's own view, as far as its entries and its status show it
  Money on_the_way;  // written by the cloud, and the box has not shown that it has it
  Money allowance;
};

/// As both streams show it: the box's fold, and what the cloud has written beyond what the box has seen.
Balance balance_at(const Link& link, RoomId room) {
  Balance out;
  if (const auto* state = link.state().find(room)) {
    out.confirmed = state->balance;
    out.allowance = state->allowance();
  }
  const auto pocket = room_pocket(room, link.holder());
  for (auto number = link.folded() + 1; number <= link.down().head().number; ++number) {
    const auto record = link.down().at(number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (!entry || entry->room != room) continue;
    for (const auto& line : entry->lines) {
      if (line.to == pocket)
        (number <= link.row().agreed ? out.confirmed : out.on_the_way).micros += line.amount.micros;
      else if (line.to.kind == PocketKind::allow && line.to.room() == room)
        out.allowance.micros += line.amount.micros;
    }
  }
  return out;
}

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
  out["reported"] = time_text(now->received);
  return out;
}

/// The circuits as the box's stream has them, else as the room was fitted.
boost::json::array circuits_json(const Desk& desk, RoomId room, const Link* link) {
  boost::json::array out;
  const auto put = [&](const Circuits& circuits) {
    for (const auto& circuit : circuits) out.push_back(circuit_json(desk, circuit));
  };
  const auto* state = link == nullptr ? nullptr : link->state().find(room);
  if (state != nullptr) {
    put(state->circuits);
    return out;
  }
  const auto fitted = desk.site().orders().find(OutsideId("fit/" + std::to_string(room.value) + "/1"));
  if (fitted != desk.site().orders().end()) put(std::get<cloud::Fitting>(fitted->second).circuits);
  return out;
}

boost::json::array waiting_json(const cloud::Site& site, RoomId room) {
  boost::json::array out;
  for (const auto& [id, order] : site.orders()) {
    const auto* payment = std::get_if<cloud::Payment>(&order);
    if (payment == nullptr || payment->room != room || site.is_done(order)) continue;
    out.push_back({{"number", payment->number}, {"amount", money_text(payment->amount)}});
  }
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
  out["opening"] = opening_of(site, room).value_or(0);
  if (at) {
    out["open_at"] = holder_json(*at);
    out["online"] = desk.is_online(*at);
    if (const auto heard = desk.heard_at(*at)) out["heard_at"] = time_text(*heard);
  } else {
    out["open_at"] = nullptr;
    out["online"] = false;
  }
  out["balance"] = money_text({balance.confirmed.micros + balance.on_the_way.micros});
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
