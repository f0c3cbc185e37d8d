#include "shared/meter/mbus_model.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"
#include "shared/meter/further_form.hpp"

namespace wattle::mbus {
namespace {

constexpr std::uint16_t twin_maker = 0x5e8c;  // "WTL": three letters, as a maker's code has; nobody is registered under them

constexpr int litres = -3;  // of a cubic metre
constexpr std::uint8_t vif_litres = 0x13, vif_watt_hours = 0x03, vif_watts = 0x2b;
// Of the status byte (EN 13757-3 §5.9, and the fixed structure's).
constexpr std::uint8_t status_application = 0x03;  // not of the fixed structure, where these bits say how it counts
constexpr std::uint8_t status_busy = 0x01, status_application_error = 0x02;
constexpr std::uint8_t status_power_low = 0x04, status_permanent_error = 0x08, status_temporary_error = 0x10;
constexpr std::int64_t max_shown = 99'999'999;  // of eight digits
constexpr std::uint8_t medium_electricity = 0x02, medium_water = 0x07;

SecondaryAddress numbered(std::uint64_t number) {
  Bytes pairs;
  SecondaryAddress address;
  WATTLE_CHECK(number <= max_number && put_bcd(pairs, static_cast<std::int64_t>(number), address.id.size()));
  std::copy(pairs.begin(), pairs.end(), address.id.begin());
  return address;
}

/// What one telegram tells, in either structure.
struct Telegram {
  SecondaryAddress own;
  std::variant<Data, FixedData> data;
  ByteView records;  // as they came, without the header and its count of answers

