// Meters of other kinds, from curl to the wire and back: the real wattle-cloud and wattle-edge as processes, a real broker, and
// on one pseudo-terminal each a water meter with a valve (CJ/T 188), one of M-Bus, and one with a purse (DL/T 645). All of
// them come to the box through the API.

#include <catch2/catch.hpp>
#include <future>

#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/meter_bus.hpp"
#include "tests/integration/cloud/cloud_site.hpp"
#include "tests/integration/edge/box_process.hpp"

namespace wattle::test {
namespace {

constexpr std::int64_t kinds_speed = 600;  // a load of 1,000 W or litres an hour counts 167 a second
constexpr std::uint64_t water_number = 80002011;
constexpr std::uint64_t mbus_number = 80002010;
constexpr std::uint64_t purse_number = 80002020;

class ManyKinds {
 public:
  ManyKinds() {
    WATTLE_CHECK(cloud_.command({"claim-code", "--edge", "7"}) == 0);
    write("claim-code", cloud_.output.substr(0, cloud_.output.find('\n')) + "\n");
    write("edge.toml",
          "data = \"data\"\n[cloud]\nurl = \"http://127.0.0.1:" + std::to_string(cloud_.port()) +
              "\"\nclaim_code_file = \"claim-code\"\n[mqtt]\nport = " + std::to_string(cloud_.broker.settings("cloud").port) +
              "\nhost = \"127.0.0.1\"\nlongest_pause = \"1s\"\n[disk]\nreserve_mib = 1\nalarm_below_mib = 4\n[poll]\nevery = "
              "\"300ms\"\n[[bus]]\nname = \"water\"\n"
              "device = \"" +
              water_.device + "\"\n");
    for (auto* line : {&water_, &mbus_, &purse_}) line->bus->start();
    box_.start();
  }
  ~ManyKinds() {
    box_.kill();
    for (auto* line : {&water_, &mbus_, &purse_}) line->bus->stop();
  }
  ManyKinds(const ManyKinds&) = delete;
  ManyKinds& operator=(const ManyKinds&) = delete;

  template <class Condition>
  bool until(int seconds_most, Condition condition) {
    return live_until(loop_, box_, seconds_most, condition);
  }
  void live(Duration time) {
    loop_.restart();
    loop_.run_for(to_chrono(time));
  }
  std::string get(const std::string& path, std::string_view pointer) { return cloud_.get("/api/v1/" + path).at(pointer); }
  int put(const std::string& path, const std::string& body) { return cloud_.put("/api/v1/" + path, body).status; }
  Answer post(const std::string& path, const std::string& body) { return cloud_.post("/api/v1/" + path, body); }
  int take_out(std::uint64_t number) {
    return cloud_.send("DELETE", "/api/v1/edges/7/meters/" + std::to_string(number), "", {}).status;
  }
  int recharge(int room, const std::string& amount) { return cloud_.recharge(room, amount, "k" + amount).status; }

