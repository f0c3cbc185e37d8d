// The other ways to meters, and what people order about them, from HTTP to the wire and back: the real wattle-cloud and
// wattle-edge as processes, a real broker, and meters behind a serial server, behind a gateway of Modbus-TCP and behind a
// collector that dials in. The wall clock runs fast for all of them, so that days and hours turn while the test looks on.

#include <catch2/catch.hpp>

#include "shared/api/money_text.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/collector.hpp"
#include "simulator/devices/modbus_tcp_server.hpp"
#include "simulator/devices/serial_server.hpp"
#include "tests/integration/cloud/cloud_site.hpp"
#include "tests/integration/edge/box_process.hpp"

namespace wattle::test {
namespace {

constexpr std::int64_t ways_speed = 240;           // an hour in a quarter of a minute
constexpr Instant evening{1'779'721'200'000'000};  // Monday, 2026-05-25, 23:00 at the site
constexpr Instant midnight = evening + hours(1);
constexpr std::uint64_t own_number = 70003010;  // by tcp, a model of the site's own
constexpr std::uint64_t own_successor = 70003011;
constexpr std::uint64_t turning_number = 70003020;    // by modbus-tcp
constexpr std::uint64_t dialling_number = 80003030;   // by a collector
constexpr std::int64_t turning_begins = 998'500'000;  // Wh, of 10^9
constexpr std::int64_t turned_to = 5'000'000;         // behind the end, further than a box believes by itself
constexpr std::int64_t dialling_begins = 500'000;
constexpr std::int64_t micros_per_wh = 500;
constexpr const char* own_profile = R"(model = "campus-meter"
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
              "\nhost = \"127.0.0.1\"\nlongest_pause = \"1s\"\n[poll]\nevery = \"300ms\"\n[collectors]\nlisten = \"127.0.0.1:" +
              std::to_string(dialled_) + "\"\n[metrics]\nport = " + std::to_string(metrics_) + "\n");
    for (auto* bus : all_) bus->start();
    REQUIRE_FALSE(server_.open(own_.device(), 0));
    REQUIRE_FALSE(gateway_.open(0));
    REQUIRE_FALSE(collector_.start(dialling_.device(), {.dials = {"127.0.0.1", dialled_},
                                                        .registration = *sim::said_bytes("DTU-0017"),
                                                        .heartbeat = *sim::said_bytes("hex:FE0D0A"),
                                                        .heartbeat_every = milliseconds(50),
                                                        .dials_again_after = milliseconds(200)}));
    box_.start();
  }
  ~ManyWays() {
    box_.kill();
    collector_.stop();
    server_.stop();
    gateway_.stop();
    for (auto* bus : all_) bus->stop();
    loop_.restart();
    loop_.run_for(std::chrono::milliseconds(100));  // what is under way ends
  }
  ManyWays(const ManyWays&) = delete;
  ManyWays& operator=(const ManyWays&) = delete;

