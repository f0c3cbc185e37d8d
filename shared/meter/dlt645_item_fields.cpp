#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/dlt645_load.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::size_t status_bit_count = 16;

// 0400 0501 to 0507, by the reference's sheet.
constexpr std::array<const char*, status_bit_count> status_names[] = {
    {"", "demand_mode", "clock_battery_low", "reading_battery_low", "active_power_reverse", "reactive_power_reverse", "", "",
     "", "", "", "", "", "", "", ""},
    {"phase_a_reverse", "phase_b_reverse", "phase_c_reverse", "", "phase_a_reactive_reverse", "phase_b_reactive_reverse",
     "phase_c_reactive_reverse", "", "", "", "", "", "", "", "", ""},
    {"second_day_table_set", "supply_auxiliary", "supply_battery", "programming_allowed", "relay_open", "second_zone_set",
     "relay_command_open", "pre_trip_alarm", "prepaid_in_energy", "prepaid_in_money", "second_tariff_price_set",
     "second_step_set", "keep_power", "authenticated", "local_account_closed", "remote_account_closed"},
    {"voltage_loss", "under_voltage", "over_voltage", "current_loss", "over_current", "overload", "reverse", "phase_failure",
     "current_interruption", "", "", "", "", "", "", ""},
    {"voltage_loss", "under_voltage", "over_voltage", "current_loss", "over_current", "overload", "reverse", "phase_failure",
     "current_interruption", "", "", "", "", "", "", ""},
    {"voltage_loss", "under_voltage", "over_voltage", "current_loss", "over_current", "overload", "reverse", "phase_failure",
     "current_interruption", "", "", "", "", "", "", ""},
    {"voltage_sequence", "current_sequence", "voltage_unbalance", "current_unbalance", "auxiliary_supply_lost", "power_down",
     "demand_exceeded", "power_factor_low", "strong_current_unbalance", "", "", "", "", "", "", ""},
};

std::string pair_text(std::uint8_t byte) { return to_hex(ByteView(&byte, 1)); }

bool all_bcd(ByteView bytes) { return std::all_of(bytes.begin(), bytes.end(), is_bcd); }

/// Where minute, hour, day and month stand in a shape of time; the second is before the minute, the year behind the month.
struct TimeParts {
  std::optional<std::size_t> second{}, minute{}, hour{}, weekday{}, day{}, month{}, year{};
};
std::optional<TimeParts> parts_of(Shape shape) {
  switch (shape) {
    case Shape::date_weekday: return TimeParts{.weekday = 0, .day = 1, .month = 2, .year = 3};
    case Shape::clock: return TimeParts{.second = 0, .minute = 1, .hour = 2};
    case Shape::date_clock:
      return TimeParts{.second = 0, .minute = 1, .hour = 2, .weekday = 3, .day = 4, .month = 5, .year = 6};
    case Shape::minute_time: return TimeParts{.minute = 0, .hour = 1, .day = 2, .month = 3, .year = 4};
    case Shape::second_time: return TimeParts{.second = 0, .minute = 1, .hour = 2, .day = 3, .month = 4, .year = 5};
    case Shape::month_time: return TimeParts{.minute = 0, .hour = 1, .day = 2, .month = 3};
    case Shape::day_hour: return TimeParts{.hour = 0, .day = 1};
    case Shape::hour_minute: return TimeParts{.minute = 0, .hour = 1};
    case Shape::zone: return TimeParts{.day = 1, .month = 2};
    case Shape::period: return TimeParts{.minute = 1, .hour = 2};
    case Shape::holiday: return TimeParts{.day = 1, .month = 2, .year = 3};
    default: return std::nullopt;
  }
}

bool is_filled(Shape shape, ByteView bytes) {
  const auto first = bytes.front();
  const bool is_midnight = shape == Shape::clock || shape == Shape::hour_minute;  // no day or month that cannot be 0
  const bool is_filler = (first == 0x00 && !is_midnight) || first == 0x99 || first == 0xff;
  return is_filler && std::all_of(bytes.begin(), bytes.end(), [&](std::uint8_t b) { return b == first; });
}

/// Of a time that is there: of a clock that goes to the end of the day, and of a calendar that has the day.
bool is_possible(Shape shape, ByteView bytes) {
  const auto parts = parts_of(shape);
  if (!parts || is_filled(shape, bytes) || !all_bcd(bytes)) return true;
  const auto at = [&](const std::optional<std::size_t>& part, unsigned otherwise) {
    return part ? unsigned{from_bcd(bytes[*part])} : otherwise;
  };
  const unsigned last_hour = shape == Shape::period ? 24 : 23;  // a day's last period may end with it
  if (at(parts->second, 0) > 59 || at(parts->minute, 0) > 59 || at(parts->hour, 0) > last_hour) return false;
  if (at(parts->weekday, 0) > 7) return false;
  const LocalTime date{
      static_cast<std::uint16_t>(2000 + at(parts->year, 0)),  // a leap year where none is told
      static_cast<std::uint8_t>(at(parts->month, 1)),        static_cast<std::uint8_t>(at(parts->day, 1)), 0, 0, 0};
  return is_valid(date);
}