  Result<Measured> find(Unit unit) const {
    return std::visit([&](const auto& of) { return present(of, unit); }, data);
  }
  bool more() const {
    const auto* of = std::get_if<Data>(&data);
    return of != nullptr && of->more;
  }
};

Result<Telegram> telegram_in(ByteView answer) {
  if (answer.empty()) return WATTLE_FAIL(MeterErrc::length);
  const auto bytes = answer.subspan(1);
  if (answer.front() == ci_fixed) {
    const auto fixed = decode_fixed(bytes);
    if (!fixed) return fixed.error();
    return Telegram{fixed->own, *fixed, {}};
  }
  if (answer.front() != ci_variable) return WATTLE_FAIL(MeterErrc::data);
  auto data = decode_variable(bytes);
  if (!data) return data.error();
  if (data->error) return data->error;
  const auto own = data->header.own;
  return Telegram{own, *std::move(data), bytes.subspan(header_size)};
}

/// In the first telegram that has it. One that the meter marks as not available is not looked for further on.
Result<Measured> find(const std::vector<Telegram>& telegrams, Unit unit) {
  for (const auto& telegram : telegrams) {
    const auto measured = telegram.find(unit);
    if (measured || measured.error() != MeterErrc::no_such_data) return measured;
  }
  return WATTLE_FAIL(MeterErrc::no_such_data);
}

/// Of what is counted. A meter of energy that tells no Wh in any telegram may count in J.
Result<Measured> find_register(const std::vector<Telegram>& telegrams, Unit counts) {
  auto measured = find(telegrams, counts);
  const bool is_missing = !measured && measured.error() == MeterErrc::no_such_data;
  return is_missing && counts == Unit::watt_hour ? find(telegrams, Unit::joule) : measured;
}

/// Of meters that ignore the frame count and say each time what they have, with values that have changed meanwhile.
bool is_told_again(const std::vector<Telegram>& telegrams, Unit unit) {
  const auto has_it = [unit](const Telegram& telegram) { return telegram.find(unit).has_value(); };
  return std::count_if(telegrams.begin(), telegrams.end(), has_it) > 1;
}

/// Those that make up the reading, the first answer being one that says only that the meter is there. Behind the register a
/// telegram that cannot be had ends them, and anywhere one that is the same again: there are meters that ignore the frame
/// count, and say without end that another follows.
Result<std::vector<Telegram>> telegrams_in(const Model& model, std::span<const Bytes> answers) {
  if (answers.size() < 2) return WATTLE_FAIL(MeterErrc::length);
  std::vector<Telegram> all;
  for (const auto& answer : answers.subspan(1)) {
    auto telegram = telegram_in(answer);
    if (!telegram && find_register(all, model.counts)) break;
    if (!telegram) return telegram.error();
    if (!all.empty() && telegram->own.id != all.front().own.id) return WATTLE_FAIL(MeterErrc::meter_number);
    if (!all.empty() && std::ranges::equal(telegram->records, all.back().records)) break;
    all.push_back(*std::move(telegram));
  }
  return all;
}

/// What shows a temperature at present.
std::vector<const Record*> temperatures(const std::vector<Telegram>& telegrams) {
  std::vector<const Record*> found;
  for (const auto& telegram : telegrams) {
    const auto* data = std::get_if<Data>(&telegram.data);
    if (data == nullptr) continue;
    for (const auto& record : data->records) {
      const auto* value = std::get_if<Measured>(&record.value);
      const bool is_one = value != nullptr && value->unit == Unit::celsius && record.name.ends_with("_temperature");
      if (is_one && is_present(record)) found.push_back(&record);
    }
  }
  return found;
}

bool is_of_flow(const Record* temperature) { return temperature->name == "flow_temperature"; }

/// That of the water that flows. Another only if it is the only one: of several nobody could say which it was.
Result<Measured> find_temperature(const std::vector<Telegram>& telegrams) {
  const auto all = temperatures(telegrams);
  const auto of_flow = std::find_if(all.begin(), all.end(), is_of_flow);
  if (of_flow != all.end()) return std::get<Measured>((*of_flow)->value);
  if (all.size() != 1) return WATTLE_FAIL(MeterErrc::no_such_data);
  return std::get<Measured>(all.front()->value);
}

bool is_of_now(const Record& record) {
  return record.function == RecordFunction::instantaneous && record.storage == 0 && record.tariff == 0 && record.is_plain;
}

/// The first record of now of that name and unit at that subunit, which may be a phase.
const Measured* find_at(const std::vector<Telegram>& telegrams, std::string_view name, Unit unit, std::uint16_t subunit) {
  for (const auto& telegram : telegrams) {
    const auto* data = std::get_if<Data>(&telegram.data);
    if (data == nullptr) continue;
    for (const auto& record : data->records) {
      const auto* value = std::get_if<Measured>(&record.value);
      const bool is_it = value != nullptr && value->unit == unit && record.name == name;
      if (is_it && record.subunit == subunit && is_of_now(record)) return value;
    }
  }
  return nullptr;
}

/// Of the whole, or of the first phase.
bool tells(const std::vector<Telegram>& telegrams, std::string_view name, Unit unit) {
  return find_at(telegrams, name, unit, 0) != nullptr || find_at(telegrams, name, unit, 1) != nullptr;
}

/// What comes behind a telegram that tells nothing of the present is of the past.
bool is_of_past(const Telegram& telegram) {
  const auto* data = std::get_if<Data>(&telegram.data);
  return data != nullptr && std::none_of(data->records.begin(), data->records.end(), is_of_now);
}

/// Whether no further telegram could add to the reading.
bool is_all_told(const Model& model, const Sought& sought, const std::vector<Telegram>& telegrams) {
  const auto is_told = [](const Result<Measured>& measured) { return measured || measured.error() != MeterErrc::no_such_data; };
  if (!is_told(find_register(telegrams, model.counts))) return false;
  if (is_told_again(telegrams, model.counts) || is_told_again(telegrams, Unit::joule)) return true;
  const bool is_only_joules = model.counts == Unit::watt_hour && !is_told(find(telegrams, Unit::watt_hour));
  if (is_only_joules && !is_of_past(telegrams.back())) return false;  // Wh may follow
  const bool is_full = sought.depth == Depth::full;
  if (model.counts == Unit::watt_hour) {
    const bool has_power = is_told(find(telegrams, Unit::watt));
    if (!is_full) return has_power || !sought.tells_power;
    const bool has_both = tells(telegrams, "voltage", Unit::volt) && tells(telegrams, "current", Unit::ampere);
    return has_power && (has_both || is_of_past(telegrams.back()));
  }
  if (!is_full) return true;
  const auto all = temperatures(telegrams);
  return is_told(find(telegrams, Unit::cubic_metre_per_hour)) && std::any_of(all.begin(), all.end(), is_of_flow);
}

/// In litres or Wh. 3,600 J are one Wh: what is less than a whole one waits for the next.
Result<std::int64_t> in_our_unit(const Measured& measured, Unit counts) {
  constexpr std::int64_t joules_a_wh = 3600;
  const auto value = scaled(measured, counts == Unit::cubic_metre ? litres : 0);
  if (!value) return value;
  if (*value < 0) return WATTLE_FAIL(MeterErrc::value);
  return measured.unit == Unit::joule ? *value / joules_a_wh : *value;
}

/// Up to the present register; refused when that is not to be trusted.
Error take_register(const Model& model, Quantity rollover, const std::vector<Telegram>& telegrams, CircuitReading& circuit) {
  const auto measured = find_register(telegrams, model.counts);
  if (!measured) return measured.error();
  const auto value = in_our_unit(*measured, model.counts);
  if (!value) return value.error();
  if (*value >= rollover.units) return WATTLE_FAIL(MeterErrc::value);
  circuit.energy = {*value};
  return {};
}

/// Not every meter of energy tells its power; and what no meter can measure is none.
void take_power(const std::vector<Telegram>& telegrams, CircuitReading& circuit) {
  const auto measured = find(telegrams, Unit::watt);
  if (!measured) return;
  const auto value = scaled(*measured, 0);
  if (value && *value <= max_power_w && *value >= -max_power_w) circuit.power = Power{*value};
}

/// Not every meter tells it, and nothing rests on it.
void take_further(const Result<Measured>& measured, FurtherKind kind, CircuitReading& circuit) {
  if (!measured) return;
  const auto value = scaled(*measured, form_of(kind).exponent);
  const auto bounds = bounds_of(kind);
  if (value && *value >= bounds.least && *value <= bounds.most) circuit.further.put(kind, *value);
}

/// What an electricity meter tells beside register and power.
class Electricity {
 public:
  Electricity(const Model& model, const std::vector<Telegram>& telegrams) : model_(model), telegrams_(telegrams) {}

