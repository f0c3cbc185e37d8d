// A running box is wired through the API: the real wattle-cloud and wattle-edge as processes, a real broker, and virtual meters
// on pseudo-terminals.

#include <catch2/catch.hpp>
#include <future>

#include "simulator/devices/meter_bus.hpp"
#include "tests/integration/cloud/cloud_site.hpp"
#include "tests/integration/edge/box_process.hpp"

namespace wattle::test {
namespace {

constexpr std::uint64_t neighbour = 70001010;
constexpr std::uint64_t added = 70002010;
constexpr std::uint64_t main_meter = 70009010;
constexpr std::int64_t meters_speed = 600;  // 4 kW are 670 Wh a second
constexpr Power load{4000};
constexpr std::int64_t moved_from{50'000};  // what the same meter's display shows at its other address

sim::VirtualMeter meter_at(std::uint64_t address, std::uint64_t number, std::int64_t shown, Instant now) {
  sim::VirtualMeterSettings settings;
  settings.profile = std::make_shared<const MeterProfile>(generic_relay_meter());
  settings.address = address;
  settings.number = {number};
  settings.circuits = {{std::make_shared<sim::LoadCurve>(load), 100, 0}};
  return {std::move(settings), sim::MeterMemory{{shown * sim::microjoules_per_wh, true}}, now};
}

/// What the box's own file says of its wiring.
enum class FileSays { a_bus_and_a_meter, nothing };

struct Street {
  explicit Street(FileSays file = FileSays::a_bus_and_a_meter) {
    WATTLE_CHECK(cloud.command({"claim-code", "--edge", "7"}) == 0);
    write("claim-code", cloud.output.substr(0, cloud.output.find('\n')) + "\n");
    write("edge.toml",
          "data = \"data\"\n[cloud]\nurl = \"http://127.0.0.1:" + std::to_string(cloud.port()) +
              "\"\nclaim_code_file = \"claim-code\"\n[mqtt]\nport = " + std::to_string(cloud.broker.settings("cloud").port) +
              "\nhost = \"127.0.0.1\"\nlongest_pause = \"1s\"\n[disk]\nreserve_mib = 1\nalarm_below_mib = 4\n[poll]\nevery = "
              "\"300ms\"\n" +
              (file == FileSays::nothing ? std::string() : wiring_of_file()));
    old_bus.start();
    new_bus.start();
    box.start();
    REQUIRE(until(20, [&] { return get("/api/v1/edges", "/items/0/online") == "true"; }));
    CHECK(cloud.put("/api/v1/prices/1", R"({"starts":"2026-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})").status == 201);
    fit(101, 1010, neighbour);
    fit(102, 1020, added);
    for (const int room : {101, 102}) CHECK(cloud.recharge(room, "5000", "k" + std::to_string(room)).status == 201);
  }
  ~Street() {
    box.kill();
    old_bus.stop();
    new_bus.stop();
  }

  std::string wiring_of_file() const {
    return "[[bus]]\nname = \"1\"\ndevice = \"" + old_device +
           "\"\n[[meter]]\ncircuit = 1010\nroom = 101\naddress = 1\nmeter_number = 70001010\n";
  }
  void fit(int room, int circuit, std::uint64_t number) {
    CHECK(cloud
              .post("/api/v1/rooms", R"({"room":)" + std::to_string(room) + R"(,"edge":7,"circuits":[{"circuit":)" +
                                         std::to_string(circuit) + R"(,"meter":)" + std::to_string(number) +
                                         R"(,"first_reading":0}]})")
              .status == 201);
  }
  void write(std::string_view name, const std::string& text) const {
    WATTLE_CHECK(write_file(folder.path(name), text, FileAccess::owner_only).has_value());
  }
  template <class Condition>
  bool until(int seconds_most, Condition condition) {
    return live_until(loop, box, seconds_most, condition);
  }
  std::string get(const std::string& path, std::string_view pointer) { return cloud.get(path).at(pointer); }
  std::string wired(std::uint64_t number, std::string_view pointer) {
    return get("/api/v1/edges/7/meters/" + std::to_string(number), pointer);
  }
  /// Charged up to, as the cloud's books have it.
  std::int64_t charged(int circuit) {
    return std::stoll(get("/api/v1/circuits/" + std::to_string(circuit) + "/meter", "/charged_to"));
  }
  /// As the box last read the circuit; -1: not yet.
  std::int64_t seen(int circuit) const {
    const auto all = box.ask("status");
    if (!all) return -1;
    for (const auto& room : all->at("rooms").as_array())
      for (const auto& one : room.as_object().at("circuits").as_array())
        if (one.as_object().at("circuit") == circuit && one.as_object().contains("reading_wh"))
          return one.as_object().at("reading_wh").to_number<std::int64_t>();
    return -1;
  }
  Answer wire(const std::string& bus, int address) {
    return cloud.put("/api/v1/edges/7/meters/" + std::to_string(added),
                     R"({"bus":")" + bus + R"(","address":)" + std::to_string(address) +
                         R"(,"profile":"generic-relay-meter","circuits":[{"circuit":1020,"room":102}]})");
  }
  /// Beside the loop that the meters live on.
  Answer read_now(int circuit) {
    auto answer = std::async(std::launch::async, [this, circuit] {
      return cloud.post("/api/v1/circuits/" + std::to_string(circuit) + "/reads", "");
    });
    until(25, [&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    return answer.get();
  }
  /// On the bus "new", and no room's.
  int record(std::uint64_t number, int address, int circuit) {
    return cloud
        .put("/api/v1/edges/7/meters/" + std::to_string(number),
             R"({"bus":"new","address":)" + std::to_string(address) +
                 R"(,"profile":"generic-relay-meter","circuits":[{"circuit":)" + std::to_string(circuit) + "}]}")
        .status;
  }
  Instant fast_now() const { return start + Duration{(wall_clock() - start).micros * meters_speed}; }
  sim::MeterBusSettings bus_settings() {
    return {.timing = {},
            .seed = 1,
            .wall_clock = [this] { return fast_now(); },
            .remember = [](const sim::VirtualMeter&) { return Result<void>{}; }};
  }
  std::vector<sim::VirtualMeter> old_meters() const { return {meter_at(1, neighbour, 0, fast_now())}; }
  std::vector<sim::VirtualMeter> new_meters() const {
    return {meter_at(5, added, 0, fast_now()), meter_at(6, added, moved_from, fast_now()),
            meter_at(7, main_meter, 0, fast_now())};
  }

  Instant start = wall_clock();
  boost::asio::io_context loop{1};
  CloudSite cloud;
  Folder folder;
  sim::Pty old_pty = *sim::Pty::open({});
  sim::Pty new_pty = *sim::Pty::open({});
  std::string old_device = old_pty.device();
  std::string new_device = new_pty.device();
  sim::MeterBus old_bus{loop, std::move(old_pty), old_meters(), bus_settings()};
  sim::MeterBus new_bus{loop, std::move(new_pty), new_meters(), bus_settings()};
  FastClock clock{1, start};
  BoxProcess box{folder, clock};
};

}  // namespace

TEST_CASE("a bus and a meter come to a running box through the API, are charged, moved, kept over kill -9, and taken out") {
  Street street;
  INFO("folder " << street.folder.path());
  REQUIRE(street.until(20, [&] { return street.seen(1010) > 0; }));
  CHECK(street.cloud.put("/api/v1/edges/7/buses/new", R"({"port":")" + street.new_device + "\"}").status == 201);
  CHECK(street.wire("new", 5).status == 201);
  REQUIRE(street.until(20, [&] { return street.seen(1020) > 0; }));
  REQUIRE(street.until(75, [&] { return street.wired(added, "/reported/state") == "applied"; }));
  CHECK(street.wired(added, "/reported/source") == "stream");
  CHECK(street.wired(added, "/reported/version") == "1");
  CHECK(street.wired(neighbour, "/reported/source") == "file");
  CHECK(street.get("/api/v1/edges/7/buses/new", "/reported/state") == "applied");
  CHECK(street.box.log().find("edge.stopping") == std::string::npos);

  // Moved: what it has counted is booked, and counting goes on at the other address.
  const auto read_before = street.seen(1020);
  CHECK(street.wire("new", 6).status == 201);
  REQUIRE(street.until(20, [&] { return street.charged(1020) >= read_before; }));
  CHECK(street.charged(1020) < moved_from);
  REQUIRE(street.until(20, [&] { return street.seen(1020) > moved_from; }));

  // Without its cloud, after kill -9: from the store alone.
  street.cloud.kill(SIGKILL);
  street.box.kill();
  street.box.start();
  REQUIRE(street.until(20, [&] { return street.seen(1020) > moved_from && street.seen(1010) > 0; }));
  const auto before = street.seen(1020);
  REQUIRE(street.until(20, [&] { return street.seen(1020) > before; }));
  const auto asked = street.box.ask("wiring");
  REQUIRE(asked);
  CHECK(asked->at("meters").as_array().size() == 2);
  street.cloud.start();
  REQUIRE(street.until(30, [&] { return street.get("/api/v1/edges", "/items/0/online") == "true"; }));

  // Taken out: booked to its last reading, exactly once, and read no more; its neighbour goes on.
  const auto device_log = street.box.log().size();
  CHECK(street.cloud.send("DELETE", "/api/v1/edges/7/meters/" + std::to_string(added), "", {}).status == 201);
  REQUIRE(street.until(20, [&] { return street.charged(1020) >= before; }));
  const auto last = street.charged(1020);
  const auto went_on = street.seen(1010);
  REQUIRE(street.until(20, [&] { return street.seen(1010) > went_on; }));
  CHECK(street.charged(1020) == last);
  CHECK(street.seen(1020) == -1);
  CHECK(street.box.log().find("\"edge.bus.away\"", device_log) == std::string::npos);
  // 0.50 yuan a kWh: half a thousandth a Wh, and each Wh once.
  const auto micros = 5'000'000'000 - last * 500;
  char balance[32];
  std::snprintf(balance, sizeof balance, "%lld.%06lld", static_cast<long long>(micros / 1'000'000),
                static_cast<long long>(micros % 1'000'000));
  CHECK(street.cloud.get("/api/v1/rooms/102").at("/balance") == balance);
}

TEST_CASE("a box that starts without a bus is wired, paced, read on demand and looked at through the API alone") {
  Street street(FileSays::nothing);
  INFO("folder " << street.folder.path());
  constexpr const char* pace = "/api/v1/edges/7/pace";
  CHECK(street.get("/api/v1/edges/7/buses", "/items") == "[]");
  REQUIRE(street.until(75, [&] { return street.get(pace, "/reported/poll_every_ms") == "300"; }));
  CHECK(street.get(pace, "/reported/version") == "0");
  CHECK(street.cloud.put("/api/v1/edges/7/buses/new", R"({"port":")" + street.new_device + "\"}").status == 201);
  CHECK(street.wire("new", 5).status == 201);
  REQUIRE(street.until(20, [&] { return street.seen(1020) > 0; }));
  CHECK(street.record(main_meter, 7, 9010) == 201);
  CHECK(street.record(70003010, 6, 9011) == 201);  // where another one answers
  CHECK(street.record(70004010, 9, 9012) == 201);  // where nobody does

  CHECK(street.cloud.put(pace, R"({"poll_every_ms":250,"record_every_s":60})").status == 201);
  REQUIRE(street.until(20, [&] { return street.get(pace, "/reported/version") == "1"; }));
  CHECK(street.get(pace, "/reported/poll_every_ms") == "250");
  CHECK(street.get(pace, "/reported/record_every_s") == "60");
  CHECK(street.get(pace, "/reported/clock_broadcast_at") == "03:10");
  const auto before = street.seen(1020);
  REQUIRE(street.until(20, [&] { return street.seen(1020) > before; }));

  REQUIRE(street.until(75, [&] { return street.wired(main_meter, "/reported/state") == "applied"; }));
  const auto read = street.read_now(9010);
  CHECK(read.status == 200);
  CHECK(read.at("/room") == "0");
  CHECK(read.at("/items/0/outcome") == "read");
  CHECK(read.at("/items/0/meter") == std::to_string(main_meter));
  CHECK(street.read_now(1020).at("/room") == "102");
  CHECK(street.read_now(9012).at("/items/0/outcome") == "silent");
  CHECK(street.cloud.put("/api/v1/circuits/9010/reading-plan", R"({"rules":[{"kind":"interval","minutes":1}]})").status == 201);
  CHECK(street.cloud.put("/api/v1/circuits/9010/parameters", R"({"power_limit_w":3000})").status == 201);
  REQUIRE(street.until(75, [&] { return street.get("/api/v1/circuits/9010/reading-plan", "/reported/version") == "1"; }));
  REQUIRE(street.until(
      75, [&] { return street.get("/api/v1/circuits/9010/parameters", "/reported/parameters/0/state") == "unsupported"; }));

  REQUIRE(street.until(75, [&] { return street.wired(70004010, "/reported/health/silent") == "true"; }));
  CHECK(street.wired(70004010, "/reported/health/failure/code") == "meter.silent");
  CHECK(street.wired(70003010, "/reported/health/foreign") == "true");
  CHECK(street.wired(70003010, "/reported/health/answers_as") == std::to_string(added));
  CHECK(street.wired(main_meter, "/reported/health/silent") == "false");
  CHECK(street.wired(main_meter, "/reported/health/foreign") == "false");
  CHECK(street.get("/api/v1/edges/7/buses/new", "/reported/faults/0/code") == "silent");
  CHECK(street.get("/api/v1/edges/7/buses/new", "/reported/faults/0/goes_on") == "true");
}

TEST_CASE("what a box cannot use is reported under its code and stops nothing; what it cannot open it goes on trying") {
  Street street;
  REQUIRE(street.until(20, [&] { return street.seen(1010) > 0; }));
  CHECK(street.cloud.put("/api/v1/edges/7/buses/gone", R"({"port":"/dev/wattle-no-such-device"})").status == 201);
  CHECK(street.cloud.put("/api/v1/edges/7/buses/dtu", R"({"port":"collector://DTU-0017"})").status == 201);
  CHECK(street.wire("gone", 5).status == 201);
  CHECK(street.cloud.put("/api/v1/edges/7/buses/early", R"({"port":"/dev/wattle-no-such-device-either"})").status == 201);
  const auto bus = [&](const std::string& name, std::string_view pointer) {
    return street.get("/api/v1/edges/7/buses/" + name, pointer);
  };
  REQUIRE(street.until(75, [&] { return bus("gone", "/reported/code") == "wiring.bus_away"; }));
  CHECK(bus("gone", "/reported/state") == "pending");
  // One without meters is looked at all the same: whoever wires it wants to know of his adapter before he wires them.
  REQUIRE(street.until(75, [&] { return bus("early", "/reported/code") == "wiring.bus_away"; }));
  CHECK(bus("early", "/reported/state") == "pending");
  CHECK(street.box.log().find("No such file or directory") != std::string::npos);
  CHECK(street.cloud.put("/api/v1/edges/7/buses/early", R"({"port":")" + street.new_device + "\"}").status == 201);
  REQUIRE(street.until(75, [&] { return bus("early", "/reported/state") == "applied"; }));
  CHECK(street.cloud.send("DELETE", "/api/v1/edges/7/buses/early", "", "").status == 201);
  CHECK(bus("dtu", "/reported/state") == "refused");
  CHECK(bus("dtu", "/reported/code") == "wiring.no_collectors");
  CHECK(bus("dtu", "/reported/remedy/en").find("[collectors]") != std::string::npos);
  CHECK(street.wired(added, "/reported/state") == "pending");
  const auto before = street.seen(1010);
  REQUIRE(street.until(10, [&] { return street.seen(1010) > before; }));
  // The cloud knows by now what the file has where.
  CHECK(street.wire("1", 1).at("/code") == "meter.address_taken");
  // The right port, and it works without a restart.
  CHECK(street.cloud.put("/api/v1/edges/7/buses/gone", R"({"port":")" + street.new_device + "\"}").status == 201);
  REQUIRE(street.until(20, [&] { return street.seen(1020) > 0; }));
}

}  // namespace wattle::test
