#include <algorithm>
#include <iterator>

#include "edge/tools/scan.hpp"
#include "shared/meter/dlt645_items.hpp"
#include "shared/meter/modbus_tcp.hpp"

namespace wattle::edge {
namespace {

constexpr std::uint64_t quick_addresses = 32;
constexpr Duration modbus_answers_within = milliseconds(150);
constexpr Duration gateway_answers_within = seconds(1);
constexpr Duration dlt645_answers_within = milliseconds(500);  // Td; CJ/T 188 meters take it over
constexpr Duration mbus_answers_within = milliseconds(50);     // and 330 bit times (EN 13757-2)
constexpr std::int64_t mbus_answer_characters = 30;
constexpr std::int64_t usual_answer = 40;  // bytes, of what is asked here
constexpr std::uint32_t slowest_of_dlt645 = 600, slowest_of_others = 1200;
constexpr std::uint32_t fastest_of_others = 19'200;            // Modbus is met beyond
constexpr std::string_view broadcast_digits = "999999999999";  // of DL/T 645

/// All at once, cold water, hot water, drinking water, reclaimed water.
constexpr std::uint8_t water_types[] = {cjt188::any_type, cjt188::cold_water, 0x11, 0x12, 0x13};

bool is_number(Protocol p) { return p == Protocol::dlt645_1997 || p == Protocol::dlt645_2007 || p == Protocol::cjt188; }
bool is_dlt645(Protocol p) { return p == Protocol::dlt645_1997 || p == Protocol::dlt645_2007; }
bool is_modbus(Protocol p) { return p == Protocol::modbus_rtu || p == Protocol::modbus_tcp; }

dlt645::Edition edition_of(Protocol protocol) {
  return protocol == Protocol::dlt645_1997 ? dlt645::Edition::v1997 : dlt645::Edition::v2007;
}
std::uint32_t energy_of(Protocol protocol) {
  return protocol == Protocol::dlt645_1997 ? dlt645::di_1997::forward_energy : dlt645::di::forward_energy;
}

std::string padded(std::uint64_t number, std::size_t size) {
  const auto text = std::to_string(number);
  return std::string(size - std::min(size, text.size()), '0') + text;
}

}  // namespace

std::vector<LineFormat> scan_formats(const std::vector<Protocol>& protocols, const std::vector<std::uint32_t>& bauds,
                                     const std::vector<Parity>& parities, bool quick) {
  static constexpr LineFormat usual[] = {
      {2400, Parity::even, 1}, {9600, Parity::even, 1}, {9600, Parity::none, 1},   {1200, Parity::even, 1},
      {4800, Parity::even, 1}, {2400, Parity::none, 1}, {19'200, Parity::even, 1}, {19'200, Parity::none, 1},
  };
  const auto has = [&](Protocol protocol) {
    return std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
  };
  std::vector<LineFormat> formats;
  for (const auto baud : bauds)
    for (const auto parity : parities.empty() ? std::vector{Parity::even, Parity::none} : parities)
      formats.push_back({baud, parity, 1});
  if (!bauds.empty()) return formats;
  formats.assign(std::begin(usual), quick ? std::begin(usual) + likely_formats : std::end(usual));
  if (!quick && (has(Protocol::dlt645_1997) || has(Protocol::dlt645_2007))) formats.push_back({600, Parity::even, 1});
  if (!quick && has(Protocol::mbus)) formats.push_back({300, Parity::even, 1});
  if (!quick && has(Protocol::modbus_rtu)) formats.push_back({38'400, Parity::none, 1});
  if (parities.empty()) return formats;
  auto rates = std::exchange(formats, {});
  for (const auto& rate : rates)
    for (const auto parity : parities)
      if (const LineFormat format{rate.baud, parity, 1}; std::find(formats.begin(), formats.end(), format) == formats.end())
        formats.push_back(format);
  return formats;
}

/// Nobody delivers M-Bus and water meters without parity, nor each protocol so slow and so fast.
bool Scan::is_spoken_at(const LineFormat& line, Protocol protocol) const {
  const bool is_even_only = protocol == Protocol::mbus || protocol == Protocol::cjt188;
  if (is_even_only && line.parity == Parity::none && !settings_.parities_are_named) return false;
  if (settings_.rates_are_named) return true;
  if (line.baud < slowest_of_dlt645) return protocol == Protocol::mbus;
  if (line.baud < slowest_of_others) return is_dlt645(protocol);
  return line.baud <= fastest_of_others || is_modbus(protocol);
}

Scan::Scan(ScanSettings settings) : settings_(std::move(settings)) {
  // What asks all at once goes first at every rate; what asks one by one takes minutes.
  for (const auto plans : {&Scan::plan, &Scan::plan_addresses, &Scan::plan_input_registers})
    for (const auto& line : settings_.formats)
      for (const auto protocol : settings_.protocols)
        if (is_spoken_at(line, protocol)) (this->*plans)(line, protocol);
}

void Scan::add_wildcard(Task task, std::string pattern) {
  task.search = task.protocol == Protocol::mbus ? Search::secondary : Search::wildcard;
  task.pattern = std::move(pattern);
  task.tries_left = settings_.quick ? 0 : 1;
  tasks_.push_back(std::move(task));
}

void Scan::plan(const LineFormat& line, Protocol protocol) {
  if (!is_number(protocol) || settings_.addresses) return;
  const Task plain{.protocol = protocol, .line = line};
  if (protocol != Protocol::cjt188) {
    add_wildcard(plain, std::string(12, 'A'));
    if (protocol == Protocol::dlt645_2007)
      tasks_.push_back({.search = Search::one_address, .protocol = protocol, .line = line});
    else
      add_wildcard(plain, std::string(broadcast_digits));  // some take it for the wildcard
    return;
  }
  auto water = plain;
  for (const auto type : water_types)  // many do not take the wildcard for the type
    for (const auto order : {cjt188::DiOrder::high_first, cjt188::DiOrder::low_first}) {
      water.water_type = type;
      water.order = order;
      add_wildcard(water, std::string(14, 'A'));
      if (settings_.quick) return;
    }
}

void Scan::plan_addresses(const LineFormat& line, Protocol protocol) {
  if (is_number(protocol) && !settings_.addresses) return;
  Task task{.protocol = protocol, .line = line};
  task.search = is_modbus(protocol) ? Search::units : protocol == Protocol::mbus ? Search::primaries : Search::numbers;
  task.next = protocol == Protocol::mbus ? 0 : 1;
  task.last = is_modbus(protocol)          ? modbus_rtu::max_unit
              : protocol == Protocol::mbus ? mbus::max_primary
                                           : task.next + max_scan_range - 1;
  if (settings_.addresses) {
    if (is_number(protocol)) task.last = protocol == Protocol::cjt188 ? cjt188::max_number : max_meter_number;
    task.next = std::max(task.next, settings_.addresses->first);
    task.last = std::min(task.last, settings_.addresses->last);
  } else if (settings_.quick) {
    task.last = quick_addresses;
  }
  if (protocol == Protocol::modbus_tcp) plan_whole_device(task);
  if (task.next <= task.last) tasks_.push_back(std::move(task));
  // Behind the primary ones: who has one is told by it, with the number.
  if (protocol == Protocol::mbus) add_wildcard({.protocol = protocol, .line = line}, "FFFFFFFF");
}

/// Who is reached by an IP address alone may answer to 0 or 255 and to no unit beside.
void Scan::plan_whole_device(Task task) {
  for (const auto unit : {std::uint64_t{modbus_tcp::whole_device}, std::uint64_t{0}}) {
    if (settings_.addresses && (unit < settings_.addresses->first || unit > settings_.addresses->last)) continue;
    task.next = task.last = unit;
    tasks_.push_back(task);
  }
}

/// Meters that are silent to holding registers should refuse them, and some do not. To ask each unit twice takes as long again:
/// where one is likely, and where somebody has named lines or units.
void Scan::plan_input_registers(const LineFormat& line, Protocol protocol) {
  const auto end = settings_.formats.begin() + static_cast<std::ptrdiff_t>(std::min(settings_.formats.size(), likely_formats));
  const bool is_likely = settings_.addresses || std::find(settings_.formats.begin(), end, line) != end;
  if (!is_modbus(protocol) || settings_.quick || !is_likely) return;
  const auto before = tasks_.size();
  plan_addresses(line, protocol);
  for (auto at = before; at < tasks_.size(); ++at) tasks_[at].function = modbus::Function::read_input;
}

std::optional<std::size_t> Scan::open_place(Protocol protocol, const std::string& pattern) {
  if (protocol == Protocol::mbus) {
    const auto at = pattern.find('F');
    return at == std::string::npos ? std::nullopt : std::optional(at);
  }
  const std::size_t first = protocol == Protocol::cjt188 ? maker_digits : 0;
  for (auto at = pattern.size(); at >= first + 2; at -= 2)
    if (pattern.compare(at - 2, 2, "AA") == 0) return at - 2;
  return std::nullopt;
}

bool Scan::is_number_of_one(Protocol protocol, const std::string& address) {
  return !open_place(protocol, address) && (!is_dlt645(protocol) || address != broadcast_digits);
}

bool Scan::can_be_asked(Protocol protocol, const std::string& address) {
  if (protocol == Protocol::mbus) return mbus::parse_secondary(address).has_value();
  return is_dlt645(protocol) ? dlt645::parse_address(address).has_value() : cjt188::parse_address(address).has_value();
}

bool Scan::is_selected_by(const std::string& pattern, const std::string& number) {
  const auto is_meant = [](char asked, char own) { return asked == 'F' || asked == own; };
  return can_be_asked(Protocol::mbus, number) &&
         std::equal(pattern.begin(), pattern.end(), number.begin(), number.end(), is_meant);
}

/// Who has told its holding registers is not asked for its input registers, nor the broadcast of who knows the wildcard.
bool Scan::is_needless(const Task& task) const {
  if (task.search == Search::units && task.function == modbus::Function::read_input)
    return task.before.empty() &&
           (is_known(task, std::to_string(task.next)) || is_known(task, std::to_string(task.next) + " garbled"));
  if (task.search != Search::wildcard || task.pattern != broadcast_digits || task.wide) return false;
  const auto from = known_.lower_bound({task.line.baud, task.line.parity, task.protocol, {}});
  return from != known_.end() && std::tie(std::get<0>(*from), std::get<1>(*from), std::get<2>(*from)) ==
                                     std::tie(task.line.baud, task.line.parity, task.protocol);
}

std::string Scan::pattern_of(const Task& task) {
  auto pattern = task.pattern;
  if (!task.narrows) return pattern;
  const auto width = task.protocol == Protocol::mbus ? std::size_t{1} : std::size_t{2};
  return pattern.replace(*open_place(task.protocol, pattern), width, padded(task.next, width));
}

std::optional<Exchange> Scan::profile_exchange(const Task& task) {
  auto known = reading_exchanges(*task.profile, task.place, Depth::full);
  if (task.answers.size() < known.size()) return std::move(known[task.answers.size()]);
  return following_exchange(*task.profile, task.place, Depth::full, task.answers);
}

Exchange Scan::number_question(const Task& task) {
  if (task.protocol == Protocol::cjt188) {
    auto ask = cjt188::read_address(task.water_type, 0, task.order);
    ask.address = cjt188::parse_address(task.pattern).value();
    return {ask};
  }
  auto ask = dlt645::read_address();
  if (!task.pattern.empty()) ask.address = dlt645::parse_address(task.pattern).value();
  return {ask};
}

Exchange Scan::exchange_of(const Task& task) const {
  auto pattern = pattern_of(task);
  switch (task.search) {
    case Search::one_address: return number_question(task);
    case Search::units: return {ModbusAsk{static_cast<std::uint8_t>(task.next), modbus::read(task.function, 0, 1)}};
    case Search::primaries:
    case Search::again:
      if (!task.is_selected) return {mbus::reset_link(static_cast<std::uint8_t>(task.next))};
      return {mbus::read(static_cast<std::uint8_t>(task.next), true)};
    case Search::secondary:
    case Search::number:
      if (task.is_selected) return {mbus::read(mbus::selected, true)};
      return {mbus::select(mbus::parse_secondary(pattern).value(), false)};
    case Search::profile: return profile_exchange(task).value();
    case Search::numbers:
      pattern =
          task.protocol == Protocol::cjt188 ? std::string(maker_digits, 'A') + padded(task.next, 10) : padded(task.next, 12);
      break;
    case Search::wildcard: break;
  }
  if (task.protocol == Protocol::cjt188)
    return {cjt188::read(task.water_type, cjt188::parse_address(pattern).value(), cjt188::di::current, 0, task.order)};
  return {dlt645::read(edition_of(task.protocol), dlt645::parse_address(pattern).value(), energy_of(task.protocol))};
}

Duration Scan::timeout_of(const Task& task, const Exchange& exchange) const {
  if (task.search == Search::profile) {
    const auto timeout = answer_timeout(*task.profile, exchange, task.line);
    return {timeout.micros + settings_.latency.micros};
  }
  const auto on_wire = static_cast<std::int64_t>(request_bytes(exchange).size());
  auto time = wire_time(task.line, on_wire + (is_modbus(task.protocol) ? 7 : usual_answer)).micros + settings_.latency.micros;
  if (task.protocol == Protocol::modbus_tcp) return {gateway_answers_within.micros + settings_.latency.micros};
  if (is_modbus(task.protocol)) return {time + modbus_answers_within.micros};
  if (task.protocol != Protocol::mbus) {
    const Duration standard{time + dlt645_answers_within.micros};
    return task.within ? std::min(*task.within, standard) : standard;
  }
  time = wire_time(task.line, on_wire + mbus_answer_characters + (task.is_selected ? 261 : 1)).micros;
  return {time + mbus_answers_within.micros + settings_.latency.micros};
}

}  // namespace wattle::edge
