#include "cloud/api/edge_routes.hpp"
#include "cloud/store/records.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

boost::json::object stream_json(const Log& log) {
  return {{"number", log.head().number}, {"hash", to_hex(log.head().hash.bytes)}};
}

boost::json::object edge_json(const Desk& desk, Holder holder) {
  const auto& link = *desk.site().link(holder);
  const auto& row = link.row();
  auto out = holder_json(holder);
  if (const auto slot = cloud::find<cloud::SlotRecord>(desk.registry(), {std::int64_t{holder.edge.value}})) {
    out["name"] = slot->name;
    out["building"] = slot->building;
  }
  out["online"] = desk.is_online(holder);
  if (const auto heard = desk.heard_at(holder)) out["heard_at"] = time_text(*heard);
  out["unheard_since_restore"] = desk.site().boxes().at(holder).unheard;
  out["fenced"] = row.fenced;
  out["fence_restorable"] = row.told;
  out["asking"] = row.asking;
  if (row.stopped) out["stopped"] = {{"number", row.stopped->number}, {"code", word(row.stopped->reason)}};
  out["up"] = stream_json(link.up());
  out["down"] = stream_json(link.down());
  out["agreed"] = row.agreed;
  out["backlog"] = link.down().head().number - std::min(row.agreed, link.down().head().number);
  std::size_t rooms = 0;
  for (const auto& [id, room] : link.state().rooms()) rooms += room.open ? 1 : 0;
  out["rooms"] = rooms;
  return out;
}

boost::json::value edges_json(const Desk& desk) {
  boost::json::array items;
  for (const auto& [holder, box] : desk.site().boxes()) items.push_back(edge_json(desk, holder));
  return boost::json::object{{"items", std::move(items)}};
}

}  // namespace

void get_edges(const Call& call, const http::Request&) {
  call.answer(200, [&desk = call.desk] { return edges_json(desk); });
}

void post_fence(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto incarnation = parse_incarnation(root.text("incarnation", {1, 8}));
  if (root.has("incarnation") && !incarnation) root.fault("incarnation", JsonErrc::out_of_range);
  const auto destination = root.integer("destination", {1, UINT32_MAX});
  root.text("reason", {1, reason_max});
  if (call.refuse_faults(body)) return;
  const EdgeId slot{parse_number(request.param("slot")).value_or(0)};
  const Holder holder{slot, *incarnation};
  const auto& site = call.desk.site();
  const bool any =
      std::any_of(site.boxes().begin(), site.boxes().end(), [&](const auto& box) { return box.first.edge == slot; });
  if (!any) return call.refuse(problems::edge_unknown);
  if (site.link(holder) == nullptr) return call.refuse(problems::incarnation_unknown);
  call.desk.give(cloud::FenceOrdered{holder, {static_cast<std::uint32_t>(destination)}}, [call, holder](Desk::Answer) {
    const auto* link = call.desk.site().link(holder);
    if (link == nullptr || !link->row().fenced) return call.refuse(problems::not_settled);
    call.answer(200, [&desk = call.desk, holder] { return edge_json(desk, holder); });
  });
}

}  // namespace wattle::api
