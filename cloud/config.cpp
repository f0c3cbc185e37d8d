#include "cloud/config.hpp"

#include <algorithm>

#include "shared/io/config.hpp"

namespace wattle::cloud {
namespace {

constexpr std::int64_t u32_max = UINT32_MAX;
constexpr std::int64_t rate_most = 1'000'000;
constexpr std::int64_t port_max = 65535;
constexpr std::int64_t backups_kept_max = 1000;

void read_store(ConfigSection& root, CloudConfig& config) {
  config.store = root.section("store").path("path", "cloud.sqlite");
  auto readings = root.section("readings");
  config.readings = readings.path("path", "");
  if (config.readings.empty()) config.readings = config.store.substr(0, config.store.rfind('/') + 1) + "readings.sqlite";
  config.readings_keep = readings.duration("keep", {days(31), days(3660)}, days(400));
  config.registry = root.section("registry").path("path", "registry.sqlite");
  auto backups = root.section("backups");
  config.backup_folder = backups.path("folder", "backups");
  config.backup_every = backups.duration("every", {minutes(1), days(30)}, hours(6));
  config.backups_kept = static_cast<std::size_t>(backups.integer("keep", {1, backups_kept_max}, 8));
  config.lists = config.backup_folder + "/claims-and-fences";
  config.heads = config.backup_folder + "/heads";
  config.restored_mark = config.store + ".restored";
  config.journal = root.section("journal").path("path", "journal");
}

void read_pki(ConfigSection& root, CloudConfig& config) {
  auto pki = root.section("pki");
  config.pki_folder = pki.path("folder", "pki");
  config.keys_file = pki.path("site_keys", "");
  if (config.keys_file.empty()) config.keys_file = config.pki_folder + "/site.keys";
  if (auto hosts = pki.texts("broker_hosts"); !hosts.empty()) config.broker_names.hosts = std::move(hosts);
  if (auto addresses = pki.texts("broker_addresses"); !addresses.empty()) config.broker_names.addresses = std::move(addresses);
}

void read_mqtt(ConfigSection& root, CloudConfig& config) {
  auto mqtt = root.section("mqtt");
  auto& settings = config.mqtt;
  settings.host = mqtt.text("host", "127.0.0.1");
  settings.port = static_cast<std::uint16_t>(mqtt.integer("port", {1, port_max}, 8883));
  settings.client_id = mqtt.text("client_id", "ingest-p00");
  settings.longest_pause = mqtt.duration("longest_pause", {milliseconds(100), minutes(10)}, seconds(5));
  settings.first_pause = std::min(settings.first_pause, settings.longest_pause);
  settings.clean_session = false;
  settings.subscriptions = {{"up/#", 1}};
  const auto file = [&](std::string_view end) { return config.pki_folder + '/' + std::string(end); };
  const std::string name(broker_client_name);
  settings.tls = {file("ca.crt"), file(name + ".crt"), file(name + ".key")};
  config.box_host = mqtt.text("box_host", settings.host);
  config.box_port = static_cast<std::uint16_t>(mqtt.integer("box_port", {1, port_max}, settings.port));
}

void read_http(ConfigSection& root, CloudConfig& config) {
  auto http = root.section("http");
  config.http.address = http.text("address", "127.0.0.1");
  config.http.port = static_cast<std::uint16_t>(http.integer("port", {0, port_max}, 8480));
  for (const auto& front : http.texts("fronts")) {
    const auto address = http::plain_address(front);
    if (!address) http.fault("fronts", "must be addresses, without names, ports and masks: not " + front);
    if (address) config.http.fronts.insert(*address);
  }
}

void read_tokens(ConfigSection& root, CloudConfig& config) {
  for (auto& section : root.sections("token")) {
    TokenConfig token;
    token.name = section.text("name");
    token.role = api::parse_role(section.choice("role", {"monitor", "cashier", "admin"})).value_or(api::Role::monitor);
    token.file = section.path("file");
    if (token.name.empty()) section.fault("name", "must not be empty");
    const auto same = [&](const TokenConfig& other) { return other.name == token.name; };
    if (std::any_of(config.tokens.begin(), config.tokens.end(), same)) section.fault("name", "is another token's already");
    config.tokens.push_back(std::move(token));
  }
}

void read_access(ConfigSection& root, CloudConfig& config) {
  auto login = root.section("login");
  config.sessions.access = login.duration("access", {seconds(10), days(1)}, config.sessions.access);
  config.sessions.refresh = login.duration("refresh", {minutes(1), days(400)}, config.sessions.refresh);
  config.first_admin = login.path("first_admin", "first-admin");
  auto limits = root.section("limits");
  const auto rate = [&](const char* per_second, const char* burst, api::Rate& out) {
    out.per_second = limits.integer(per_second, {0, rate_most}, out.per_second);
    out.burst = limits.integer(burst, {1, rate_most}, out.burst);
  };
  rate("caller_per_second", "caller_burst", config.rates.caller);
  rate("address_per_second", "address_burst", config.rates.address);
}

LoadedConfig read(Config file) {
  LoadedConfig loaded;
  auto& config = loaded.config;
  auto root = file.root();
  auto site = root.section("site");
  config.site = SiteId{static_cast<std::uint32_t>(site.integer("id", {1, u32_max}, 1))};
  config.site_name = site.text("name", "Wattle site");
  config.utc_offset = minutes(site.integer("utc_offset_minutes", {-12 * 60, 14 * 60}, 8 * 60));
  config.codes_cap = yuan(site.integer("offline_codes_yuan", {0, 1'000'000}, 500));
  read_store(root, config);
  read_pki(root, config);
  read_mqtt(root, config);
  read_http(root, config);
  read_tokens(root, config);
  read_access(root, config);
  auto log = root.section("log");
  config.log_least =
      parse_log_level(log.choice("level", {"debug", "info", "warning", "error"}, "info")).value_or(LogLevel::info);
  config.log_file = log.path("file", "");
  for (const auto& fault : file.finish()) loaded.faults.push_back(describe(fault));
  return loaded;
}

}  // namespace

LoadedConfig load_config(const std::string& path) { return read(Config::load(path)); }

LoadedConfig parse_config(std::string_view text, const std::string& source) { return read(Config::parse(text, source)); }

}  // namespace wattle::cloud
