#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <filesystem>

#include "cloud/api/feed.hpp"
#include "cloud/api/routes.hpp"
#include "cloud/commands.hpp"
#include "cloud/gateway/room_pulse.hpp"
#include "cloud/site_desk.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"
#include "shared/io/signals.hpp"

namespace wattle::cloud {
namespace {

int fail(Exit code, std::string_view event, const std::string& what) {
  log_event(LogLevel::error, event, {{"why", what}, {"exit", static_cast<int>(code)}});
  return code;
}

GatewaySettings gateway_settings(const CloudConfig& config) {
  GatewaySettings settings;
  settings.site.site = config.site;
  settings.site.codes_cap = config.codes_cap;
  settings.store = config.store;
  settings.readings = config.readings;
  settings.readings_keep = config.readings_keep;
  settings.utc_offset = config.utc_offset;
  settings.lists = config.lists;
  settings.journal = config.journal;
  settings.heads = config.heads;
  settings.restored_mark = config.restored_mark;
  settings.backups = {config.backup_folder, config.backup_every, config.backups_kept};
  settings.mqtt = config.mqtt;
  return settings;
}

/// Nothing when a token cannot be used; the log says which.
std::unique_ptr<api::Access> read_access(const CloudConfig& config, const Crypto& crypto, Registry& registry,
                                         Entropy& entropy) {
  auto access = std::make_unique<api::Access>(crypto, registry, entropy, config.sessions, config.rates);
  for (const auto& token : config.tokens) {
    const auto text = read_token(token.file);
    if (!text || text->size() < api::token_bytes_least || text->size() > api::token_bytes_max) {
      log_event(LogLevel::error, "cloud.token.unusable", {{"name", token.name}, {"file", token.file}});
      return nullptr;
    }
    access->add(token.name, token.role, *text);
  }
  return access;
}

/// When the store has failed, or the core has thrown, nothing more may happen in this life: no farewell to the broker, no
/// answer that is still in a buffer. The supervisor starts the next one.
void run_or_end(boost::asio::io_context& loop) {
  try {
    loop.run();
  } catch (const std::exception& failure) {
    const auto* store = dynamic_cast<const StoreFailure*>(&failure);
    const int code = fail(exit_store, store != nullptr ? "cloud.store.failed" : "cloud.failed", failure.what());
    stop_log();
    std::_Exit(code);
  }
}

/// Beside the store's backup, under the same moment's name.
Result<void> back_up_registry(const std::string& registry, const std::string& path) {
  auto made = SqliteRegistry::back_up(registry, registry_backup_of(path));
  if (!made) log_event(LogLevel::error, "cloud.backup.failed", {{"code", made.error().message()}, {"what", "registry"}});
  return made;
}

/// Until the timer is cancelled.
void keep_checking(api::Feed& feed, boost::asio::steady_timer& timer) {
  timer.expires_after(to_chrono(api::feed_check_every));
  timer.async_wait([&](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    feed.check_listeners(wall_clock());
    keep_checking(feed, timer);
  });
}

/// Everything that serves, wired together; ends when a signal says so.
int serve(boost::asio::io_context& loop, const CloudConfig& config, Gateway& gateway, const Authority& authority,
          const SiteKeys& keys, SqliteRegistry& registry, Metrics& metrics) {
  const SodiumCrypto crypto;
  SystemEntropy entropy;
  const auto access = read_access(config, crypto, registry, entropy);
  if (!access) return exit_config;
  SiteDesk desk(loop, gateway, authority, keys, config, metrics, registry);
  api::Feed feed(desk, *access, static_cast<std::uint32_t>(random_u64()));
  http::Server server(loop, config.http, http::Router(api::routes(desk, *access, crypto), {feed.route()}), metrics);
  const auto port = server.listen();
  if (!port) return fail(exit_machine, "cloud.http.failed", port.error().message());
  RoomPulse pulse(loop, [&](RoomId room) { feed.room_changed(room); });
  gateway.start(
      {[&](RoomId room) { pulse.changed(room); }, [&](Holder box, bool online) { feed.edge_changed(box, online); },
       [&](const CircuitReport& report) { feed.circuit_changed(report.circuit, report.room); },
       [&](RoomId room, const ReadAnswer& answer) { feed.room_read(room, answer); },
       [&](const std::string& path) { return back_up_registry(config.registry, path); },
       [](const std::string& path) { drop_orphaned_registries(std::filesystem::path(path).parent_path().string()); }});
  boost::asio::steady_timer checks(loop);
  keep_checking(feed, checks);
  StopSignals signals(loop, [&](int signal) {
    log_event(LogLevel::info, "cloud.stopping", {{"signal", signal}});
    pulse.stop();
    checks.cancel();
    server.stop([&] { gateway.stop([&] { signals.cancel(); }); });
  });
  log_event(LogLevel::info, "cloud.started",
            {{"version", WATTLE_VERSION}, {"site", config.site.value}, {"port", *port}, {"address", config.http.address}});
  run_or_end(loop);
  log_event(LogLevel::info, "cloud.stopped");
  return exit_ok;
}

int live(const CloudConfig& config, Metrics& metrics) {
  boost::asio::io_context loop{1};
  const auto keys = SiteKeys::load(config.keys_file);
  if (!keys) return fail(exit_keys, "cloud.keys.unusable", config.keys_file + ": " + keys.error().message());
  const auto authority = Authority::load(config.pki_folder);
  if (!authority) return fail(exit_keys, "cloud.keys.unusable", config.pki_folder + ": " + authority.error().message());
  try {
    const auto gateway = Gateway::open(loop, gateway_settings(config), *keys, metrics);
    if (!gateway) return fail(exit_store, "cloud.store.failed", gateway.error().message());
    const auto registry = SqliteRegistry::open(config.registry, config.site,
                                               [&loop](std::function<void()> job) { boost::asio::post(loop, std::move(job)); });
    if (!registry) return fail(exit_store, "cloud.store.failed", config.registry + ": " + registry.error().message());
    return serve(loop, config, **gateway, *authority, *keys, **registry, metrics);
  } catch (const StoreFailure& failure) {
    return fail(exit_store, "cloud.store.failed", failure.code().message());
  }
}

}  // namespace

int run(const CloudConfig& config) {
  Metrics metrics;
  LogSettings log;
  log.process = "wattle-cloud";
  log.file = config.log_file;
  log.least = config.log_least;
  log.metrics = &metrics;
  if (const auto started = start_log(log); !started)
    return end_with(exit_machine, config.log_file + ": " + started.error().message());
  const int code = live(config, metrics);
  stop_log();
  return code;
}

}  // namespace wattle::cloud
