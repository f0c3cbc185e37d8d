#include <algorithm>
#include <charconv>
#include <sstream>

#include "shared/meter/purse.hpp"
#include "simulator/devices/meter_bus.hpp"
#include "simulator/devices/meter_status.hpp"

namespace wattle::sim {
namespace {

constexpr std::size_t max_words = 3;
constexpr std::uint32_t per_mille = 1000;
constexpr std::int64_t longest_slow_ms = 60'000;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (words.size() <= max_words) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    const auto size = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, size));
    line.remove_prefix(size);
  }
  return words;
}

template <class T>
std::optional<T> number(std::string_view text, T most) {
  T value{};
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || stop != text.data() + text.size() || value < 0 || value > most) return std::nullopt;
  return value;
}

const std::string ok = "ok\n";

}  // namespace

std::string MeterBus::command(std::string_view line) {
  const auto words = words_of(line);
  if (words.size() == 1 && words[0] == "status") return status();
  if (words.size() == 2 && words[0] == "noise") {
    const auto share = number<std::int64_t>(words[1], per_mille);
    if (!share) return "error: noise needs 0 to 1000 per mille\n";
    noise_per_mille_ = static_cast<std::uint32_t>(*share);
    return ok;
  }
  if (words.size() == 2 && words[0] == "say") {
    const auto bytes = from_hex(words[1]);
    return bytes.empty() || say(bytes) ? "error: say needs pairs of hex digits, and a wire\n" : ok;
  }
  if (words.size() == 2 && words[0] == "purse") return meter_command(words[0], words[1], {});
  if (words.size() != max_words)
    return "error: load|relay|weld|tear|event|energy|buy|replace|dead|slow|misaddress WHO VALUE, purse WHO, noise PERMILLE, "
           "say HEX or status\n";
  return meter_command(words[0], words[1], words[2]);
}

std::string MeterBus::meter_command(std::string_view verb, std::string_view who, std::string_view value) {
  const auto dot = std::min(who.find('.'), who.size());
  const auto address = number<std::int64_t>(who.substr(0, dot), static_cast<std::int64_t>(max_meter_number));
  const auto circuit =
      dot == who.size() ? std::optional<std::int64_t>(1) : number<std::int64_t>(who.substr(dot + 1), max_meter_circuits);
  const auto is_meant = [&](const VirtualMeter& m) {
    return address &&
           (m.address() == static_cast<std::uint64_t>(*address) || m.number().value == static_cast<std::uint64_t>(*address));
  };
  const auto meter = std::find_if(meters_.begin(), meters_.end(), is_meant);
  if (meter == meters_.end()) return "error: no meter has this address\n";
  if (!circuit || *circuit < 1 || static_cast<std::size_t>(*circuit) > meter->memory().size())
    return "error: the meter has no such circuit\n";
  if (verb == "dead" || verb == "slow" || verb == "misaddress")
    return fault_command(faults_[static_cast<std::size_t>(meter - meters_.begin())], verb, value);
  const auto index = static_cast<std::size_t>(*circuit - 1);
  if (verb == "purse" || verb == "buy") return purse_command(*meter, index, verb, value);
  return circuit_command(*meter, index, verb, value);
}

std::string MeterBus::fault_command(MeterFaults& faults, std::string_view verb, std::string_view value) {
  if (verb == "slow") {
    const auto ms = number<std::int64_t>(value, longest_slow_ms);
    if (!ms) return "error: slow WHO 0 to 60000 ms\n";
    faults.slow = milliseconds(*ms);
    return ok;
  }
  if (value != "on" && value != "off") return "error: dead|misaddress WHO on|off\n";
  (verb == "dead" ? faults.dead : faults.misaddressed) = value == "on";
  return ok;
}

std::string MeterBus::purse_command(VirtualMeter& meter, std::size_t circuit, std::string_view verb, std::string_view value) {
  const auto now = settings_.wall_clock();
  const auto* form = purse_of(meter.profile(), circuit);
  if (form == nullptr) return "error: this circuit has no purse\n";
  if (verb == "purse")
    return "meter number=" + std::to_string(meter.number().value) + shown_purse(meter, circuit, now) + '\n' + ok;
  if (form->kind == PurseKind::display) return "error: nothing is bought into a display\n";
  const auto amount = purse_amount(form->measure, value);
  if (!amount || !meter.buy(circuit, *amount, now)) return "error: buy WHO AMOUNT, 0.01 to 999999.99\n";
  return ok;
}

std::string MeterBus::circuit_command(VirtualMeter& meter, std::size_t circuit, std::string_view verb, std::string_view value) {
  const auto now = settings_.wall_clock();
  if (verb == "load") {
    const auto watts = number<std::int64_t>(value, max_curve_watts);
    if (!watts && value != "curve") return "error: a load is 0 to 30000 W, or curve\n";
    meter.set_load(circuit, watts ? std::optional(Power{*watts}) : std::nullopt, now);
    return ok;
  }
  if (verb == "relay" && (value == "open" || value == "closed")) {
    meter.set_relay(circuit, value == "closed", now);
    return ok;
  }
  if (verb == "weld" && (value == "on" || value == "off")) {
    meter.weld(circuit, value == "on", now);
    return ok;
  }
  if (verb == "tear" && (value == "on" || value == "off")) {
    meter.set_tears(value == "on");
    return ok;
  }
  if (verb == "event") {
    const auto event = std::find_if(all_meter_events.begin(), all_meter_events.end(), [&](auto e) { return word(e) == value; });
    if (event == all_meter_events.end()) return "error: a meter writes down no such event\n";
    meter.happens(circuit, *event, now);
    return ok;
  }
  if (verb == "energy") {
    const auto wh = number<std::int64_t>(value, meter.profile().rollover.units - 1);
    if (!wh) return "error: the register cannot show that\n";
    meter.set_energy(circuit, {*wh}, now);
    return ok;
  }
  if (verb == "replace") {
    const auto fresh = number<std::int64_t>(value, static_cast<std::int64_t>(max_plate_number(meter.profile())));
    if (!fresh || *fresh == 0) return "error: a meter of this model has no such number\n";
    meter.replace(MeterId{static_cast<std::uint64_t>(*fresh)}, now);
    return ok;
  }
  return "error: relay WHO open|closed, weld WHO on|off, tear WHO on|off, load WHO WATTS|curve, event WHO NAME, energy WHO WH, "
         "buy WHO AMOUNT, replace WHO NUMBER\n";
}

std::string MeterBus::status() {
  std::ostringstream out;
  for (std::size_t i = 0; i < meters_.size(); ++i) {
    const auto reading = meters_[i].read(settings_.wall_clock());
    for (std::size_t k = 0; k < reading.circuits.size(); ++k) {
      const auto& circuit = reading.circuits[k];
      out << "meter address=" << meters_[i].address() << " number=" << reading.meter.value << " circuit=" << k + 1
          << " energy_wh=" << circuit.energy.units << " power_w=" << circuit.power->watts
          << " relay=" << (*circuit.relay_closed ? "closed" : "open") << " dead=" << (faults_[i].dead ? "on" : "off")
          << shown_besides(meters_[i], k, settings_.wall_clock()) << '\n';
    }
  }
  return out.str() + ok;
}

}  // namespace wattle::sim
