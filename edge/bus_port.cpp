#include "edge/bus_port.hpp"

#include "edge/io/serial_bus.hpp"
#include "edge/meter_line.hpp"
#include "shared/io/clock.hpp"

namespace wattle::edge {
namespace {

constexpr std::string_view tcp_scheme = "tcp://";
constexpr std::string_view modbus_tcp_scheme = "modbus-tcp://";
constexpr Duration quiet_for_people = milliseconds(40);  // a person waits: shorter than for a box, which must never be wrong
constexpr auto closing_at_most = std::chrono::milliseconds(100);

}  // namespace

std::optional<ToolPort> parse_port(const std::string& text) {
  ToolPort port{.text = text, .device = {}, .connect = {}};
  const std::string_view view = text;
  if (view.starts_with(tcp_scheme)) {
    port.connect = parse_tcp_address(view.substr(tcp_scheme.size()));
  } else if (view.starts_with(modbus_tcp_scheme)) {
    port.connect = parse_tcp_address(view.substr(modbus_tcp_scheme.size()));
    port.modbus_tcp = true;
  } else if (view.find("://") == std::string_view::npos && !view.empty()) {
    port.device = text;
    return port;
  }
  return port.connect ? std::optional(std::move(port)) : std::nullopt;
}

Duration ToolPort::pause() const {
  if (!connect) return quiet_for_people;
  return modbus_tcp ? Duration{} : tcp_settings(0).quiet;
}

std::string port_trouble(const ToolPort& port, Error why) {
  std::string text = port.text + ": " + why.message();
  if (why == BusErrc::busy) text += ". Is wattle-edge running on it? A line has one master: stop that one first.";
  if (why == boost::system::errc::permission_denied) text += ". Is this user in the group that owns it (dialout, on Debian)?";
  return text;
}

PortMaster::PortMaster(ToolPort port)
    : port_(std::move(port)), signals_(loop_, [this](int) {
        stopped_ = true;
        if (bus_) bus_->stop();
      }) {}

PortMaster::~PortMaster() {
  signals_.cancel();
  close();
}

void PortMaster::close() {
  if (!bus_) return;
  bus_->stop();
  loop_.restart();
  loop_.run_for(closing_at_most);  // what the bus still holds ends here
  bus_.reset();
}

void PortMaster::open(const LineFormat& line) {
  if (bus_ && (port_.connect || line == line_)) return;
  close();
  line_ = line;
  if (port_.connect) {
    auto settings = tcp_settings(0);
    settings.drains_after_silence = !port_.modbus_tcp;
    bus_ = start_tcp_bus(loop_, *port_.connect, settings);
  } else {
    StreamBusSettings settings;
    settings.quiet = quiet_for_people;
    bus_ = start_serial_bus(loop_, port_.device, line, settings);
  }
}

Result<Bytes> PortMaster::ask(const LineFormat& line, const Exchange& exchange, Carriage carriage, Duration timeout,
                              Duration gap, bool of_many) {
  open(line);
  std::optional<Result<Bytes>> result;
  const auto begin = monotonic_clock();
  const Judge judge = [&, is_answered = judge_of(exchange, carriage)](ByteView heard) {
    took_ = monotonic_clock() - begin;
    return of_many ? Verdict::more : is_answered(heard);
  };
  bus_->transact({request_bytes(exchange, carriage), judge, timeout, Urgency::poll, gap},
                 [&](Result<Bytes> heard) { result = std::move(heard); });
  loop_.restart();
  while (!result && loop_.run_one() > 0) {
  }
  if (stopped_ || !result) return WATTLE_FAIL(BusErrc::stopped);
  return *result;
}

}  // namespace wattle::edge
