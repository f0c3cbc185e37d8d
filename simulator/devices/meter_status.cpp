#include "simulator/devices/meter_status.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "shared/meter/measured.hpp"
#include "shared/meter/parameters.hpp"
#include "shared/meter/purse.hpp"

namespace wattle::sim {
namespace {

constexpr std::int64_t amount_step_money = 10'000;   // a fen
constexpr std::int64_t amount_step_energy = 10;      // 0.01 kWh
constexpr std::int64_t largest_amount = 99'999'999;  // in such steps
constexpr std::size_t amount_decimals = 2;

/// "12.34": micro-units as yuan, or Wh as kWh.
std::string amount_text(PurseMeasure measure, std::int64_t amount) {
  const bool is_money = measure == PurseMeasure::money;
  return decimal_text({amount / (is_money ? amount_step_money : amount_step_energy), -2, Unit::none});
}

void put_parameter(std::ostringstream& out, const ParameterInfo& what, const ParameterValue& value) {
  out << ' ' << what.json << '=';
  if (what.kind == ParameterKind::money)
    out << amount_text(PurseMeasure::money, value.number);
  else if (!is_table(what.kind))
    out << value.number;
  const bool is_day = what.kind == ParameterKind::table;
  const auto radix = is_day ? 60 : month_factor;
  for (std::size_t i = 0; i < value.entries.size(); ++i) {
    const auto& entry = value.entries[i];
    out << (i > 0 ? "," : "") << entry.from / radix << (is_day ? ':' : '-') << entry.from % radix / 10 << entry.from % 10 << '/'
        << static_cast<int>(entry.number);
  }
}

}  // namespace

std::string shown_purse(VirtualMeter& meter, std::size_t circuit, Instant now) {
  meter.advance(now);
  const auto* form = purse_of(meter.profile(), circuit);
  if (form == nullptr) return {};
  const auto& purse = meter.purse(circuit);
  const auto amount = [&](std::int64_t value) { return amount_text(form->measure, value); };
  std::ostringstream out;
  const auto* kind = form->kind == PurseKind::display    ? "display"
                     : form->kind == PurseKind::purchase ? "purchase"
                                                         : "read_only";
  out << " purse=" << kind << " remaining=" << amount(purse.remaining()) << " bought=" << amount(purse.total);
  if (purse_has(meter.profile(), PurseItem::count)) out << " purchases=" << purse.count;
  if (purse_has(meter.profile(), PurseItem::price)) out << " price=" << decimal_text({purse.price / 100, -4, Unit::none});
  if (purse_has(meter.profile(), PurseItem::used)) out << " used_wh=" << purse.used;
  if (purse.is_cut) out << " cut=on";
  return out.str();
}

std::string shown_besides(VirtualMeter& meter, std::size_t circuit, Instant now) {
  std::ostringstream out;
  out << shown_purse(meter, circuit, now);
  for (const auto& what : all_parameters()) {
    if (const auto value = meter.parameter(circuit, what.parameter)) put_parameter(out, what, *value);
  }
  if (clock_of(meter.profile())) out << " clock_error_s=" << meter.clock_error().micros / seconds(1).micros;
  return out.str();
}

std::optional<std::int64_t> purse_amount(PurseMeasure measure, std::string_view text) {
  const auto dot = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, dot));
  auto decimals = std::string(text.substr(std::min(dot + 1, text.size())));
  if (digits.empty() || decimals.size() > amount_decimals || (dot < text.size() && decimals.empty())) return std::nullopt;
  decimals.resize(amount_decimals, '0');
  digits += decimals;
  std::int64_t steps = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), steps);
  if (error != std::errc{} || end != digits.data() + digits.size() || steps <= 0 || steps > largest_amount) return std::nullopt;
  return steps * (measure == PurseMeasure::money ? amount_step_money : amount_step_energy);
}

}  // namespace wattle::sim
