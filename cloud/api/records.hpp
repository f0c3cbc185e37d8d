#pragma once
// The registry's resources: listed, read, written and taken away in one way, each from the columns that its record names.

#include <charconv>

#include "cloud/api/answers.hpp"
#include "cloud/store/records.hpp"

namespace wattle::api {

inline constexpr std::size_t page_limit_max = 200;
inline constexpr std::size_t page_limit_usual = 50;

/// Why it may not be written (what it names is not there) or taken away (others name it); null: it may.
template <class T>
const http::ProblemKind* write_objection(const cloud::Registry& registry, const T& record);
template <class T>
const http::ProblemKind* erase_objection(const cloud::Registry& registry, const T& record);

template <>
const http::ProblemKind* write_objection(const cloud::Registry& registry, const cloud::Building& building);
template <>
const http::ProblemKind* write_objection(const cloud::Registry& registry, const cloud::Floor& floor);
template <>
const http::ProblemKind* write_objection(const cloud::Registry& registry, const cloud::RoomRecord& room);
template <>
const http::ProblemKind* write_objection(const cloud::Registry& registry, const cloud::MeterRecord& meter);
template <>
const http::ProblemKind* write_objection(const cloud::Registry& registry, const cloud::SlotRecord& slot);
template <>
const http::ProblemKind* erase_objection(const cloud::Registry& registry, const cloud::Building& building);
template <>
const http::ProblemKind* erase_objection(const cloud::Registry& registry, const cloud::Floor& floor);
template <>
const http::ProblemKind* erase_objection(const cloud::Registry& registry, const cloud::RoomRecord& room);
template <>
const http::ProblemKind* erase_objection(const cloud::Registry& registry, const cloud::MeterRecord& meter);
template <>
const http::ProblemKind* erase_objection(const cloud::Registry& registry, const cloud::SlotRecord& slot);

/// What a body leaves out, where that is not "nothing".
template <class T>
void fill_in(T& /*record*/) {}
inline void fill_in(cloud::MeterRecord& meter) {
  if (meter.role.empty()) meter.role = "sub";
  if (meter.utility.empty()) meter.utility = "electricity";
}

/// What follows when it has been changed, or taken away (`now` is null).
template <class T>
void follow_change(const Call&, const T& /*before*/, const T* /*now*/) {}

/// "limit" of the query; the caller has been told when it is none.
std::optional<std::size_t> page_limit(const Call& call, const http::Request& request);
/// A whole number of the query; the least int64 when it is absent, none when it is no number.
std::optional<std::int64_t> query_number(const http::Request& request, std::string_view name);
inline constexpr std::int64_t not_asked = INT64_MIN;

std::string etag_text(std::int64_t version);
/// What is there may be overwritten: If-Match names it. Else the caller has been told.
bool may_edit(const Call& call, const http::Request& request, std::int64_t version);
/// No If-Match: it stands for something that is not there.
bool may_create(const Call& call, const http::Request& request);
/// Above the one before, and not that of something that stood here earlier.
std::int64_t next_version(const http::Request& request, std::int64_t before);

template <class T>
boost::json::object record_json(const T& told) {
  auto record = told;
  boost::json::object out;
  auto tell = [&](const cloud::Column& column, const auto& value) {
    if (column.show != cloud::Show::hidden) out[column.name] = value;
  };
  columns(tell, record);
  return out;
}

/// The fields of the body; those that may be empty or zero need not be there.
template <class T>
void read_record(JsonObject& root, T& record) {
  auto read = [&](const cloud::Column& column, auto& value) {
    if (column.show != cloud::Show::plain) return;
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, std::string>) {
      const std::pair length{static_cast<std::size_t>(column.least), static_cast<std::size_t>(column.most)};
      value = column.least > 0 ? root.text(column.name, length) : root.text(column.name, length, "");
    } else if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, bool>) {
      value = root.boolean(column.name, false);
    } else {
      value = column.least > 0 ? root.integer(column.name, {column.least, column.most})
                               : root.integer(column.name, {column.least, column.most}, 0);
    }
  };
  columns(read, record);
}

/// The key from the path, which has the first column's name.
template <class T>
std::optional<T> keyed(const http::Request& request) {
  T record;
  bool right = true;
  auto take = [&](const cloud::Column& column, auto& value) {
    if (column.show != cloud::Show::key) return;
    const auto text = request.param(column.name);
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, std::string>) {
      value = text;
      right = right && static_cast<std::int64_t>(text.size()) >= column.least &&
              static_cast<std::int64_t>(text.size()) <= column.most;
    } else if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, std::int64_t>) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      right = right && error == std::errc{} && end == text.data() + text.size() && text[0] != '0' && value >= column.least &&
              value <= column.most;
    }
  };
  columns(take, record);
  return right ? std::optional(record) : std::nullopt;
}

