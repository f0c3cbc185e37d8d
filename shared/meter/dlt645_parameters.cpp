#include "shared/meter/dlt645_parameters.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::size_t entry_size = 3;  // NN mm hh, or NN DD MM
constexpr std::size_t table_entries_max = 14;
constexpr std::int64_t seconds_a_minute = 60;
constexpr LocalTime latest_moment{2099, 12, 31, 23, 59, 59};

Unit unit_of(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::money: return Unit::yuan;
    case ParameterKind::energy: return Unit::watt_hour;
    case ParameterKind::power: return Unit::watt;
    case ParameterKind::voltage: return Unit::volt;
    case ParameterKind::delay: return Unit::minute;
    case ParameterKind::day_hour:
    case ParameterKind::flag:
    case ParameterKind::number:
    case ParameterKind::table:
    case ParameterKind::zones: break;
  }
  return Unit::none;
}

int exponent_of(ParameterKind kind) {
  if (kind == ParameterKind::voltage) return -3;
  return kind == ParameterKind::money ? -6 : 0;
}

bool is_number(ParameterKind kind) { return unit_of(kind) != Unit::none; }

Result<ParameterValue> number_value(const Model& model, std::uint32_t di, ParameterKind kind, ByteView data) {
  const auto measured = number_in(model.edition, di, data);
  if (!measured) return measured.error();
  const auto value = scaled(*measured, exponent_of(kind));
  if (!value) return value.error();
  return ParameterValue{kind == ParameterKind::delay ? *value * seconds_a_minute : *value, {}};
}

/// Never rounded: what the meter then held would not be what was ordered.
Result<Bytes> value_of_number(const Model& model, std::uint32_t di, ParameterKind kind, const ParameterValue& value) {
  if (kind == ParameterKind::delay && value.number % seconds_a_minute != 0) return WATTLE_FAIL(MeterErrc::value);
  const auto number = kind == ParameterKind::delay ? value.number / seconds_a_minute : value.number;
  auto bytes = number_bytes(model.edition, di, {number, exponent_of(kind), unit_of(kind)});
  if (!bytes) return bytes.error();
  const auto again = number_value(model, di, kind, *bytes);
  if (!again || *again != value) return WATTLE_FAIL(MeterErrc::value);
  return bytes;
}

/// Without a unit: a byte of bits, or two digits.
Result<ParameterValue> bare_value(const Model& model, std::uint32_t di, ByteView data) {
  const auto* item = find_item(model.edition, di);
  if (item->shape != Shape::binary) return number_value(model, di, ParameterKind::number, data);
  if (data.empty()) return WATTLE_FAIL(MeterErrc::length);
  return ParameterValue{data[0], {}};
}

Result<Bytes> value_of_bare(const Model& model, std::uint32_t di, const ParameterValue& value) {
  if (find_item(model.edition, di)->shape != Shape::binary) return value_of_number(model, di, ParameterKind::number, value);
  return Bytes{static_cast<std::uint8_t>(value.number)};
}

Result<ParameterValue> day_hour_value(ByteView data) {
  if (data.size() < 2) return WATTLE_FAIL(MeterErrc::length);
  if (!is_bcd(data[0]) || !is_bcd(data[1])) return WATTLE_FAIL(MeterErrc::value);
  if (from_bcd(data[0]) >= hours_of_day) return WATTLE_FAIL(MeterErrc::value);
  return ParameterValue{from_bcd(data[1]) * hours_of_day + from_bcd(data[0]), {}};
}

/// What the two bytes behind the number count in: minutes within hours, days within months.
std::uint16_t radix_of(ParameterKind kind) { return kind == ParameterKind::zones ? month_factor : 60; }

/// A place behind those that are written, which a meter has and nobody has ever filled.
bool is_blank(ByteView bytes) {
  const auto all = [&](std::uint8_t byte) {
    return std::all_of(bytes.begin(), bytes.end(), [=](auto b) { return b == byte; });
  };
  return all(0x00) || all(0xff);
}

/// A short table is filled with its last entry. Meters answer with more than is written, and the rest is what was there
/// before: it counts like the others.
Result<ParameterValue> table_value(const ModelParameter& of, ParameterKind kind, ByteView data) {
  ParameterValue value;
  const auto radix = radix_of(kind);
  for (std::size_t at = 0; at + entry_size <= data.size(); at += entry_size) {
    const auto bytes = data.subspan(at, entry_size);
    if (at >= of.periods * entry_size && is_blank(bytes)) continue;
    if (!std::all_of(bytes.begin(), bytes.end(), is_bcd)) return WATTLE_FAIL(MeterErrc::value);
    if (from_bcd(bytes[1]) >= radix) return WATTLE_FAIL(MeterErrc::value);
    const TableEntry entry{static_cast<std::uint16_t>(from_bcd(bytes[2]) * radix + from_bcd(bytes[1])), from_bcd(bytes[0])};
    if (value.entries.empty() || value.entries.back() != entry) value.entries.push_back(entry);
  }
  return value;
}

