// Whoever runs low is warned: once each way, also over a restart, and by what his room has; at rest everybody has been.

#include <algorithm>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

constexpr std::string_view row_prefix = "warned/";

int level_of(std::int64_t micros, const ControlSettings& settings) {
  if (micros <= settings.warn_second.micros) return 2;
  return micros <= settings.warn_first.micros ? 1 : 0;
}

std::string text_of(RoomId room, Warning level) {
  return "room " + std::to_string(room.value) + " is warned to " + std::to_string(static_cast<int>(level));
}

}  // namespace

/// As they are on the disk when a box starts, of the rooms that it still knows: its disk may have forgotten that one came.
void World::find_warnings(BoxNode& box) const {
  box.known.warned.clear();
  for (const auto& [key, value] : box.disk.rows(Table::box)) {
    const std::string name(key.begin(), key.end());
    if (!name.starts_with(row_prefix) || value.size() != 1) continue;
    const RoomId room{static_cast<std::uint32_t>(std::stoul(name.substr(row_prefix.size())))};
    if (box.engine->link().state().find(room) != nullptr) box.known.warned[room] = static_cast<Warning>(value[0]);
  }
}

/// Between the lowest and the highest level to which a room that has nothing under way may have been warned. Nothing: its
/// settings are not known.
std::optional<std::pair<int, int>> World::warnings_for(const BoxNode& box, const RoomState& room) const {
  std::pair<int, int> levels{0, 0};
  for (const auto& circuit : room.circuits) {
    const auto settings = settings_of(box.engine->link().state(), circuit.circuit);
    if (!settings || box.known.unsure.contains(circuit.circuit)) return std::nullopt;
    if (settings->mode != ControlMode::prepaid) continue;
    const auto money = room.balance.micros + free_of(room, circuit.utility).micros;
    levels.first = std::max(levels.first, level_of(money, *settings));
    levels.second = std::max(levels.second, level_of(money - warning_margin.micros, *settings));
  }
  return levels;
}

/// Some circuit of the room may be told of at this level with so much.
bool World::may_warn(const BoxNode& box, const RoomState& room, int level, std::int64_t money) const {
  bool is_prepaid = false;
  for (const auto& circuit : room.circuits) {
    const auto settings = settings_of(box.engine->link().state(), circuit.circuit);
    if (!settings || box.known.unsure.contains(circuit.circuit)) return true;
    if (settings->mode != ControlMode::prepaid) continue;
    is_prepaid = true;
    const bool is_its = money <= room.balance.micros + free_of(room, circuit.utility).micros;
    if (is_its && level_of(money, *settings) <= level && level <= level_of(money - warning_margin.micros, *settings))
      return true;
  }
  return !is_prepaid && level == 0;
}

void World::check_warning(BoxNode& box, const edge::Warned& warned) const {
  const auto text = "warned/" + std::to_string(warned.room.value);
  const auto row = box.disk.row(Table::box, Bytes(text.begin(), text.end()));
  const auto kept = row && row->size() == 1 ? static_cast<Warning>((*row)[0]) : Warning::none;
  require(kept == warned.level, "output", text_of(warned.room, warned.level) + ", and that is not durable");
  auto& before = box.known.warned[warned.room];
  require(std::exchange(before, warned.level) != warned.level, "warning", text_of(warned.room, warned.level) + " twice");
  const auto* room = box.engine ? box.engine->link().state().find(warned.room) : nullptr;
  if (room == nullptr || !room->open) return;
  const auto money = warned.available.micros;
  require(may_warn(box, *room, static_cast<int>(warned.level), money), "warning",
          text_of(warned.room, warned.level) + " with " + std::to_string(money) + " micros");
}

void World::check_warnings() const {
  for (const auto& box : boxes_) {
    if (!box->engine || box->engine->link().row().fenced || box->engine->link().state().prices().empty()) continue;
    for (const auto& [id, room] : box->engine->link().state().rooms()) {
      // Before all its meters have been read nobody is warned.
      const bool is_read = std::all_of(room.circuits.begin(), room.circuits.end(),
                                       [&](const auto& circuit) { return box->told.contains(circuit.circuit); });
      if (!room.open || !is_read) continue;
      const auto levels = warnings_for(*box, room);
      const auto at = box->known.warned.find(id);
      const auto level = at == box->known.warned.end() ? Warning::none : at->second;
      require(!levels || (levels->first <= static_cast<int>(level) && static_cast<int>(level) <= levels->second), "warning",
              "at rest " + text_of(id, level) + " with " + std::to_string(room.balance.micros) + " micros and its allowances");
    }
  }
}

}  // namespace wattle::sim
