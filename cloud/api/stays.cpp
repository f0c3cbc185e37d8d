// A stay ends, and the next begins: the openings of an account on a room. Money of one never reaches the other.

#include <algorithm>

#include "cloud/api/orders.hpp"
#include "cloud/api/room_routes.hpp"
#include "cloud/store/accounts.hpp"

namespace wattle::api {
namespace {

constexpr std::size_t occupants_max = 1000;  // of one room that are looked at

const cloud::Order* find_fitting(const cloud::Site& site, RoomId room, std::uint32_t opening) {
  const auto at = site.orders().find(cloud::id_of(cloud::Fitting{room, opening, {}, {}}));
  return at == site.orders().end() ? nullptr : &at->second;
}

/// By people of the stay before, who would see what the next ones do. Who came after its end is one of those.
bool is_lived_in(const Desk& desk, RoomId room, std::uint32_t last) {
  const auto* chain = desk.site().index().room(room);
  const auto* close = chain != nullptr && desk.site().has_passed(room, last) ? chain->unclaimed() : nullptr;
  auto ended = Instant{INT64_MAX};
  if (close != nullptr) ended = time_of(desk, close->place).value_or(ended);
  const auto present = cloud::list<cloud::Stay>(
      desk.registry(), {{"room", std::int64_t{room.value}}, {"until", std::int64_t{0}}}, occupants_max);
  return std::any_of(present.begin(), present.end(), [&](const auto& one) { return one.since <= ended.micros; });
}

}  // namespace

void post_closing(const Call& call, const http::Request& request) {
  const auto key = idempotency_key(call, request);
  if (!key) return;
  JsonBody body(request.body);
  read_reason(body);
  if (call.refuse_faults(body)) return;
  give_move(call, {id_of_key(call.crypto, "closing", call.caller, *key), room_param(request), 0, {}});
}

void post_opening(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto opening = static_cast<std::uint32_t>(root.integer("opening", {2, UINT32_MAX}));
  const EdgeId slot{static_cast<std::uint32_t>(root.integer("edge", {1, UINT32_MAX}))};
  const bool people_stay = root.boolean("people_stay", false);
  if (call.refuse_faults(body)) return;
  const auto& site = call.desk.site();
  const auto room = room_param(request);
  const auto* known = find_fitting(site, room, opening);
  const auto* before = find_fitting(site, room, opening - 1);
  if (known == nullptr) {
    const auto last = known_opening(call, room);
    if (!last) return;
    if (opening != *last + 1 || before == nullptr) return call.refuse(problems::opening_not_next);
    if (!people_stay && is_lived_in(call.desk, room, *last)) return call.refuse(problems::room_lived_in);
  }
  cloud::Fitting next{room, opening, slot, {}};
  // As the last one had them; where each stands is taken from its close when the entry is written.
  next.circuits = std::get<cloud::Fitting>(known == nullptr ? *before : *known).circuits;
  give_order(call, std::move(next), problems::fitted_differently);
}

}  // namespace wattle::api