Result<Bytes> value_of_table(const ModelParameter& of, ParameterKind kind, const ParameterValue& value) {
  if (value.entries.size() > of.periods) return WATTLE_FAIL(MeterErrc::value);
  const auto radix = radix_of(kind);
  Bytes bytes;
  for (std::size_t i = 0; i < of.periods; ++i) {
    const auto& entry = value.entries[std::min(i, value.entries.size() - 1)];
    Writer(bytes).raw(Bytes{to_bcd(entry.number), to_bcd(static_cast<std::uint8_t>(entry.from % radix)),
                            to_bcd(static_cast<std::uint8_t>(entry.from / radix))});
  }
  return bytes;
}

Result<ParameterValue> flag_value(const ModelParameter& of, ByteView data) {
  const auto word = data[0] | static_cast<unsigned>(data[1]) << 8;
  if (word == 0xffff) return WATTLE_FAIL(MeterErrc::value);  // not available
  return ParameterValue{word >> of.bit & 1, {}};
}

}  // namespace

Request parameter_read(const Model& model, Parameter parameter, const Address& at) {
  const auto ask = read(model.edition, at, model.parameters.at(parameter).di);
  return is_table(info(parameter).kind) ? needing(ask, table_entries_max * entry_size) : ask;
}

Result<Request> parameter_write(const Model& model, Parameter parameter, const Address& at, const Credentials& by,
                                const ParameterValue& value) {
  const auto& of = model.parameters.at(parameter);
  const auto kind = info(parameter).kind;
  WATTLE_CHECK(is_valid(parameter, value));
  if (kind == ParameterKind::flag) {
    const auto command = value.number != 0 ? RelayCommand::keep_power : RelayCommand::end_keep_power;
    return relay(at, by, command, latest_moment);
  }
  Result<Bytes> bytes = WATTLE_FAIL(MeterErrc::value);
  if (is_number(kind)) bytes = value_of_number(model, of.di, kind, value);
  if (is_table(kind)) bytes = value_of_table(of, kind, value);
  if (kind == ParameterKind::number) bytes = value_of_bare(model, of.di, value);
  if (kind == ParameterKind::day_hour)
    bytes = Bytes{to_bcd(static_cast<std::uint8_t>(value.number % hours_of_day)),
                  to_bcd(static_cast<std::uint8_t>(value.number / hours_of_day))};
  if (!bytes) return bytes.error();
  return write(model.edition, at, of.di, by, std::move(*bytes));
}

Result<ParameterValue> parameter_in(const Model& model, Parameter parameter, ByteView data) {
  const auto& of = model.parameters.at(parameter);
  const auto kind = info(parameter).kind;
  Result<ParameterValue> value = WATTLE_FAIL(MeterErrc::length);
  if (is_number(kind)) value = number_value(model, of.di, kind, data);
  if (is_table(kind)) value = table_value(of, kind, data);
  if (kind == ParameterKind::number) value = bare_value(model, of.di, data);
  if (kind == ParameterKind::day_hour) value = day_hour_value(data);
  if (kind == ParameterKind::flag && data.size() >= 2) value = flag_value(of, data);
  if (value && !is_valid(parameter, *value)) return WATTLE_FAIL(MeterErrc::value);
  return value;
}

std::vector<Request> clock_reads(const Model& model, const Address& at) {
  return {read(model.edition, at, model.clock->time), read(model.edition, at, model.clock->date)};
}

Result<LocalTime> clock_in(ByteView time, ByteView date) {
  if (time.size() < 3 || date.size() < 4) return WATTLE_FAIL(MeterErrc::length);
  const auto is_digits = [](ByteView bytes) { return std::all_of(bytes.begin(), bytes.end(), is_bcd); };
  if (!is_digits(time.first(3)) || !is_digits(date.subspan(1, 3))) return WATTLE_FAIL(MeterErrc::value);
  const LocalTime told{static_cast<std::uint16_t>(2000 + from_bcd(date[3])),
                       from_bcd(date[2]),
                       from_bcd(date[1]),
                       from_bcd(time[2]),
                       from_bcd(time[1]),
                       from_bcd(time[0])};
  if (!is_valid(told)) return WATTLE_FAIL(MeterErrc::value);
  return told;
}

std::vector<Request> clock_writes(const Model& model, const Address& at, const Credentials& by, const LocalTime& to) {
  const auto year = to_bcd(static_cast<std::uint8_t>(to.year % 100));
  return {write(model.edition, at, model.clock->date, by, {weekday(to), to_bcd(to.day), to_bcd(to.month), year}),
          write(model.edition, at, model.clock->time, by, {to_bcd(to.second), to_bcd(to.minute), to_bcd(to.hour)})};
}