  template <class Condition>
  bool until(int seconds_most, Condition condition) {
    return live_until(loop_, box_, seconds_most, condition);
  }
  /// A change of the wiring is reported at once, and all else with it; else reports come once a minute.
  template <class Condition>
  bool until_told(Condition condition) {
    return until(30, [&] {
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
  /// Moments of the room's recorded readings, minutes since the site's midnight.
  std::vector<std::int64_t> recorded_at(int room) {
    const auto all = answer("rooms/" + std::to_string(room) + "/readings?from=2026-05-25T15:00:00Z&to=2026-05-26T15:00:00Z");
    std::vector<std::int64_t> out;
    if (all.status != 200) return out;
    for (const auto& item : all.body.at("items").as_array()) {
      const std::string at(item.as_object().at("at").as_string());  // 2026-05-25T16:00:12Z
      const auto minute = std::stoll(at.substr(11, 2)) * 60 + std::stoll(at.substr(14, 2));
      out.push_back(minute - 16 * 60);
    }
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
    CHECK(put("circuits/3020/reading-plan", R"({"rules":[{"kind":"settlement_day","day":26,"at":"00:00"},)"
                                            R"({"kind":"weekdays","days":{"tuesday":true},"at":"00:20"}]})") == 201);
    CHECK(put("circuits/3030/reading-plan", R"({"rules":[{"kind":"cron","expression":"0 0 30 2 *"}]})") == 400);
  }
  std::string tell(const char* which, const std::string& command) {
    auto& bus = *which == 's' ? own_ : *which == 'g' ? turning_ : dialling_;
    return bus.command(command);
  }
  std::int64_t own_shows() { return own_.meters().front().read(clock_.now()).circuits.front().energy.units / 10 * 10; }
  bool relay(int n) const { return all_[static_cast<std::size_t>(n)]->meters().front().memory().front().relay_closed; }
  Instant now() const { return clock_.now(); }
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
    settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{1000}), 100, 0}};
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
  CloudSite cloud_{fast()};
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
};

}  // namespace

