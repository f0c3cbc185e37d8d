#include "edge/config.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "edge/store/disk_reserve.hpp"

namespace wattle::edge {
namespace {

const std::string right = R"(data = "data"
[cloud]
url = "https://cloud.example/"
claim_code_file = "claim-code"
[[bus]]
device = "/dev/ttyUSB0"
[[bus]]
name = "second floor"
device = "tty1"
baud = 2400
parity = "none"
stop_bits = 2
[[meter]]
circuit = 1010
room = 101
address = 1
meter_number = 70001010
[[meter]]
bus = "second floor"
circuit = 2010
room = 201
address = 1
meter_number = 70002010
profile = "generic-relay-meter"
)";

std::string with(const std::string& what, const std::string& in_its_place) {
  auto text = right;
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), in_its_place);
}

}  // namespace

TEST_CASE("who turns an RS485 line around is left to the device, unless its bus says so") {
  CHECK_FALSE(parse_config(right, "etc/edge.toml").config.buses[1].rs485);
  const auto loaded =
      parse_config(with("stop_bits = 2", "rs485 = \"rts-low\"\nrs485_before_ms = 1\nrs485_after_ms = 100"), "etc/edge.toml");
  REQUIRE(loaded.faults.empty());
  CHECK(loaded.config.buses[1].rs485 == Rs485{false, 1, 100});
  CHECK_FALSE(loaded.config.buses[0].rs485);
}

TEST_CASE("a right configuration, with its defaults") {
  const auto loaded = parse_config(right, "etc/edge.toml");
  REQUIRE(loaded.faults.empty());
  const auto& config = loaded.config;
  CHECK(config.data == "etc/data");
  CHECK(config.cloud_url == "https://cloud.example");
  CHECK(config.utc_offset == hours(8));
  CHECK(config.poll_every == seconds(10));
  CHECK(config.metrics_port == 0);
  CHECK(config.mqtt_host.empty());
  REQUIRE(config.buses.size() == 2);
  CHECK(config.buses[0].name == "1");
  CHECK(config.buses[0].device == "/dev/ttyUSB0");
  CHECK(config.buses[0].line.baud == 9600);
  REQUIRE(config.buses[0].meters.size() == 1);
  CHECK(config.buses[1].line.parity == Parity::none);
  CHECK(config.buses[1].line.stop_bits == 2);
  REQUIRE(config.buses[1].meters.size() == 1);
  CHECK(config.buses[1].meters[0].circuits[0].room == RoomId{201});
  CHECK(config.buses[1].meters[0].place.number == MeterId{70002010});
}

TEST_CASE("a disk has a reserve for the ledger, unless none is wanted") {
  const auto usual = parse_config(right, "edge.toml").config;
  CHECK(usual.disk_reserve_bytes == 16 * mebibyte);
  CHECK(usual.disk_alarm_bytes == 256 * mebibyte);
  const auto none = parse_config(with("[cloud]", "[disk]\nreserve_mib = 0\nalarm_below_mib = 1\n[cloud]"), "edge.toml");
  CHECK(none.faults.empty());
  CHECK(none.config.disk_reserve_bytes == 0);
  CHECK(none.config.disk_alarm_bytes == mebibyte);
}

