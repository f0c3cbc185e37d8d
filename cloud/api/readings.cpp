// Recorded readings of a room, or of a meter that is no room's: single ones, hours or days, page by page. The text is made
// beside the loop, by whoever owns the store, and by hand: a month of a room is some ten thousand rows.

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "cloud/api/records.hpp"
#include "cloud/api/room_routes.hpp"
#include "cloud/api/time_parse.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

using cloud::ReadingsPlace;
using cloud::ReadingsQuery;
using cloud::ReadingsStore;
using cloud::TotalRow;
using cloud::TotalSpan;

using Utilities = std::map<CircuitId, Utility>;

constexpr std::size_t row_bytes = 160;  // of a row's text, about

/// A JSON object after the other, without a tree in between. Each key stands with its comma: circuit and meter come first.
class Rows {
 public:
  Rows(const Utilities& utilities, std::string text, std::size_t rows) : utilities_(utilities), text_(std::move(text)) {
    text_.reserve(text_.size() + rows * row_bytes + row_bytes);  // growing touches every page of memory twice
  }

  void add(CircuitId circuit, MeterId meter, const RecordedReading& reading) {
    begin(circuit, meter);
    time(R"(,"at":")", reading.at);
    quantity(R"(,"register)", reading.register_units);
    if (reading.power) number(R"(,"power_w":)", reading.power->watts);
    if (reading.voltage_mv) number(R"(,"voltage_mv":)", *reading.voltage_mv);
    if (reading.current_ma) number(R"(,"current_ma":)", *reading.current_ma);
    if (!reading.further.empty()) further(reading.further);
    if (reading.from_history) text_ += R"(,"source":"meter_history")";
    text_ += '}';
  }
  void add(const TotalRow& row) {
    const auto& total = row.total;
    begin(row.key.circuit, row.key.meter);
    time(R"(,"start":")", row.key.start);
    number(R"(,"readings":)", total.readings);
    quantity(R"(,"used)", row.used);
    if (covers_gap(row)) time(R"(,"used_until":")", row.continued->at);
    if (row.used.units < 0) text_ += R"(,"register_fell":true)";
    time(R"(,"first_at":")", total.first_at);
    quantity(R"(,"first)", total.first);
    time(R"(,"last_at":")", total.last_at);
    quantity(R"(,"last)", total.last);
    if (total.powers > 0) {
      number(R"(,"power_mean_w":)", total.power_sum_w / total.powers);
      number(R"(,"power_max_w":)", total.power_max_w);
    }
    const auto level = [&](const cloud::LevelTotal& of, std::string_view mean, std::string_view least, std::string_view most) {
      if (of.readings == 0) return;
      number(mean, of.sum / of.readings);
      number(least, of.least);
      number(most, of.most);
    };
    level(total.voltage_mv, R"(,"voltage_mean_mv":)", R"(,"voltage_min_mv":)", R"(,"voltage_max_mv":)");
    level(total.current_ma, R"(,"current_mean_ma":)", R"(,"current_min_ma":)", R"(,"current_max_ma":)");
    for (const auto& [kind, of] : total.further) further(kind, of, row);
    text_ += '}';
  }
  std::string take() { return std::move(text_); }

