#include <unistd.h>

#include <iostream>

#include "edge/bus_meter.hpp"
#include "edge/bus_rules.hpp"
#include "edge/credentials.hpp"
#include "edge/meter_line.hpp"
#include "edge/tools/read_report.hpp"
#include "shared/io/clock.hpp"

namespace wattle::edge {
namespace {

constexpr Duration read_back_every = seconds(1);
constexpr auto given_up_after = std::chrono::seconds(90);  // a valve travels for up to 30 s, and is told to three times
constexpr CircuitId first_circuit{1};

int relay_fails(int code, const std::string& why) {
  std::cerr << "wattle-edge bus relay: " << why << '\n';
  return code;
}

const char* state_word(std::optional<bool> closed) { return !closed ? "unknown" : *closed ? "closed" : "open"; }
CircuitId circuit_id(std::size_t index) { return {first_circuit.value + static_cast<std::uint32_t>(index)}; }

/// By somebody who sees at which meter they are.
bool is_confirmed(const Reading& reading, const BusRelayWords& words) {
  const auto& circuit = reading.circuits[words.circuit - 1];
  std::cerr << "Meter " << reading.meter.value << ": circuit " << words.circuit << " is " << state_word(circuit.relay_closed);
  if (circuit.power) std::cerr << ", " << circuit.power->watts << " W flow";
  std::cerr << ". " << (words.action == "open" ? "Open" : "Close") << " it? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

BusConfig bus_of(const ToolMeter& meter, std::size_t circuits) {
  BusConfig config;
  config.name = meter.port.text;
  config.device = meter.port.device;
  config.connect = meter.port.connect;
  config.line = meter.line;
  config.latency = meter.port.latency();
  if (meter.port.modbus_tcp) config.framing = Framing::modbus_tcp;
  MeterConfig is{meter.place, meter.profile, {}};
  for (std::size_t i = 0; i < circuits; ++i) is.circuits.push_back({RoomId{1}, circuit_id(i)});
  config.meters = {std::move(is)};
  return config;
}

/// One order, by the box's own plan: sent, read back, sent again, until a reading shows it.
class Ordering {
 public:
  Ordering(const ToolMeter& meter, const BusRelayWords& words)
      : circuit_(circuit_id(words.circuit - 1)),
        close_(words.action == "close"),
        timer_(loop_, given_up_after),
        signals_(loop_, [this](int) { is_stopped_ = true, loop_.stop(); }),
        line_(loop_, bus_of(meter, words.circuit), read_back_every,
              {[this](const MeterRead& read) { seen(read); }, [] {}, [this](const Noticed& noticed) { note(noticed); },
               [](RoomId) { return true; }}) {}

  void run() {
    line_.start();
    line_.order(circuit_, close_);
    timer_.async_wait([this](const Error& cancelled) {
      if (!cancelled) loop_.stop();
    });
    while (!is_over() && loop_.run_one() > 0) {
    }
    line_.stop();
    signals_.cancel();
    timer_.cancel();
    loop_.restart();
    loop_.run_for(std::chrono::milliseconds(100));  // what the bus still holds ends here
  }
  bool is_fulfilled() const { return is_fulfilled_; }
  bool is_away() const { return is_away_; }
  bool is_stopped() const { return is_stopped_; }
  bool is_disobeyed() const { return is_disobeyed_; }
  /// Of the password; after a few of them meters lock themselves, so that nothing more is sent.
  Error refusal() const { return refusal_; }
  /// Of the last order, by a meter that does not obey, for whatever reason.
  Error last_refusal() const { return line_.plan().refused_command(circuit_); }
  std::optional<bool> shows() const { return shows_; }

 private:
  bool is_over() {
    is_away_ = line_.is_away();
    return is_fulfilled_ || is_disobeyed_ || is_away_ || is_stopped_;
  }
  void seen(const MeterRead& read) {
    if (read.circuit != circuit_) return;
    if (shows_ != read.relay_closed) std::cerr << "read back: " << state_word(read.relay_closed) << std::endl;
    shows_ = read.relay_closed;
    is_fulfilled_ = !line_.plan().has_order(circuit_);
  }
  void note(const Noticed& noticed) {
    if (noticed.circuit != circuit_) return;
    if (noticed.what == PollNotice::relay_disobeys) {
      is_disobeyed_ = true;
      refusal_ = noticed.error;
    }
    if (noticed.what == PollNotice::flows_open) std::cerr << "it reads open, and power flows through it" << std::endl;
    if (noticed.what == PollNotice::silent) std::cerr << "the meter is silent: " << noticed.error.message() << std::endl;
  }

  boost::asio::io_context loop_{1};
  CircuitId circuit_;
  bool close_;
  bool is_fulfilled_ = false;
  bool is_disobeyed_ = false;
  Error refusal_;
  bool is_away_ = false;
  bool is_stopped_ = false;
  std::optional<bool> shows_;
  boost::asio::steady_timer timer_;
  StopSignals signals_;
  MeterLine line_;
};

/// An open contact that power flows through is not open.
bool is_already(const CircuitReading& circuit, bool close) {
  const bool flows = circuit.power && (circuit.power->watts > flows_above.watts || circuit.power->watts < -flows_above.watts);
  return circuit.relay_closed == close && (close || !flows);
}

int switch_relay(const ToolMeter& meter, const BusRelayWords& words, const Reading& before) {
  const bool close = words.action == "close";
  auto shows = before.circuits[words.circuit - 1].relay_closed;
  const char* outcome = "already";
  int code = bus_done;
  Error refusal;
  Error why;
  if (!is_already(before.circuits[words.circuit - 1], close)) {
    Ordering ordering(meter, words);
    ordering.run();
    if (ordering.is_away()) return relay_fails(bus_port_trouble, meter.port.text + ": the port went away");
    refusal = ordering.refusal();
    if (!refusal || ordering.shows()) shows = ordering.shows();  // a refusal comes before the next reading
    outcome = ordering.is_fulfilled()   ? "done"
              : ordering.is_stopped()   ? "stopped"
              : refusal                 ? "refused"
              : ordering.is_disobeyed() ? "does_not_obey"
                                        : "not_seen";
    why = refusal ? refusal : ordering.is_disobeyed() ? ordering.last_refusal() : Error{};
    code = ordering.is_fulfilled() ? bus_done : refusal ? bus_refused : bus_nothing;
  }
  std::cout << switched_json({*meter.profile, meter.place, before.meter, words.circuit, close,
                              before.circuits[words.circuit - 1].relay_closed, shows, outcome, why})
            << std::endl;
  return code;
}

std::string settle_relay(const BusRelayWords& words, ToolMeter& meter) {
  if (words.circuit < 1 || !has_relay(*meter.profile, words.circuit - 1))
    return "a meter of this model has no relay at circuit " + std::to_string(words.circuit);
  if (!words.yes && ::isatty(STDIN_FILENO) == 0) return "nobody is there to confirm: call it with --yes";
  const bool wants_password = speaks_of(*meter.profile) == Speaks::dlt645;
  if (words.password_file.empty())
    return wants_password ? "a meter of this model wants a password, and locks itself after a few wrong ones: --password-file"
                          : "";
  const auto loaded = load_credentials(words.password_file);
  if (const auto* wrong = std::get_if<std::string>(&loaded)) return words.password_file + " " + *wrong;
  meter.place.by = std::get<dlt645::Credentials>(loaded);
  return {};
}

}  // namespace

int bus_relay_command(const BusRelayWords& words) {
  auto found = tool_meter(words.meter);
  if (const auto* wrong = std::get_if<std::string>(&found)) return relay_fails(bus_wrong_call, *wrong);
  auto& meter = std::get<ToolMeter>(found);
  if (const auto wrong = settle_relay(words, meter); !wrong.empty()) return relay_fails(bus_wrong_call, wrong);
  Result<Reading> before = WATTLE_FAIL(MeterErrc::silence);
  {
    PortMaster master(meter.port);
    const auto read = read_meter(master, meter, Depth::control);
    if (master.is_stopped()) return bus_nothing;
    if (read.port) return relay_fails(bus_port_trouble, port_trouble(meter.port, read.port));
    before = read.reading;
    if (!before) {
      const ReadMeter asked{*meter.profile, meter.place, read.exchanges, read.answers};
      std::cout << failed_json(asked, {before.error(), Depth::control, read.heard}) << std::endl;
      return bus_nothing;
    }
  }
  meter.place.number = before->meter;  // whoever is there is meant: a person stands before it
  if (!words.yes && !is_confirmed(*before, words)) return relay_fails(bus_nothing, "nothing was sent");
  return switch_relay(meter, words, *before);
}

}  // namespace wattle::edge
