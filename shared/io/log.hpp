#pragma once
// Events as JSON lines, one object a line:
//   {"time":"2026-03-01T08:00:00.123456Z","level":"warning","process":"wattle-edge","event":"edge.bus.silent","bus":1}
// The event's name is a stable code: tests, alarms and docs rest on it, so words for people go into fields. Use:
//   log_event(LogLevel::warning, "edge.bus.silent", {{"bus", 1}, {"port", name}});
// Names of people, phone numbers, keys and codes are never fields.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "shared/base/result.hpp"
#include "shared/io/metrics.hpp"

namespace wattle {

enum class LogLevel { debug, info, warning, error };
std::optional<LogLevel> parse_log_level(std::string_view name);

class LogValue {
 public:
  LogValue(bool value) : value_(value) {}
  template <std::signed_integral T>
  LogValue(T value) : value_(static_cast<std::int64_t>(value)) {}
  template <std::unsigned_integral T>
  LogValue(T value) : value_(static_cast<std::uint64_t>(value)) {}
  LogValue(double value) : value_(value) {}
  LogValue(const char* text) : value_(std::string_view(text)) {}
  LogValue(std::string_view text) : value_(text) {}
  LogValue(const std::string& text) : value_(std::string_view(text)) {}

  const auto& get() const { return value_; }

 private:
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view> value_;
};

struct LogField {
  std::string_view name;
  LogValue value;
};
using LogFields = std::initializer_list<LogField>;

inline constexpr std::size_t log_text_limit = 1024;              // bytes of one text field; the rest is cut
inline constexpr std::size_t log_file_limit = 16 * 1024 * 1024;  // bytes of one file
inline constexpr std::size_t log_files_kept = 4;

struct LogSettings {
  std::string process = {};         // written into every line
  std::string file = {};            // empty: standard error
  LogLevel least = LogLevel::info;  // below this nothing is written, though it is counted
  Metrics* metrics = nullptr;       // where wattle_events_total{event="…"} is kept; must outlive the log
};

/// Until this was called events go to standard error.
Result<void> start_log(const LogSettings& settings);
/// Writes out what is buffered and forgets the settings; before the metrics go.
void stop_log();
void log_event(LogLevel level, std::string_view event, LogFields fields = {});

/// The part of the line from "event" on, without braces.
std::string log_text(std::string_view event, LogFields fields);

}  // namespace wattle
