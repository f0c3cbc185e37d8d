#include "cloud/api/edge_routes.hpp"
#include "cloud/store/records.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

boost::json::object stream_json(const Log& log) {
  return {{"number", log.head().number}, {"hash", to_hex(log.head().hash.bytes)}};
}

/// The slot to which its fence sent the rooms that stood open there; a room that was on its way by then went on. Nothing: it
/// had no other rooms, and so nothing rests on what the fence named.
std::optional<EdgeId> destination_of_fence(const cloud::Site& site, Holder holder) {
  for (const auto& [room, chain] : site.index().rooms()) {
    const auto at = chain.links.find(holder);
    if (at == chain.links.end()) continue;
    for (const auto& close : at->second.closes) {
      const bool on_behalf = close.place.direction == Direction::site;
      if (!on_behalf || site.orders().contains(cloud::id_of(cloud::Move{close.close.id, {}, 0, {}}))) continue;
      const auto record = site.own().at(close.place.number);
      const auto entry = record ? decode_entry(record->bytes) : Result<wattle::Entry>(WATTLE_FAIL(LedgerErrc::dropped));
      if (const auto closed = entry ? detail_of<CloseFor>(*entry) : std::nullopt) return closed->destination;
    }
  }
  return std::nullopt;
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
  if (const auto destination = row.fenced ? destination_of_fence(desk.site(), holder) : std::nullopt)
    out["destination"] = destination->value;
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

cloud::FencedBox read_fenced(JsonObject& from, EdgeId slot) {
  const auto incarnation = parse_incarnation(from.text("incarnation", {1, 8}));
  if (from.has("incarnation") && !incarnation) from.fault("incarnation", JsonErrc::out_of_range);
  const auto destination = from.integer("destination", {1, UINT32_MAX});
  return {{slot, incarnation.value_or(Incarnation{})}, {static_cast<std::uint32_t>(destination)}};
}

/// Boxes that are lost as well, and are fenced in the same act.
std::vector<cloud::FencedBox> read_further(JsonObject& root) {
  std::vector<cloud::FencedBox> further;
  if (!root.has("further")) return further;
  for (auto& each : root.objects("further")) {
    const auto slot = each.integer("edge", {1, UINT32_MAX});
    further.push_back(read_fenced(each, {static_cast<std::uint32_t>(slot)}));
  }
  return further;
}

/// Those of them that were fenced with another destination; empty: none was.
std::string fenced_otherwise(const cloud::Site& site, const std::vector<cloud::FencedBox>& wanted) {
  std::string out;
  for (const auto& box : wanted) {
    const auto* link = site.link(box.holder);
    const auto known = link != nullptr && link->row().fenced ? destination_of_fence(site, box.holder) : std::nullopt;
    if (!known || *known == box.destination) continue;
    out += (out.empty() ? "the rooms of " : ", of ") + std::to_string(box.holder.edge.value) + " went to " +
           std::to_string(known->value);
  }
  return out;
}

}  // namespace

void get_edges(const Call& call, const http::Request&) {
  call.answer(200, [&desk = call.desk] { return edges_json(desk); });
}

void post_fence(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const EdgeId slot{parse_number(request.param("slot")).value_or(0)};
  const auto first = read_fenced(root, slot);
  cloud::FenceOrdered ordered{first.holder, first.destination, read_further(root)};
  root.text("reason", {1, reason_max});
  if (call.refuse_faults(body)) return;
  const auto& site = call.desk.site();
  const bool any =
      std::any_of(site.boxes().begin(), site.boxes().end(), [&](const auto& box) { return box.first.edge == slot; });
  if (!any) return call.refuse(problems::edge_unknown);
  auto all = ordered.further;
  all.insert(all.begin(), first);
  if (std::any_of(all.begin(), all.end(), [&](const auto& box) { return site.link(box.holder) == nullptr; }))
    return call.refuse(problems::incarnation_unknown);
  if (const auto known = fenced_otherwise(site, all); !known.empty()) return call.refuse(problems::fence_decided, known);
  call.desk.give(std::move(ordered), [call, all](Desk::Answer) {
    const auto is_fenced = [&](const cloud::FencedBox& box) {
      const auto* link = call.desk.site().link(box.holder);
      return link != nullptr && link->row().fenced;
    };
    if (!std::all_of(all.begin(), all.end(), is_fenced)) return call.refuse(problems::not_settled);
    // Meanwhile another caller may have fenced it.
    if (const auto known = fenced_otherwise(call.desk.site(), all); !known.empty())
      return call.refuse(problems::fence_decided, known);
    call.answer(200, [&desk = call.desk, holder = all.front().holder] { return edge_json(desk, holder); });
  });
}

}  // namespace wattle::api
