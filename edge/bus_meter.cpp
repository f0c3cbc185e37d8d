#include "edge/bus_meter.hpp"

#include <charconv>

#include "edge/config_buses.hpp"
#include "edge/tools/water_address.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge {
namespace {

/// The bus's own, or the system's: why the port cannot be opened.
bool is_of_port(Error error) { return error && error.category() != meter_category() && error != BusErrc::silence; }

/// What one question brings; an error of BusErrc but silence is the port's.
Received ask_once(PortMaster& master, const ToolMeter& meter, const Exchange& exchange, Carriage carriage, ToolReading& out) {
  const Duration timeout{answer_timeout(*meter.profile, exchange, meter.line).micros + meter.port.latency().micros};
  const auto heard = master.ask(meter.line, exchange, carriage, timeout, gap_before(*meter.profile, meter.line));
  out.heard.clear();
  if (heard) {
    out.heard.assign(heard->begin(), heard->end());
    return receive(exchange, *heard, Wire::quiet, carriage);
  }
  if (is_of_port(heard.error())) out.port = heard.error();
  return Bad{WATTLE_FAIL(MeterErrc::silence)};
}

/// An answer that comes too late could pass for the one to the next question: these are not asked again.
bool may_mix(const std::vector<Exchange>& exchanges, Carriage carriage) {
  return exchanges.size() > 1 && std::holds_alternative<ModbusAsk>(exchanges.front().ask) && !carriage.modbus_tcp;
}

bool is_final(const Received& received) {
  const auto* bad = std::get_if<Bad>(&received);
  return bad == nullptr || is_refusal(static_cast<MeterErrc>(bad->error.value()));
}

/// The whole address of a water meter, as a scan shows it, brings its maker's code along.
std::string set_place(ToolMeter& meter, const std::string& text) {
  std::uint64_t address = 0;
  if (auto water = with_maker(*meter.profile, text)) {
    address = water->number;
    meter.profile = std::make_shared<const MeterProfile>(std::move(water->profile));
  } else {
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, address);
    if (error != std::errc{} || at != end) return "\"" + text + "\" is no address of a meter of this model";
  }
  meter.place.address = address;
  meter.place.number = MeterId{address};  // of a model that tells none; no other reading takes it
  const bool modbus_tcp = meter.port.modbus_tcp;
  if (is_address(*meter.profile, address, modbus_tcp)) return {};
  return "a meter of this model cannot be at address " + text + ": it has " + address_range(*meter.profile, modbus_tcp) +
         ", for each of its circuits";
}

}  // namespace

std::string set_line(LineFormat& line, std::uint32_t baud, const std::string& parity) {
  if (baud != 0 && !is_known_rate(baud)) return std::to_string(baud) + " is no rate that serial devices know";
  if (baud != 0) line.baud = baud;
  if (!parity.empty()) line.parity = parity == "none" ? Parity::none : parity == "odd" ? Parity::odd : Parity::even;
  return {};
}

std::variant<ToolMeter, std::string> tool_meter(const BusMeterWords& words) {
  const auto port = parse_port(words.port);
  if (!port) return "\"" + words.port + "\" is no device, tcp://host:port or modbus-tcp://host:port";
  auto loaded = load_model(words.profile);
  if (!loaded.faults.empty()) return loaded.faults.front();
  ToolMeter meter{*port, std::make_shared<const MeterProfile>(std::move(loaded.profile)), {}, {}};
  if (const auto wrong = set_place(meter, words.address); !wrong.empty()) return wrong;
  meter.line = meter.profile->line;
  if (port->modbus_tcp && !std::holds_alternative<ModbusModel>(meter.profile->protocol))
    return "a meter of this model does not speak Modbus";
  if (const auto wrong = set_line(meter.line, words.baud, words.parity); !wrong.empty()) return wrong;
  return meter;
}

ToolReading read_meter(PortMaster& master, const ToolMeter& meter, Depth depth) {
  ToolReading out{reading_exchanges(*meter.profile, meter.place, depth), {}, WATTLE_FAIL(MeterErrc::silence), {}, {}};
  Carriage carriage{meter.port.modbus_tcp, 0};
  const int tries_at_most = may_mix(out.exchanges, carriage) ? 1 : 2;
  for (std::size_t n = 0; n < out.exchanges.size(); ++n) {
    const auto exchange = out.exchanges[n];
    Received received;
    for (int tries = 0; tries < tries_at_most; ++tries) {
      ++carriage.transaction;
      received = ask_once(master, meter, exchange, carriage, out);
      if (out.port || is_final(received)) break;
    }
    if (out.port) return out;
    auto* answer = std::get_if<MeterAnswer>(&received);
    const auto* bad = std::get_if<Bad>(&received);
    const Error why = bad != nullptr ? bad->error : WATTLE_FAIL(MeterErrc::silence);
    if (answer == nullptr && !may_lack(*meter.profile, meter.place, depth, out.answers, why)) {
      out.reading = why;
      return out;
    }
    out.answers.push_back(answer != nullptr ? std::move(*answer) : MeterAnswer{});
    if (n + 1 < out.exchanges.size()) continue;
    if (auto more = following_exchange(*meter.profile, meter.place, depth, out.answers))
      out.exchanges.push_back(*std::move(more));
  }
  out.reading = decode_reading(*meter.profile, meter.place, depth, out.answers);
  // Under M-Bus a number is selected by, and whoever answers then need not be it.
  const bool is_another = out.reading && is_asked_by_number(*meter.profile) && out.reading->meter.value != meter.place.address;
  if (is_another) out.reading = WATTLE_FAIL(MeterErrc::wrong_address);
  return out;
}

}  // namespace wattle::edge
