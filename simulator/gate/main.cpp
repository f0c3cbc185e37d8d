// wattle-gate: stands between the edge and the broker, and tears their connection on demand. SIGUSR1 cuts, SIGUSR2 heals,
// SIGTERM and SIGINT end it.

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <cstdint>
#include <functional>
#include <iostream>

#include "simulator/gate/gate.hpp"

namespace {

namespace asio = boost::asio;

// Calls itself again after each signal, until one of them ends the loop.
void obey(asio::signal_set& signals, asio::io_context& io, wattle::gate::Gate& gate) {
  signals.async_wait([&](const boost::system::error_code& error, int number) {
    if (error) return;
    if (number == SIGINT || number == SIGTERM) return io.stop();
    if (number == SIGUSR1) {
      std::cout << "cut: " << gate.pairs() << " connections reset, new ones refused" << std::endl;
      gate.cut();
    } else {
      gate.heal();
      std::cout << "healed" << std::endl;
    }
    obey(signals, io, gate);
  });
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t listen = 0;
  std::uint16_t target = 0;
  CLI::App app{"A TCP gate on loopback that can be cut (SIGUSR1) and healed (SIGUSR2)"};
  app.add_option("--listen", listen, "port that clients connect to; 0 picks one")->required();
  app.add_option("--to", target, "port of the server behind it")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    const auto loopback = asio::ip::address_v4::loopback();
    asio::io_context io(1);
    wattle::gate::Gate gate(io, {loopback, listen}, {loopback, target});
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.add(SIGUSR1);
    signals.add(SIGUSR2);
    obey(signals, io, gate);
    gate.start();
    std::cout << "open: " << gate.address() << " to port " << target << std::endl;
    io.run();
  } catch (const boost::system::system_error& error) {
    std::cerr << "wattle-gate: cannot listen on port " << listen << ": " << error.what() << '\n';
    return 1;
  }
}