 private:
  /// Mostly the circuit and meter of the row before.
  void begin(CircuitId circuit, MeterId meter) {
    if (opening_.empty() || circuit != circuit_ || meter != meter_) {
      circuit_ = circuit, meter_ = meter;
      const auto at = utilities_.find(circuit);
      unit_ = at == utilities_.end() || at->second == Utility::electricity ? R"(_wh":)" : R"(_l":)";
      opening_ = R"({"circuit":)" + std::to_string(circuit.value) + R"(,"meter":)" + std::to_string(meter.value);
    }
    if (std::exchange(any_, true)) text_ += ',';
    text_ += opening_;
  }
  void value(std::int64_t given) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), given).ptr;
    text_.append(digits, end);
  }
  void number(std::string_view key, std::int64_t given) {
    text_ += key;
    value(given);
  }
  void further(const Further& told) {
    for (std::size_t i = 0; i < further_kinds; ++i) {
      const auto kind = static_cast<FurtherKind>(i);
      const auto given = told.get(kind);
      if (!given) continue;
      if (kind == FurtherKind::relay)
        text_ += *given != 0 ? R"(,"relay":"closed")" : R"(,"relay":"open")";
      else
        named(kind, "", *given);
    }
  }
  void further(FurtherKind kind, const cloud::FurtherTotal& of, const TotalRow& row) {
    if (kind == FurtherKind::relay) {
      number(R"(,"relay_readings":)", of.readings);
      return number(R"(,"relay_closed_readings":)", of.sum);
    }
    if (is_counter(kind)) return named(kind, "_used", row.further_used.at(kind));
    named(kind, "_mean", of.sum / of.readings);
    named(kind, "_min", of.least);
    named(kind, "_max", of.most);
  }
  /// "reactive_power_mean_var"
  void named(FurtherKind kind, std::string_view which, std::int64_t given) {
    const auto [name, unit] = name_of(kind);
    text_.append(",\"").append(name).append(which).append("_").append(unit).append("\":");
    value(given);
  }
  void quantity(std::string_view key, Quantity given) {
    text_ += key;
    text_ += unit_;
    value(given.units);
  }
  /// Rows come in the order of time, so that the day before the T is mostly the one of the row before.
  void time(std::string_view key, Instant at) {
    text_ += key;
    const auto day = at.micros / days(1).micros;
    if (day != day_) {
      day_ = day;
      date_ = time_text(at).substr(0, sizeof "2026-03-01T" - 1);
    }
    const auto second = static_cast<int>(at.micros % days(1).micros / 1'000'000);
    char clock[] = "00:00:00Z\"";
    const auto two = [&](int place, int number) {
      clock[place] = static_cast<char>('0' + number / 10);
      clock[place + 1] = static_cast<char>('0' + number % 10);
    };
    two(0, second / 3600);
    two(3, second / 60 % 60);
    two(6, second % 60);
    text_ += date_;
    text_.append(clock, sizeof clock - 1);
  }

  const Utilities& utilities_;
  std::string text_;
  CircuitId circuit_;
  MeterId meter_;
  std::string_view unit_;
  std::string opening_;
  std::int64_t day_ = -1;
  std::string date_;
  bool any_ = false;
};

struct Cursor {
  CircuitId circuit;
  Instant at;
  std::uint64_t id = 0;
  std::uint32_t index = 0;
};
template <class F>
void fields(F& f, Cursor& v) {
  f(v.circuit), f(v.at), f(v.id), f(v.index);
}

std::string opening_of_page(std::string_view resolution) {
  return R"({"resolution":")" + std::string(resolution) + R"(","items":[)";
}

std::string closed_page(std::string text, const std::optional<ReadingsPlace>& next) {
  text += R"(],"next_cursor":)";
  if (!next) return std::move(text += "null}");
  Cursor cursor{next->circuit, next->at, next->id, next->index};
  return std::move(text += '"' + to_hex(to_bytes(cursor)) + "\"}");
}

std::optional<std::string> raw_text(ReadingsStore& store, const ReadingsQuery& query, const Utilities& utilities) {
  Rows rows(utilities, opening_of_page("raw"), query.limit);
  const auto next = store.read_recorded(
      query, [&](CircuitId circuit, MeterId meter, const RecordedReading& reading) { rows.add(circuit, meter, reading); });
  return next ? std::optional(closed_page(rows.take(), *next)) : std::nullopt;
}

std::optional<std::string> totals_text(ReadingsStore& store, const ReadingsQuery& query, std::string_view resolution,
                                       const Utilities& utilities) {
  const auto page = store.totals(query, resolution == "hour" ? TotalSpan::hour : TotalSpan::day);
  if (!page) return std::nullopt;
  Rows rows(utilities, opening_of_page(resolution), page->rows.size());
  for (const auto& row : page->rows) rows.add(row);
  return closed_page(rows.take(), page->next);
}

/// Nothing when the caller has been told what is wrong.
std::optional<ReadingsQuery> read_query(const Call& call, const http::Request& request, RoomId room) {
  ReadingsQuery query;
  query.room = room;
  const auto from = parse_time(request.query_value("from"));
  const auto to = parse_time(request.query_value("to"));
  if (!from || !to || *from < recording_begins || *to > recording_ends || *from >= *to)
    return call.refuse(problems::bad_period), std::nullopt;
  query.from = *from;
  query.to = *to;
  const auto limit = request.query_value("limit");
  const auto wanted = limit.empty() ? std::optional<std::uint32_t>(readings_limit_usual) : parse_number(limit);
  if (!wanted || *wanted > readings_limit_max) return call.refuse(problems::bad_limit), std::nullopt;
  query.limit = *wanted;
  if (const auto circuit = request.query_value("circuit"); !circuit.empty()) {
    const auto number = parse_number(circuit);
    if (!number) return call.refuse(problems::bad_circuit), std::nullopt;
    query.circuit = CircuitId{*number};
  }
  if (const auto cursor = request.query_value("cursor"); !cursor.empty()) {
    const auto place = from_bytes<Cursor>(from_hex(cursor));
    if (!place) return call.refuse(problems::bad_cursor), std::nullopt;
    query.begin = ReadingsPlace{place->circuit, place->at, place->id, place->index};
  }
  return query;
}

