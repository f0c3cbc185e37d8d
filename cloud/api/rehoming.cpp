#include "cloud/api/edge_routes.hpp"
#include "cloud/api/room_routes.hpp"

namespace wattle::api {
namespace {

constexpr http::ProblemKind not_homeless{409, "room.not_homeless", "The room does not wait for another box",
                                         "该房间无需重新指定设备"};

constexpr http::ProblemKind fence_not_listed{409, "room.fence_not_listed",
                                             "The fence of a box is in no backup yet; try again when it is",
                                             "设备停用记录尚未备份，请稍后重试"};

}  // namespace

/// A closed room whose destination is itself fenced gets another.
void post_rehoming(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  const EdgeId destination{static_cast<std::uint32_t>(body.root().integer("edge", {1, UINT32_MAX}))};
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto room = room_param(request);
  const auto& site = call.desk.site();
  if (!opening_of(site, room)) return call.refuse(problems::room_unknown);
  if (!site.is_settled()) return call.refuse(problems::unsettled);
  if (site.has_unlisted_fence()) return call.refuse(fence_not_listed);
  const auto* chain = site.index().room(room);
  const auto* close = chain == nullptr || chain->has_hole() || chain->open_at() ? nullptr : chain->unclaimed();
  if (close == nullptr) return call.refuse(not_homeless);
  const auto id = close->close.id;
  call.desk.give(cloud::RehomeOrdered{id, destination}, [call, room, id, destination](Desk::Answer) {
    if (call.desk.site().index().destination(id) != destination) return call.refuse(not_homeless);
    call.answer(200, [&desk = call.desk, room] { return room_json(desk, room); });
  });
}

}  // namespace wattle::api
