#include <algorithm>
#include <charconv>
#include <iostream>

#include "edge/bus_command.hpp"
#include "edge/bus_port.hpp"
#include "edge/io/serial_bus_device.hpp"
#include "edge/tools/decode.hpp"
#include "edge/tools/scan_report.hpp"
#include "shared/io/clock.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge {
namespace {

constexpr Duration progress_every = seconds(2);

/// "1-20", or one number.
std::optional<AddressRange> range_of(std::string_view text) {
  AddressRange range;
  const auto* end = text.data() + text.size();
  auto parsed = std::from_chars(text.data(), end, range.first);
  if (parsed.ec != std::errc{}) return std::nullopt;
  range.last = range.first;
  if (parsed.ptr != end) {
    if (*parsed.ptr != '-') return std::nullopt;
    parsed = std::from_chars(parsed.ptr + 1, end, range.last);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  }
  const bool is_right = range.first <= range.last && range.last - range.first < max_scan_range;
  return is_right ? std::optional(range) : std::nullopt;
}

/// What the port can carry, of what was named.
std::string settle_protocols(const BusScanWords& words, const ToolPort& port, std::vector<Protocol>& protocols) {
  for (const auto& name : words.protocols) protocols.push_back(*protocol_named(name));
  if (protocols.empty() && port.modbus_tcp) protocols = {Protocol::modbus_tcp};
  if (protocols.empty())
    protocols = {Protocol::dlt645_2007, Protocol::dlt645_1997, Protocol::cjt188, Protocol::mbus, Protocol::modbus_rtu};
  for (const auto protocol : protocols)
    if ((protocol == Protocol::modbus_tcp) != port.modbus_tcp)
      return std::string("nobody speaks ") + word(protocol) + " behind " + port.text;
  return {};
}

std::vector<Parity> parities_named(const std::vector<std::string>& names) {
  std::vector<Parity> parities;
  for (const auto& name : names)
    for (const auto parity : {Parity::none, Parity::even, Parity::odd})
      if (name == word(parity)) parities.push_back(parity);
  return parities;
}

std::string settle_scan(const BusScanWords& words, const ToolPort& port, ScanSettings& settings) {
  if (const auto wrong = settle_protocols(words, port, settings.protocols); !wrong.empty()) return wrong;
  for (const auto baud : words.bauds)
    if (!is_known_rate(baud)) return std::to_string(baud) + " is no rate that serial devices know";
  if (port.connect && !(words.bauds.empty() && words.parities.empty()))
    return "--baud and --parity are for serial devices: behind a connection the line is not ours";
  if (!words.addresses.empty()) {
    settings.addresses = range_of(words.addresses);
    if (!settings.addresses) return "--addresses is A-B, at most " + std::to_string(max_scan_range) + " of them";
  }
  settings.formats = port.connect ? std::vector<LineFormat>{LineFormat{}}
                                  : scan_formats(settings.protocols, words.bauds, parities_named(words.parities), words.quick);
  settings.rates_are_named = !words.bauds.empty();
  settings.parities_are_named = !words.parities.empty();
  settings.quick = words.quick;
  settings.latency = port.latency();
  settings.pause = port.pause();
  for (const auto model : shipped_models()) settings.profiles.push_back(shipped_profile(model));
  return {};
}

/// Tells where it is now and then, and who is found at once.
class Telling {
 public:
  explicit Telling(bool has_line) : has_line_(has_line) {}

  void progress(const Scan& scan) {
    if (monotonic_clock() < due_) return;
    due_ = monotonic_clock() + progress_every;
    std::cerr << "scan: " << to_text(scan.progress(), has_line_) << std::endl;
  }
  void found(Scan& scan) {
    for (const auto& meter : scan.take_found()) {
      std::cout << to_json(meter, has_line_) << std::endl;
      ++count_;
    }
  }
  std::size_t count() const { return count_; }

 private:
  bool has_line_;
  Tick due_;
  std::size_t count_ = 0;
};

int run_scan(const ToolPort& port, Scan& scan) {
  PortMaster master(port);
  Telling telling(!port.connect);
  Error trouble;
  while (!trouble) {
    telling.progress(scan);
    const auto question = scan.next();
    if (!question) break;
    const auto heard =
        master.ask(question->line, question->exchange, question->carriage, question->timeout, {}, question->of_many);
    if (!heard && heard.error() != BusErrc::silence) trouble = heard.error();
    if (!trouble) scan.answered(heard ? ByteView(*heard) : ByteView{}, master.took());
    telling.found(scan);
  }
  std::cerr << "scan: "
            << (master.is_stopped() ? "stopped"
                : trouble           ? "broken off"
                                    : "over")
            << ", meters found: " << telling.count() << std::endl;
  if (trouble && !master.is_stopped()) {
    std::cerr << "wattle-edge bus scan: " << port_trouble(port, trouble) << '\n';
    return bus_port_trouble;
  }
  return telling.count() > 0 ? bus_done : bus_nothing;
}

}  // namespace

int bus_scan_command(const BusScanWords& words) {
  const auto port = parse_port(words.port);
  ScanSettings settings;
  const auto wrong = port ? settle_scan(words, *port, settings)
                          : "\"" + words.port + "\" is no device, tcp://host:port or modbus-tcp://host:port";
  if (!wrong.empty()) {
    std::cerr << "wattle-edge bus scan: " << wrong << '\n';
    return bus_wrong_call;
  }
  Scan scan(std::move(settings));
  return run_scan(*port, scan);
}

}  // namespace wattle::edge