  void wire() {
    CHECK(put("edges/7/buses/mbus", R"({"port":")" + mbus_.device + "\"}") == 201);
    CHECK(put("edges/7/buses/purse", R"({"port":")" + purse_.device + "\"}") == 201);
    const auto meter = [&](std::uint64_t number, const std::string& bus, const std::string& profile, int circuit, int room,
                           const std::string& more) {
      CHECK(put("edges/7/meters/" + std::to_string(number),
                R"({"bus":")" + bus + R"(","profile":")" + profile + R"(","circuits":[{"circuit":)" + std::to_string(circuit) +
                    R"(,"room":)" + std::to_string(room) + "}]" + more + "}") == 201);
    };
    meter(water_number, "water", "generic-cjt188-cold-water", 2011, 201, "");
    meter(mbus_number, "mbus", "generic-mbus-energy", 2010, 201, "");
    meter(purse_number, "purse", "generic-dlt645-2007-prepaid", 2020, 202, R"(,"password":"02123456")");
  }
  void fit() {
    CHECK(put("prices/1", R"({"starts":"2026-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})") == 201);
    CHECK(put("prices/2", R"({"utility":"cold_water","starts":"2026-01-01T00:00:00Z","tiers":[{"rate":"4"}]})") == 201);
    const auto circuit = [](int id, std::uint64_t number, const char* utility) {
      return R"({"circuit":)" + std::to_string(id) + R"(,"meter":)" + std::to_string(number) + R"(,"utility":")" + utility +
             R"(","first_reading":0})";
    };
    CHECK(post("rooms", R"({"room":201,"edge":7,"circuits":[)" + circuit(2010, mbus_number, "electricity") + "," +
                            circuit(2011, water_number, "cold_water") + "]}")
              .status == 201);
    CHECK(post("rooms", R"({"room":202,"edge":7,"circuits":[)" + circuit(2020, purse_number, "electricity") + "]}").status ==
          201);
  }
  /// Charged up to, as the cloud's books have it.
  std::int64_t charged(int circuit) { return std::stoll(get("circuits/" + std::to_string(circuit) + "/meter", "/charged_to")); }
  std::string wired(std::uint64_t number, std::string_view pointer) {
    return get("edges/7/meters/" + std::to_string(number), pointer);
  }
  std::string circuit(int room, int id, std::string_view pointer) {
    const auto answer = cloud_.get("/api/v1/rooms/" + std::to_string(room));
    for (std::size_t i = 0;; ++i) {
      const auto one = "/circuits/" + std::to_string(i);
      const auto its = answer.at(one + "/circuit");
      if (its == "(none)") return its;
      if (its == std::to_string(id)) return answer.at(one + std::string(pointer));
    }
  }
  std::int64_t water_counted() {
    auto& meter = water_.bus->meters().front();
    return meter.read(fast_now()).circuits.front().energy.units;
  }
  bool valve_is_open() const { return water_.bus->meters().front().memory().front().relay_closed; }
  MeterPurse& purse() { return purse_.bus->meters().front().purse(0); }
  BoxProcess& box() { return box_; }

 private:
  struct Line {
    std::string device;
    std::unique_ptr<sim::MeterBus> bus;
  };

  void write(std::string_view name, const std::string& text) const {
    WATTLE_CHECK(write_file(folder_.path(name), text, FileAccess::owner_only).has_value());
  }
  Instant fast_now() const { return start_ + Duration{(wall_clock() - start_).micros * kinds_speed}; }
  Line line(const char* model, std::uint64_t number, Power load) {
    sim::VirtualMeterSettings settings;
    settings.profile = shipped_profile(model);
    settings.accepts = {{0x02, 0x12, 0x34, 0x56}, {}};
    settings.address = number;
    settings.number = {number};
    settings.circuits = {{std::make_shared<sim::LoadCurve>(load), 100, 0}};
    std::vector<sim::VirtualMeter> meters;
    meters.emplace_back(std::move(settings), sim::MeterMemory{}, fast_now());
    auto pty = *sim::Pty::open({});
    auto device = pty.device();
    return {device, std::make_unique<sim::MeterBus>(
                        loop_, std::move(pty), std::move(meters),
                        sim::MeterBusSettings{.timing = {},
                                              .seed = 1,
                                              .wall_clock = [this] { return fast_now(); },
                                              .remember = [](const sim::VirtualMeter&) { return Result<void>{}; }})};
  }

  Instant start_ = wall_clock();
  boost::asio::io_context loop_{1};
  CloudSite cloud_;
  Folder folder_;
  Line water_ = line("generic-cjt188-cold-water", water_number, Power{1000});
  Line mbus_ = line("generic-mbus-energy", mbus_number, Power{1000});
  Line purse_ = line("generic-dlt645-2007-prepaid", purse_number, Power{1000});
  FastClock clock_{1, start_};
  BoxProcess box_{folder_, clock_};
};

}  // namespace

