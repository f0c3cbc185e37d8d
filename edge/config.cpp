#include "edge/config.hpp"

#include "edge/config_buses.hpp"
#include "edge/io/http_post.hpp"
#include "edge/store/disk_reserve.hpp"
#include "shared/io/config.hpp"

namespace wattle::edge {
namespace {

void read_cloud(ConfigSection& root, EdgeConfig& config) {
  auto cloud = root.section("cloud");
  if (!cloud.present()) return root.fault("cloud", "must be there, written as [cloud]");
  config.cloud_url = cloud.text("url");
  while (config.cloud_url.ends_with('/')) config.cloud_url.pop_back();
  if (!config.cloud_url.empty() && !check_cloud_url(config.cloud_url))
    cloud.fault("url", "must begin with https:// (http:// only to 127.0.0.1)");
  config.cloud_ca = cloud.path("ca", "");
  config.claim_code_file = cloud.path("claim_code_file");
}

void read_rest(ConfigSection& root, EdgeConfig& config) {
  auto mqtt = root.section("mqtt");
  config.mqtt_host = mqtt.text("host", "");
  config.mqtt_port = static_cast<std::uint16_t>(mqtt.integer("port", {1, 65535}, 0));
  config.mqtt_longest_pause = mqtt.duration("longest_pause", {seconds(1), minutes(10)}, seconds(30));
  config.poll_every = root.section("poll").duration("every", {poll_every_min, poll_every_max}, seconds(10));
  auto record = root.section("record");
  config.record_every = record.duration("every", {record_every_min, record_every_max}, minutes(30));
  if (days(1).micros % config.record_every.micros != 0 || config.record_every.micros % seconds(1).micros != 0)
    record.fault("every", "must be a whole part of a day, in whole seconds");
  config.ring_bytes = record.integer("ring_mib", {1, 4096}, 128) * mebibyte;
  auto disk = root.section("disk");
  config.disk_reserve_bytes = disk.integer("reserve_mib", {0, 256}, 16) * mebibyte;
  config.disk_alarm_bytes = disk.integer("alarm_below_mib", {1, 1 << 20}, 256) * mebibyte;
  if (config.disk_alarm_bytes < 4 * config.disk_reserve_bytes)
    disk.fault("alarm_below_mib", "must be at least four times reserve_mib, so that the alarm comes long before");
  auto log = root.section("log");
  const auto level = log.choice("level", {"debug", "info", "warning", "error"}, "info");
  config.log_least = parse_log_level(level).value_or(LogLevel::info);
  config.log_file = log.path("file", "");
  config.metrics_port = static_cast<std::uint16_t>(root.section("metrics").integer("port", {0, 65535}, 0));
}

/// "03:10"; nothing for a text that is no such minute.
std::optional<std::uint16_t> parse_minute(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : 99; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = digit(0) * 10 + digit(1);
  const auto minute = digit(3) * 10 + digit(4);
  if (hour > 23 || minute > 59) return std::nullopt;
  return static_cast<std::uint16_t>(hour * 60 + minute);
}

void read_clock(ConfigSection& root, EdgeConfig& config) {
  auto section = root.section("clock");
  ClockPlan plan{config.utc_offset, {}};
  const auto text = section.text("broadcast_at", "03:10");
  if (text != "never") {
    plan.broadcast_minute = parse_minute(text);
    const auto minute = plan.broadcast_minute.value_or(0);
    if (minute < clock_midnight_minutes || minute >= 24 * 60 - clock_midnight_minutes)
      section.fault("broadcast_at", "must be a time like \"03:10\", ten minutes and more from midnight, or \"never\"");
  }
  config.clock = plan;
}

LoadedConfig read(Config file) {
  LoadedConfig loaded;
  auto& config = loaded.config;
  auto root = file.root();
  config.data = root.path("data");
  config.utc_offset = minutes(root.integer("utc_offset_minutes", {-12 * 60, 14 * 60}, 8 * 60));
  read_cloud(root, config);
  read_rest(root, config);
  read_buses(root, config);
  read_meters(root, config);
  read_clock(root, config);
  for (const auto& fault : file.finish()) loaded.faults.push_back(describe(fault));
  return loaded;
}

}  // namespace

LoadedConfig load_config(const std::string& path) { return read(Config::load(path)); }

LoadedConfig parse_config(std::string_view text, const std::string& source) { return read(Config::parse(text, source)); }

}  // namespace wattle::edge
