#pragma once
// The registry's rows as structs. Each names its columns once, in the order of the table, with what a text or number may be:
// the table, the API's JSON in both directions and its checks all follow from that.

#include <array>
#include <cstdint>

#include "cloud/store/registry.hpp"
#include "shared/base/check.hpp"
#include "shared/base/time.hpp"

namespace wattle::cloud {

enum class Show : std::uint8_t {
  plain,   // read from the body and told in the answer
  key,     // stands in the path
  told,    // told, and never read from a body
  hidden,  // neither
};

struct Column {
  std::string_view name;
  std::int64_t least = 0;  // of a number; of a text's length in bytes
  std::int64_t most = 0;
  Show show = Show::plain;
};

inline constexpr std::int64_t id_max = UINT32_MAX;
inline constexpr std::int64_t name_max = 80;
inline constexpr std::int64_t notes_max = 500;
inline constexpr std::int64_t plate_max = 999'999'999'999;  // twelve digits, DL/T 645-2007

/// What every record that people edit ends with: raised by each edit, the ETag.
inline constexpr Column version_column{"version", 0, INT64_MAX, Show::hidden};

struct Building {
  std::int64_t building = 0;
  std::string name;
  std::string notes;
  std::int64_t version = 0;
};
template <class F>
void columns(F& f, Building& v) {
  f({"building", 1, id_max, Show::key}, v.building), f({"name", 1, name_max}, v.name), f({"notes", 0, notes_max}, v.notes);
  f(version_column, v.version);
}

struct Floor {
  std::int64_t floor = 0;
  std::int64_t building = 0;
  std::int64_t level = 0;  // 0: the ground's
  std::string name;
  std::int64_t version = 0;
};
template <class F>
void columns(F& f, Floor& v) {
  f({"floor", 1, id_max, Show::key}, v.floor), f({"building", 1, id_max}, v.building), f({"level", -20, 200}, v.level);
  f({"name", 0, name_max}, v.name), f(version_column, v.version);
}

/// A room in the register; what it has and owes is in the books.
struct RoomRecord {
  std::int64_t room = 0;
  std::string name;  // as people call it: "3-204"
  std::int64_t building = 0;
  std::int64_t floor = 0;  // 0: not said
  std::int64_t beds = 0;
  std::string notes;
  std::int64_t version = 0;
};
template <class F>
void columns(F& f, RoomRecord& v) {
  f({"room", 1, id_max, Show::key}, v.room), f({"name", 1, name_max}, v.name), f({"building", 1, id_max}, v.building);
  f({"floor", 0, id_max}, v.floor), f({"beds", 0, 100}, v.beds), f({"notes", 0, notes_max}, v.notes);
  f(version_column, v.version);
}

struct MeterRecord {
  std::int64_t meter = 0;  // the number on its plate
  std::int64_t building = 0;
  std::string model;  // the profile by which its box reads it
  std::string place;
  std::string role = "sub";             // or main: what comes in there is used behind it; or monitor: only watched
  std::string utility = "electricity";  // or cold_water, hot_water
  std::int64_t floor = 0;               // that a main meter feeds; 0: the building
  std::int64_t circuit = 0;             // under which its box records a meter that is no room's
  std::string notes;
  std::int64_t version = 0;
};
template <class F>
void columns(F& f, MeterRecord& v) {
  f({"meter", 1, plate_max, Show::key}, v.meter), f({"building", 1, id_max}, v.building), f({"model", 0, name_max}, v.model);
  f({"place", 0, name_max}, v.place), f({"role", 0, name_max}, v.role), f({"utility", 0, name_max}, v.utility);
  f({"floor", 0, id_max}, v.floor), f({"circuit", 0, id_max}, v.circuit), f({"notes", 0, notes_max}, v.notes);
  f(version_column, v.version);
}

/// A box's slot, whichever incarnation holds it.
struct SlotRecord {
  std::int64_t edge = 0;
  std::string name;
  std::int64_t building = 0;
  std::string notes;
  std::int64_t version = 0;
};
template <class F>
void columns(F& f, SlotRecord& v) {
  f({"edge", 1, id_max, Show::key}, v.edge), f({"name", 1, name_max}, v.name), f({"building", 1, id_max}, v.building);
  f({"notes", 0, notes_max}, v.notes), f(version_column, v.version);
}

template <class T>
struct SheetName;
template <>
struct SheetName<Building> {
  static constexpr std::string_view name = "buildings";
};
template <>
struct SheetName<Floor> {
  static constexpr std::string_view name = "floors";
};
template <>
struct SheetName<RoomRecord> {
  static constexpr std::string_view name = "rooms";
};
template <>
struct SheetName<MeterRecord> {
  static constexpr std::string_view name = "meters";
};
template <>
struct SheetName<SlotRecord> {
  static constexpr std::string_view name = "slots";
};

/// How many columns the key has, where it is more than one.
template <class T>
inline constexpr std::size_t key_columns = 1;

template <class T>
const Sheet& sheet() {
  static const Sheet made = [] {
    Sheet out{SheetName<T>::name, {}, key_columns<T>};
    auto note = [&](const Column& column, const auto&) { out.columns.push_back(column.name); };
    T none;
    columns(note, none);
    return out;
  }();
  return made;
}

template <class T>
Row row_of(T record) {
  Row row;
  auto put = [&](const Column&, auto& value) {
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, bool>)
      row.emplace_back(std::int64_t{value});
    else
      row.emplace_back(value);
  };
  columns(put, record);
  return row;
}

template <class T>
T record_of(const Row& row) {
  T record;
  std::size_t at = 0;
  auto take = [&](const Column&, auto& value) {
    using Kept =
        std::conditional_t<std::is_same_v<std::remove_reference_t<decltype(value)>, std::string>, std::string, std::int64_t>;
    const auto* found = std::get_if<Kept>(&row.at(at++));
    WATTLE_CHECK(found != nullptr);  // the tables are STRICT
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, bool>)
      value = *found != 0;
    else
      value = *found;
  };
  columns(take, record);
  return record;
}

template <class T>
std::optional<T> find(const Registry& registry, std::initializer_list<Value> key) {
  const auto row = registry.find(sheet<T>(), {key.begin(), key.size()});
  return row ? std::optional(record_of<T>(*row)) : std::nullopt;
}

template <class T>
std::vector<T> list(const Registry& registry, std::initializer_list<Where> where, std::size_t limit, Sort sort = Sort::up) {
  std::vector<T> records;
  for (const auto& row : registry.list(sheet<T>(), {where.begin(), where.size()}, {}, limit, sort))
    records.push_back(record_of<T>(row));
  return records;
}

template <class T>
void put(Registry& registry, const T& record) {
  registry.put(sheet<T>(), row_of(record));
}

}  // namespace wattle::cloud
