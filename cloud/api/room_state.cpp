#include "cloud/api/room_state.hpp"

#include <algorithm>
#include <array>

namespace wattle::api {
namespace {

RoomState state_of(Money left, Warning warning) {
  if (left.micros < 0) return RoomState::arrears;
  if (warning == Warning::second) return RoomState::alarm_2;
  return warning == Warning::first ? RoomState::alarm_1 : RoomState::normal;
}

/// The newest opening at this link, where the box has not shown that it has read of it.
std::optional<Open> unread_opening(const cloud::Site& site, RoomId room, const Link& link) {
  const auto* chain = site.index().room(room);
  if (chain == nullptr || !chain->links.contains(link.holder())) return std::nullopt;
  std::uint64_t newest = 0;
  for (const auto& open : chain->links.at(link.holder()).opens) newest = std::max(newest, open.place.number);
  const auto record = newest > link.folded() ? link.down().at(newest) : std::nullopt;
  const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  return entry ? detail_of<Open>(*entry) : std::nullopt;
}

}  // namespace

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

Circuits circuits_of(const cloud::Site& site, RoomId room, const Link* link) {
  if (link != nullptr) {
    if (const auto unread = unread_opening(site, room, *link)) return unread->circuits;
    if (const auto* state = link->state().find(room)) return state->circuits;
  }
  const auto fitted = site.orders().find(cloud::id_of(cloud::Fitting{room, 1, {}, {}}));
  return fitted == site.orders().end() ? Circuits{} : std::get<cloud::Fitting>(fitted->second).circuits;
}

std::string_view state_text(RoomState state) {
  static constexpr std::array<std::string_view, room_states> words = {"not_initialised", "lost",    "arrears",
                                                                      "alarm_2",         "alarm_1", "normal"};
  return words.at(static_cast<std::size_t>(state));
}

RoomNow room_now(const Desk& desk, RoomId room) {
  RoomNow now;
  const auto* chain = desk.site().index().room(room);
  now.open_at = chain == nullptr ? std::nullopt : chain->open_at();
  const auto* link = now.open_at ? desk.site().link(*now.open_at) : nullptr;
  if (link == nullptr) return now;
  std::optional<Money> live;
  auto warning = Warning::none;
  for (const auto& circuit : circuits_of(desk.site(), room, link)) {
    now.circuits.push_back(circuit.circuit);
    const auto reported = desk.circuit_now(circuit.circuit);
    if (!reported) continue;
    live = reported->live_balance;
    warning = std::max(warning, reported->warning);
  }
  // What is booked is looked up entry by entry: not for each room of a list whose box was cut off for weeks.
  now.balance = live ? *live : balance_at(*link, room).booked();
  now.state = desk.is_online(*now.open_at) ? state_of(now.balance, warning) : RoomState::lost;
  return now;
}

std::set<RoomId> fitted_rooms(const cloud::Site& site) {
  std::set<RoomId> rooms;
  for (const auto& [room, chain] : site.index().rooms()) rooms.insert(room);
  const std::string_view prefix = "fit/";
  for (auto at = site.orders().lower_bound(OutsideId(prefix)); at != site.orders().end(); ++at) {
    if (!at->first.text().starts_with(prefix)) break;
    if (const auto* fitting = std::get_if<cloud::Fitting>(&at->second)) rooms.insert(fitting->room);
  }
  return rooms;
}

}  // namespace wattle::api
