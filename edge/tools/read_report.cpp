#include "edge/tools/read_report.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "edge/tools/fields_json.hpp"
#include "shared/meter/dlt645_points.hpp"
#include "shared/meter/further_form.hpp"
#include "shared/meter/modbus_points.hpp"

namespace wattle::edge {
namespace {

namespace json = boost::json;

constexpr int milli = -3;

std::string hex_of(unsigned value, std::size_t size) {
  Bytes bytes;
  for (std::size_t i = size; i-- > 0;) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return to_hex(bytes);
}

/// Where values come from, by protocol: an object with what was asked for and the bytes that came.
class Sources {
 public:
  explicit Sources(const ReadMeter& meter) : meter_(meter) {}

  json::object of(const Point& point, std::uint8_t unit_offset) const {
    const auto words = word_count(point.encoding);
    for (std::size_t i = 0; i < meter_.answers.size(); ++i) {
      const auto& ask = std::get<ModbusAsk>(meter_.exchanges[i].ask);
      const bool is_it = ask.unit == static_cast<std::uint8_t>(meter_.place.address + unit_offset) &&
                         ask.request.function == point.source && point.address >= ask.request.start &&
                         point.address + words <= static_cast<std::size_t>(ask.request.start) + ask.request.count;
      if (!is_it || meter_.answers[i].values.empty()) continue;  // refused, where nothing rests on it
      std::string raw;
      for (std::size_t n = 0; n < words; ++n)
        raw += hex_of(meter_.answers[i].values[static_cast<std::size_t>(point.address - ask.request.start) + n], 2);
      return {{"register", "0x" + hex_of(point.address, 2)}, {"raw", raw}};
    }
    return {};
  }
  json::object of(std::uint32_t di, std::uint8_t address_offset) const {
    const auto from =
        dlt645::address_of(std::get<dlt645::Model>(meter_.profile.protocol), meter_.place.address + address_offset);
    for (std::size_t i = 0; i < meter_.answers.size(); ++i) {
      const auto& ask = std::get<dlt645::Request>(meter_.exchanges[i].ask);
      if (ask.di == di && from && ask.address == *from)
        return {{"item", hex_of(di, dlt645::di_size(ask.edition))}, {"raw", to_hex(meter_.answers[i].data)}};
    }
    return {};
  }
  /// All that the meter said: mostly one telegram holds everything.
  json::object of_telegrams() const {
    std::string raw;
    for (const auto& answer : meter_.answers)
      if (!answer.data.empty()) raw += (raw.empty() ? "" : " ") + to_hex(answer.data);
    return {{"raw", raw}};
  }