/// Digits of the bytes in the order of `at`, with what separates them; nothing is said about an absent or nonsensical time.
FieldValue time_text(ByteView bytes, std::initializer_list<std::size_t> at, std::string_view separators) {
  if (!all_bcd(bytes)) return NotAvailable{};
  std::string text;
  std::size_t i = 0;
  for (const auto index : at) {
    if (i > 0) text += separators[i - 1];
    text += pair_text(bytes[index]);
    ++i;
  }
  return text;
}

FieldValue century(FieldValue value) {
  if (auto* text = std::get_if<std::string>(&value)) text->insert(0, "20");
  return value;
}

FieldValue text_value(ByteView bytes, const Dialect& dialect) {
  std::string text(bytes.begin(), bytes.end());
  if (dialect.text_low_byte_first) std::reverse(text.begin(), text.end());
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
  while (!text.empty() && (text.front() == ' ' || text.front() == '\0')) text.erase(text.begin());
  const bool readable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!readable) return Bytes(bytes.begin(), bytes.end());
  return text;
}

FieldValue number_value(const Item& item, ByteView bytes) {
  const auto value = bcd_value(bytes, item.shape == Shape::signed_number ? BcdSign::top_bit : BcdSign::none);
  if (!value) return NotAvailable{};
  return Measured{*value, item.exponent, item.unit};
}

FieldValue digits_value(ByteView bytes) {
  Bytes high_first(bytes.rbegin(), bytes.rend());
  if (!all_bcd(high_first)) return NotAvailable{};
  return to_hex(high_first);
}

/// One value of a shape that makes one field.
FieldValue value_of(const Item& item, ByteView bytes, const Dialect& dialect) {
  if (parts_of(item.shape)) return time_value(item.shape, bytes);
  switch (item.shape) {
    case Shape::number:
    case Shape::signed_number: return number_value(item, bytes);
    case Shape::digits: return digits_value(bytes);
    case Shape::text: return text_value(bytes, dialect);
    case Shape::binary: return std::uint64_t{bytes[0]};
    case Shape::status:
    default: break;  // what makes several fields, or none that is named
  }
  return Bytes(bytes.begin(), bytes.end());
}

void put_status(Fields& fields, std::size_t word_number, ByteView bytes, const Dialect& dialect) {
  const auto name = "status_" + std::to_string(word_number);
  const unsigned bits = bytes[0] | static_cast<unsigned>(bytes[1]) << 8;
  fields.push_back({name, std::uint64_t{bits}});
  const auto names = status_bits(word_number);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (*names[i] == '\0' || (word_number == 3 && i >= first_late_bit && !dialect.late_status_bits)) continue;
    fields.push_back({name + '.' + names[i], (bits >> i & 1) != 0});
  }
}

constexpr std::size_t demand_number = 3;
void put_demand(Fields& fields, const Item& item, const std::string& name, ByteView bytes) {
  fields.push_back(
      {name, number_value({.size = demand_number, .exponent = item.exponent, .unit = item.unit}, bytes.first(demand_number))});
  const auto at = bytes.subspan(demand_number);
  const bool is_time = !is_filled(Shape::minute_time, at) && is_possible(Shape::minute_time, at);
  fields.push_back({name + ".at", is_time ? century(time_text(at, {4, 3, 2, 1, 0}, "-- :")) : FieldValue(NotAvailable{})});
}

/// What the n-th of a block of this name is called.
std::string part_name(const Item& item, const std::string& name, std::size_t n) {
  constexpr const char* phases[] = {"a", "b", "c"};
  switch (item.axis) {
    case Axis::tariffs: return n == 0 ? name + ".total" : name + ".tariff_" + std::to_string(n);
    case Axis::total_and_phases:
      if (n == 0) return name + ".total";
      --n;
      [[fallthrough]];
    case Axis::phases: return n < 3 ? name + '.' + phases[n] : name + '.' + std::to_string(n + 1);
    case Axis::one:
    case Axis::status_words:
    case Axis::table: break;
  }
  return name + '.' + std::to_string(n + 1);
}

struct Place {
  bool is_block = false;
  std::size_t index = 0;  // of the single item within its axis
};
Place place_of(Edition edition, const Item& item, std::uint32_t di) {
  const auto selector = edition == Edition::v2007 ? di >> 8 & 0xff : di & 0x0f;
  const auto all = edition == Edition::v2007 ? 0xffu : 0x0fu;
  switch (item.axis) {
    case Axis::one: return {};
    case Axis::table: return {true, 0};
    case Axis::status_words:
      if ((di & 0xff) == 0xff) return {true, 0};
      return {false, (di & 0xff) - 1};
    case Axis::tariffs:
      if (edition == Edition::v2007 && (di >> 24) == 0x05) return {true, 0};  // a freeze is always all tariffs
      break;
    case Axis::phases:
    case Axis::total_and_phases: break;
  }
  if (selector == all) return {true, 0};
  const bool from_one = item.axis == Axis::phases;
  return {false, from_one && selector > 0 ? selector - 1 : selector};
}