  void take(Reading& reading) const {
    auto& circuit = reading.circuits.front();
    const auto volts = [&](std::uint16_t at) { return told("voltage", at, FurtherKind::voltage_b); };
    const auto amperes = [&](std::uint16_t at) { return told("current", at, FurtherKind::current_a); };
    const auto of_first = volts(1);
    reading.voltage_mv = of_first ? of_first : volts(0);
    circuit.further.put(FurtherKind::voltage_b, volts(2));
    circuit.further.put(FurtherKind::voltage_c, volts(3));
    const auto sum = amperes(0);
    circuit.current_ma = sum ? sum : amperes(1);
    if (sum) circuit.further.put(FurtherKind::current_a, amperes(1));
    circuit.further.put(FurtherKind::current_b, amperes(2));
    circuit.further.put(FurtherKind::current_c, amperes(3));
    reading.frequency_mhz = told("frequency", 0, FurtherKind::frequency);
    circuit.further.put(FurtherKind::reactive_energy, told("reactive_energy", 0, FurtherKind::reactive_energy));
    circuit.further.put(FurtherKind::reactive_power, told("reactive_power", 0, FurtherKind::reactive_power));
    circuit.power_factor_per_mille = power_factor();
  }

 private:
  static std::optional<std::int64_t> bounded(const Measured& measured, FurtherKind kind) {
    const auto value = scaled(measured, form_of(kind).exponent);
    const auto bounds = bounds_of(kind);
    return value && *value >= bounds.least && *value <= bounds.most ? std::optional(*value) : std::nullopt;
  }
  std::optional<std::int64_t> told(std::string_view name, std::uint16_t subunit, FurtherKind kind) const {
    const auto* measured = find_at(telegrams_, name, form_of(kind).unit, subunit);
    return measured != nullptr ? bounded(*measured, kind) : std::nullopt;
  }
  std::optional<std::int64_t> power_factor() const {
    if (!model_.power_factor_exponent) return std::nullopt;
    const auto* found = find_at(telegrams_, "plain_number", Unit::none, 0);
    if (found == nullptr) return std::nullopt;
    auto measured = *found;
    measured.exponent += *model_.power_factor_exponent;
    return bounded(measured, FurtherKind::power_factor);
  }

