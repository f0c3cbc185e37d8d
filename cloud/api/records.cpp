#include "cloud/api/records.hpp"

namespace wattle::api {
namespace {

using cloud::Building;
using cloud::Floor;
using cloud::MeterRecord;
using cloud::Registry;
using cloud::RoomRecord;
using cloud::SlotRecord;

const http::ProblemKind* without_building(const Registry& registry, std::int64_t building) {
  return cloud::find<Building>(registry, {building}) ? nullptr : &problems::building_unknown;
}

/// 0 is said of what is on no floor, or not said to be on one.
bool without_floor(const Registry& registry, std::int64_t number, std::int64_t building) {
  if (number == 0) return false;
  const auto floor = cloud::find<Floor>(registry, {number});
  return !floor || floor->building != building;
}

template <class T>
bool names(const Registry& registry, std::string_view column, std::int64_t value) {
  return !cloud::list<T>(registry, {{column, value}}, 1).empty();
}

}  // namespace

template <>
const http::ProblemKind* write_objection(const Registry&, const Building&) {
  return nullptr;
}
template <>
const http::ProblemKind* write_objection(const Registry& registry, const Floor& floor) {
  return without_building(registry, floor.building);
}
template <>
const http::ProblemKind* write_objection(const Registry& registry, const RoomRecord& room) {
  if (const auto* objection = without_building(registry, room.building)) return objection;
  return without_floor(registry, room.floor, room.building) ? &problems::floor_unknown : nullptr;
}
template <>
const http::ProblemKind* write_objection(const Registry& registry, const MeterRecord& meter) {
  if (const auto* objection = without_building(registry, meter.building)) return objection;
  const bool is_sub = meter.role == "sub";
  if (!is_sub && meter.role != "main" && meter.role != "monitor") return &problems::meter_role;
  if (!parse_utility(meter.utility)) return &problems::meter_role;
  if (is_sub != (meter.circuit == 0) || (meter.floor != 0 && meter.role != "main")) return &problems::meter_role;
  if (without_floor(registry, meter.floor, meter.building)) return &problems::floor_unknown;
  if (is_sub) return nullptr;
  for (const auto& other : cloud::list<MeterRecord>(registry, {{"circuit", meter.circuit}}, 2))
    if (other.meter != meter.meter) return &problems::meter_circuit;
  return nullptr;
}
template <>
const http::ProblemKind* write_objection(const Registry& registry, const SlotRecord& slot) {
  return without_building(registry, slot.building);
}

template <>
const http::ProblemKind* erase_objection(const Registry& registry, const Building& building) {
  const auto id = building.building;
  const bool used = names<Floor>(registry, "building", id) || names<RoomRecord>(registry, "building", id) ||
                    names<MeterRecord>(registry, "building", id) || names<SlotRecord>(registry, "building", id);
  return used ? &problems::record_in_use : nullptr;
}
template <>
const http::ProblemKind* erase_objection(const Registry& registry, const Floor& floor) {
  for (const auto& room : cloud::list<RoomRecord>(registry, {{"floor", floor.floor}}, 1))
    if (room.floor == floor.floor) return &problems::record_in_use;
  return names<MeterRecord>(registry, "floor", floor.floor) ? &problems::record_in_use : nullptr;
}
template <>
const http::ProblemKind* erase_objection(const Registry&, const RoomRecord&) {
  return nullptr;
}
template <>
const http::ProblemKind* erase_objection(const Registry&, const MeterRecord&) {
  return nullptr;
}
template <>
const http::ProblemKind* erase_objection(const Registry&, const SlotRecord&) {
  return nullptr;
}

std::optional<std::int64_t> query_number(const http::Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (text.empty()) return not_asked;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<std::size_t> page_limit(const Call& call, const http::Request& request) {
  const auto number = query_number(request, "limit");
  if (number == not_asked) return page_limit_usual;
  if (number && *number > 0 && *number <= static_cast<std::int64_t>(page_limit_max)) return static_cast<std::size_t>(*number);
  call.refuse(problems::bad_limit);
  return std::nullopt;
}

std::string etag_text(std::int64_t version) { return '"' + std::to_string(version) + '"'; }

bool may_edit(const Call& call, const http::Request& request, std::int64_t version) {
  const auto given = request.header("if-match");
  if (given.empty()) return call.refuse(problems::if_match_missing), false;
  if (given != etag_text(version) && given != "*") return call.refuse(problems::changed_meanwhile), false;
  return true;
}

bool may_create(const Call& call, const http::Request& request) {
  if (request.header("if-match").empty()) return true;
  return call.refuse(problems::changed_meanwhile), false;
}

std::int64_t next_version(const http::Request& request, std::int64_t before) {
  return std::max(before + 1, request.received.wall.micros);
}

}  // namespace wattle::api