/// Nothing for one that is carried as bytes.
std::optional<Item> item_of(Edition edition, std::uint32_t di, const Dialect& dialect) {
  const auto* found = find_item(edition, di);
  if (found == nullptr || found->shape == Shape::bytes) return std::nullopt;
  auto item = *found;
  const bool is_class = edition == Edition::v2007 && (di == 0x04000407 || di == 0x04000408);
  if (is_class) item.size = dialect.class_text_size;
  return item;
}

bool is_possible_record(const Item& record, ByteView bytes) {
  const auto parts = record_parts(record);
  return std::all_of(parts.begin(), parts.end(), [&](const Item& part) {
    const auto one = bytes.first(part.size);
    bytes = bytes.subspan(part.size);
    return is_possible(part.shape, one);
  });
}

}  // namespace

FieldValue time_value(Shape shape, ByteView bytes) {
  if (is_filled(shape, bytes) || !is_possible(shape, bytes)) return NotAvailable{};
  switch (shape) {
    case Shape::date_weekday: return century(time_text(bytes, {3, 2, 1, 0}, "-- "));
    case Shape::clock: return time_text(bytes, {2, 1, 0}, "::");
    case Shape::date_clock: return century(time_text(bytes, {6, 5, 4, 2, 1, 0}, "-- ::"));
    case Shape::minute_time: return century(time_text(bytes, {4, 3, 2, 1, 0}, "-- :"));
    case Shape::second_time: return century(time_text(bytes, {5, 4, 3, 2, 1, 0}, "-- ::"));
    case Shape::month_time: return time_text(bytes, {3, 2, 1, 0}, "- :");
    case Shape::day_hour: return time_text(bytes, {1, 0}, " ");
    case Shape::hour_minute: return time_text(bytes, {1, 0}, ":");
    case Shape::zone: return time_text(bytes, {2, 1, 0}, "- ");
    case Shape::period: return time_text(bytes, {2, 1, 0}, ": ");
    case Shape::holiday: return century(time_text(bytes, {3, 2, 1, 0}, "-- "));
    default: return NotAvailable{};
  }
}

std::span<const char* const> status_bits(std::size_t word_number) {
  if (word_number < 1 || word_number > std::size(status_names)) return {};
  return status_names[word_number - 1];
}

bool is_sound(Edition edition, std::uint32_t di, ByteView data, const Dialect& dialect) {
  const auto item = item_of(edition, di, dialect);
  if (!item) return true;
  if (item->shape == Shape::load_records) return !decode_load_records(data).error;
  const bool is_block = place_of(edition, *item, di).is_block;
  // Meters of 1997 are met that send a stray byte behind a number, and mean nothing by it.
  const bool has_stray = edition == Edition::v1997 && !is_block && data.size() == item->size + 1u;
  if (has_stray && item->shape == Shape::number) data = data.first(item->size);
  if (data.size() < item->size || data.size() % item->size != 0 || (!is_block && data.size() != item->size)) return false;
  for (; !data.empty(); data = data.subspan(item->size)) {
    const auto one = data.first(item->size);
    if (item->shape == Shape::record && !is_possible_record(*item, one)) return false;
    const bool is_demand = item->shape == Shape::demand;
    if (!is_possible(is_demand ? Shape::minute_time : item->shape, is_demand ? one.subspan(demand_number) : one)) return false;
  }
  return true;
}

Fields describe_item(Edition edition, std::uint32_t di, ByteView data, const Dialect& dialect) {
  Fields fields;
  const auto found = item_of(edition, di, dialect);
  if (!found) return {{"data", Bytes(data.begin(), data.end())}};
  const auto& item = *found;
  if (item.shape == Shape::load_records) return describe_load_records(data, dialect);
  const auto place = place_of(edition, item, di);
  const auto family = item_name(edition, item, di);
  WATTLE_CHECK(item.size > 0);
  std::size_t n = place.index;
  while (data.size() >= item.size && (place.is_block || n == place.index)) {
    const auto bytes = data.first(item.size);
    const bool is_named = place.is_block || item.axis != Axis::one;
    const auto name = is_named ? part_name(item, family, n) : family;
    if (item.shape == Shape::status) {
      put_status(fields, n + 1, bytes, dialect);
    } else if (item.shape == Shape::demand) {
      put_demand(fields, item, name, bytes);
    } else if (item.shape == Shape::record) {
      auto rest = bytes;
      for (const auto& part : record_parts(item)) {
        fields.push_back({part.name, value_of(part, rest.first(part.size), dialect)});
        rest = rest.subspan(part.size);
      }
    } else {
      fields.push_back({name, value_of(item, bytes, dialect)});
    }
    data = data.subspan(item.size);
    ++n;
  }
  if (!data.empty()) fields.push_back({"rest", Bytes(data.begin(), data.end())});
  return fields;
}

}  // namespace wattle::dlt645