TEST_CASE("each fault is told with its line") {
  const auto faults = [](const std::string& text) { return parse_config(text, "edge.toml").faults; };
  const auto one = [&](const std::string& what, const std::string& in_its_place) {
    const auto all = faults(with(what, in_its_place));
    REQUIRE(all.size() == 1);
    return all[0];
  };
  CHECK(one("[cloud]", "[poll]\nevery = \"2m\"\n[cloud]").find("edge.toml:3: [poll] \"every\"") == 0);  // trips need it
  CHECK(one("[cloud]", "[disk]\nalarm_below_mib = 63\n[cloud]")
            .find("edge.toml:3: [disk] \"alarm_below_mib\" must be at least") == 0);
  for (const auto* wrong : {"-1", "257"})
    CHECK(one("[cloud]", "[disk]\nalarm_below_mib = 2000\nreserve_mib = " + std::string(wrong) + "\n[cloud]")
              .find("edge.toml:4: [disk] \"reserve_mib\"") == 0);
  CHECK(one("https://", "http://").find("edge.toml:3: [cloud] \"url\"") == 0);
  CHECK(one("baud = 2400", "baud = 2401").find("edge.toml:10: [bus] \"baud\"") == 0);
  CHECK(one("stop_bits = 2", "rs485 = \"high\"").find("edge.toml:12: [bus] \"rs485\"") == 0);
  CHECK(one("stop_bits = 2", "rs485_after_ms = 2").find("edge.toml:12: [bus] \"rs485_after_ms\" needs \"rs485\"") == 0);
  CHECK(one("stop_bits = 2", "rs485 = \"rts-low\"\nrs485_before_ms = 101").find("edge.toml:13: [bus] \"rs485_before_ms\"") ==
        0);
  CHECK(one("device = \"tty1\"", "connect = \"moxa:4001\"\nrs485 = \"rts-low\"")
            .find("edge.toml:10: [bus] \"rs485\" needs \"device\"") == 0);
  CHECK(one("\"tty1\"", "\"/dev/ttyUSB0\"").find("edge.toml:9: [bus] \"device\" is another bus's already") == 0);
  CHECK(one("circuit = 2010", "circuit = 1010").find("edge.toml:20: [meter] \"circuit\" is another meter's already") == 0);
  CHECK(one("70002010", "70001010").find("edge.toml:23: [meter] \"meter_number\" is another meter's already") == 0);
  CHECK(one("bus = \"second floor\"", "bus = \"third floor\"").find("edge.toml:19: [meter] \"bus\" names no [[bus]]") == 0);
  CHECK(one("bus = \"second floor\"", "").find("edge.toml:22: [meter] \"address\" is another meter's on this bus already") ==
        0);
  CHECK(one("profile = \"generic-relay-meter\"", "profile = \"abc\"").find("edge.toml:24: [meter] \"profile\"") == 0);
  CHECK(one("\"generic-relay-meter\"", "\"acrel-adm130\"")
            .find("edge.toml:24: [meter] \"profile\" cannot be used: its register map is not public") == 0);
  const auto folder = std::filesystem::temp_directory_path() / ("wattle-odd-rate-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "odd.toml") << "model = \"odd\"\nprotocol = \"modbus\"\nrollover_wh = 1000000\n[line]\nbaud = "
                                        "14_400\n[[block]]\nstart = 0\ncount = 2\n"
                                        "[[circuit]]\nenergy = { register = 0, encoding = \"u32\", unit = \"Wh\" }\n";
  const auto odd = faults("profiles = \"" + folder.string() + "\"\n" +
                          with("meter_number = 70001010", "meter_number = 70001010\nprofile = \"odd\""));
  REQUIRE(odd.size() == 1);
  CHECK(odd[0].find("edge.toml:19: [meter] \"profile\" has a baud rate") == 0);
  std::filesystem::remove_all(folder);
  CHECK(faults(with("claim_code_file", "claim_code_fle")).size() == 2);  // one is missing, one is unknown
  CHECK(faults("data = \"x\"\n").size() == 1);                           // no cloud
}

TEST_CASE("a box may start without a bus, and have its wiring from the cloud") {
  const auto head = right.substr(0, right.find("[[bus]]"));
  const auto loaded = parse_config(head, "edge.toml");
  CHECK(loaded.faults.empty());
  CHECK(loaded.config.buses.empty());
  CHECK(parse_config(head + "[collectors]\nlisten = \"10.8.0.1:7100\"\n", "edge.toml").faults.empty());
  const auto lonely = parse_config(head + right.substr(right.find("[[meter]]")), "edge.toml").faults;
  REQUIRE(lonely.size() == 2);
  CHECK(lonely[0].find("[meter] \"bus\" names no [[bus]]") != std::string::npos);
  std::string many = head;
  for (std::size_t i = 0; i <= box_buses_max; ++i) many += "[[bus]]\ndevice = \"/dev/ttyS" + std::to_string(i) + "\"\n";
  const auto faults = parse_config(many, "edge.toml").faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].find("\"bus\" is there too often") != std::string::npos);
}

TEST_CASE("when meters are told the time") {
  const auto plan_of = [](const std::string& more) { return parse_config(right + more, "edge.toml"); };
  CHECK(plan_of("").config.clock.broadcast_minute == 3 * 60 + 10);
  CHECK(plan_of("[clock]\nbroadcast_at = \"00:10\"\n").config.clock.broadcast_minute == 10);
  const auto never_told = plan_of("[clock]\nbroadcast_at = \"never\"\n");
  CHECK(never_told.faults.empty());
  CHECK_FALSE(never_told.config.clock.broadcast_minute);
  for (const auto* bad : {"00:09", "23:50", "24:00", "12:60", "1:00", "12-00", "noon"}) {
    INFO(bad);
    CHECK(plan_of("[clock]\nbroadcast_at = \"" + std::string(bad) + "\"\n").faults.size() == 1);
  }
}

