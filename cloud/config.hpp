#pragma once
// The cloud's configuration file. Every key, with its default: docs/operating/cloud.md.

#include <string>
#include <vector>

#include "cloud/api/access.hpp"
#include "cloud/http/server.hpp"
#include "cloud/pki/authority.hpp"
#include "shared/base/units.hpp"
#include "shared/io/log.hpp"
#include "shared/io/mqtt.hpp"

namespace wattle::cloud {

struct TokenConfig {
  std::string name;
  api::Role role = api::Role::monitor;
  std::string file;
};

struct CloudConfig {
  SiteId site;
  std::string site_name;
  std::string store;
  std::string readings;    // another database: recorded readings
  Duration readings_keep;  // single ones; totals stay
  Duration utc_offset;     // of the site
  Money codes_cap;         // that a box may honour before it reads of their sale
  std::string registry;
  std::string lists;
  std::string journal;
  std::string heads;
  std::string restored_mark;
  std::string backup_folder;
  Duration backup_every;
  std::size_t backups_kept = 0;
  MqttSettings mqtt;
  http::HttpSettings http;
  std::string pki_folder;
  std::string keys_file;
  ServerNames broker_names;
  std::string box_host;  // where the boxes find the broker
  std::uint16_t box_port = 0;
  std::vector<TokenConfig> tokens;
  api::SessionTimes sessions;
  api::RateSettings rates;
  std::string first_admin;  // where init writes the password of the user "admin"
  LogLevel log_least = LogLevel::info;
  std::string log_file;
};

struct LoadedConfig {
  CloudConfig config;
  std::vector<std::string> faults;  // by line; none: it may be used
};
LoadedConfig load_config(const std::string& path);
LoadedConfig parse_config(std::string_view text, const std::string& source);

/// The client certificate under which this process is known to the broker.
inline constexpr std::string_view broker_client_name = "cloud";

}  // namespace wattle::cloud
