#include "shared/meter/exchange.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_points.hpp"
#include "shared/meter/modbus_points.hpp"
#include "shared/meter/modbus_tcp.hpp"

namespace wattle {
namespace {

constexpr std::size_t dlt645_identifier = 4;
constexpr std::size_t longest_value = 14;   // of one item that a reading asks for; the block of status words
constexpr std::size_t longest_table = 42;   // fourteen zones or periods
constexpr std::size_t cjt188_current = 25;  // identifier, serial, and what a water meter shows

std::size_t longest_answer(const ModbusAsk& ask) { return modbus::answer_size(ask.request) + modbus_rtu::frame_overhead; }
std::size_t longest_answer(const dlt645::Request& request) {
  const auto* item = dlt645::find_item(request.edition, request.di);
  const auto table = item != nullptr && item->axis == dlt645::Axis::table ? longest_table : longest_value;
  const auto value = std::max<std::size_t>(table, request.needs);
  return dlt645::master_preamble + dlt645::frame_overhead + dlt645_identifier + value;
}
std::size_t longest_answer(const cjt188::Request&) { return cjt188::master_preamble + cjt188::frame_overhead + cjt188_current; }
std::size_t longest_answer(const mbus::Request& request) { return mbus::answer_size(request); }

template <class Ask>
std::vector<Exchange> exchanges_of(std::vector<Ask> asks) {
  std::vector<Exchange> out;
  for (auto& ask : asks) out.push_back({std::move(ask)});
  return out;
}

std::vector<Exchange> reading_of(const ModbusModel& model, const MeterPlace& place, Depth depth) {
  return exchanges_of(modbus::reading_asks(model, static_cast<std::uint8_t>(place.address), depth));
}
std::vector<Exchange> reading_of(const dlt645::Model& model, const MeterPlace& place, Depth depth) {
  return exchanges_of(dlt645::reading_asks(model, place.address, depth));
}
std::vector<Exchange> reading_of(const cjt188::Model& model, const MeterPlace& place, Depth) {
  return {{cjt188::reading_ask(model, place.address)}};
}
std::vector<Exchange> reading_of(const mbus::Model& model, const MeterPlace& place, Depth) {
  return exchanges_of(mbus::reading_asks(model, place.address));
}

Exchange command_of(const ModbusModel& model, const MeterPlace& place, std::size_t circuit, bool close) {
  return {modbus::relay_ask(model, static_cast<std::uint8_t>(place.address), circuit, close)};
}
Exchange command_of(const dlt645::Model& model, const MeterPlace& place, std::size_t circuit, bool close) {
  return {dlt645::relay_ask(model, place.address, circuit, close, place.by)};
}
/// What lets through is a closed contact and an open valve.
Exchange command_of(const cjt188::Model& model, const MeterPlace& place, std::size_t, bool close) {
  return {cjt188::valve_ask(model, place.address, close)};
}
Exchange command_of(const mbus::Model&, const MeterPlace&, std::size_t, bool) {
  constexpr bool has_command = false;  // the standard knows none for a relay or valve
  WATTLE_CHECK(has_command);
  return {};
}

std::vector<Bytes> data_of(std::span<const MeterAnswer> answers) {
  std::vector<Bytes> data;
  for (const auto& answer : answers) data.push_back(answer.data);
  return data;
}

/// What a reading is decoded with besides its model.
struct Told {
  const MeterProfile& profile;
  const MeterPlace& place;
  Depth depth;
  std::span<const MeterAnswer> answers;
};

Result<Reading> reading_from(const ModbusModel& model, const Told& told) {
  std::vector<std::vector<std::uint16_t>> values;
  for (const auto& answer : told.answers) values.push_back(answer.values);
  return modbus::decode_reading(model, told.profile.rollover, told.place.number, told.depth, values);
}
Result<Reading> reading_from(const dlt645::Model& model, const Told& told) {
  return dlt645::decode_reading(model, told.profile.rollover, told.place.address, told.depth, data_of(told.answers));
}
Result<Reading> reading_from(const cjt188::Model& model, const Told& told) {
  if (told.answers.empty()) return WATTLE_FAIL(MeterErrc::length);
  return cjt188::decode_reading(model, told.profile.rollover, told.place.address, told.answers.front().data);
}
Result<Reading> reading_from(const mbus::Model& model, const Told& told) {
  return mbus::decode_reading(model, told.profile.rollover, data_of(told.answers));
}

std::optional<RefusedValue> refused_in(const ModbusModel& model, const Told& told) {
  std::vector<std::vector<std::uint16_t>> values;
  for (const auto& answer : told.answers) values.push_back(answer.values);
  const auto refused = modbus::refused_point(model, told.profile.rollover, told.depth, values);
  if (!refused) return std::nullopt;
  const auto asks = modbus::reading_asks(model, static_cast<std::uint8_t>(told.place.address), told.depth);
  const auto at = static_cast<std::uint8_t>(told.place.address + refused->offset);
  const auto holds = [&](const ModbusAsk& ask) {
    const auto& request = ask.request;
    return ask.unit == at && modbus::contains({request.function, request.start, request.count}, *refused->point);
  };
  const auto found = std::find_if(asks.begin(), asks.end(), holds);
  return RefusedValue{refused->is, static_cast<std::size_t>(found - asks.begin())};
}
std::optional<RefusedValue> refused_in(const dlt645::Model& model, const Told& told) {
  const auto part = dlt645::refused_part(model, told.profile.rollover, told.depth, data_of(told.answers));
  if (!part) return std::nullopt;
  return RefusedValue{dlt645::parts_of(model, told.depth)[*part].is, *part};
}
/// Of telegrams: what one rests on is the number in it and the register.
template <class Model>
std::optional<RefusedValue> refused_in(const Model& model, const Told& told) {
  const auto why = reading_from(model, told);
  if (why || told.answers.empty() ||
      (why.error() != MeterErrc::value && why.error() != MeterErrc::no_such_data && why.error() != MeterErrc::meter_number))
    return std::nullopt;
  const bool is_number = why.error() == MeterErrc::meter_number;
  return RefusedValue{is_number ? ValueName{What::number} : ValueName{What::energy, {}, 0}, told.answers.size() - 1};
}

Bytes bytes_of(const ModbusAsk& ask, Carriage carriage) {
  if (carriage.modbus_tcp) return modbus_tcp::encode_request(carriage.transaction, ask.unit, ask.request);
  return modbus_rtu::encode_request(ask.unit, ask.request);
}
Bytes bytes_of(const dlt645::Request& request, Carriage) { return dlt645::encode_request(request); }
/// Of a question that has no number of its own.
cjt188::Request numbered_ask(cjt188::Request request, Carriage carriage) {
  request.serial = static_cast<std::uint8_t>(request.serial + carriage.transaction);
  return request;
}
Bytes bytes_of(const cjt188::Request& request, Carriage carriage) {
  return cjt188::encode_request(numbered_ask(request, carriage));
}
Bytes bytes_of(const mbus::Request& request, Carriage) { return mbus::encode_request(request); }

bool has_more(const dlt645::Answer& answer) { return answer.more; }
template <class Answer>
bool has_more(const Answer&) {
  return false;
}

/// An answer as the poll plan keeps it.
template <class Answer, class Data>
Received received_as(Outcome<Answer> outcome, Data data) {
  if (auto* answer = std::get_if<Answer>(&outcome)) return MeterAnswer{{}, answer->offset, data(*answer), has_more(*answer)};
  if (const auto* bad = std::get_if<Bad>(&outcome)) return *bad;
  return NeedMore{};
}

Received received_by(const ModbusAsk& ask, ByteView heard, Wire wire, Carriage carriage) {
  if (carriage.modbus_tcp) return modbus_tcp::decode_answer(carriage.transaction, ask.unit, ask.request, heard, wire);
  return modbus_rtu::decode_answer(ask.unit, ask.request, heard, wire);
}
Received received_by(const dlt645::Request& request, ByteView heard, Wire wire, Carriage) {
  return received_as(dlt645::decode_answer(request, heard, wire), [](auto& answer) { return std::move(answer.data); });
}
Received received_by(const cjt188::Request& request, ByteView heard, Wire wire, Carriage carriage) {
  const auto asked = numbered_ask(request, carriage);
  return received_as(cjt188::decode_answer(asked, heard, wire), [](auto& answer) { return std::move(answer.data); });
}
Received received_by(const mbus::Request& request, ByteView heard, Wire wire, Carriage) {
  return received_as(mbus::decode_answer(request, heard, wire), [](auto& answer) { return mbus::data_of(answer); });
}

}  // namespace

Exchange numbered(Exchange exchange, Carriage carriage) {
  if (const auto* ask = std::get_if<cjt188::Request>(&exchange.ask)) return {numbered_ask(*ask, carriage)};
  return exchange;
}

Exchange asked_of(const MeterProfile& profile, Exchange exchange) {
  const auto* model = std::get_if<dlt645::Model>(&profile.protocol);
  if (model != nullptr) std::get<dlt645::Request>(exchange.ask).refusals = model->refusals;
  return exchange;
}

std::vector<Exchange> reading_exchanges(const MeterProfile& profile, const MeterPlace& place, Depth depth) {
  WATTLE_CHECK(is_address(profile, place.address, true));
  auto all = std::visit([&](const auto& model) { return reading_of(model, place, depth); }, profile.protocol);
  for (auto& exchange : all) exchange = asked_of(profile, std::move(exchange));
  return all;
}

std::optional<Exchange> following_exchange(const MeterProfile& profile, const MeterPlace& place, Depth depth,
                                           std::span<const MeterAnswer> answers, bool tells_power) {
  const auto* model = std::get_if<mbus::Model>(&profile.protocol);
  if (model == nullptr) return std::nullopt;
  auto ask = mbus::following_ask(*model, place.address, {depth, tells_power}, data_of(answers));
  return ask ? std::optional(Exchange{*std::move(ask)}) : std::nullopt;
}

bool may_lack(const MeterProfile& profile, const MeterPlace& place, Depth depth, std::span<const MeterAnswer> answers,
              Error why) {
  if (const auto* model = std::get_if<mbus::Model>(&profile.protocol)) return mbus::has_register(*model, data_of(answers));
  if (why.category() != meter_category()) return false;
  const auto code = static_cast<MeterErrc>(why.value());
  const bool is_ignored = code == MeterErrc::silence && std::holds_alternative<dlt645::Model>(profile.protocol);
  if (!is_refusal(code) && code != MeterErrc::length && !is_ignored) return false;
  const auto asked = reading_exchanges(profile, place, depth);
  const auto control = reading_exchanges(profile, place, Depth::control);
  const auto is_needed = [&](const Exchange& e) { return std::find(control.begin(), control.end(), e) != control.end(); };
  if (answers.size() >= asked.size() || is_needed(asked[answers.size()])) return false;
  // An answer of Modbus does not say what it answers: if this one came late, the right one could be taken for the next one's.
  const auto rest = std::span(asked).subspan(answers.size() + 1);
  const bool may_mix = code == MeterErrc::length && std::holds_alternative<ModbusModel>(profile.protocol);
  return !may_mix || std::none_of(rest.begin(), rest.end(), is_needed);
}

Exchange relay_exchange(const MeterProfile& profile, const MeterPlace& place, std::size_t circuit, bool close) {
  WATTLE_CHECK(is_address(profile, place.address, true) && has_relay(profile, circuit));
  return asked_of(profile,
                  std::visit([&](const auto& model) { return command_of(model, place, circuit, close); }, profile.protocol));
}

Result<Reading> decode_reading(const MeterProfile& profile, const MeterPlace& place, Depth depth,
                               std::span<const MeterAnswer> answers) {
  const Told told{profile, place, depth, answers};
  return std::visit([&](const auto& model) { return reading_from(model, told); }, profile.protocol);
}

std::optional<RefusedValue> refused_value(const MeterProfile& profile, const MeterPlace& place, Depth depth,
                                          std::span<const MeterAnswer> answers) {
  const Told told{profile, place, depth, answers};
  return std::visit([&](const auto& model) { return refused_in(model, told); }, profile.protocol);
}

std::optional<ValueName> asked_value(const MeterProfile& profile, Depth depth, std::size_t question) {
  const auto* model = std::get_if<dlt645::Model>(&profile.protocol);
  if (model == nullptr) return std::nullopt;
  const auto parts = dlt645::parts_of(*model, depth);
  return question < parts.size() ? std::optional(parts[question].is) : std::nullopt;
}

Bytes request_bytes(const Exchange& exchange, Carriage carriage) {
  return std::visit([&](const auto& ask) { return bytes_of(ask, carriage); }, exchange.ask);
}

Received receive(const Exchange& exchange, ByteView heard, Wire wire, Carriage carriage) {
  return std::visit([&](const auto& ask) { return received_by(ask, heard, wire, carriage); }, exchange.ask);
}

/// A meter of M-Bus may take so long to begin (EN 13757-2): more at a slow rate than its model says of the usual one.
Duration answer_begins_within(const MeterProfile& profile, const Exchange& exchange, const LineFormat& line) {
  const auto most = profile.timings.answers_within;
  if (!std::holds_alternative<mbus::Request>(exchange.ask)) return most;
  constexpr std::int64_t bits = 330;
  constexpr auto beyond = milliseconds(50);
  const auto on_line = microseconds((bits * 1'000'000 + line.baud - 1) / line.baud);
  return std::max(most, Duration{on_line.micros + beyond.micros});
}

Duration answer_timeout(const MeterProfile& profile, const Exchange& exchange, const LineFormat& line) {
  const auto size = std::visit([](const auto& ask) { return longest_answer(ask); }, exchange.ask);
  const auto on_wire = static_cast<std::int64_t>(request_bytes(exchange).size() + size);
  return {wire_time(line, on_wire).micros + answer_begins_within(profile, exchange, line).micros};
}

Duration gap_before(const MeterProfile& profile, const LineFormat& line) {
  const auto seven_half_characters = wire_time(line, 7).micros;
  constexpr auto fixed = microseconds(1750);  // V1.02 §2.5.1.1, above 19200 bit/s
  const auto silent = line.baud > 19'200 ? fixed : microseconds((seven_half_characters + 1) / 2);
  return std::max(profile.timings.gap, silent);
}

}  // namespace wattle
