// wattle-edge: the box of a building. Reads meters, charges rooms, switches circuits, and keeps its books with the cloud.

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "edge/bus_command_line.hpp"
#include "edge/decode_command.hpp"
#include "edge/disk_watch.hpp"
#include "edge/priority.hpp"
#include "edge/provisioning.hpp"
#include "edge/runner.hpp"
#include "edge/store/store.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/signals.hpp"
#include "shared/meter/capture.hpp"
#include "shared/profiles/profile_file.hpp"

namespace {

using namespace wattle;

/// docs/operating/edge.md tells what to do about each.
enum Exit : int { exit_ok = 0, exit_config = 1, exit_identity = 2, exit_store = 3, exit_machine = 4 };

int end_with(Exit code, const char* event, const std::string& what) {
  log_event(LogLevel::error, event, {{"why", what}, {"exit", static_cast<int>(code)}});
  return code;
}

/// When the store has failed, or the core has thrown, nothing more may happen in this life: no farewell to the broker, no
/// unwinding beside Paho's threads, no byte to a relay. The supervisor starts the next one, from the store.
[[noreturn]] void end_at_once(const std::exception& failure, edge::DiskWatch& disk) {
  const auto* store = dynamic_cast<const StoreFailure*>(&failure);
  if (store != nullptr) disk.store_failed(store->code());
  const int code = end_with(exit_store, store != nullptr ? "edge.store.failed" : "edge.failed", failure.what());
  stop_log();
  std::_Exit(code);
}

std::optional<edge::EdgeConfig> load(const std::string& path) {
  auto loaded = edge::load_config(path);
  for (const auto& fault : loaded.faults) std::cerr << fault << '\n';
  if (!loaded.faults.empty()) return std::nullopt;
  return std::move(loaded.config);
}

/// The loop, and whether it is to end.
struct Life {
  boost::asio::io_context loop{1};
  bool stopping = false;
  std::function<void()> on_stop = [] {};

