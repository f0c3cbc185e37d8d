#include "shared/io/log.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "shared/io/errors.hpp"
#include "shared/io/files.hpp"
#include "shared/io/json_text.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle {
namespace {

std::string json(std::string_view text, std::size_t limit = 1024) {
  std::string out;
  append_json_text(out, text, limit);
  return out;
}

TEST_CASE("fields of every type become JSON") {
  CHECK(log_text("edge.bus.silent", {{"bus", 1}, {"port", "ttyS0"}, {"on", true}, {"ratio", 0.5}, {"size", 7U}}) ==
        R"("event":"edge.bus.silent","bus":1,"port":"ttyS0","on":true,"ratio":0.5,"size":7)");
  CHECK(log_text("x", {{"nan", std::nan("")}}) == R"("event":"x","nan":null)");
}

TEST_CASE("hostile text stays one valid JSON string") {
  CHECK(json("a\"b\\c\nd\x01") == R"("a\"b\\c\nd\u0001")");
  CHECK(json("\xff\xc0\xaf") == "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  CHECK(json("\xed\xa0\x80").find('\xed') == std::string::npos);  // a surrogate is no UTF-8
  CHECK(json("电") == "\"电\"");
  CHECK(json("电电电", 7) == "\"电电…\"");  // never cut inside a character
}

TEST_CASE("a log file holds one object a line and counts by event") {
  const test::Folder folder;
  const auto file = folder.path("edge.log");
  Metrics metrics;
  REQUIRE(start_log({.process = "wattle-edge 100%", .file = file, .metrics = &metrics}));
  log_event(LogLevel::info, "edge.started", {{"text", "{} %v"}});
  log_event(LogLevel::debug, "edge.detail");
  stop_log();
  const auto text = read_file(file, 10'000);
  REQUIRE(text);
  CHECK(text->starts_with(R"({"time":")"));
  CHECK(text->find(R"(","level":"info","process":"wattle-edge 100%","event":"edge.started","text":"{} %v"})") !=
        std::string::npos);
  CHECK(text->find("edge.detail") == std::string::npos);
  CHECK(metrics.prometheus_text().find(R"(wattle_events_total{event="edge.detail"} 1)") != std::string::npos);
}

TEST_CASE("a log file that cannot be opened is an error") {
  const auto started = start_log({.process = "x", .file = "/proc/nowhere/x.log"});
  REQUIRE(!started);
  CHECK(started.error() == IoErrc::open_failed);
}

}  // namespace
}  // namespace wattle