void show_parameters(MeterImage& image, const Model& model) {
  for (const auto& [parameter, of] : model.parameters) {
    const auto* item = find_item(model.edition, of.di);
    WATTLE_CHECK(item != nullptr);
    switch (info(parameter).kind) {
      case ParameterKind::flag: break;  // status word 3 shows it
      case ParameterKind::day_hour: image.items.try_emplace(of.di, Cell{{0x00, 0x01}, true}); break;
      case ParameterKind::table:
      case ParameterKind::zones: {
        const bool is_year = info(parameter).kind == ParameterKind::zones;
        Bytes table;  // the first one, from midnight or the first of January on
        for (std::size_t i = 0; i < of.periods; ++i) Writer(table).raw(is_year ? Bytes{1, 1, 1} : Bytes{1, 0, 0});
        image.items.try_emplace(of.di, Cell{std::move(table), true});
        break;
      }
      default: image.items.try_emplace(of.di, Cell{Bytes(item->size, 0), true}); break;
    }
  }
}

namespace {

/// A number without a unit could be anything: that of the standard must be of this name.
bool is_shown_as(const Item& item, const ParameterInfo& what) {
  switch (what.kind) {
    case ParameterKind::day_hour: return item.shape == Shape::day_hour;
    case ParameterKind::flag: return item.shape == Shape::status;
    case ParameterKind::number: return item.name == what.name;
    case ParameterKind::table: return item.shape == Shape::period;
    case ParameterKind::zones: return item.shape == Shape::zone;
    case ParameterKind::money:
    case ParameterKind::energy:
    case ParameterKind::power:
    case ParameterKind::voltage:
    case ParameterKind::delay: break;
  }
  return item.shape == Shape::number && item.unit == unit_of(what.kind) && item.role == Role::setting;
}

/// Of status word 3 the first bits are the same in all printings, and a contact is no order to keep it.
std::string contradiction_of_flag(const Model& model, const std::string& name, const ModelParameter& of) {
  if (of.bit > 15 || model.edition != Edition::v2007) return name + " is a bit of a word of status, in 2007";
  for (const auto& circuit : model.circuits)
    if (circuit.relay && circuit.relay->state == of.di && circuit.relay->bit == of.bit)
      return name + " is read in the bit of the relay itself";
  if (of.di == di::status_3 && of.bit < first_late_bit)
    return name + " is read in a bit of status word 3 that means something else, " + status_bits(3)[of.bit];
  return {};
}

/// Each table has its own identifier, and one set holds them all: another one counts at another time, or never.
std::string contradiction_of_table(const Model& model, const ParameterInfo& what, const ModelParameter& of) {
  constexpr std::uint32_t low_digit = 0xf;  // the number of a table; in 1997 that of an entry, and F asks for all
  constexpr std::uint32_t set_of = 0xffff0000;
  const auto name = std::string(what.name);
  if (of.periods == 0 || of.periods > writable_periods_max) return name + " is written with one to twelve entries";
  if (model.edition == Edition::v1997) {
    if (find_item(model.edition, of.di)->name != what.name) return "the identifier of " + name + " is that of another table";
    return (of.di & low_digit) == low_digit ? std::string() : "the identifier of " + name + " ends in F: it is written whole";
  }
  const auto number = static_cast<std::uint32_t>(what.parameter) - static_cast<std::uint32_t>(Parameter::day_table_1) + 1;
  if (what.kind == ParameterKind::table && (of.di & low_digit) != number)
    return "the identifier of " + name + " is that of another table";
  for (const auto& [other, than] : model.parameters)
    if (is_table(info(other).kind) && (than.di & set_of) != (of.di & set_of))
      return name + " is of another set than " + std::string(info(other).name);
  return {};
}

std::string contradiction_of_parameter(const Model& model, const ParameterInfo& what, const ModelParameter& of) {
  const auto name = std::string(what.name);
  if (!has_identifier(model.edition, what.parameter)) return "the edition of 1997 has no " + name;
  const auto* item = find_item(model.edition, of.di);
  if (item == nullptr || !is_shown_as(*item, what)) return "the identifier of " + name + " is known for something else";
  if (what.kind == ParameterKind::flag)
    if (auto wrong = contradiction_of_flag(model, name, of); !wrong.empty()) return wrong;
  for (const auto& [other, than] : model.parameters)  // each would put right what the other has written
    if (other < what.parameter && than.di == of.di) return name + " has the identifier of " + std::string(info(other).name);
  return is_table(what.kind) ? contradiction_of_table(model, what, of) : std::string();
}

}  // namespace

bool has_identifier(Edition edition, Parameter parameter) {
  if (edition == Edition::v2007) return true;
  const auto kind = info(parameter).kind;
  return is_table(kind) || kind == ParameterKind::day_hour || parameter == Parameter::weekend_mask;
}

Contradiction contradiction_of_parameters(const Model& model) {
  for (const auto& [parameter, of] : model.parameters) {
    const auto& what = info(parameter);
    if (auto wrong = contradiction_of_parameter(model, what, of); !wrong.empty())
      return {std::move(wrong), "parameters", {}, std::string(what.name)};
  }
  if (!model.clock) return {};
  const auto* date = find_item(model.edition, model.clock->date);
  const auto* time = find_item(model.edition, model.clock->time);
  const bool fits = date != nullptr && date->shape == Shape::date_weekday && time != nullptr && time->shape == Shape::clock;
  return fits ? Contradiction{} : about_section("clock", "the identifiers of the clock are known for something else");
}

}  // namespace wattle::dlt645
