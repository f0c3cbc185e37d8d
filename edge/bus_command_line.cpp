#include "edge/bus_command_line.hpp"

#include "shared/meter/capture.hpp"

namespace wattle::edge {
namespace {

const char* const port_help = "a serial device, tcp://host:port (a serial server), or modbus-tcp://host:port (a gateway)";
const char* const exit_codes =
    "Exit code: 0 done, 1 nothing found or not done, 2 a wrong call, 3 trouble with the port, 4 the password was refused.";

const std::vector<std::string> parity_names{"none", "even", "odd"};

std::vector<std::string> protocol_names() {
  std::vector<std::string> names;
  for (const auto protocol : all_protocols) names.emplace_back(word(protocol));
  return names;
}

void add_line(CLI::App& app, std::uint32_t& baud, std::string& parity) {
  app.add_option("--baud", baud, "rate of the line; else as the meter is delivered");
  app.add_option("--parity", parity, "of the line; else as the meter is delivered")->check(CLI::IsMember(parity_names));
}

void add_meter(CLI::App& app, BusMeterWords& words) {
  app.add_option("PORT", words.port, port_help)->required();
  app.add_option("--profile", words.profile, "the meter's model: a shipped one's name, or a file")->required();
  app.add_option("--address", words.address,
                 "Modbus unit, M-Bus primary address, or the number on the plate; of CJ/T 188 also all fourteen digits")
      ->required();
  add_line(app, words.baud, words.parity);
}

}  // namespace

BusCommandLine::BusCommandLine(CLI::App& app)
    : bus_(app.add_subcommand("bus", "look for, read, switch or overhear meters on a line")) {
  bus_->require_subcommand(1);
  add_scan();
  add_read();
  add_relay();
  add_monitor();
  for (auto* each : {scan_, read_, relay_, monitor_}) each->footer(exit_codes);
}

void BusCommandLine::add_scan() {
  scan_ = bus_->add_subcommand("scan", "find rate, parity, protocol and addresses: a JSON object for each meter");
  scan_->add_option("PORT", scan_words_.port, port_help)->required();
  scan_->add_option("--protocol", scan_words_.protocols, "only these")->check(CLI::IsMember(protocol_names()));
  scan_->add_option("--baud", scan_words_.bauds, "only these rates, with even parity and with none");
  scan_->add_option("--parity", scan_words_.parities, "only these: none, even or odd")->check(CLI::IsMember(parity_names));
  scan_->add_option("--addresses", scan_words_.addresses, "only these, A-B, one by one");
  scan_->add_flag("--quick", scan_words_.quick, "the usual rates, units 1 to 32, and no other rate once somebody is found");
}

void BusCommandLine::add_read() {
  read_ = bus_->add_subcommand("read", "read a meter: one JSON object, each value in its unit with the bytes it was in");
  add_meter(*read_, read_words_.meter);
  read_->add_flag("--full", read_words_.full, "also what charging and switching do not need");
}

void BusCommandLine::add_relay() {
  relay_ = bus_->add_subcommand("relay", "open or close a relay or valve, and read back until it shows");
  add_meter(*relay_, relay_words_.meter);
  relay_->add_option("--circuit", relay_words_.circuit, "which of the meter's, from 1 on")->capture_default_str();
  relay_->add_option("--password-file", relay_words_.password_file,
                     "eight hex digits as on the wire; sixteen with the operator's code");
  relay_->add_flag("--yes", relay_words_.yes, "do not ask first");
  relay_->add_option("ACTION", relay_words_.action, "open or close")->required()->check(CLI::IsMember({"open", "close"}));
}

void BusCommandLine::add_monitor() {
  monitor_ = bus_->add_subcommand("monitor", "listen and never send: a JSON object for each frame, a summary at Ctrl-C");
  monitor_->add_option("PORT", monitor_words_.port, "a serial device, or tcp://host:port")->required();
  monitor_->add_option("--protocol", monitor_words_.protocol, "what is spoken")
      ->required()
      ->check(CLI::IsMember(protocol_names()));
  monitor_->add_option("--profile", monitor_words_.profile, "model of the meters: names what Modbus registers mean");
  add_line(*monitor_, monitor_words_.baud, monitor_words_.parity);
}

int BusCommandLine::run() const {
  if (scan_->parsed()) return bus_scan_command(scan_words_);
  if (read_->parsed()) return bus_read_command(read_words_);
  if (relay_->parsed()) return bus_relay_command(relay_words_);
  return bus_monitor_command(monitor_words_);
}

}  // namespace wattle::edge