TEST_CASE("water with its valve, M-Bus and a purse are wired, priced, ordered and seen through the API", "[kinds]") {
  ManyKinds site;
  REQUIRE(site.until(20, [&] { return site.get("edges", "/items/0/online") == "true"; }));
  site.wire();
  site.fit();
  CHECK(site.recharge(201, "500") == 201);
  CHECK(site.recharge(202, "300") == 201);
  REQUIRE(site.until(75, [&] {
    return site.wired(water_number, "/reported/state") == "applied" &&
           site.wired(mbus_number, "/reported/state") == "applied" && site.wired(purse_number, "/reported/state") == "applied";
  }));
  CHECK(site.wired(purse_number, "/desired/password/set_at") != "(none)");

  // Both circuits of the room are read at once, each as its meter says.
  auto asked = std::async(std::launch::async, [&] { return site.post("rooms/201/reads", "{}"); });  // the meters answer here
  REQUIRE(site.until(25, [&] { return asked.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  const auto read = asked.get();
  REQUIRE(read.status == 200);
  for (const auto& item : read.body.at("items").as_array()) {
    const auto& circuit = item.as_object();
    CHECK(circuit.at("outcome") == "read");
    CHECK(circuit.at("meter") == (circuit.at("circuit") == 2011 ? water_number : mbus_number));
    CHECK(circuit.at("register").to_number<std::int64_t>() > 0);
    CHECK(circuit.contains("relay") == (circuit.at("circuit") == 2011));  // M-Bus has none
  }
  CHECK(read.body.at("items").as_array().size() == 2);

  // The valve goes by the circuit's mode, and water stands still behind it.
  CHECK(site.put("circuits/2011/control", R"({"mode":"forced_off","load":"water"})") == 201);
  // Before its money came the room may have been cut for credit, so the reason says which order was seen.
  REQUIRE(site.until(
      75, [&] { return site.circuit(201, 2011, "/relay") == "open" && site.circuit(201, 2011, "/reason") == "forced_off"; }));
  CHECK_FALSE(site.valve_is_open());
  CHECK(site.circuit(201, 2010, "/relay") == "unknown");
  const auto stood = site.water_counted();
  site.live(milliseconds(500));  // 83 litres, if it leaked
  CHECK(site.water_counted() == stood);
  CHECK(site.put("circuits/2011/control", R"({"load":"water"})") == 201);
  REQUIRE(site.until(45, [&] { return site.valve_is_open(); }));
  REQUIRE(site.until(10, [&] { return site.water_counted() > stood; }));

  // What the meter with a purse is told is read back, and its purse holds what the room has.
  CHECK(site.put("circuits/2020/parameters", R"({"alarm_money_first":"12.5","overdraft_money":"3"})") == 201);
  CHECK(site.put("circuits/2020/purse", R"({"mode":"purse"})") == 201);
  const auto told = [&](std::string_view pointer) { return site.get("circuits/2020/parameters", pointer); };
  REQUIRE(site.until(75, [&] {
    return told("/reported/parameters/0/state") == "written" && told("/reported/parameters/1/state") == "written";
  }));
  CHECK(told("/reported/parameters/0/in_meter/alarm_money_first") == "12.500000");
  REQUIRE(site.until(75, [&] { return site.get("circuits/2020/purse", "/reported/purse/state") == "agrees"; }));
  CHECK(site.purse().count > 0);
  CHECK(site.purse().total <= yuan(300).micros);
  CHECK(site.purse().total > yuan(250).micros);

  // Taken out, the water meter is booked to its last reading: four yuan a cubic metre, each litre once.
  CHECK(site.take_out(water_number) == 201);
  CHECK(site.take_out(mbus_number) == 201);
  const auto is_booked = [&] {
    const auto micros = 500'000'000 - site.charged(2011) * 4'000 - site.charged(2010) * 500;
    char balance[32];
    std::snprintf(balance, sizeof balance, "%lld.%06lld", static_cast<long long>(micros / 1'000'000),
                  static_cast<long long>(micros % 1'000'000));
    return site.charged(2011) >= stood && site.charged(2010) > 0 && site.get("rooms/201", "/balance") == balance;
  };
  REQUIRE(site.until(30, is_booked));
  CHECK(site.box().log().find("123456") == std::string::npos);  // the password
}

}  // namespace wattle::test
