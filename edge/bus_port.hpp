#pragma once
// The port at which a technician's tool stands, and the questions that it puts there.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "edge/io/tcp_bus.hpp"
#include "shared/base/line_format.hpp"
#include "shared/io/signals.hpp"
#include "shared/meter/exchange.hpp"

namespace wattle::edge {

/// Of `wattle-edge bus`.
enum BusExit : int { bus_done = 0, bus_nothing = 1, bus_wrong_call = 2, bus_port_trouble = 3, bus_refused = 4 };

/// "/dev/ttyUSB0", "tcp://host:port" or "modbus-tcp://host:port".
struct ToolPort {
  std::string text;
  std::string device;
  std::optional<TcpAddress> connect;
  bool modbus_tcp = false;
  Duration latency() const { return connect ? tcp_latency : Duration{}; }
  /// Silence that a master keeps here after silence.
  Duration pause() const;
};
/// Nothing for what is none of these.
std::optional<ToolPort> parse_port(const std::string& text);
/// Why nothing can be asked there, for people.
std::string port_trouble(const ToolPort& port, Error why);

/// Asks one question after another, and runs the loop meanwhile. SIGINT and SIGTERM end it.
class PortMaster {
 public:
  explicit PortMaster(ToolPort port);
  ~PortMaster();

  /// All that was heard. BusErrc::silence, stopped after a signal, or what is wrong with the port. Where many may answer all
  /// the time is listened.
  Result<Bytes> ask(const LineFormat& line, const Exchange& exchange, Carriage carriage, Duration timeout, Duration gap,
                    bool of_many = false);
  /// From the last question to the last byte that was heard.
  Duration took() const { return took_; }
  bool is_stopped() const { return stopped_; }
  const ToolPort& port() const { return port_; }

 private:
  void open(const LineFormat& line);
  void close();

  ToolPort port_;
  boost::asio::io_context loop_{1};
  bool stopped_ = false;
  Duration took_;
  std::shared_ptr<Bus> bus_;
  LineFormat line_;
  StopSignals signals_;
};

}  // namespace wattle::edge
