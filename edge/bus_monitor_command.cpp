#include <iostream>

#include "edge/bus_command.hpp"
#include "edge/bus_meter.hpp"
#include "edge/io/line_listener.hpp"
#include "edge/io/serial_bus.hpp"
#include "edge/tools/decode.hpp"
#include "edge/tools/monitor.hpp"
#include "shared/io/clock.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge {
namespace {

constexpr Duration quiet_on_wire = milliseconds(40);      // a USB adapter holds bytes back for up to 16 ms
constexpr Duration quiet_behind_tcp = milliseconds(200);  // packet intervals, and the network

struct Listening {
  ToolPort port;
  Protocol protocol{};
  LineFormat line;
  LoadedProfile loaded;
  bool has_profile = false;
};

/// What is wrong with the words, or nothing.
std::string settle_listening(const BusMonitorWords& words, Listening& out) {
  const auto port = parse_port(words.port);
  if (!port || port->modbus_tcp) return "\"" + words.port + "\" is no device, nor tcp://host:port";
  out.port = *port;
  out.protocol = *protocol_named(words.protocol);
  const bool is_645 = out.protocol == Protocol::dlt645_2007 || out.protocol == Protocol::dlt645_1997;
  out.line = {is_645 || out.protocol == Protocol::cjt188 || out.protocol == Protocol::mbus ? 2400u : 9600u, Parity::even, 1};
  if (!words.profile.empty()) {
    out.loaded = load_model(words.profile);
    if (!out.loaded.faults.empty()) return out.loaded.faults.front();
    if (!speaks(out.loaded.profile, out.protocol)) return "a meter of this profile does not speak " + words.protocol;
    out.line = out.loaded.profile.line;
    out.has_profile = true;
  }
  return set_line(out.line, words.baud, words.parity);
}

/// The loop until a signal, or until the port is lost.
class Ear {
 public:
  explicit Ear(const Listening& listening)
      : listening_(listening),
        monitor_({listening.protocol, has_line() ? std::optional(listening.line) : std::nullopt,
                  listening.port.connect ? quiet_behind_tcp : quiet_on_wire,
                  listening.has_profile ? &listening.loaded.profile : nullptr},
                 monotonic_clock()),
        timer_(loop_),
        signals_(loop_, [this](int) { loop_.stop(); }) {}

  int run() {
    auto opener =
        listening_.port.connect ? tcp_opener(*listening_.port.connect) : serial_opener(listening_.port.device, listening_.line);
    const auto ear = LineListener::start(
        loop_, std::move(opener), [this](ByteView bytes) { heard(bytes); },
        [this](Error why) {
          lost_ = why;
          loop_.stop();
        });
    loop_.run();
    ear->stop();
    print(monitor_.quiet());
    std::cerr << monitor_.summary(monotonic_clock());
    if (!lost_) return bus_done;
    std::cerr << "wattle-edge bus monitor: " << port_trouble(listening_.port, lost_) << '\n';
    return bus_port_trouble;
  }

 private:
  bool has_line() const { return !listening_.port.connect; }
  void heard(ByteView bytes) {
    print(monitor_.heard(bytes, monotonic_clock()));
    timer_.expires_at(to_chrono(monitor_.wake_up()));
    timer_.async_wait([this](const Error& cancelled) {
      if (!cancelled) print(monitor_.quiet());
    });
  }
  static void print(const std::vector<PassedFrame>& frames) {
    for (const auto& frame : frames) std::cout << to_json(frame) << std::endl;
  }

  const Listening& listening_;
  boost::asio::io_context loop_{1};
  Monitor monitor_;
  boost::asio::steady_timer timer_;
  StopSignals signals_;
  Error lost_;
};

}  // namespace

int bus_monitor_command(const BusMonitorWords& words) {
  Listening listening;
  if (const auto wrong = settle_listening(words, listening); !wrong.empty()) {
    std::cerr << "wattle-edge bus monitor: " << wrong << '\n';
    return bus_wrong_call;
  }
  return Ear(listening).run();
}

}  // namespace wattle::edge