  const Model& model_;
  const std::vector<Telegram>& telegrams_;
};

MeterStatus status_in(const std::vector<Telegram>& telegrams) {
  MeterStatus status;
  for (const auto& telegram : telegrams) {
    const auto* data = std::get_if<Data>(&telegram.data);
    const auto bits = data != nullptr ? data->header.status : std::get<FixedData>(telegram.data).status;
    const auto application = data != nullptr ? bits & status_application : 0;
    status.busy |= application == status_busy;
    status.application_error |= application == status_application_error;
    status.battery_low |= (bits & status_power_low) != 0;
    status.permanent_error |= (bits & status_permanent_error) != 0;
    status.temporary_error |= (bits & status_temporary_error) != 0;
  }
  return status;
}

/// Of what the main table of VIFs does not have, in 32 bits with a sign.
void put_measured(Bytes& out, ByteView vif, std::int64_t value, std::uint16_t subunit = 0) {
  constexpr std::uint8_t integer = 0x04, goes_on = 0x80, subunit_bit = 0x40;
  if (value > INT32_MAX || value < -INT32_MAX) return;
  out.push_back(subunit == 0 ? integer : integer | goes_on);
  for (; subunit != 0; subunit = static_cast<std::uint16_t>(subunit >> 1))
    out.push_back(static_cast<std::uint8_t>(((subunit & 1) != 0 ? subunit_bit : 0) | (subunit > 1 ? goes_on : 0)));
  Writer writer(out);
  writer.raw(vif);
  writer.u32(static_cast<std::uint32_t>(static_cast<std::int32_t>(value)));
}

void put_electricity(Bytes& out, const Model& model, const Reading& reading) {
  constexpr std::uint8_t millivolts[] = {0xfd, 0x46}, milliamperes[] = {0xfd, 0x59}, millihertz[] = {0xfb, 0x2c};
  constexpr std::uint8_t vars[] = {0xfb, 0x14}, kilovar_hours[] = {0xfb, 0x02}, number[] = {0xfd, 0x3a};
  const auto& circuit = reading.circuits.front();
  const auto put = [&](const std::optional<std::int64_t>& value, ByteView vif, std::uint16_t subunit = 0) {
    if (value) put_measured(out, vif, *value, subunit);
  };
  const auto further = [&](FurtherKind kind) { return circuit.further.get(kind); };
  const auto voltage_b = further(FurtherKind::voltage_b);
  put(reading.voltage_mv, millivolts, voltage_b ? 1 : 0);
  put(voltage_b, millivolts, 2);
  put(further(FurtherKind::voltage_c), millivolts, 3);
  const bool is_of_phases = further(FurtherKind::current_b) && !further(FurtherKind::current_a);
  put(circuit.current_ma, milliamperes, is_of_phases ? 1 : 0);
  put(further(FurtherKind::current_a), milliamperes, 1);
  put(further(FurtherKind::current_b), milliamperes, 2);
  put(further(FurtherKind::current_c), milliamperes, 3);
  put(reading.frequency_mhz, millihertz);
  put(further(FurtherKind::reactive_power), vars);
  if (const auto varh = further(FurtherKind::reactive_energy)) put_measured(out, kilovar_hours, *varh / 1000);
  if (!model.power_factor_exponent || !circuit.power_factor_per_mille) return;
  const auto shown = scaled({*circuit.power_factor_per_mille, -3, Unit::none}, *model.power_factor_exponent);
  if (shown) put_measured(out, number, *shown);
}

}  // namespace

std::vector<Request> reading_asks(const Model& model, std::uint64_t address) {
  // After a reset, and after a selection, the first question has the frame count bit set (EN 13757-2 §5.5.6).
  if (model.by_number) return {select(numbered(address), false), read(selected, true)};
  const auto primary = static_cast<std::uint8_t>(address);
  return {reset_link(primary), read(primary, true)};
}

std::size_t answer_size(const Request& request) { return request.command == Command::read ? max_frame : 1; }

Bytes data_of(const Answer& answer) {
  if (!answer.has_data) return {};
  Bytes out{answer.ci};
  Writer(out).raw(answer.data);
  return out;
}

std::optional<Request> following_ask(const Model& model, std::uint64_t address, const Sought& sought,
                                     std::span<const Bytes> answers) {
  const auto telegrams = telegrams_in(model, answers);
  // What cannot be read is not gone on with: the reading is refused for it, or ends before it.
  if (!telegrams || telegrams->size() + 1 < answers.size()) return std::nullopt;
  if (!telegrams->back().more() || telegrams->size() >= telegrams_max) return std::nullopt;
  if (is_all_told(model, sought, *telegrams)) return std::nullopt;
  // The first question had the frame count bit set; toggled, it asks for the next telegram (EN 13757-2 §5.5.6).
  const auto at = model.by_number ? selected : static_cast<std::uint8_t>(address);
  return read(at, telegrams->size() % 2 == 0);
}

bool has_register(const Model& model, std::span<const Bytes> answers) {
  const auto telegrams = telegrams_in(model, answers);
  return telegrams && find_register(*telegrams, model.counts);
}

Result<Reading> decode_reading(const Model& model, Quantity rollover, std::span<const Bytes> answers) {
  const auto telegrams = telegrams_in(model, answers);
  if (!telegrams) return telegrams.error();
  const auto number = bcd_value(telegrams->front().own.id);
  if (!number || *number == 0) return WATTLE_FAIL(MeterErrc::meter_number);
  Reading reading{MeterId{static_cast<std::uint64_t>(*number)}, {}, {}, {{}}};
  reading.status = status_in(*telegrams);
  auto& circuit = reading.circuits.front();
  if (const auto error = take_register(model, rollover, *telegrams, circuit)) return error;
  if (model.counts == Unit::cubic_metre) {
    take_further(find(*telegrams, form_of(FurtherKind::flow).unit), FurtherKind::flow, circuit);
    take_further(find_temperature(*telegrams), FurtherKind::temperature, circuit);
    return reading;
  }
  take_power(*telegrams, circuit);
  Electricity(model, *telegrams).take(reading);
  return reading;
}

void show(MeterImage& image, const Model& model, const Reading& reading) {
  const auto& circuit = reading.circuits.front();
  const bool is_water = model.counts == Unit::cubic_metre;
  image.header.own = numbered(reading.meter.value);
  image.header.own.manufacturer = twin_maker;
  image.header.own.version = 1;
  image.header.own.medium = is_water ? medium_water : medium_electricity;
  auto vif = is_water ? vif_litres : vif_watt_hours;
  auto shown = circuit.energy.units;
  for (; shown > max_shown; shown /= 10) ++vif;  // in the smallest step in which it has room
  Bytes records;
  WATTLE_CHECK(put_record(records, RecordShape::digits, vif, shown));
  if (!is_water) {
    WATTLE_CHECK(put_record(records, RecordShape::integer, vif_watts, circuit.power.value_or(Power{}).watts));
    put_electricity(records, model, reading);
  }
  image.header.status = static_cast<std::uint8_t>(
      (reading.status.busy ? status_busy : 0) | (reading.status.application_error ? status_application_error : 0) |
      (reading.status.battery_low ? status_power_low : 0) | (reading.status.permanent_error ? status_permanent_error : 0) |
      (reading.status.temporary_error ? status_temporary_error : 0));
  image.telegrams = {std::move(records)};
}

std::string contradiction(const Model& model) {
  if (model.counts != Unit::cubic_metre && model.counts != Unit::watt_hour) return "a meter counts water or energy";
  if (model.power_factor_exponent && model.counts != Unit::watt_hour) return "a meter of water has no power factor";
  return {};
}

}  // namespace wattle::mbus