 private:
  const ReadMeter& meter_;
};

json::object value_of(const Measured& measured, json::object source) {
  json::object out = json_of(Fields{{"value", measured}}).at("value").as_object();
  for (auto& [name, value] : source) out[name] = std::move(value);
  return out;
}

template <class Number, class Source>
void put(json::object& out, const char* name, const std::optional<Number>& number, int exponent, Unit unit, Source source) {
  if (number) out[name] = value_of({*number, exponent, unit}, source());
}

void put_relay(json::object& out, const char* name, const std::optional<bool>& closed, json::object source) {
  if (!closed) return;
  source["value"] = std::string_view(name) == "valve" ? (*closed ? "open" : "closed") : (*closed ? "closed" : "open");
  out[name] = std::move(source);
}

void put_further(json::object& out, FurtherKind kind, const CircuitReading& circuit, json::object source) {
  const auto form = form_of(kind);
  put(out, name_of(kind).name.data(), circuit.further.get(kind), form.exponent, form.unit, [&] { return std::move(source); });
}

std::optional<std::int64_t> watts(const CircuitReading& circuit) {
  return circuit.power ? std::optional(circuit.power->watts) : std::nullopt;
}

json::object circuit_of(const ModbusModel& model, std::size_t n, const CircuitReading& circuit, const Sources& sources) {
  const auto& is = model.circuits[n];
  const auto from = [&](const std::optional<Point>& point) {
    return point ? sources.of(*point, is.unit_offset) : json::object{};
  };
  json::object out{{"energy", value_of({circuit.energy.units, 0, Unit::watt_hour}, sources.of(is.energy, is.unit_offset))}};
  put(out, "power", watts(circuit), 0, Unit::watt, [&] { return from(is.power); });
  put(out, "current", circuit.current_ma, milli, Unit::ampere, [&] { return from(is.current); });
  put(out, "power_factor", circuit.power_factor_per_mille, milli, Unit::none, [&] { return from(is.power_factor); });
  for (const auto& [kind, place] : is.further) put_further(out, kind, circuit, from(place));
  put_relay(out, "relay", circuit.relay_closed, is.relay ? from(is.relay->point) : json::object{});
  return out;
}

json::object circuit_of(const dlt645::Model& model, std::size_t n, const CircuitReading& circuit, const Sources& sources) {
  const auto& is = model.circuits[n];
  const auto from = [&](std::optional<std::uint32_t> di) { return di ? sources.of(*di, is.address_offset) : json::object{}; };
  json::object out{{"energy", value_of({circuit.energy.units, 0, Unit::watt_hour}, from(is.energy))}};
  put(out, "power", watts(circuit), 0, Unit::watt, [&] { return from(is.power); });
  put(out, "current", circuit.current_ma, milli, Unit::ampere, [&] { return from(is.current); });
  put(out, "power_factor", circuit.power_factor_per_mille, milli, Unit::none, [&] { return from(is.power_factor); });
  for (const auto& [kind, place] : is.further) put_further(out, kind, circuit, from(place));
  put_relay(out, "relay", circuit.relay_closed, is.relay ? from(is.relay->state) : json::object{});
  return out;
}

json::object circuit_of(const cjt188::Model&, std::size_t, const CircuitReading& circuit, const Sources& sources) {
  json::object out{{"volume", value_of({circuit.energy.units, milli, Unit::cubic_metre}, sources.of_telegrams())}};
  put_relay(out, "valve", circuit.relay_closed, {});
  return out;
}

/// Neither open nor closed.
void put_valve(json::object& circuit, const MeterProfile& profile, const MeterStatus& status) {
  const auto* water = std::get_if<cjt188::Model>(&profile.protocol);
  if (water == nullptr || !water->valve || circuit.contains("valve")) return;
  const auto state = status.valve_fault ? cjt188::ValveState::fault : cjt188::ValveState::unknown;
  circuit["valve"] = json::object{{"value", cjt188::word(state)}};
}

/// What the meter says of itself; nothing where all is well.
void put_status(json::object& out, const MeterProfile& profile, const MeterStatus& status) {
  const bool is_mbus = std::holds_alternative<mbus::Model>(profile.protocol);
  json::array words;
  if (status.busy) words.emplace_back("busy");
  if (status.application_error) words.emplace_back("application_error");
  if (status.battery_low) words.emplace_back(is_mbus ? "power_low" : "battery_low");
  if (status.permanent_error) words.emplace_back("permanent_error");
  if (status.temporary_error) words.emplace_back("temporary_error");
  if (!words.empty()) out["status"] = std::move(words);
}

json::object circuit_of(const mbus::Model& model, std::size_t, const CircuitReading& circuit, const Sources& sources) {
  const bool is_water = model.counts == Unit::cubic_metre;
  const Measured total{circuit.energy.units, is_water ? milli : 0, model.counts};
  json::object out{{is_water ? "volume" : "energy", value_of(total, sources.of_telegrams())}};
  put(out, "power", watts(circuit), 0, Unit::watt, [] { return json::object{}; });
  put(out, "current", circuit.current_ma, milli, Unit::ampere, [] { return json::object{}; });
  put(out, "power_factor", circuit.power_factor_per_mille, milli, Unit::none, [] { return json::object{}; });
  for (std::size_t i = 0; i < further_kinds; ++i) put_further(out, static_cast<FurtherKind>(i), circuit, {});
  return out;
}

void put_whole(json::object& out, const ModbusModel& model, const Reading& reading, const Sources& sources) {
  put(out, "voltage", reading.voltage_mv, milli, Unit::volt, [&] { return sources.of(*model.voltage, 0); });
  put(out, "frequency", reading.frequency_mhz, milli, Unit::hertz, [&] { return sources.of(*model.frequency, 0); });
}
void put_whole(json::object& out, const dlt645::Model& model, const Reading& reading, const Sources& sources) {
  put(out, "voltage", reading.voltage_mv, milli, Unit::volt, [&] { return sources.of(*model.voltage, 0); });
  put(out, "frequency", reading.frequency_mhz, milli, Unit::hertz, [&] { return sources.of(*model.frequency, 0); });
}
void put_whole(json::object&, const cjt188::Model&, const Reading&, const Sources&) {}
void put_whole(json::object& out, const mbus::Model&, const Reading& reading, const Sources&) {
  put(out, "voltage", reading.voltage_mv, milli, Unit::volt, [] { return json::object{}; });
  put(out, "frequency", reading.frequency_mhz, milli, Unit::hertz, [] { return json::object{}; });
}

// Where the value stands that was refused.
json::object place_of(const ModbusModel& model, const ValueName& is, const Sources& sources) {
  for (const auto& placed : modbus::points_of(model, Depth::full))
    if (placed.is == is) return sources.of(*placed.point, placed.offset);
  return {};
}
json::object place_of(const dlt645::Model& model, const ValueName& is, const Sources& sources) {
  for (const auto& part : dlt645::parts_of(model, Depth::full))
    if (part.is == is) return sources.of(part.di, part.offset);
  return {};
}
template <class Model>
json::object place_of(const Model&, const ValueName&, const Sources& sources) {
  return sources.of_telegrams();
}

// What a question was after.
json::object asked_for(const ModbusAsk& ask) {
  return {{"register", "0x" + hex_of(ask.request.start, 2)}, {"count", ask.request.count}};
}
json::object asked_for(const dlt645::Request& request) {
  return {{"item", hex_of(request.di, dlt645::di_size(request.edition))}};
}
template <class Request>
json::object asked_for(const Request&) {
  return {};
}

void merge(json::object& into, json::object from) {
  for (auto& [name, value] : from) into[name] = std::move(value);
}

/// By the names of the reading.
std::string name_in(const MeterProfile& profile, const ValueName& is) {
  const auto* mbus_model = std::get_if<mbus::Model>(&profile.protocol);
  const bool is_water = std::holds_alternative<cjt188::Model>(profile.protocol) ||
                        (mbus_model != nullptr && mbus_model->counts == Unit::cubic_metre);
  return is_water && is.what == What::energy ? "circuit_1.volume" : full_name(is);
}

void put_refused(json::object& error, const ReadMeter& meter, const RefusedValue& refused) {
  error["question"] = refused.question + 1;
  error["value"] = name_in(meter.profile, refused.is);
  const Sources sources(meter);
  merge(error, std::visit([&](const auto& model) { return place_of(model, refused.is, sources); }, meter.profile.protocol));
}

void put_unanswered(json::object& error, const ReadMeter& meter, const FailedReading& failed) {
  const auto n = std::min(meter.answers.size(), meter.exchanges.size() - 1);
  error["question"] = n + 1;
  if (const auto is = asked_value(meter.profile, failed.depth, n)) error["value"] = full_name(*is);
  merge(error, std::visit([](const auto& ask) { return asked_for(ask); }, meter.exchanges[n].ask));
  if (!failed.heard.empty()) error["heard"] = to_hex(failed.heard);
}

json::object who(const MeterProfile& profile, const MeterPlace& place) {
  return {{"profile", profile.model}, {"address", std::to_string(place.address)}};
}

}  // namespace

std::string read_json(const ReadMeter& meter, const Reading& reading) {
  const Sources sources(meter);
  auto out = who(meter.profile, meter.place);
  out["meter"] = std::to_string(reading.meter.value);
  json::array circuits;
  std::visit(
      [&](const auto& model) {
        put_whole(out, model, reading, sources);
        for (std::size_t n = 0; n < reading.circuits.size(); ++n)
          circuits.push_back(circuit_of(model, n, reading.circuits[n], sources));
      },
      meter.profile.protocol);
  put_valve(circuits.front().as_object(), meter.profile, reading.status);
  put_status(out, meter.profile, reading.status);
  out["circuits"] = std::move(circuits);
  return json::serialize(out);
}

std::string failed_json(const ReadMeter& meter, const FailedReading& failed) {
  auto out = who(meter.profile, meter.place);
  auto error = json_of(failed.why);
  const bool is_answered = meter.answers.size() == meter.exchanges.size();
  const auto refused =
      is_answered ? refused_value(meter.profile, meter.place, failed.depth, meter.answers) : std::optional<RefusedValue>();
  if (refused) put_refused(error, meter, *refused);
  if (!refused) put_unanswered(error, meter, failed);
  out["error"] = std::move(error);
  return json::serialize(out);
}

std::string switched_json(const SwitchedRelay& relay) {
  auto out = who(relay.profile, relay.place);
  const auto state = [](std::optional<bool> closed) -> json::value {
    return closed ? json::value(*closed ? "closed" : "open") : json::value(nullptr);
  };
  out["meter"] = std::to_string(relay.meter.value);
  out["circuit"] = relay.circuit;
  out["wanted"] = state(relay.close);
  out["before"] = state(relay.before);
  out["after"] = state(relay.after);
  out["outcome"] = relay.outcome;
  if (relay.why) out["error"] = json_of(relay.why);
  return json::serialize(out);
}

}  // namespace wattle::edge
