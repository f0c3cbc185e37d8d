// What a circuit's meter is to be told, and how it stands: a register of the configuration, written into the meter and read
// back by the box. What the meter's profile at the box does not know is told there as unsupported.

#include "cloud/api/control_routes.hpp"
#include "cloud/api/settings.hpp"
#include "shared/api/money_text.hpp"
#include "shared/api/time_text.hpp"
#include "shared/meter/dlt645_model.hpp"

namespace wattle::api {
namespace {

constexpr std::array<std::string_view, 5> told_names = {"pending", "written", "differs", "refused", "unsupported"};

ParameterValue read_day_hour(JsonObject& root, std::string_view name) {
  auto item = root.object(name);
  return {item.integer("day", {1, 28}) * hours_of_day + item.integer("hour", {0, hours_of_day - 1}, 0), {}};
}

ParameterValue read_table(JsonObject& root, const ParameterInfo& what) {
  ParameterValue value;
  auto entries = root.objects(what.json);
  if (entries.size() > dlt645::writable_periods_max) root.fault(what.json, JsonErrc::out_of_range);
  for (auto& entry : entries) {
    const bool is_day = what.kind == ParameterKind::table;
    const auto from = is_day ? read_moment(entry, "from") : read_day_of_year(entry, "from");
    const auto number = is_day ? entry.integer("tariff", {1, tariffs_max}) : entry.integer("day_table", {1, day_tables_max});
    value.entries.push_back({from, static_cast<std::uint8_t>(number)});
  }
  return value;
}

ParameterValue read_parameter(JsonObject& root, const ParameterInfo& what) {
  switch (what.kind) {
    case ParameterKind::money: return {read_money(root, what.json, {}).micros, {}};
    case ParameterKind::flag: return {root.boolean(what.json) ? 1 : 0, {}};
    case ParameterKind::day_hour: return read_day_hour(root, what.json);
    case ParameterKind::table:
    case ParameterKind::zones: return read_table(root, what);
    case ParameterKind::energy:
    case ParameterKind::power:
    case ParameterKind::voltage:
    case ParameterKind::number:
    case ParameterKind::delay: break;
  }
  return {root.integer(what.json, {what.least, what.most}), {}};
}

/// A caller that was written before there were several day tables names the first one without its number.
ParameterInfo named_in(JsonObject& root, ParameterInfo what) {
  if (what.once.empty() || !root.has(what.once)) return what;
  if (root.has(what.json)) root.fault(what.once, JsonErrc::duplicate_field);
  what.json = what.once;
  return what;
}

ParameterOrder read_parameters(JsonObject& root) {
  ParameterOrder order;
  for (const auto& known : all_parameters()) {
    const auto what = named_in(root, known);
    if (!root.has(what.json)) continue;
    auto value = read_parameter(root, what);
    if (!is_valid(what.parameter, value))
      root.fault(what.json, JsonErrc::out_of_range);
    else
      order.values.emplace(what.parameter, std::move(value));
  }
  return order;
}

boost::json::value table_json(ParameterKind kind, const ParameterValue& value) {
  boost::json::array entries;
  for (const auto& entry : value.entries) {
    if (kind == ParameterKind::table)
      entries.push_back({{"from", clock_text(entry.from)}, {"tariff", entry.number}});
    else
      entries.push_back({{"from", day_of_year_text(entry.from)}, {"day_table", entry.number}});
  }
  return entries;
}

boost::json::value value_json(const ParameterInfo& what, const ParameterValue& value) {
  switch (what.kind) {
    case ParameterKind::money: return boost::json::value(money_text({value.number}));
    case ParameterKind::flag: return value.number != 0;
    case ParameterKind::day_hour: return {{"day", value.number / hours_of_day}, {"hour", value.number % hours_of_day}};
    case ParameterKind::table:
    case ParameterKind::zones: return table_json(what.kind, value);
    case ParameterKind::energy:
    case ParameterKind::power:
    case ParameterKind::voltage:
    case ParameterKind::number:
    case ParameterKind::delay: break;
  }
  return value.number;
}

boost::json::object told_json(Parameter parameter, const ParameterTold& told) {
  const auto& what = info(parameter);
  boost::json::object out = {{"parameter", what.name}, {"state", told_names.at(static_cast<std::size_t>(told.state))}};
  out["in_meter"] = nullptr;
  if (told.in_meter) out["in_meter"] = boost::json::object{{what.json, value_json(what, *told.in_meter)}};
  out["read"] = told.read.micros == 0 ? boost::json::value(nullptr) : boost::json::value(time_text(told.read));
  out["why"] = told.why == 0 ? boost::json::value(nullptr) : boost::json::value(meter_why_text(told.why));
  return out;
}

boost::json::value clock_json(const std::optional<ClockTold>& clock) {
  if (!clock) return nullptr;
  return {{"error_s", clock->error.micros / seconds(1).micros}, {"read", time_text(clock->read)}, {"refused", clock->refused}};
}

boost::json::object parameters_json(const Desk& desk, CircuitId circuit) {
  const auto& site = desk.site();
  const auto place = place_of(desk, circuit);
  boost::json::object out = {{"circuit", circuit.value}, {"room", place ? place->room.value : 0}};
  const auto* order = newest_order(site, parameters_key(circuit));
  const auto wanted = order == nullptr ? std::nullopt : decode_parameters(order->value);
  boost::json::object desired;
  if (wanted)
    for (const auto& [parameter, value] : wanted->values) desired[info(parameter).json] = value_json(info(parameter), value);
  out["desired"] = std::move(desired);
  put_order(site, order, out);
  out["reported"] = nullptr;
  if (const auto now = now_at(desk, place, circuit)) {
    auto reported = setting_json(now->parameters);
    boost::json::array told;
    for (const auto& [parameter, how] : now->told) told.push_back(told_json(parameter, how));
    reported["parameters"] = std::move(told);
    reported["clock"] = clock_json(now->clock);
    out["reported"] = std::move(reported);
  }
  return out;
}

}  // namespace

void get_parameters(const Call& call, const http::Request& request) {
  const auto circuit = circuit_param(request);
  if (!place_of(call.desk, circuit)) return call.refuse(problems::circuit_unknown);
  show_setting(call, parameters_key(circuit), [&desk = call.desk, circuit] { return parameters_json(desk, circuit); });
}

void put_parameters(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  auto root = body.root();
  const auto order = read_parameters(root);
  if (call.refuse_faults(body)) return;
  const auto circuit = circuit_param(request);
  const auto place = place_of(call.desk, circuit);
  if (!place) return call.refuse(problems::circuit_unknown);
  give_setting(call, request, parameters_key(circuit), place->slot, encode(order),
               [&desk = call.desk, circuit] { return parameters_json(desk, circuit); });
}

}  // namespace wattle::api