/// Of the box that holds the room.
std::optional<EdgeId> slot_of(const cloud::Site& site, RoomId room) {
  const auto* chain = site.index().room(room);
  const auto at = chain == nullptr ? std::nullopt : chain->open_at();
  return at ? std::optional(at->edge) : std::nullopt;
}

/// The caller has been told when nothing can be answered.
void answer_readings(const Call& call, const http::Request& request, RoomId room, std::optional<CircuitId> circuit,
                     Utilities utilities) {
  const auto given = request.query_value("resolution");
  const std::string resolution(given.empty() ? "raw" : given);
  if (resolution != "raw" && resolution != "hour" && resolution != "day") return call.refuse(problems::bad_resolution);
  auto query = read_query(call, request, room);
  if (!query) return;
  if (circuit) query->circuit = circuit;
  if (room.value != 0) query->from = std::max(query->from, call.caller.sees_from(room));
  if (query->from >= query->to)
    return call.respond({200, "application/json", closed_page(opening_of_page(resolution), std::nullopt), {}});
  // Hours and days go on from there, whatever the beginning; single readings are looked at one by one.
  if (resolution != "raw" && query->begin && query->begin->at < query->from) return call.refuse(problems::bad_cursor);
  if (resolution != "raw") query->register_ends = register_ends(call.desk.site(), slot_of(call.desk.site(), room));
  const bool taken = call.desk.read_readings(
      [query = *query, resolution, utilities = std::move(utilities)](ReadingsStore& store) {
        return resolution == "raw" ? raw_text(store, query, utilities) : totals_text(store, query, resolution, utilities);
      },
      [call](std::optional<std::string> text) {
        if (!text) return call.refuse(problems::readings_unavailable);
        call.respond({200, "application/json", *std::move(text), {}});
      });
  if (!taken) call.hold_back(problems::readings_busy, seconds(1));
}

}  // namespace

std::map<CircuitId, StayCircuit> circuits_of_stays(const Desk& desk, RoomId room) {
  struct Known {
    std::uint32_t opening = 0;
    int told_by = 0;  // the order, a box where it was, the box where it is
    const Circuits* circuits = nullptr;
  };
  std::vector<Known> known;
  const auto& orders = desk.site().orders();
  const auto prefix = "fit/" + std::to_string(room.value) + "/";
  for (auto at = orders.lower_bound(OutsideId(prefix)); at != orders.end() && at->first.text().starts_with(prefix); ++at)
    if (const auto* fitted = std::get_if<cloud::Fitting>(&at->second)) known.push_back({fitted->opening, 0, &fitted->circuits});
  if (const auto* chain = desk.site().index().room(room)) {
    for (const auto& [holder, at] : chain->links) {
      const auto* link = desk.site().link(holder);
      const auto* state = link == nullptr ? nullptr : link->state().find(room);
      if (state != nullptr) known.push_back({state->opening, state->open ? 2 : 1, &state->circuits});
    }
  }
  const auto by_age = [](const Known& a, const Known& b) {
    return std::pair(a.opening, a.told_by) < std::pair(b.opening, b.told_by);
  };
  std::stable_sort(known.begin(), known.end(), by_age);
  std::map<CircuitId, StayCircuit> out;
  for (const auto& one : known)
    for (const auto& circuit : *one.circuits) out[circuit.circuit] = {circuit.utility, one.opening == known.back().opening};
  return out;
}

/// What is asked for may lie in the days of any stay.
Utilities utilities_of(const Desk& desk, RoomId room) {
  Utilities out;
  for (const auto& [circuit, its] : circuits_of_stays(desk, room)) out[circuit] = its.utility;
  return out;
}

void get_readings(const Call& call, const http::Request& request) {
  const RoomId room{parse_number(request.param("room")).value_or(0)};
  if (!opening_of(call.desk.site(), room)) return call.refuse(problems::room_unknown);
  answer_readings(call, request, room, std::nullopt, utilities_of(call.desk, room));
}

void get_meter_readings(const Call& call, const http::Request& request) {
  const auto meter = named_record<cloud::MeterRecord>(call, request);
  if (!meter) return;
  if (meter->circuit == 0) return call.refuse(problems::circuit_unknown);
  const CircuitId circuit{static_cast<std::uint32_t>(meter->circuit)};
  answer_readings(call, request, RoomId{}, circuit, {{circuit, parse_utility(meter->utility).value_or(Utility::electricity)}});
}

}  // namespace wattle::api
