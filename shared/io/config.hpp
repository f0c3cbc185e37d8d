#pragma once
// A TOML file behind typed getters. Nothing throws and nothing stops at the first fault: each getter answers with a usable
// value and notes what was wrong, and finish() gives all faults in the order of their lines, keys that nobody asked for among
// them.
//
//   auto file = Config::load("edge.toml");
//   auto mqtt = file.root().section("mqtt");
//   settings.host = mqtt.text("host");                                  // required
//   settings.port = mqtt.integer("port", {1, 65535}, 8883);
//   settings.keep_alive = mqtt.duration("keep_alive", {seconds(5), minutes(10)}, seconds(30));
//   for (auto bus : file.root().sections("bus")) …
//   for (const auto& fault : file.finish()) std::cerr << describe(fault) << '\n';

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"

namespace wattle {

struct ConfigFault {
  std::string source;
  int line = 0;  // 0: the file as a whole
  std::string what;
};
/// "edge.toml:12: [mqtt] unknown key "hots"; did you mean "host"?"
std::string describe(const ConfigFault& fault);

template <class T>
struct ConfigRange {
  T least;
  T most;
};

class ConfigSection {
 public:
  /// False when the file has no such table; the getters then give their defaults.
  bool present() const;
  int line() const;
  /// Whether the file says something under this key, be it wrong or empty.
  bool has(std::string_view key) const;

  std::string text(std::string_view key, std::optional<std::string> otherwise = std::nullopt);
  std::vector<std::string> texts(std::string_view key);
  /// A text, relative to the folder of the configuration file.
  std::string path(std::string_view key, std::optional<std::string> otherwise = std::nullopt);
  std::int64_t integer(std::string_view key, ConfigRange<std::int64_t> range,
                       std::optional<std::int64_t> otherwise = std::nullopt);
  /// A list of such numbers; empty when it is missing.
  std::vector<std::int64_t> integers(std::string_view key, ConfigRange<std::int64_t> range);
  bool boolean(std::string_view key, std::optional<bool> otherwise = std::nullopt);
  /// A whole number with a unit: "500ms", "30s", "15m", "2h", "1d".
  Duration duration(std::string_view key, ConfigRange<Duration> range, std::optional<Duration> otherwise = std::nullopt);
  /// One of the words; the first when it is missing or wrong and there is no default.
  std::string choice(std::string_view key, std::initializer_list<std::string_view> words,
                     std::optional<std::string> otherwise = std::nullopt);
  ConfigSection section(std::string_view key);
  /// [[key]]: an array of tables.
  std::vector<ConfigSection> sections(std::string_view key);
  /// A fault that the caller found in the key's value.
  void fault(std::string_view key, std::string_view what);

 private:
  friend class Config;
  struct Access;
  ConfigSection(std::shared_ptr<struct ConfigDocument> document, const void* table, std::string name, int line);

  std::shared_ptr<struct ConfigDocument> document_;
  const void* table_;  // toml::table, or null
  std::string name_;
  int line_;
};

class Config {
 public:
  static constexpr std::size_t size_limit = 1024 * 1024;
  static constexpr std::size_t items_limit = 4096;  // of one array

  static Config parse(std::string_view text, std::string source);
  static Config load(const std::string& path);

  ConfigSection root();
  /// All faults by line; an empty list means that the configuration may be used.
  std::vector<ConfigFault> finish();

 private:
  explicit Config(std::shared_ptr<struct ConfigDocument> document);
  std::shared_ptr<struct ConfigDocument> document_;
};

/// "90s" and the like; nothing when the text is no duration or does not fit.
std::optional<Duration> parse_duration(std::string_view text);

}  // namespace wattle
