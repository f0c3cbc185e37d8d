#pragma once
// What `wattle-edge bus …` may be called with.

#include <CLI/CLI.hpp>

#include "edge/bus_command.hpp"

namespace wattle::edge {

class BusCommandLine {
 public:
  explicit BusCommandLine(CLI::App& app);
  bool is_called() const { return bus_->parsed(); }
  /// Of the subcommand that was called.
  int run() const;

 private:
  void add_scan();
  void add_read();
  void add_relay();
  void add_monitor();

  CLI::App* bus_;
  CLI::App* scan_ = nullptr;
  CLI::App* read_ = nullptr;
  CLI::App* relay_ = nullptr;
  CLI::App* monitor_ = nullptr;
  BusScanWords scan_words_;
  BusReadWords read_words_;
  BusRelayWords relay_words_;
  BusMonitorWords monitor_words_;
};

}  // namespace wattle::edge
