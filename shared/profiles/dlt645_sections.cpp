#include <algorithm>
#include <string>

#include "shared/meter/dlt645_load.hpp"
#include "shared/meter/dlt645_parameters.hpp"
#include "shared/profiles/sections.hpp"
#include "shared/profiles/units.hpp"

namespace wattle {
namespace {

constexpr std::int64_t event_record_max = 196;  // bytes of an answer behind the identifier

/// "0001 0000" in 2007, "9010" in 1997.
std::optional<std::uint32_t> read_identifier(ConfigSection& section, std::string_view key, dlt645::Edition edition) {
  if (!section.has(key)) return std::nullopt;
  const auto text = section.text(key);
  std::uint32_t di = 0;
  std::size_t digits = 0;
  bool is_hex = true;
  for (const char c : text) {
    if (c == ' ') continue;
    const auto digit = c >= '0' && c <= '9'   ? c - '0'
                       : c >= 'a' && c <= 'f' ? c - 'a' + 10
                       : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                              : -1;
    if (digit < 0 || ++digits > 8) is_hex = false;
    di = di << 4 | static_cast<std::uint32_t>(digit & 0xf);
  }
  const bool is_new = edition == dlt645::Edition::v2007;
  if (!is_hex || digits != (is_new ? 8u : 4u))
    section.fault(key, is_new ? "must be eight hex digits like \"0001 0000\"" : "must be four hex digits like \"9010\"");
  return di;
}

std::uint32_t read_required(ConfigSection& section, std::string_view key, dlt645::Edition edition) {
  const auto di = read_identifier(section, key, edition);
  if (!di) section.fault(key, "must be there");
  return di.value_or(0);
}

/// "1A 00": as they travel, the first one first.
Bytes read_wire_bytes(ConfigSection& section, std::string_view key) {
  auto text = section.text(key);
  std::erase(text, ' ');
  auto bytes = from_hex(text);
  constexpr std::size_t most = dlt645::max_write_data - 6;  // behind identifier and password
  if (bytes.empty() || bytes.size() > most) section.fault(key, "must be 1 to 44 bytes in hex digits like \"1A 00\"");
  return bytes;
}

dlt645::RelayWrite read_relay_write(ConfigSection& relay) {
  auto section = relay.section("write");
  if (!section.present()) {
    relay.fault("write", "must be there: the edition of 1997 has no relay command");
    return {};
  }
  dlt645::RelayWrite write;
  write.di = read_required(section, "item", dlt645::Edition::v1997);
  write.open = read_wire_bytes(section, "open");
  write.close = read_wire_bytes(section, "close");
  return write;
}

std::optional<dlt645::ModelRelay> read_relay(ConfigSection& in, dlt645::Edition edition) {
  auto section = in.section("relay");
  if (!section.present()) return std::nullopt;
  dlt645::ModelRelay relay;
  const bool is_new = edition == dlt645::Edition::v2007;
  relay.state =
      is_new ? read_identifier(section, "state", edition).value_or(relay.state) : read_required(section, "state", edition);
  relay.bit = static_cast<std::uint8_t>(section.integer("bit", {0, 15}, relay.bit));
  relay.open_when_set = section.boolean("open_when_set", relay.open_when_set);
  if (!is_new) {
    relay.write = read_relay_write(section);
    return relay;
  }
  const auto close = section.choice("close", {"close", "permit_close"}, "close");
  if (close == "permit_close") relay.close = dlt645::RelayCommand::permit_close;
  return relay;
}

std::map<FurtherKind, std::uint32_t> read_further(ConfigSection& section, dlt645::Edition edition) {
  std::map<FurtherKind, std::uint32_t> out;
  const auto put = [&](FurtherKind kind, const std::optional<std::uint32_t>& di) {
    if (di) out[kind] = *di;
  };
  put(FurtherKind::reactive_energy, read_identifier(section, "reactive_energy", edition));
  put(FurtherKind::reactive_power, read_identifier(section, "reactive_power", edition));
  put(FurtherKind::voltage_b, read_identifier(section, "voltage_b", edition));
  put(FurtherKind::voltage_c, read_identifier(section, "voltage_c", edition));
  put(FurtherKind::current_a, read_identifier(section, "current_a", edition));
  put(FurtherKind::current_b, read_identifier(section, "current_b", edition));
  put(FurtherKind::current_c, read_identifier(section, "current_c", edition));
  if (edition == dlt645::Edition::v1997) return out;  // it knows no purse: read_own
  put(FurtherKind::remaining_energy, read_identifier(section, "remaining_energy", edition));
  put(FurtherKind::remaining_money, read_identifier(section, "remaining_money", edition));
  return out;
}

/// What 1997 does not know the profile lays out.
std::optional<std::uint32_t> read_own(ConfigSection& circuit, std::string_view key, Measure measure, dlt645::Model& model) {
  auto section = circuit.section(key);
  if (!section.present()) return std::nullopt;
  dlt645::OwnItem own;
  own.unit = measure == Measure::money ? Unit::yuan : Unit::watt_hour;
  const auto di = read_required(section, "item", dlt645::Edition::v1997);
  own.size = static_cast<std::uint8_t>(section.integer("bytes", {1, dlt645::own_size_max}));
  const auto step = parse_step(measure, section.text("step"));
  if (!step || step->divide != 1) section.fault("step", "must be a step like \"0.01 yuan\" or \"0.01 kWh\", of whole Wh");
  if (step) own.step = step->multiply;
  own.has_sign = section.boolean("sign", false);
  const auto before = model.own.find(di);
  if (before != model.own.end() && before->second != own) section.fault("item", "is laid out otherwise elsewhere");
  model.own[di] = own;
  return di;
}

/// Remaining and overdrawn amounts, by the standard's identifiers or the profile's own.
void read_amounts(ConfigSection& section, dlt645::Model& model, dlt645::ModelCircuit& circuit) {
  const bool is_new = model.edition == dlt645::Edition::v2007;
  const auto put = [&](auto& to, FurtherKind kind, const std::optional<std::uint32_t>& di) {
    if (di) to[kind] = *di;
  };
  if (is_new) {
    put(circuit.overdrawn, FurtherKind::remaining_energy, read_identifier(section, "overdrawn_energy", model.edition));
    put(circuit.overdrawn, FurtherKind::remaining_money, read_identifier(section, "overdrawn_money", model.edition));
    return;
  }
  put(circuit.further, FurtherKind::remaining_energy, read_own(section, "remaining_energy", Measure::energy, model));
  put(circuit.further, FurtherKind::remaining_money, read_own(section, "remaining_money", Measure::money, model));
  put(circuit.overdrawn, FurtherKind::remaining_energy, read_own(section, "overdrawn_energy", Measure::energy, model));
  put(circuit.overdrawn, FurtherKind::remaining_money, read_own(section, "overdrawn_money", Measure::money, model));
}

dlt645::ModelCircuit read_circuit(ConfigSection& section, dlt645::Model& model) {
  const auto edition = model.edition;
  dlt645::ModelCircuit circuit;
  circuit.address_offset = static_cast<std::uint8_t>(section.integer("address_offset", {0, 15}, 0));
  const auto energy = read_identifier(section, "energy", edition);
  if (!energy) section.fault("energy", "must be there");
  circuit.energy = energy.value_or(0);
  circuit.power = read_identifier(section, "power", edition);
  circuit.current = read_identifier(section, "current", edition);
  circuit.power_factor = read_identifier(section, "power_factor", edition);
  circuit.further = read_further(section, edition);
  read_amounts(section, model, circuit);
  circuit.relay = read_relay(section, edition);
  return circuit;
}

/// A profile that was written before there were several tables names the first one without its number.
std::string_view name_in(ConfigSection& section, const ParameterInfo& what) {
  if (what.once.empty() || !section.has(what.once)) return what.name;
  if (section.has(what.name)) section.fault(what.once, "is " + std::string(what.name) + ", which is there too");
  return what.once;
}

std::optional<dlt645::ModelParameter> read_parameter(ConfigSection& section, const ParameterInfo& what,
                                                     dlt645::Edition edition) {
  dlt645::ModelParameter parameter;
  if (what.kind != ParameterKind::flag && !is_table(what.kind)) {
    const auto di = read_identifier(section, what.name, edition);
    if (!di) return std::nullopt;
    parameter.di = *di;
    return parameter;
  }
  auto inner = section.section(name_in(section, what));
  if (!inner.present()) return std::nullopt;
  const auto di = read_identifier(inner, "item", edition);
  if (!di) inner.fault("item", "must be there");
  parameter.di = di.value_or(0);
  if (what.kind == ParameterKind::flag)
    parameter.bit = static_cast<std::uint8_t>(inner.integer("bit", {0, 15}));
  else if (what.kind == ParameterKind::zones)
    parameter.periods = static_cast<std::uint8_t>(inner.integer("zones", {1, dlt645::writable_periods_max}));
  else
    parameter.periods = static_cast<std::uint8_t>(inner.integer("periods", {1, dlt645::writable_periods_max}));
  return parameter;
}

std::map<Parameter, dlt645::ModelParameter> read_parameters(ConfigSection& root, dlt645::Edition edition) {
  std::map<Parameter, dlt645::ModelParameter> parameters;
  auto section = root.section("parameters");
  for (const auto& what : all_parameters()) {
    if (!dlt645::has_identifier(edition, what.parameter)) continue;
    if (const auto parameter = read_parameter(section, what, edition)) parameters[what.parameter] = *parameter;
  }
  return parameters;
}

std::optional<dlt645::ModelClock> read_clock(ConfigSection& root, dlt645::Edition edition) {
  auto section = root.section("clock");
  if (!section.present()) return std::nullopt;
  const bool is_new = edition == dlt645::Edition::v2007;
  dlt645::ModelClock clock;
  clock.date = read_identifier(section, "date", edition).value_or(is_new ? dlt645::di::date : dlt645::di_1997::date);
  clock.time = read_identifier(section, "time", edition).value_or(is_new ? dlt645::di::clock : dlt645::di_1997::clock);
  clock.broadcast = section.boolean("broadcast", true);
  clock.writable = section.boolean("writable", false);
  clock.within = read_clock_within(section, "within", clock.within);
  return clock;
}

struct NamedRefusal {
  std::string_view name;
  MeterErrc reason;
};
constexpr NamedRefusal refusals_by_name[] = {{"other", MeterErrc::refused},         {"no_such_data", MeterErrc::no_such_data},
                                             {"password", MeterErrc::password},     {"rate", MeterErrc::rate},
                                             {"year_zones", MeterErrc::year_zones}, {"day_periods", MeterErrc::day_periods},
                                             {"tariffs", MeterErrc::tariffs}};

/// A word for each bit, the lowest first; bits that are not named mean nothing in particular.
std::optional<dlt645::RefusalBits> read_refusals(ConfigSection& root, std::string_view key) {
  if (!root.has(key)) return std::nullopt;
  dlt645::RefusalBits bits;
  bits.fill(MeterErrc::refused);
  const auto words = root.texts(key);
  constexpr std::size_t words_at_most = 7;  // the highest bit is of no answer that came whole
  if (words.empty() || words.size() > words_at_most)
    root.fault(key, "must be one to seven words, that of the lowest bit first");
  // A meter locks itself after a few wrong passwords: it must be known which answer says that one was.
  if (std::find(words.begin(), words.end(), "password") == words.end()) root.fault(key, "must name password");
  for (std::size_t i = 0; i < std::min(words.size(), bits.size()); ++i) {
    const auto* named = std::find_if(std::begin(refusals_by_name), std::end(refusals_by_name),
                                     [&](const NamedRefusal& refusal) { return refusal.name == words[i]; });
    if (named == std::end(refusals_by_name))
      root.fault(key, "knows other, no_such_data, password, rate, year_zones, day_periods and tariffs");
    else
      bits[i] = named->reason;
  }
  return bits;
}

std::optional<dlt645::ModelFreeze> read_freeze(ConfigSection& history, std::string_view key) {
  auto section = history.section(key);
  if (!section.present()) return std::nullopt;
  dlt645::ModelFreeze freeze;
  freeze.time = read_required(section, "time", dlt645::Edition::v2007);
  freeze.energy = read_required(section, "energy", dlt645::Edition::v2007);
  freeze.keeps = static_cast<std::uint8_t>(section.integer("keeps", {1, dlt645::freezes_max}));
  freeze.size = static_cast<std::uint8_t>(section.integer("size", {1, dlt645::freeze_size_max}, freeze.size));
  const auto step = parse_step(Measure::energy, section.text("step", "0.01 kWh"));
  if (!step || step->divide != 1)
    section.fault("step", "must be whole Wh, like \"0.01 kWh\"");
  else
    freeze.step_wh = step->multiply;
  return freeze;
}

std::optional<dlt645::ModelEvent> read_event(ConfigSection& history, MeterEvent what) {
  auto section = history.section(word(what));
  if (!section.present()) return std::nullopt;
  dlt645::ModelEvent event;
  event.record = read_required(section, "record", dlt645::Edition::v2007);
  event.has_seconds = section.choice("time", {"seconds", "minutes"}, "seconds") == "seconds";
  event.time_at = static_cast<std::uint8_t>(section.integer("time_at", {0, event_record_max}, event.time_at));
  const auto least = static_cast<std::int64_t>(event.time_at + event.time_size());
  event.size = static_cast<std::uint8_t>(section.integer("size", {1, event_record_max}, std::min(least, event_record_max)));
  return event;
}

std::optional<dlt645::ModelLoad> read_load_records(ConfigSection& history) {
  auto section = history.section("load_records");
  if (!section.present()) return std::nullopt;
  dlt645::ModelLoad load;
  load.records = read_required(section, "item", dlt645::Edition::v2007);
  load.minutes = static_cast<std::uint8_t>(section.integer("minutes", {1, 60}));
  const bool are_short = dlt645::load_record_size(load.records) * dlt645::load_blocks_max <= event_record_max;
  load.blocks = static_cast<std::uint8_t>(
      section.integer("blocks", {1, dlt645::load_blocks_max}, are_short ? dlt645::load_blocks_max : load.blocks));
  return load;
}

/// Of 1997, which has the registers of two months and no time with them.
dlt645::ModelHistory read_months(ConfigSection& root) {
  dlt645::ModelHistory history;
  auto section = root.section("history");
  auto months = section.section("monthly_freeze");
  if (!months.present()) return history;
  dlt645::ModelFreeze freeze;
  freeze.time = read_required(months, "settlement_day", dlt645::Edition::v1997);
  freeze.energy = read_required(months, "energy", dlt645::Edition::v1997);
  freeze.keeps = static_cast<std::uint8_t>(months.integer("keeps", {1, dlt645::months_max}));
  history.freezes[dlt645::FreezeKind::monthly] = freeze;
  return history;
}

dlt645::ModelHistory read_history(ConfigSection& root) {
  auto section = root.section("history");
  dlt645::ModelHistory history;
  if (const auto freeze = read_freeze(section, "hourly_freeze")) history.freezes[dlt645::FreezeKind::hourly] = *freeze;
  if (const auto freeze = read_freeze(section, "daily_freeze")) history.freezes[dlt645::FreezeKind::daily] = *freeze;
  history.load = read_load_records(section);
  for (const auto what : all_meter_events)
    if (const auto event = read_event(section, what)) history.events[what] = *event;
  return history;
}

std::optional<dlt645::ModelTrade> read_transaction(ConfigSection& in, std::string_view key, dlt645::Edition edition) {
  auto section = in.section(key);
  if (!section.present()) return std::nullopt;
  dlt645::ModelTrade trade;
  const auto di = read_identifier(section, "item", edition);
  if (!di) section.fault("item", "must be there");
  trade.di = di.value_or(0);
  if (section.choice("command", {"write", "transaction"}) == "transaction") trade.command = dlt645::Command::authenticate;
  trade.count_first = section.choice("order", {"amount_count", "count_amount"}) == "count_amount";
  trade.count_bytes = static_cast<std::uint8_t>(section.integer("count_bytes", {1, 4}));
  return trade;
}

std::optional<dlt645::ModelPurse> read_money_purse(ConfigSection& root, dlt645::Edition edition) {
  if (edition == dlt645::Edition::v1997) return std::nullopt;  // it knows none
  auto section = root.section("purse");
  if (!section.present()) return std::nullopt;
  dlt645::ModelPurse purse;
  purse.form.kind = read_purse_kind(section, "kind");
  purse.form.settles = section.duration("settles", {milliseconds(0), minutes(10)}, purse.form.settles);
  const auto put = [&](PurseItem item, const std::optional<std::uint32_t>& di) {
    if (di) purse.items[item] = *di;
  };
  const auto remaining = read_identifier(section, "remaining", edition);
  if (!remaining) section.fault("remaining", "must be there");
  put(PurseItem::remaining, remaining);
  put(PurseItem::overdrawn, read_identifier(section, "overdrawn", edition));
  put(PurseItem::total, read_identifier(section, "total", edition));
  put(PurseItem::count, read_identifier(section, "count", edition));
  put(PurseItem::price, read_identifier(section, "price", edition));
  put(PurseItem::used, read_identifier(section, "used", edition));
  const auto* item = dlt645::find_item(edition, remaining.value_or(0));
  if (item != nullptr && item->unit == Unit::watt_hour) purse.form.measure = PurseMeasure::energy;
  if (const auto buy = read_transaction(section, "buy", edition)) purse.trades[PurseTrade::buy] = *buy;
  if (const auto refund = read_transaction(section, "refund", edition)) purse.trades[PurseTrade::refund] = *refund;
  return purse;
}

}  // namespace

dlt645::Model read_dlt645_model(ConfigSection& root, dlt645::Edition edition) {
  dlt645::Model model;
  model.edition = edition;
  model.number = read_identifier(root, "number", edition);
  model.voltage = read_identifier(root, "voltage", edition);
  model.frequency = read_identifier(root, "frequency", edition);
  model.parameters = read_parameters(root, edition);
  model.clock = read_clock(root, edition);
  const bool is_new = edition == dlt645::Edition::v2007;
  model.history = is_new ? read_history(root) : read_months(root);
  if (!is_new) model.fills_with_any = root.choice("address_fill", {"00", "AA"}, "00") == "AA";
  model.purse = read_money_purse(root, edition);
  model.refusals = read_refusals(root, "refusals");
  auto circuits = root.sections("circuit");
  if (circuits.empty() || circuits.size() > max_meter_circuits)
    root.fault("circuit", "must be there one to four times, written as [[circuit]]");
  for (auto& section : circuits) model.circuits.push_back(read_circuit(section, model));
  return model;
}

}  // namespace wattle