TEST_CASE("collectors that dial in: with what they register, and where") {
  const std::string where = "[collectors]\nlisten = \"10.8.0.1:7100\"\n[[bus]]\n";
  const auto text = [&](const std::string& bus) { return with("[[bus]]\ndevice = \"/dev/ttyUSB0\"\n", where + bus); };
  const auto loaded = parse_config(text("collector = \"DTU-1\"\nheartbeat = \"hex:FE0d\"\n"), "edge.toml");
  REQUIRE(loaded.faults.empty());
  CHECK(loaded.config.collectors_listen == TcpAddress{"10.8.0.1", 7100});
  const auto& bus = loaded.config.buses[0];
  REQUIRE(bus.collector.has_value());
  CHECK(bus.collector->registration == Bytes{'D', 'T', 'U', '-', '1'});
  CHECK(bus.collector->heartbeat == Bytes{0xfe, 0x0d});
  CHECK(bus.latency == collector_latency);
  const auto fault = [](const std::string& wrong) {
    std::string all;
    for (const auto& one : parse_config(wrong, "edge.toml").faults) all += one + '\n';
    return all;
  };
  CHECK(fault(text("collector = \"DTU\"\n")).find("at least 4 bytes") != std::string::npos);
  CHECK(fault(text("collector = \"hex:1234567\"\n")).find("pairs of hex digits") != std::string::npos);
  CHECK(fault(text("collector = \"" + std::string(65, 'x') + "\"\n")).find("longer than 64") != std::string::npos);
  CHECK(fault(text("collector = \"DTU-1\"\nheartbeat = \"x\"\n")).find("at least two bytes") != std::string::npos);
  CHECK(fault(text("connect = \"a:1\"\nheartbeat = \"xy\"\n")).find("needs \"collector\"") != std::string::npos);
  CHECK(fault(text("connect = \"a:1\"\ncollector = \"DTU-1\"\n")).find("one of the three") != std::string::npos);
  const auto two = "collector = \"DTU-1\"\n[[bus]]\nname = \"x\"\ncollector = \"DTU-12\"\n";
  CHECK(fault(text(two)).find("one is part of the other") != std::string::npos);
  CHECK(fault(with("device = \"/dev/ttyUSB0\"", "collector = \"DTU-1\"")).find("must be there") != std::string::npos);
}

TEST_CASE("units 0 and 255 are a whole device's over Modbus-TCP, and nobody's on a line") {
  const auto faults_of = [](const std::string& unit, const std::string& way) {
    return parse_config(with("address = 1\nmeter_number = 70002010", "address = " + unit + "\nmeter_number = 70002010")
                            .replace(right.find("device = \"tty1\""), std::string("device = \"tty1\"").size(), way),
                        "edge.toml")
        .faults;
  };
  for (const auto* unit : {"0", "255"}) {
    CHECK(faults_of(unit, "connect = \"gate:502\"\nframing = \"modbus-tcp\"").empty());
    for (const auto* way : {"device = \"tty1\"", "connect = \"gate:502\""}) {
      const auto faults = faults_of(unit, way);
      REQUIRE(faults.size() == 1);
      CHECK(faults[0].find("\"address\" must be 1 to 247") != std::string::npos);
    }
  }
  const auto reserved = faults_of("248", "connect = \"gate:502\"\nframing = \"modbus-tcp\"");
  REQUIRE(reserved.size() == 1);
  CHECK(reserved[0].find("\"address\" must be 0 to 247, or 255") != std::string::npos);
}

TEST_CASE("water meters: by their number, or at a primary address, on buses that speak so") {
  const auto meter = [](const std::string& framing, const std::string& more) {
    return parse_config(
        "data = \"data\"\n[cloud]\nurl = \"https://cloud.example/\"\nclaim_code_file = \"c\"\n[[bus]]\n"
        "device = \"/dev/ttyUSB0\"\nframing = \"" +
            framing + "\"\n[[meter]]\ncircuit = 1\nroom = 1\n" + more,
        "edge.toml");
  };
  const auto by_number = meter("cjt188", "meter_number = 11223344\nprofile = \"generic-cjt188-cold-water\"\n");
  REQUIRE(by_number.faults.empty());
  CHECK(by_number.config.buses[0].meters[0].place.address == 11'223'344);
  CHECK(by_number.config.buses[0].line.baud == 2400);
  const auto mbus = meter("mbus", "meter_number = 182007\naddress = 250\nprofile = \"generic-mbus-water\"\n");
  REQUIRE(mbus.faults.empty());
  CHECK(mbus.config.buses[0].meters[0].place.address == 250);
  const auto fault = [&](const std::string& framing, const std::string& more) {
    const auto faults = meter(framing, more).faults;
    return faults.size() == 1 ? faults[0] : std::to_string(faults.size()) + " faults";
  };
  CHECK(fault("mbus", "meter_number = 182007\naddress = 251\nprofile = \"generic-mbus-water\"\n")
            .find("\"address\" must be 0 to 250") != std::string::npos);
  const auto fresh = meter("mbus", "meter_number = 182007\naddress = 0\nprofile = \"generic-mbus-water\"\n");
  REQUIRE(fresh.faults.empty());
  CHECK(fresh.config.buses[0].meters[0].place.address == 0);
  CHECK(fault("mbus", "meter_number = 182007\nprofile = \"generic-mbus-water\"\n").find("\"address\" is missing") !=
        std::string::npos);
  CHECK(fault("mbus", "meter_number = 100000000\naddress = 1\nprofile = \"generic-mbus-water\"\n").find("more digits") !=
        std::string::npos);
  CHECK(fault("rtu", "meter_number = 5\nprofile = \"generic-cjt188-cold-water\"\n").find("another protocol than its bus") !=
        std::string::npos);
  CHECK(fault("cjt188", "meter_number = 5\naddress = 6\nprofile = \"generic-cjt188-cold-water\"\n")
            .find("is the meter's number") != std::string::npos);
}

}  // namespace wattle::edge
