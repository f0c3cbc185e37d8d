#include "shared/meter/mbus_model.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"
#include "shared/meter/further_form.hpp"

namespace wattle::mbus {
namespace {

constexpr std::uint16_t twin_maker = 0x5e8c;  // "WTL": three letters, as a maker's code has; nobody is registered under them

constexpr int litres = -3;  // of a cubic metre
constexpr std::uint8_t vif_litres = 0x13;
constexpr std::uint8_t vif_watt_hours = 0x03;
constexpr std::uint8_t vif_watts = 0x2b;
constexpr std::int64_t max_shown = 99'999'999;  // of eight digits
constexpr std::uint8_t medium_electricity = 0x02;
constexpr std::uint8_t medium_water = 0x07;

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

/// Those that make up the reading, the first answer being one that says only that the meter is there. Behind the register a
/// telegram that cannot be had ends them, and anywhere one that is the same again: there are meters that ignore the frame
/// count, and say without end that another follows.
Result<std::vector<Telegram>> telegrams_in(const Model& model, std::span<const Bytes> answers) {
  if (answers.size() < 2) return WATTLE_FAIL(MeterErrc::length);
  std::vector<Telegram> all;
  for (const auto& answer : answers.subspan(1)) {
    auto telegram = telegram_in(answer);
    if (!telegram && find(all, model.counts)) break;
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

/// Whether no further telegram could add to the reading.
bool is_all_told(const Model& model, const Sought& sought, const std::vector<Telegram>& telegrams) {
  const auto is_told = [&](Unit unit) {
    const auto measured = find(telegrams, unit);
    return measured || measured.error() != MeterErrc::no_such_data;
  };
  if (!is_told(model.counts)) return false;
  const bool is_full = sought.depth == Depth::full;
  if (model.counts == Unit::watt_hour) return is_told(Unit::watt) || (!is_full && !sought.tells_power);
  if (!is_full) return true;
  const auto all = temperatures(telegrams);
  return is_told(Unit::cubic_metre_per_hour) && std::any_of(all.begin(), all.end(), is_of_flow);
}

/// Up to the present register; refused when that is not to be trusted.
Error take_register(const Model& model, Quantity rollover, const std::vector<Telegram>& telegrams, CircuitReading& circuit) {
  const auto measured = find(telegrams, model.counts);
  if (!measured) return measured.error();
  const auto value = scaled(*measured, model.counts == Unit::cubic_metre ? litres : 0);
  if (!value) return value.error();
  if (*value < 0 || *value >= rollover.units) return WATTLE_FAIL(MeterErrc::value);
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
  return telegrams && find(*telegrams, model.counts);
}

Result<Reading> decode_reading(const Model& model, Quantity rollover, std::span<const Bytes> answers) {
  const auto telegrams = telegrams_in(model, answers);
  if (!telegrams) return telegrams.error();
  const auto number = bcd_value(telegrams->front().own.id);
  if (!number || *number == 0) return WATTLE_FAIL(MeterErrc::meter_number);
  Reading reading{MeterId{static_cast<std::uint64_t>(*number)}, {}, {}, {{}}};
  auto& circuit = reading.circuits.front();
  if (const auto error = take_register(model, rollover, *telegrams, circuit)) return error;
  if (model.counts == Unit::cubic_metre) {
    take_further(find(*telegrams, form_of(FurtherKind::flow).unit), FurtherKind::flow, circuit);
    take_further(find_temperature(*telegrams), FurtherKind::temperature, circuit);
    return reading;
  }
  take_power(*telegrams, circuit);
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
  if (!is_water) WATTLE_CHECK(put_record(records, RecordShape::integer, vif_watts, circuit.power.value_or(Power{}).watts));
  image.telegrams = {std::move(records)};
}

std::string contradiction(const Model& model) {
  if (model.counts != Unit::cubic_metre && model.counts != Unit::watt_hour) return "a meter counts water or energy";
  return {};
}

}  // namespace wattle::mbus
