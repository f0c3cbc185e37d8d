#include "edge/tools/monitor.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "shared/meter/exchange.hpp"

namespace wattle::edge::monitor_test {
namespace {

constexpr LineFormat line{2400, Parity::even, 1};  // 4583 us a character
constexpr Tick start{5'000'000};
const Bytes question = from_hex("fefefefe68610100000000681104333334331416");
const Bytes answer = from_hex("6861010000000068910833333433593333338a16");

Monitor monitor_of(Protocol protocol, std::optional<LineFormat> format = line, const MeterProfile* profile = nullptr) {
  return Monitor({protocol, format, milliseconds(40), profile}, start);
}
boost::json::object shown(const PassedFrame& frame) { return boost::json::parse(to_json(frame)).as_object(); }
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("frames are told when the line is quiet, with the times of their first and last bits") {
  auto monitor = monitor_of(Protocol::dlt645_2007);
  CHECK(monitor.wake_up() == never);
  // The question's 20 characters were over at 100 ms, the answer began 50 ms later.
  const Tick asked = start + milliseconds(100);
  const Tick begins = asked + milliseconds(50);
  const Tick ends = begins + wire_time(line, static_cast<std::int64_t>(answer.size()));
  CHECK(monitor.heard(question, asked).empty());
  CHECK(monitor.wake_up() == asked + milliseconds(40));
  auto frames = monitor.quiet();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].caught.wake_up == 4);
  CHECK_FALSE(frames[0].since_last);
  CHECK_FALSE(frames[0].gap);
  // A chunk's last byte has its time, those before it came before.
  monitor.heard(ByteView(answer).first(8), begins + wire_time(line, 8));
  monitor.heard(ByteView(answer).subspan(8), ends);
  const auto more = monitor.quiet();
  REQUIRE(more.size() == 1);
  REQUIRE(more[0].gap);
  CHECK(std::abs(more[0].gap->micros - 50'000) < 100);
  CHECK(std::abs(more[0].at.micros - 150'000) < 100);
  CHECK(more[0].since_last->micros == more[0].at.micros - frames[0].at.micros);
  const auto json = shown(more[0]);
  CHECK(json.at("gap_us") == more[0].gap->micros);
  CHECK(json.at("since_last_us") == more[0].since_last->micros);
  CHECK(json.at("good") == true);
  CHECK(json.at("fields").at("from") == "meter");
  CHECK_FALSE(json.contains("offset"));
  const auto summary = monitor.summary(start + seconds(1));
  CHECK(contains(summary, "frames: 2, of these from masters: 1, bad: 0\n"));
  CHECK(contains(summary, "listened: 1.0 s, the line was busy for 18.3 %\n"));  // 40 characters
  CHECK(contains(summary, "turnaround of 000000000161: median 50.0 ms, p99 50.0 ms, answers: 1\n"));
}

TEST_CASE("question and answer in one chunk are two frames") {
  auto monitor = monitor_of(Protocol::dlt645_2007, std::nullopt);
  auto both = question;
  both.insert(both.end(), answer.begin(), answer.end());
  monitor.heard(both, start + milliseconds(10));
  const auto frames = monitor.quiet();
  REQUIRE(frames.size() == 2);
  CHECK(frames[1].gap == Duration{});
  CHECK_FALSE(contains(monitor.summary(start + seconds(1)), "busy"));
}

TEST_CASE("median and p99 of many answers, by address") {
  auto monitor = monitor_of(Protocol::dlt645_2007);
  Tick now = start;
  for (int i = 1; i <= 100; ++i) {
    now = now + seconds(1);
    monitor.heard(question, now);
    monitor.quiet();
    monitor.heard(answer, now + milliseconds(i) + wire_time(line, static_cast<std::int64_t>(answer.size())));
    monitor.quiet();
  }
  CHECK(contains(monitor.summary(now), "median 50.0 ms, p99 99.0 ms, answers: 100\n"));
}

TEST_CASE("bad bytes are told with their reason and counted by it; what follows them is no answer") {
  auto monitor = monitor_of(Protocol::dlt645_2007);
  monitor.heard(question, start + milliseconds(100));
  monitor.quiet();
  auto broken = answer;
  broken[answer.size() - 2] ^= 1;
  monitor.heard(broken, start + milliseconds(300));
  const auto frames = monitor.quiet();
  REQUIRE(frames.size() == 1);
  CHECK(shown(frames[0]).at("error").at("code") == 2);
  CHECK(shown(frames[0]).at("error").at("offset") == answer.size() - 2);
  monitor.heard(from_hex("010203"), start + milliseconds(500));
  CHECK(monitor.quiet().size() == 1);
  monitor.heard(answer, start + milliseconds(700));
  monitor.quiet();
  const auto summary = monitor.summary(start + seconds(1));
  CHECK(contains(summary, "frames: 4, of these from masters: 1, bad: 2\n"));
  CHECK(contains(summary, "  bad checksum (2): 1\n"));
  CHECK_FALSE(contains(summary, "turnaround"));
}

TEST_CASE("an answer of Modbus is named by the question that was told before it, noise behind it is not lost") {
  const auto profile = generic_relay_meter();
  auto monitor = monitor_of(Protocol::modbus_rtu, line, &profile);
  const auto ask = modbus::read(modbus::Function::read_holding, 4, 2);
  monitor.heard(modbus_rtu::encode_request(7, ask), start + milliseconds(100));
  CHECK(monitor.quiet().size() == 1);
  monitor.heard(modbus_rtu::frame(7, from_hex("030400c80001")), start + milliseconds(200));
  const auto frames = monitor.quiet();
  REQUIRE(frames.size() == 1);
  CHECK(shown(frames[0]).at("fields").at("circuit_1.relay") == "closed");
  CHECK(contains(monitor.summary(start + seconds(1)), "turnaround of 7: "));
  monitor.heard(modbus_rtu::encode_request(7, ask), start + milliseconds(300));
  monitor.quiet();
  monitor.heard(from_hex("ffffff"), start + milliseconds(400));
  const auto noise = monitor.quiet();
  REQUIRE(noise.size() == 1);
  CHECK(noise[0].caught.size == 3);
  CHECK(noise[0].caught.described.error == MeterErrc::framing);
}

TEST_CASE("a line that is never quiet is told in pieces") {
  auto monitor = monitor_of(Protocol::dlt645_2007);
  std::size_t told = 0;
  for (int i = 0; i < 1000; ++i) told += monitor.heard(question, start + milliseconds(92 * i)).size();
  CHECK(told > 800);
  told += monitor.quiet().size();
  CHECK(told == 1000);
}

}  // namespace wattle::edge::monitor_test