TEST_CASE(
    "serial server, gateway and collector are wired through the API, and meters behind them changed, turned and put right",
    "[ways]") {
  ManyWays site;
  REQUIRE(site.until(20, [&] { return site.get("edges", "/items/0/online") == "true"; }));
  site.fit();
  REQUIRE(site.until(20, [&] { return site.measures("wattle_edge_circuits_unread 3"); }));
  site.wire();
  site.plan();
  REQUIRE(site.until_told([&] {
    return site.is_applied("edges/7/buses/server") && site.is_applied("edges/7/buses/gateway") &&
           site.is_applied("edges/7/buses/gatehouse") && site.is_applied("edges/7/meters/" + std::to_string(own_number)) &&
           site.is_applied("edges/7/meters/" + std::to_string(turning_number)) &&
           site.is_applied("edges/7/meters/" + std::to_string(dialling_number)) &&
           site.of_circuit(3010, "/register") != "(none)" && site.of_circuit(3020, "/register") != "(none)" &&
           site.of_circuit(3030, "/register") != "(none)";
  }));
  CHECK(site.measures("wattle_edge_circuits_unread 0"));
  CHECK(site.box().log().find(R"("event":"edge.circuits.unread","circuits":3)") != std::string::npos);
  CHECK(site.get("profiles/campus-meter", "/reported/0/good") == "true");
  CHECK(site.get("circuits/3010/reading-plan", "/reported/version") == "1");
  CHECK(site.get("circuits/3010/reading-plan", "/desired/rules/0/expression") == "*/10 * * * MON-FRI");
  CHECK(site.get("circuits/3020/reading-plan", "/reported/version") == "1");
  CHECK(site.get("circuits/3020/reading-plan", "/desired/rules/0/kind") == "settlement_day");
  REQUIRE(site.now() < midnight);  // else the machine is too slow for what follows

  // A register that comes to its end, another that is set back, and a meter that is exchanged, all at once.
  CHECK(site.tell("gateway", "energy 5 " + std::to_string(turned_to)) == "ok\n");
  CHECK(site.tell("dialling", "energy " + std::to_string(dialling_number) + " 40") == "ok\n");
  const auto last = site.own_shows();
  CHECK(site.tell("server", "replace 1 " + std::to_string(own_successor)) == "ok\n");
  CHECK(site.post("circuits/3010/meter-changes",
                  R"({"last":)" + std::to_string(last) + R"(,"meter":)" + std::to_string(own_successor) + R"(,"first":0})")
            .status == 201);
  REQUIRE(site.until_told([&] {
    return site.of_circuit(3010, "/change/outcome") == "done" && site.of_circuit(3020, "/held") == "true" &&
           site.of_circuit(3030, "/held_reading/register") != "(none)";
  }));
  CHECK(site.charged(3020) < 1'000'000'000);  // nothing of it yet
  CHECK(
      site.post("circuits/3020/rollovers", R"({"meter":)" + std::to_string(turning_number) + R"(,"ends":1000000000})").status ==
      201);
  const auto after = std::stoll(site.of_circuit(3030, "/held_reading/after"));
  const auto accepted = std::stoll(site.of_circuit(3030, "/held_reading/register"));
  CHECK(site.post("circuits/3030/acceptances", R"({"meter":)" + std::to_string(dialling_number) + R"(,"register":)" +
                                                   std::to_string(accepted) + R"(,"reason":"set back by its maker"})")
            .status == 201);

  // The new meter has the old one's place, and each of its Wh is paid once, as are those of the old one up to its last.
  REQUIRE(site.until_told([&] {
    return site.wired(own_successor, "/reported/state") == "applied" && site.charged(3010) > 0 &&
           site.of_circuit(3010, "/meter") == std::to_string(own_successor);
  }));
  CHECK(site.wired(own_successor, "/desired/bus") == "server");
  REQUIRE(site.until(20, [&] { return site.has_paid(301, 1'000'000'000, last + site.charged(3010)); }));
  // What flowed over the end of the register is charged.
  REQUIRE(site.until(20, [&] { return site.of_circuit(3020, "/rollover/outcome") == "done"; }));
  REQUIRE(site.until(20, [&] { return site.has_paid(302, 5'000'000'000, site.charged(3020) - turning_begins); }));
  CHECK(site.charged(3020) >= 1'000'000'000 + turned_to);
  // Of what the register was set back nothing is.
  REQUIRE(site.until(20, [&] { return site.of_circuit(3030, "/acceptance/outcome") == "done"; }));
  const auto used = [&] { return after - dialling_begins + site.charged(3030) - accepted; };
  REQUIRE(site.until(20, [&] { return site.has_paid(303, 1'000'000'000, used()); }));

  // Money of one consumption is given back.
  const auto consumption = site.dearest_consumption(303);
  REQUIRE(!consumption.empty());
  const auto correction = R"({"entry":)" + consumption + R"(,"way":"back","amount":"0.01","reason":"as agreed"})";
  CHECK(site.post("circuits/3030/corrections", correction, "c1").status == 201);
  REQUIRE(site.until(20, [&] { return site.of_circuit(3030, "/correction/outcome") == "done"; }));
  REQUIRE(site.until(20, [&] { return site.has_paid(303, 1'000'010'000, used()); }));
  CHECK(site.post("circuits/3030/corrections", correction, "c1").status == 200);  // once

  // Kept as the plans say: each tenth minute of a working day; and on settlement day and at its weekday's minute alone.
  const auto kept_between = [&](int room, std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> out;
    for (const auto minute : site.recorded_at(room))
      if (minute >= from && minute < to) out.push_back(minute);
    return out;
  };
  REQUIRE(site.until(45, [&] { return kept_between(302, 0, 60).size() >= 2 && kept_between(301, 0, 60).size() >= 6; }));
  const auto tenths = kept_between(301, 0, 60), settled = kept_between(302, 0, 60);
  REQUIRE(tenths.size() == 6);
  for (std::size_t n = 0; n < tenths.size(); ++n) CHECK(tenths[n] / 10 == static_cast<std::int64_t>(n));
  REQUIRE(settled.size() == 2);
  CHECK(settled[0] < 10);
  CHECK(settled[1] >= 20);
  CHECK(settled[1] < 30);

  // Each way carries orders too.
  for (const auto* circuit : {"3010", "3020", "3030"})
    CHECK(site.put(std::string("circuits/") + circuit + "/control", R"({"mode":"forced_off"})") == 201);
  REQUIRE(site.until(20, [&] { return !site.relay(0) && !site.relay(1) && !site.relay(2); }));
  CHECK(site.box().log().find("123456") == std::string::npos);  // the password
}

}  // namespace wattle::test
