#pragma once
// A site whose meters stand behind a serial server, a gateway of Modbus-TCP and a collector that dials in: the real
// wattle-cloud and wattle-edge as processes, a real broker. The wall clock runs fast for all of them. The meters live in a
// thread of their own: they answer also while the test waits for HTTP, as on a busy machine it does for long.

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "shared/api/money_text.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/collector.hpp"
#include "simulator/devices/modbus_tcp_server.hpp"
#include "simulator/devices/serial_server.hpp"
#include "tests/integration/cloud/cloud_site.hpp"
#include "tests/integration/edge/box_process.hpp"

namespace wattle::test {

inline constexpr std::int64_t ways_speed = 120;           // an hour in half a minute
inline constexpr Instant evening{1'779'721'200'000'000};  // Monday, 2026-05-25, 23:00 at the site
inline constexpr Instant monday = evening - hours(23);    // its midnight
inline constexpr std::int64_t monday_of_month = 25;
inline constexpr std::int64_t minutes_a_day = 1440;
inline constexpr int patience = 90;  // seconds; everything comes within some, on a machine that has nothing else to do
inline constexpr std::uint64_t own_number = 70003010;  // by tcp, a model of the site's own
inline constexpr std::uint64_t own_successor = 70003011;
inline constexpr std::uint64_t turning_number = 70003020;    // by modbus-tcp
inline constexpr std::uint64_t dialling_number = 80003030;   // by a collector
inline constexpr std::int64_t turning_begins = 998'500'000;  // Wh, of 10^9
inline constexpr std::int64_t turned_to = 5'000'000;         // behind the end, further than a box believes by itself
inline constexpr std::int64_t dialling_begins = 500'000;
inline constexpr std::int64_t micros_per_wh = 500;
inline constexpr const char* own_profile = R"(model = "campus-meter"
protocol = "modbus"
rollover_wh = 1_000_000_000
[line]
baud = 9600
parity = "even"
[[block]]
start = 0x0100
count = 11
[number]
register = 0x0100
encoding = "u64"
[voltage]
register = 0x0104
unit = "0.1 V"
[[circuit]]
energy = { register = 0x0106, encoding = "u32", unit = "0.01 kWh" }
power = { register = 0x0108, encoding = "i16", unit = "W" }
current = { register = 0x0109, unit = "0.01 A" }
relay = { register = 0x010a, closed = 1, open = 0 }
command = { write = "coil", register = 0x0000 }
)";

/// A loop that a thread lives in.
class LoopThread {
 public:
  explicit LoopThread(boost::asio::io_context& loop) : loop_(&loop) {}
  ~LoopThread() {
    work_.reset();
    loop_->stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  /// What it makes of it there.
  template <class Do>
  auto in(Do todo) const {
    std::packaged_task<decltype(todo())()> task(std::move(todo));
    auto done = task.get_future();
    boost::asio::post(*loop_, [task = std::move(task)]() mutable { task(); });
    return done.get();
  }

 private:
  boost::asio::io_context* loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = boost::asio::make_work_guard(*loop_);
  std::thread thread_{[this] { loop_->run(); }};
};

/// A moment of the site, in minutes since its midnight of that Monday.
inline std::string clock_text(std::int64_t minute) {
  char text[8];
  std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(minute % minutes_a_day / 60), static_cast<int>(minute % 60));
  return text;
}

/// One meter on a line of its own.
struct WayMeter {
  std::shared_ptr<const MeterProfile> profile;
  std::uint64_t address;
  std::uint64_t number;
  std::int64_t begins_wh;
};

class ManyWays {
 public:
  ManyWays() {
    WATTLE_CHECK(cloud_.command({"claim-code", "--edge", "7"}) == 0);
    write("claim-code", cloud_.output.substr(0, cloud_.output.find('\n')) + "\n");
    write("edge.toml",
          "data = \"data\"\n[cloud]\nurl = \"http://127.0.0.1:" + std::to_string(cloud_.port()) +
              "\"\nclaim_code_file = \"claim-code\"\n[mqtt]\nport = " + std::to_string(cloud_.broker.settings("cloud").port) +
              "\nhost = \"127.0.0.1\"\nlongest_pause = \"1s\"\n[disk]\nreserve_mib = 1\nalarm_below_mib = 4\n[poll]\nevery = "
              "\"300ms\"\n[collectors]\nlisten = \"127.0.0.1:" +
              std::to_string(dialled_) + "\"\n[metrics]\nport = " + std::to_string(metrics_) + "\n");
    const bool all_begin = meters_.in([this] {
      for (auto* bus : all_) bus->start();
      return !server_.open(own_.device(), 0) && !gateway_.open(0) &&
             !collector_.start(dialling_.device(), {.dials = {"127.0.0.1", dialled_},
                                                    .registration = *sim::said_bytes("DTU-0017"),
                                                    .heartbeat = *sim::said_bytes("hex:FE0D0A"),
                                                    .heartbeat_every = milliseconds(50),
                                                    .dials_again_after = milliseconds(200)});
    });
    REQUIRE(all_begin);
    box_.start();
  }
  ~ManyWays() {
    box_.kill();
    meters_.in([this] {
      collector_.stop();
      server_.stop();
      gateway_.stop();
      for (auto* bus : all_) bus->stop();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // what is under way ends
  }
  ManyWays(const ManyWays&) = delete;
  ManyWays& operator=(const ManyWays&) = delete;

  template <class Condition>
  bool until(Condition condition) {
    return pause_until(
        box_, patience, [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }, condition);
  }
  /// A change of the wiring is reported at once, and all else with it; else reports come once a minute.
  template <class Condition>
  bool until_told(Condition condition) {
    return until([&] {
      if (condition()) return true;
      if (const auto second = monotonic_clock().micros / 1'000'000; std::exchange(nudged_, second) != second)
        put("edges/7/buses/spare",
            R"({"port":"/dev/wattle-no-such-device","latency_ms":)" + std::to_string(1 + nudged_ % 30'000) + "}");
      return false;
    });
  }
  std::string get(const std::string& path, std::string_view pointer) { return cloud_.get("/api/v1/" + path).at(pointer); }
  int put(const std::string& path, const std::string& body) { return cloud_.put("/api/v1/" + path, body).status; }
  Answer post(const std::string& path, const std::string& body, const std::string& key = {}) {
    return cloud_.post("/api/v1/" + path, body, key);
  }
  Answer answer(const std::string& path) { return cloud_.get("/api/v1/" + path); }
  std::string of_circuit(int circuit, std::string_view pointer) {
    return get("circuits/" + std::to_string(circuit) + "/meter", pointer);
  }
  std::int64_t charged(int circuit) { return std::stoll(of_circuit(circuit, "/charged_to")); }
  std::string wired(std::uint64_t number, std::string_view pointer) {
    return get("edges/7/meters/" + std::to_string(number), pointer);
  }
  bool is_applied(const std::string& path) { return get(path, "/reported/state") == "applied"; }
  /// The room has so much less than it was given, to the micro-unit.
  bool has_paid(int room, std::int64_t given_micros, std::int64_t wh) {
    return get("rooms/" + std::to_string(room), "/balance") == money_text(Money{given_micros - wh * micros_per_wh});
  }
  /// Of the room's newest consumptions the dearest one, as corrections name it.
  std::string dearest_consumption(int room) {
    const auto all = answer("rooms/" + std::to_string(room) + "/entries?limit=200");
    std::string name;
    double most = 0;
    for (const auto& item : all.body.at("items").as_array()) {
      const auto& entry = item.as_object();
      if (entry.at("kind") != "consumption") continue;
      double cost = 0;
      for (const auto& line : entry.at("lines").as_array())
        cost += std::stod(std::string(line.as_object().at("amount").as_string()));
      if (cost <= most) continue;
      most = cost;
      auto place = entry.at("place").as_object();
      place.erase("stream");
      name = boost::json::serialize(place);
    }
    return name;
  }
  /// Moments of the room's recorded readings, minutes since that Monday began.
  std::vector<std::int64_t> recorded_at(int room) {
    const auto all =
        answer("rooms/" + std::to_string(room) + "/readings?from=2026-05-25T00:00:00Z&to=2026-05-29T00:00:00Z&limit=10000");
    std::vector<std::int64_t> out;
    if (all.status != 200) return out;
    for (const auto& item : all.body.at("items").as_array()) {
      const std::string at(item.as_object().at("at").as_string());  // 2026-05-25T16:00:12Z
      const auto day = std::stoll(at.substr(8, 2)) - monday_of_month;
      out.push_back(day * minutes_a_day + std::stoll(at.substr(11, 2)) * 60 + std::stoll(at.substr(14, 2)) + 8 * 60);
    }
    return out;
  }
  std::vector<std::int64_t> recorded_between(int room, std::int64_t from, std::int64_t to) {
    auto out = recorded_at(room);
    std::erase_if(out, [&](std::int64_t minute) { return minute < from || minute >= to; });
    return out;
  }

  void wire() {
    CHECK(put("profiles/campus-meter", boost::json::serialize(boost::json::object{{"toml", own_profile}})) == 201);
    const auto port = [](const char* scheme, std::uint16_t number) {
      return std::string(R"({"port":")") + scheme + "127.0.0.1:" + std::to_string(number) + "\"}";
    };
    CHECK(put("edges/7/buses/server", port("tcp://", server_.port())) == 201);
    CHECK(put("edges/7/buses/gateway", port("modbus-tcp://", gateway_.port())) == 201);
    CHECK(put("edges/7/buses/gatehouse", R"({"port":"collector://DTU-0017","heartbeat":"hex:FE0D0A"})") == 201);
    const auto meter = [&](std::uint64_t number, const std::string& rest) {
      CHECK(put("edges/7/meters/" + std::to_string(number), "{" + rest + "}") == 201);
    };
    meter(own_number, R"("bus":"server","address":1,"profile":"campus-meter","circuits":[{"circuit":3010,"room":301}])");
    meter(turning_number,
          R"("bus":"gateway","address":5,"profile":"generic-relay-meter","circuits":[{"circuit":3020,"room":302}])");
    meter(dialling_number, R"("bus":"gatehouse","profile":"generic-dlt645-2007","circuits":[{"circuit":3030,"room":303}],)"
                           R"("password":"02123456")");
  }
  void fit() {
    CHECK(put("prices/1", R"({"starts":"2026-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})") == 201);
    const auto room = [&](int id, std::uint64_t number, std::int64_t first, const char* given) {
      CHECK(post("rooms", R"({"room":)" + std::to_string(id) + R"(,"edge":7,"circuits":[{"circuit":)" + std::to_string(id) +
                              R"(0,"meter":)" + std::to_string(number) + R"(,"utility":"electricity","first_reading":)" +
                              std::to_string(first) + "}]}")
                .status == 201);
      CHECK(cloud_.recharge(id, given, "k" + std::to_string(id)).status == 201);
    };
    room(301, own_number, 0, "1000");
    room(302, turning_number, turning_begins, "5000");
    room(303, dialling_number, dialling_begins, "1000");
  }
  void plan() {
    CHECK(put("circuits/3010/reading-plan", R"({"rules":[{"kind":"cron","expression":"*/10 * * * MON-FRI"}]})") == 201);
    CHECK(put("circuits/3030/reading-plan", R"({"rules":[{"kind":"cron","expression":"0 0 30 2 *"}]})") == 400);
  }
  /// On its settlement day at the one minute, and on its weekday at the other, and never else.
  int plan_two(std::int64_t settled, std::int64_t weekly) {
    constexpr const char* names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    return put("circuits/3020/reading-plan",
               R"({"rules":[{"kind":"settlement_day","day":)" + std::to_string(monday_of_month + settled / minutes_a_day) +
                   R"(,"at":")" + clock_text(settled) + R"("},{"kind":"weekdays","days":{")" +
                   names[weekly / minutes_a_day % 7] + R"(":true},"at":")" + clock_text(weekly) + R"("}]})");
  }
  std::string tell(const char* which, const std::string& command) {
    auto& bus = *which == 's' ? own_ : *which == 'g' ? turning_ : dialling_;
    return meters_.in([&] { return bus.command(command); });
  }
  /// Another meter in its place: what this one showed last, to the 10 Wh that it shows.
  std::int64_t exchange_own(std::uint64_t successor) {
    return meters_.in([&] {
      const auto last = own_.meters().front().read(clock_.now()).circuits.front().energy.units / 10 * 10;
      return own_.command("replace 1 " + std::to_string(successor)) == "ok\n" ? last : -1;
    });
  }
  bool relay(std::size_t n) const {
    return meters_.in([&] { return all_[n]->meters().front().memory().front().relay_closed; });
  }
  /// Minutes since that Monday began.
  std::int64_t minute() const { return (clock_.now() - monday).micros / 60'000'000; }
  BoxProcess& box() { return box_; }
  bool measures(const std::string& line) const {
    Wire wire(metrics_);
    wire.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    while (wire.read(2'000)) {
    }
    return wire.text.find('\n' + line + '\n') != std::string::npos;
  }

 private:
  void write(std::string_view name, const std::string& text) const {
    WATTLE_CHECK(write_file(folder_.path(name), text, FileAccess::owner_only).has_value());
  }
  CloudSite::Environment fast() const {
    const auto fake = clock_.faketime();
    return {{"LD_PRELOAD", WATTLE_REAL_TIMERS ":/usr/$LIB/faketime/libfaketimeMT.so.1"},
            {"FAKETIME", fake.substr(fake.find('=') + 1)},
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
            {"FAKETIME_DONT_RESET", "1"},
            {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
  }
  sim::MeterBus line(const WayMeter& meter) {
    sim::VirtualMeterSettings settings;
    settings.profile = meter.profile;
    settings.accepts = {{0x02, 0x12, 0x34, 0x56}, {}};
    settings.address = meter.address;
    settings.number = {meter.number};
    settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{4000}), 100, 0}};
    std::vector<sim::VirtualMeter> meters;
    meters.emplace_back(std::move(settings), sim::MeterMemory{{meter.begins_wh * sim::microjoules_per_wh, true}}, clock_.now());
    return {loop_, *sim::Pty::open({}), std::move(meters),
            sim::MeterBusSettings{.timing = {},
                                  .seed = 1,
                                  .wall_clock = [this] { return clock_.now(); },
                                  .remember = [](const sim::VirtualMeter&) { return Result<void>{}; }}};
  }

  FastClock clock_{ways_speed, evening};
  boost::asio::io_context loop_{1};
  CloudSite cloud_{[this] { return fast(); }};
  Folder folder_;
  std::uint16_t dialled_ = free_port();
  std::uint16_t metrics_ = free_port();
  sim::MeterBus own_ =
      line({std::make_shared<const MeterProfile>(parse_profile(own_profile, "campus-meter").profile), 1, own_number, 0});
  sim::MeterBus turning_ = line({shipped_profile("generic-relay-meter"), 5, turning_number, turning_begins});
  sim::MeterBus dialling_ = line({shipped_profile("generic-dlt645-2007"), dialling_number, dialling_number, dialling_begins});
  std::array<sim::MeterBus*, 3> all_ = {&own_, &turning_, &dialling_};
  sim::SerialServer server_{loop_};
  sim::ModbusTcpServer gateway_{loop_, turning_};
  sim::Collector collector_{loop_};
  BoxProcess box_{folder_, clock_};
  std::int64_t nudged_ = 0;
  LoopThread meters_{loop_};  // ends before what lives in it
};

}  // namespace wattle::test
