#include "shared/io/log.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cmath>

#include "shared/io/errors.hpp"
#include "shared/io/json_text.hpp"

namespace wattle {
namespace {

struct Log {
  std::shared_ptr<spdlog::logger> logger;
  Metrics* metrics = nullptr;
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

Log make_log(const LogSettings& settings) {
  std::shared_ptr<spdlog::sinks::sink> sink;
  if (settings.file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(settings.file, log_file_limit, log_files_kept);
  }
  auto logger = std::make_shared<spdlog::logger>("wattle", std::move(sink));
  std::string process;
  append_json_text(process, settings.process, log_text_limit);
  std::string escaped;  // '%' begins a flag in spdlog's pattern
  for (const char c : process) escaped += c == '%' ? std::string("%%") : std::string(1, c);
  logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","process":)" + escaped + ",%v}",
                      spdlog::pattern_time_type::utc);
  logger->set_level(to_spdlog(settings.least));
  logger->flush_on(spdlog::level::info);  // a killed process must not take its last lines along
  return {std::move(logger), settings.metrics};
}

Log& current() {
  static Log log = make_log({.process = "wattle"});
  return log;
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "info") return LogLevel::info;
  if (name == "warning") return LogLevel::warning;
  if (name == "error") return LogLevel::error;
  return std::nullopt;
}

std::string log_text(std::string_view event, LogFields fields) {
  std::string out = "\"event\":";
  append_json_text(out, event, log_text_limit);
  for (const auto& field : fields) {
    out += ',';
    append_json_text(out, field.name, log_text_limit);
    out += ':';
    std::visit(
        [&out](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::string_view>) {
            append_json_text(out, value, log_text_limit);
          } else if constexpr (std::is_same_v<T, bool>) {
            out += value ? "true" : "false";
          } else if constexpr (std::is_same_v<T, double>) {
            out += std::isfinite(value) ? fmt::format("{}", value) : "null";
          } else {
            out += std::to_string(value);
          }
        },
        field.value.get());
  }
  return out;
}

Result<void> start_log(const LogSettings& settings) {
  try {
    current() = make_log(settings);
  } catch (const spdlog::spdlog_ex&) {
    return WATTLE_FAIL(IoErrc::open_failed);
  }
  return {};
}

void stop_log() {
  current().logger->flush();
  current() = make_log({.process = "wattle"});
}

void log_event(LogLevel level, std::string_view event, LogFields fields) {
  auto& log = current();
  if (log.metrics != nullptr) {
    log.metrics->counter("wattle_events_total", "Events by code", {{"event", std::string(event)}}).add();
  }
  if (log.logger->should_log(to_spdlog(level))) log.logger->log(to_spdlog(level), log_text(event, fields));
}

}  // namespace wattle
