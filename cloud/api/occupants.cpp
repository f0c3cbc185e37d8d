// Who lives in a room, and who has: bound with its times, and never unwritten.

#include "cloud/api/records.hpp"
#include "cloud/api/session_routes.hpp"
#include "cloud/store/accounts.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

using cloud::Stay;

constexpr std::size_t stays_max = 1000;  // of one room that are told

boost::json::object stay_json(const cloud::Registry& registry, const Stay& stay) {
  boost::json::object out = {{"room", stay.room}, {"person", stay.person}, {"since", time_text({stay.since})}};
  if (const auto person = cloud::find<cloud::Person>(registry, {stay.person})) out["name"] = person->name;
  out["until"] = stay.until == 0 ? boost::json::value(nullptr) : boost::json::value(time_text({stay.until}));
  return out;
}

std::optional<Stay> present_stay(const cloud::Registry& registry, RoomId room, std::int64_t person) {
  const auto found =
      cloud::list<Stay>(registry, {{"room", std::int64_t{room.value}}, {"person", person}, {"until", std::int64_t{0}}}, 1);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

bool knows_room(const Call& call, RoomId room) {
  return opening_of(call.desk.site(), room) || cloud::find<cloud::RoomRecord>(call.desk.registry(), {std::int64_t{room.value}});
}

void answer_stay(const Call& call, unsigned status, const Stay& stay) {
  call.answer(status, [&desk = call.desk, stay] { return stay_json(desk.registry(), stay); });
}

}  // namespace

void get_occupants(const Call& call, const http::Request& request) {
  const auto room = room_param(request);
  if (!knows_room(call, room)) return call.refuse(problems::room_unknown);
  call.answer(200, [&desk = call.desk, room] {
    boost::json::array items;
    for (const auto& stay : cloud::list<Stay>(desk.registry(), {{"room", std::int64_t{room.value}}}, stays_max))
      items.push_back(stay_json(desk.registry(), stay));
    return boost::json::object{{"items", std::move(items)}};
  });
}

void post_occupant(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  const auto person = body.root().integer("person", {1, cloud::id_max});
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto room = room_param(request);
  auto& registry = call.desk.registry();
  if (!knows_room(call, room)) return call.refuse(problems::room_unknown);
  if (!cloud::find<cloud::Person>(registry, {person})) return call.refuse(problems::person_unknown);
  if (const auto present = present_stay(registry, room, person)) return answer_stay(call, 200, *present);  // the same again
  const Stay stay{std::int64_t{room.value}, person, request.received.wall.micros, 0};
  cloud::put(registry, stay);
  answer_stay(call, 201, stay);
}

void delete_occupant(const Call& call, const http::Request& request) {
  const auto person = parse_number(request.param("person"));
  auto& registry = call.desk.registry();
  auto stay = person ? present_stay(registry, room_param(request), std::int64_t{*person}) : std::nullopt;
  if (!stay) return call.refuse(problems::person_unknown);
  stay->until = std::max(request.received.wall.micros, stay->since + 1);
  cloud::put(registry, *stay);
  answer_stay(call, 200, *stay);
}

}  // namespace wattle::api