  bool pause(Duration time) {
    boost::asio::steady_timer timer(loop, to_chrono(time));
    bool over = false;
    timer.async_wait([&](const Error&) { over = true; });
    while (!over && !stopping) loop.run_one();
    return !stopping;
  }
  bool heard_stop() {
    loop.poll();
    return stopping;
  }
};

/// Nothing when the process is to end, with that code.
std::optional<edge::Claimed> identify(const edge::EdgeConfig& config, const edge::BoxKeys& keys, Life& life, int& code) {
  code = exit_ok;
  auto known = edge::load_identity(config, keys);
  if (known && !*known) {
    log_event(LogLevel::info, "edge.claim.begins", {{"url", config.cloud_url}});
    const edge::ClaimWaiting waiting{[&](Duration time) { return life.pause(time); }, [&] { return life.heard_stop(); }};
    known = edge::claim(config, keys, waiting);
  }
  if (!known) code = end_with(exit_identity, "edge.identity.unusable", known.error().message());
  return known ? std::move(*known) : std::nullopt;
}

int work(const edge::EdgeConfig& config, const edge::Claimed& claimed, const edge::BoxKeys& keys, LedgerStore& store,
         edge::DiskWatch& disk, Metrics& metrics, Life& life) {
  edge::Runner runner(life.loop, config, claimed, keys, store, disk, metrics);
  bool stopped = false;
  life.on_stop = [&] { runner.stop([&] { stopped = true; }); };
  const auto& identity = claimed.identity;
  try {
    if (const auto wrong = runner.start(); !wrong.empty()) return end_with(exit_machine, "edge.start.failed", wrong);
    if (life.stopping) life.on_stop();
    log_event(LogLevel::info, "edge.started",
              {{"version", WATTLE_VERSION}, {"site", identity.site.value}, {"name", identity.client_name}});
    while (!stopped) life.loop.run_one();
  } catch (const std::exception& failure) {
    end_at_once(failure, disk);
  }
  log_event(LogLevel::info, "edge.stopped");
  return exit_ok;
}

int live(const edge::EdgeConfig& config, Metrics& metrics) {
  if (!edge::go_before_others()) log_event(LogLevel::info, "edge.priority.usual");
  Life life;
  StopSignals signals(life.loop, [&](int signal) {
    log_event(LogLevel::info, "edge.stopping", {{"signal", signal}});
    life.stopping = true;
    life.on_stop();
  });
  edge::DiskWatch disk(config, metrics);
  disk.look();
  auto store = edge::open_store(config.data + "/ledger.sqlite");
  if (!store) {
    disk.store_failed(store.error());
    return end_with(exit_store, "edge.store.failed", store.error().message());
  }
  const auto keys = edge::open_keys(config.data);
  if (!keys) return end_with(exit_identity, "edge.keys.unusable", keys.error().message());
  try {
    int code = exit_ok;
    const auto claimed = identify(config, *keys, life, code);
    return claimed ? work(config, *claimed, *keys, **store, disk, metrics, life) : code;
  } catch (const std::exception& failure) {
    end_at_once(failure, disk);
  }
}

int start(const edge::EdgeConfig& config) {
  if (::mkdir(config.data.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    std::cerr << "wattle-edge: cannot make the folder " << config.data << '\n';
    return exit_machine;
  }
  Metrics metrics;
  LogSettings log;
  log.process = "wattle-edge";
  log.file = config.log_file;
  log.least = config.log_least;
  log.metrics = &metrics;
  if (const auto started = start_log(log); !started) {
    std::cerr << "wattle-edge: " << config.log_file << ": " << started.error().message() << '\n';
    return exit_machine;
  }
  const auto code = live(config, metrics);
  stop_log();
  return code;
}

bool check_profile(const std::string& path) {
  auto loaded = load_profile(path);
  const auto baud = loaded.profile.line.baud;
  if (loaded.faults.empty() && !is_known_rate(baud))
    loaded.faults.push_back(path + ": [line] \"baud\" " + std::to_string(baud) +
                            " is no rate that serial devices know: " + known_rates());
  if (loaded.faults.empty())
    if (auto fault = name_fault(loaded.profile, path); !fault.empty()) loaded.faults.push_back(std::move(fault));
  for (const auto& fault : loaded.faults) std::cerr << fault << '\n';
  if (!loaded.faults.empty()) return false;
  std::cout << path << ": right, " << circuit_count(loaded.profile) << " circuits\n";
  if (!loaded.left_out.empty()) std::cout << "left out: " << loaded.left_out << '\n';
  return true;
}

int check_profiles(const std::vector<std::string>& paths) {
  bool all_right = true;
  for (const auto& path : paths) all_right = check_profile(path) && all_right;
  return all_right ? exit_ok : exit_config;
}

CLI::App* add_decode(CLI::App& app, edge::DecodeWords& words) {
  auto* command =
      app.add_subcommand("decode", "tell what bytes of a meter's line mean: a JSON object a frame, without any bus");
  std::vector<std::string> names;
  for (const auto protocol : all_protocols) names.emplace_back(word(protocol));
  command->add_option("PROTOCOL", words.protocol, "what is spoken")->required()->check(CLI::IsMember(names));
  command->add_option("--profile", words.profile, "model of the meters, shipped or a file: names what Modbus registers mean");
  command->add_option("HEX", words.hex,
                      "pairs of hex digits, with blanks, colons or 0x as they come; none, or -: from standard input");
  auto* request = command->add_flag("--request", words.request, "the frames are a master's, where Modbus does not tell");
  command->add_flag("--answer", words.answer, "the frames are a meter's, where Modbus does not tell")->excludes(request);
  command->footer(
      "Example:\n"
      "  wattle-edge decode dlt645-2007 FEFEFEFE 68 610100000000 68 11 04 33333433 14 16\n"
      "Exit code: 0 all frames are good, 1 one is not, 2 a wrong call.");
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The box of a building: reads meters, charges rooms, switches circuits, and keeps its books with the cloud"};
  std::string path;
  bool check_only = false;
  std::vector<std::string> profiles;
  auto* config_option = app.add_option("--config", path, "configuration file (TOML)");
  app.add_option("--check-profile", profiles, "say what is wrong with meters' profiles, by line, and end")
      ->excludes(config_option);
  app.add_flag("--check-config", check_only, "say what is wrong with the configuration, by line, and end");
  app.set_version_flag("--version", std::string("wattle-edge ") + WATTLE_VERSION);
  app.require_subcommand(0, 1);
  edge::DecodeWords decode_words;
  const auto* decode_command = add_decode(app, decode_words);
  const edge::BusCommandLine bus(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& fault) {
    const int code = app.exit(fault);
    return code != 0 && (*decode_command || bus.is_called()) ? edge::tool_wrong_call : code;
  }
  if (*decode_command) return edge::decode_command(decode_words);
  if (bus.is_called()) return bus.run();
  if (!profiles.empty()) return check_profiles(profiles);
  if (path.empty()) return app.exit(CLI::RequiredError("--config"));
  const auto config = load(path);
  if (!config) return exit_config;
  if (!check_only) return start(*config);
  std::cout << path << ": right\n" << edge::describe_wiring(*config);
  return exit_ok;
}
