#include <charconv>
#include <sstream>

#include "simulator/devices/meter_bus.hpp"

namespace wattle::sim {
namespace {

constexpr std::size_t max_words = 3;
constexpr std::uint32_t per_mille = 1000;

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
  if (words.size() != max_words) return "error: load|relay|dead ADDRESS VALUE, noise PERMILLE or status\n";
  auto* meter = find(words[1]);
  if (meter == nullptr) return "error: no meter has this address\n";
  if (words[0] == "load") return load(*meter, words[2]);
  if (words[0] == "relay" && (words[2] == "open" || words[2] == "closed")) {
    meter->set_relay(words[2] == "closed", settings_.wall_clock());
    return ok;
  }
  if (words[0] == "dead" && (words[2] == "on" || words[2] == "off")) {
    words[2] == "on" ? static_cast<void>(dead_.insert(meter->unit())) : static_cast<void>(dead_.erase(meter->unit()));
    return ok;
  }
  return "error: relay ADDRESS open|closed, dead ADDRESS on|off, load ADDRESS WATTS|curve\n";
}

VirtualMeter* MeterBus::find(std::string_view address) {
  const auto unit = number<std::int64_t>(address, modbus_rtu::max_unit);
  const auto meter = std::find_if(meters_.begin(), meters_.end(), [&](const auto& m) { return unit && m.unit() == *unit; });
  return meter == meters_.end() ? nullptr : &*meter;
}

std::string MeterBus::load(VirtualMeter& meter, std::string_view what) {
  const auto watts = number<std::int64_t>(what, max_curve_watts);
  if (!watts && what != "curve") return "error: a load is 0 to 30000 W, or curve\n";
  meter.set_load(watts ? std::optional(Power{*watts}) : std::nullopt, settings_.wall_clock());
  return ok;
}

std::string MeterBus::status() {
  std::ostringstream out;
  for (auto& meter : meters_) {
    const auto reading = meter.read(settings_.wall_clock());
    out << "meter address=" << int{meter.unit()} << " number=" << reading.meter.value << " energy_wh=" << reading.energy.units
        << " power_w=" << reading.power.watts << " relay=" << (reading.relay_closed ? "closed" : "open")
        << " dead=" << (dead_.contains(meter.unit()) ? "on" : "off") << '\n';
  }
  return out.str() + ok;
}

}  // namespace wattle::sim