template <class T>
std::optional<T> find_record(const cloud::Registry& registry, const T& key) {
  auto row = cloud::row_of(key);
  row.resize(cloud::key_columns<T>);
  const auto found = registry.find(cloud::sheet<T>(), row);
  return found ? std::optional(cloud::record_of<T>(*found)) : std::nullopt;
}

/// The record that the path names; the caller has been told when there is none.
template <class T>
std::optional<T> named_record(const Call& call, const http::Request& request) {
  const auto key = keyed<T>(request);
  auto found = key ? find_record(call.desk.registry(), *key) : std::nullopt;
  if (!found) call.refuse(problems::record_unknown);
  return found;
}

template <class T>
void answer_record(const Call& call, unsigned status, const T& record) {
  call.answer(status, [record] { return record_json(record); }, {{"ETag", etag_text(record.version)}});
}

template <class T>
void get_record(const Call& call, const http::Request& request) {
  if (const auto found = named_record<T>(call, request)) answer_record(call, 200, *found);
}

template <class T>
bool has_column(std::string_view name) {
  const auto& all = cloud::sheet<T>().columns;
  return std::find(all.begin(), all.end(), name) != all.end();
}

/// One page of the sheet, by its first column.
template <class T>
void answer_page(const Call& call, const std::vector<cloud::Where>& where, const std::vector<cloud::Value>& behind,
                 std::size_t limit, cloud::Sort sort, std::function<boost::json::object(const T&)> tell = record_json<T>) {
  auto rows = call.desk.registry().list(cloud::sheet<T>(), where, behind, limit + 1, sort);
  const bool more = rows.size() > limit;
  if (more) rows.pop_back();
  call.answer(200, [rows = std::move(rows), more, tell = std::move(tell)] {
    boost::json::array items;
    for (const auto& row : rows) items.push_back(tell(cloud::record_of<T>(row)));
    boost::json::object out = {{"items", std::move(items)}, {"next_cursor", nullptr}};
    if (!more) return out;
    const auto& last = rows.back().front();
    const auto* number = std::get_if<std::int64_t>(&last);
    out["next_cursor"] = number != nullptr ? std::to_string(*number) : std::get<std::string>(last);
    return out;
  });
}

template <class T>
void get_records(const Call& call, const http::Request& request) {
  const auto limit = page_limit(call, request);
  if (!limit) return;
  const auto after = query_number(request, "cursor");
  if (!after) return call.refuse(problems::bad_cursor);
  std::vector<cloud::Where> where;
  if (const auto building = query_number(request, "building"); building != not_asked && has_column<T>("building"))
    where.push_back({"building", building.value_or(-1)});
  std::vector<cloud::Value> behind;
  if (*after != not_asked) behind.emplace_back(*after);
  answer_page<T>(call, where, behind, *limit, cloud::Sort::up);
}

template <class T>
void put_record(const Call& call, const http::Request& request) {
  const auto key = keyed<T>(request);
  if (!key) return call.refuse(problems::record_unknown);
  auto& registry = call.desk.registry();
  const auto known = find_record(registry, *key);
  auto wanted = known.value_or(*key);  // what is hidden stays
  JsonBody body(request.body);
  auto root = body.root();
  read_record(root, wanted);
  if (call.refuse_faults(body)) return;
  fill_in(wanted);
  if (known && cloud::row_of(wanted) == cloud::row_of(*known)) return answer_record(call, 200, *known);  // the same again
  if (const auto* objection = write_objection(registry, wanted)) return call.refuse(*objection);
  if (known ? !may_edit(call, request, known->version) : !may_create(call, request)) return;
  wanted.version = next_version(request, known ? known->version : 0);
  cloud::put(registry, wanted);
  if (known) follow_change<T>(call, *known, &wanted);
  answer_record(call, known ? 200 : 201, wanted);
}

template <class T>
void delete_record(const Call& call, const http::Request& request) {
  const auto found = named_record<T>(call, request);
  if (!found) return;
  auto& registry = call.desk.registry();
  if (const auto* objection = erase_objection(registry, *found)) return call.refuse(*objection);
  if (!may_edit(call, request, found->version)) return;
  auto key = cloud::row_of(*found);
  key.resize(cloud::key_columns<T>);
  registry.erase(cloud::sheet<T>(), key);
  follow_change<T>(call, *found, nullptr);
  call.answer(200, [record = *found] { return record_json(record); });
}

}  // namespace wattle::api
