// Buses and meters of a box, through the API and down to a real box's fold.

#include <catch2/catch.hpp>

#include "cloud/api/wiring_routes.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_seven;

constexpr const char* bus_one = "/api/v1/edges/7/buses/1";
constexpr const char* meter_one = "/api/v1/edges/7/meters/5001";
constexpr const char* serial = R"({"port":"/dev/ttyUSB0","baud":2400,"parity":"even"})";
constexpr const char* in_room =
    R"({"bus":"1","address":12,"profile":"generic-relay-meter","circuits":[{"circuit":1010,"room":101}]})";

std::string body_of(const std::string& bus, const std::string& address, const std::string& profile,
                    const std::string& circuits) {
  return R"({"bus":")" + bus + R"(","address":)" + address + R"(,"profile":")" + profile + R"(","circuits":)" + circuits + "}";
}

struct WiredSite : test::SmallSite {
  WiredSite() { CHECK(client.put(bus_one, serial).status == 201); }
  template <class T>
  std::optional<T> held(const std::string& key, std::optional<T> (*decode)(ByteView)) const {
    const auto& config = desk.box_link(box_seven).state().config();
    const auto found = config.find(key);
    return found == config.end() ? std::nullopt : decode(found->second.value);
  }
  std::optional<PlaceSetting> place(std::uint64_t number) const {
    const auto value = held(place_key({7}, {number}), decode_place);
    const auto* setting = value ? std::get_if<PlaceSetting>(&*value) : nullptr;
    return setting == nullptr ? std::nullopt : std::optional(*setting);
  }
  std::string code_of(const std::string& number, const std::string& body) {
    return client.put("/api/v1/edges/7/meters/" + number, body).code();
  }
};

}  // namespace

TEST_CASE("a bus is set, shown, changed and taken out; its register reaches the box") {
  WiredSite site;
  CHECK(site.held("bus/7/1", decode_bus) ==
        BusRegister{BusSetting{PortKind::serial, "/dev/ttyUSB0", {}, LineFormat{2400, Parity::even, 1}, 0}});
  CHECK(site.client.put(bus_one, R"({"port":"/dev/ttyS2","rs485":"rts-low","rs485_after_ms":5})").status == 201);
  CHECK(site.held("bus/7/1", decode_bus) ==
        BusRegister{BusSetting{PortKind::serial, "/dev/ttyS2", {}, std::nullopt, 0, Rs485{false, 0, 5}}});
  CHECK(site.client.get(bus_one).text("/desired/rs485") == "rts-low");
  CHECK(site.client.get(bus_one).number("/desired/rs485_after_ms") == 5);
  for (const auto* body : {R"({"port":"/dev/ttyS2","rs485":"rts"})", R"({"port":"/dev/ttyS2","rs485_before_ms":5})",
                           R"({"port":"tcp://moxa:4001","rs485":"rts-high"})"})
    CHECK(site.client.put(bus_one, body).code() == "bus.bad_rs485");
  CHECK(site.client.put(bus_one, serial).status == 201);
  CHECK(site.client.put(bus_one, serial).status == 200);
  auto reply = site.client.get(bus_one);
  CHECK(reply.text("/desired/port") == "/dev/ttyUSB0");
  CHECK(reply.number("/desired/baud") == 2400);
  CHECK(reply.text("/state") == "written");
  CHECK(reply.find("/reported")->is_null());
  CHECK(site.client.put(bus_one, R"({"port":"/dev/ttyUSB1"})", "\"9\"").code() == "setting.changed");
  CHECK(site.client.put(bus_one, serial, "\"9\"").status == 200);  // its answer was lost
  site.desk.wiring_reported[box_seven].buses = {
      {"1", {1, false, true}, WiringSource::stream, WiringState::pending, WiringFault::bus_away, site.desk.now().wall},
      {"old", {}, WiringSource::file, WiringState::applied, WiringFault::none, site.desk.now().wall}};
  reply = site.client.get("/api/v1/edges/7/buses");
  REQUIRE(reply.find("/items")->as_array().size() == 2);
  CHECK(reply.text("/items/0/reported/code") == "wiring.bus_away");
  CHECK(reply.text("/items/0/reported/state") == "pending");
  CHECK(reply.text("/items/1/reported/source") == "file");
  CHECK(reply.find("/items/1/desired")->is_null());
  CHECK(site.client.del("/api/v1/edges/7/buses/old").status == 201);
  CHECK(site.held("bus/7/old", decode_bus) == BusRegister{TakenOut{}});
  CHECK(site.client.get("/api/v1/edges/7/buses/old").find("/taken_out")->as_bool());
  CHECK(site.client.del("/api/v1/edges/7/buses/none").code() == "bus.unknown");
  CHECK(site.client.get("/api/v1/edges/9/buses").code() == "edge.unknown");
}

TEST_CASE("ports of every kind are read and written alike, and others refused") {
  WiredSite site;
  for (const auto* port : {"tcp://moxa.local:4001", "modbus-tcp://10.0.8.4:502", "collector://DTU-0017",
                           "modbus-collector://gate-17", "collector://hex:00010203"}) {
    INFO(port);
    CHECK(site.client.put("/api/v1/edges/7/buses/2", R"({"port":")" + std::string(port) + "\"}").status < 300);
    CHECK(site.client.get("/api/v1/edges/7/buses/2").text("/desired/port") == port);
  }
  CHECK(site.client.put("/api/v1/edges/7/buses/2", R"({"port":"collector://DTU-0017","heartbeat":"hex:FE0D0A"})").status ==
        201);
  CHECK(site.client.get("/api/v1/edges/7/buses/2").text("/desired/heartbeat") == "hex:fe0d0a");
  for (const auto* body :
       {R"({"port":"/etc/passwd"})", R"({"port":"/dev/../etc/passwd"})", R"({"port":"tcp://moxa"})",
        R"({"port":"collector://DTU"})", R"({"port":"collector://hex:0"})", R"({"port":"/dev/ttyUSB3","heartbeat":"beat"})"}) {
    INFO(body);
    CHECK(site.client.put("/api/v1/edges/7/buses/3", body).code() == "bus.bad_port");
  }
  for (const auto* body :
       {R"({"port":"/dev/ttyUSB3","parity":"even"})", R"({"port":"/dev/ttyUSB3","baud":1234})",
        R"({"port":"tcp://moxa:4001","baud":110})", R"({"port":"/dev/ttyUSB3","baud":9600,"parity":"some"})"}) {
    INFO(body);
    CHECK(site.client.put("/api/v1/edges/7/buses/3", body).code() == "bus.bad_line");
  }
  CHECK(site.client.put("/api/v1/edges/7/buses/a%20b", serial).code() == "bus.bad_name");
  CHECK(site.client.put("/api/v1/edges/7/buses/3", serial).code() == "bus.port_taken");
  CHECK(site.client.put("/api/v1/edges/7/buses/3", R"({"port":"collector://TU-001"})").code() == "bus.port_taken");
}

TEST_CASE("a meter is wired, shown beside what its box says, and taken out") {
  WiredSite site;
  CHECK(site.client.get(meter_one).code() == "meter.not_wired");
  CHECK(site.client.put(meter_one, in_room).status == 201);
  CHECK(site.place(5001) == PlaceSetting{"1", 12, "generic-relay-meter", {{{1010}, {101}}}, std::nullopt});
  CHECK(site.client.put(meter_one, in_room).status == 200);
  CHECK(site.client.del(bus_one).code() == "bus.in_use");
  const auto now = site.desk.now().wall;
  site.desk.wiring_reported[box_seven].buses = {{"1", {1}, WiringSource::stream, WiringState::applied, {}, now}};
  site.desk.wiring_reported[box_seven].meters = {
      {{5001}, "1", 11, {1, false, true}, WiringSource::file, WiringState::refused, WiringFault::address_taken, now, now},
      {{5009}, "1", 9, {}, WiringSource::file, WiringState::pending, {}, {}, now}};
  auto reply = site.client.get(meter_one);
  CHECK(reply.number("/desired/address") == 12);
  CHECK(reply.number("/reported/address") == 11);
  CHECK(reply.text("/reported/code") == "wiring.address_taken");
  CHECK(reply.text("/reported/state") == "refused");
  CHECK(reply.text("/reported/heard_at") != "(none)");
  reply = site.client.get("/api/v1/edges/7/meters");
  REQUIRE(reply.find("/items")->as_array().size() == 2);
  CHECK(reply.find("/items/1/reported/heard_at")->is_null());
  CHECK(site.client.del(meter_one).status == 201);
  CHECK_FALSE(site.place(5001));
  CHECK(site.client.get(meter_one).find("/taken_out")->as_bool());
  CHECK(site.client.del(bus_one).code() == "bus.in_use");  // the file's 5009 is there
  CHECK(site.client.del("/api/v1/edges/7/meters/5009").status == 201);
  CHECK(site.client.del(bus_one).status == 201);
  CHECK(site.client.del("/api/v1/edges/7/meters/4711").code() == "meter.not_wired");
}

TEST_CASE("a whole device has address 0 or 255 behind Modbus-TCP, where it is said") {
  WiredSite site;
  const std::string relay = "generic-relay-meter";
  CHECK(site.client.put("/api/v1/edges/7/buses/5", R"({"port":"modbus-tcp://gate:502"})").status == 201);
  CHECK(site.code_of("5003", body_of("5", "254", relay, R"([{"circuit":9010}])")) == "meter.bad_address");
  CHECK(site.code_of("5003", R"({"bus":"5","profile":"generic-relay-meter","circuits":[{"circuit":9010}]})") ==
        "meter.bad_address");
  for (const auto* address : {"0", "255"})
    CHECK(site.client.put("/api/v1/edges/7/meters/5003", body_of("5", address, relay, R"([{"circuit":9010}])")).status < 300);
  CHECK(site.place(5003)->address == 255);
}

TEST_CASE("wiring that makes no sense is refused, each with its code") {
  WiredSite site;
  CHECK(site.client.put(meter_one, in_room).status == 201);
  const std::string free = R"([{"circuit":9010}])";
  const std::string relay = "generic-relay-meter";
  CHECK(site.code_of("5003", body_of("1", "13", "no-such-model", free)) == "profile.unknown");
  CHECK(site.code_of("5003", body_of("1", "13", "acrel-adm130", free)) == "profile.refused");
  CHECK(site.code_of("5003", body_of("1", "248", relay, free)) == "meter.bad_address");
  CHECK(site.code_of("5003", body_of("1", "0", relay, free)) == "meter.bad_address");
  CHECK(site.code_of("0", body_of("1", "13", relay, free)) == "meter.bad_number");
  CHECK(site.code_of("5003", body_of("1", "12", relay, free)) == "meter.address_taken");
  CHECK(site.code_of("5003", body_of("1", "13", relay, R"([{"circuit":1010,"room":101}])")) == "circuit.taken");
  CHECK(site.code_of("5003", body_of("1", "13", relay, R"([{"circuit":9010},{"circuit":9011}])")) == "meter.bad_circuits");
  CHECK(site.code_of("5003", body_of("1", "13", "generic-three-circuits", R"([{"circuit":9010},{"circuit":9011,"room":5}])")) ==
        "meter.bad_circuits");
  site.fit("102", "7");
  CHECK(site.code_of("5003", body_of("1", "13", relay, R"([{"circuit":1020,"room":109}])")) == "circuit.taken");
  CHECK(site.code_of(
            "5003",
            R"({"bus":"1","address":13,"profile":"generic-relay-meter","circuits":[{"circuit":9010}],"password":"12"})") ==
        "meter.bad_password");
  site.desk.wiring_reported[box_seven].buses = {{"1", {1}, WiringSource::stream, WiringState::applied, {}, {}}};
  CHECK(site.code_of("5003", body_of("9", "13", relay, free)) == "bus.unknown");
  CHECK(site.client.put("/api/v1/edges/7/buses/5", R"({"port":"modbus-tcp://gate:502"})").status == 201);
  CHECK(site.code_of("5003", body_of("5", "0", "generic-dlt645-2007", free)) == "meter.other_protocol");
  site.desk.add_box(test::box_eight);
  CHECK(site.client.put("/api/v1/edges/8/meters/5001", body_of("1", "12", relay, free)).code() == "meter.elsewhere");
  CHECK(site.code_of("5003", R"({"bus":"1"})") == "http.bad_body");
}

TEST_CASE("no meter of DL/T 645 has twelve nines, which are all meters of the line") {
  WiredSite site;
  const auto wire = [&](const char* number, const char* profile) {
    const auto body = R"({"bus":"1","profile":")" + std::string(profile) + R"(","circuits":[{"circuit":9010}]})";
    return site.client.put("/api/v1/edges/7/meters/" + std::string(number), body);
  };
  const auto reply = wire("999999999999", "generic-dlt645-2007");
  CHECK(reply.code() == "meter.bad_number");
  CHECK(reply.text("/detail").find("all meters of the line") != std::string::npos);
  CHECK(wire("99999999999", "generic-cjt188-cold-water").code() == "meter.bad_number");
  CHECK(wire("999999999998", "generic-dlt645-2007-two-circuits").code() == "meter.bad_address");  // it answers at two
  CHECK(wire("999999999998", "generic-dlt645-2007").status == 201);
  const auto other = site.client.put("/api/v1/edges/7/meters/77", body_of("1", "5", "generic-cjt188-cold-water", "[]"));
  CHECK((other.code() == "meter.bad_address" && other.text("/title").ends_with("leave the address out")));
}

TEST_CASE("what the registry says of a main meter must agree, and its model is the profile that is left out") {
  WiredSite site;
  CHECK(site.client.put("/api/v1/buildings/1", R"({"name":"East"})").status == 201);
  CHECK(site.client.put("/api/v1/meters/70009010", R"({"building":1,"role":"main","circuit":9010,"model":"eastron-sdm630"})")
            .status == 201);
  const std::string path = "/api/v1/edges/7/meters/70009010";
  CHECK(site.client.put(path, R"({"bus":"1","address":9,"circuits":[{"circuit":9011}]})").code() == "meter.registry_differs");
  CHECK(site.client.put(path, R"({"bus":"1","address":9,"circuits":[{"circuit":9010,"room":101}]})").code() ==
        "meter.registry_differs");
  CHECK(site.code_of("5003", body_of("1", "13", "generic-relay-meter", R"([{"circuit":9010}])")) == "circuit.taken");
  CHECK(site.client.put(path, R"({"bus":"1","address":9,"circuits":[{"circuit":9010}]})").status == 201);
  CHECK(site.place(70009010)->profile == "eastron-sdm630");
}

TEST_CASE("a bus takes 128 meters, and no more") {
  WiredSite site;
  CHECK(site.client.put("/api/v1/edges/7/buses/5", R"({"port":"modbus-tcp://gate:502"})").status == 201);
  for (unsigned i = 1; i <= wired_meters_max + 1; ++i) {
    const auto circuit = R"([{"circuit":)" + std::to_string(20'000 + i) + "}]";
    const auto reply = site.client.put("/api/v1/edges/7/meters/" + std::to_string(70'000 + i),
                                       body_of("5", std::to_string(i), "generic-relay-meter", circuit));
    CHECK((i <= wired_meters_max ? reply.status == 201 : reply.code() == "bus.full"));
  }
}

TEST_CASE("a password goes sealed to its box, is told to nobody, and stays until another is set") {
  WiredSite site;
  const std::string path = "/api/v1/edges/7/meters/202311000161";
  const std::string base = R"({"bus":"1","profile":"generic-dlt645-2007","circuits":[{"circuit":2010,"room":201}])";
  CHECK(site.client.put(path, base + R"(,"password":"0200003a12345678"})").status == 201);
  const auto reply = site.client.get(path);
  CHECK(reply.text("/desired/password/set_at") != "(none)");
  CHECK(boost::json::serialize(reply.body).find("3a12345678") == std::string::npos);
  const auto held = site.place(202311000161);
  REQUIRE((held && held->password));
  CHECK(to_hex(encode(PlaceRegister{*held})).find("0200003a") == std::string::npos);
  const auto seal = *SodiumBox(test::seed_of(42)).seal_with(site.desk.own_sealing.key());
  Nonce nonce;
  const ByteView sealed(held->password->sealed);
  std::copy_n(sealed.begin(), nonce.bytes.size(), nonce.bytes.begin());
  Bytes plain(password_bytes);
  REQUIRE(seal->open(sealed.subspan(nonce.bytes.size()), nonce, plain.data()));
  CHECK(to_hex(plain) == "0200003a12345678");
  CHECK(site.client.put(path, base + "}").status == 200);  // left out: as it is
  CHECK(site.place(202311000161)->password == held->password);
  CHECK(site.client.put(path, base + R"(,"password":""})").status == 201);
  CHECK_FALSE(site.place(202311000161)->password);
  CHECK(site.client.get(path).find("/desired/password")->is_null());
  const auto operations = boost::json::serialize(site.client.get("/api/v1/operations").body);
  CHECK(operations.find("0200003a") == std::string::npos);
}

TEST_CASE("a change of meter whose new meter cannot have the place is refused, and gives no order") {
  WiredSite site;
  const auto* changes = "/api/v1/circuits/1010/meter-changes";
  const auto order = [&](const std::string& number) {
    return site.client.post(changes, R"({"last":0,"meter":)" + number + R"(,"first":7})").code();
  };
  const auto* asked_by_number = R"({"bus":"1","profile":"generic-dlt645-2007","circuits":[{"circuit":1010,"room":101}]})";
  CHECK(site.client.put(meter_one, asked_by_number).status == 201);
  site.desk.wiring_reported[box_seven].meters = {{{5009}, "1", 6003, {}, WiringSource::file, WiringState::applied, {}, {}, {}}};
  CHECK(order("6003") == "meter.address_taken");
  CHECK_FALSE(site.held("meter/1010", decode_meter));
  CHECK(site.place(5001)->address == 5001);
  CHECK(site.client.put(meter_one, body_of("1", "0", "generic-mbus-energy", R"([{"circuit":1010,"room":101}])")).status == 201);
  CHECK(order("100000000") == "meter.bad_number");  // an M-Bus meter has eight digits
  CHECK_FALSE(site.held("meter/1010", decode_meter));
  CHECK(site.client.put(meter_one, in_room).status == 201);
  CHECK(order("300000") == "(none)");  // at an address of its own
  CHECK(site.place(300000)->address == 12);
}

TEST_CASE("a bus with meters does not become one that speaks another protocol") {
  WiredSite site;
  CHECK(site.client.put(meter_one, body_of("1", "0", "generic-dlt645-2007", R"([{"circuit":1010,"room":101}])")).status == 201);
  CHECK(site.client.put(bus_one, R"({"port":"modbus-tcp://gate:502"})").code() == "meter.other_protocol");
  CHECK(site.client.put(bus_one, R"({"port":"modbus-collector://gate-17"})").code() == "meter.other_protocol");
  CHECK(site.client.put(bus_one, R"({"port":"tcp://moxa:4001"})").status == 201);
  CHECK(site.client.put(meter_one, in_room).status == 201);
  CHECK(site.client.put(bus_one, R"({"port":"modbus-tcp://gate:502"})").status == 201);
}

TEST_CASE("a box has 64 buses and 1,024 meters, and no more; one that is taken out gives its place free") {
  WiredSite site;
  const auto bus = [&](unsigned i) {
    return site.client.put("/api/v1/edges/7/buses/b" + std::to_string(i),
                           R"({"port":"modbus-tcp://gate:)" + std::to_string(5000 + i) + "\"}");
  };
  for (unsigned i = 2; i <= box_buses_max; ++i) CHECK(bus(i).status == 201);
  CHECK(bus(100).code() == "edge.full");
  CHECK(site.client.put(bus_one, R"({"port":"/dev/ttyUSB1"})").status == 201);  // not another one
  CHECK(site.client.del(bus_one).status == 201);
  CHECK(bus(100).status == 201);
  CHECK(site.client.get("/api/v1/edges/7/buses").find("/items")->as_array().size() == box_buses_max);
  const auto meter = [&](unsigned i) {
    return site.client.put("/api/v1/edges/7/meters/" + std::to_string(70'000 + i),
                           body_of("b" + std::to_string(2 + i / 128), std::to_string(1 + i % 128), "generic-relay-meter",
                                   R"([{"circuit":)" + std::to_string(20'000 + i) + "}]"));
  };
  unsigned set = 0;
  for (unsigned i = 0; i < box_meters_max; ++i) set += meter(i).status == 201 ? 1U : 0U;
  CHECK(set == box_meters_max);
  CHECK(meter(box_meters_max).code() == "edge.full");
  CHECK(meter(5).status == 200);
  CHECK(site.client.get("/api/v1/edges/7/meters").find("/items")->as_array().size() == box_meters_max);
}

TEST_CASE("what the box's file has beside the registers counts too") {
  WiredSite site;
  const auto bus = [&](unsigned i) {
    return site.client.put("/api/v1/edges/7/buses/b" + std::to_string(i),
                           R"({"port":"modbus-tcp://gate:)" + std::to_string(5000 + i) + "\"}");
  };
  for (unsigned i = 3; i <= box_buses_max; ++i) CHECK(bus(i).status == 201);
  site.desk.wiring_reported[box_seven].buses = {{"of file", {}, WiringSource::file, WiringState::applied, {}, {}},
                                                {"b3", {}, WiringSource::file, WiringState::applied, {}, {}}};
  CHECK(bus(100).code() == "edge.full");
  CHECK(bus(3).status == 200);
  site.desk.wiring_reported[box_seven].buses.clear();
  CHECK(bus(100).status == 201);
}

TEST_CASE("what is wrong with a line, and with a meter, is shown with the remedy, a code and a time") {
  WiredSite site;
  CHECK(site.client.put(meter_one, in_room).status == 201);
  const auto now = site.desk.now().wall;
  site.desk.wiring_reported[box_seven].buses = {
      {"1",
       {1},
       WiringSource::stream,
       WiringState::refused,
       WiringFault::no_collectors,
       now,
       LineFaultsTold{{LineFault::silent, 3, seconds(90), true}, {LineFault::foreign_master, 1, hours(2), false}}},
      {"2", {1}, WiringSource::stream, WiringState::applied, {}, now}};
  MeterHealth health;
  health.foreign = health.register_stuck = true;
  health.answers_as = {999};
  health.torn = 4;
  health.failure = MeterFailure{2, seconds(60)};
  site.desk.wiring_reported[box_seven].meters = {
      {{5001}, "1", 11, {1}, WiringSource::stream, WiringState::applied, {}, now, now, health},
      {{5002}, "1", 12, {1}, WiringSource::stream, WiringState::applied, {}, now, now, MeterHealth{}},
      {{5003}, "1", 13, {1}, WiringSource::stream, WiringState::applied, {}, now, now}};
  auto reply = site.client.get("/api/v1/edges/7/buses");
  CHECK(reply.text("/items/0/reported/code") == "wiring.no_collectors");
  CHECK(reply.text("/items/0/reported/remedy/en").find("[collectors]") != std::string::npos);
  CHECK(reply.text("/items/0/reported/remedy/zh-CN").find("[collectors]") != std::string::npos);
  CHECK(reply.text("/items/0/reported/faults/0/code") == "silent");
  CHECK(reply.number("/items/0/reported/faults/0/count") == 3);
  CHECK(reply.text("/items/0/reported/faults/0/last_at") == time_text(now - seconds(90)));
  CHECK(reply.find("/items/0/reported/faults/0/goes_on")->as_bool());
  CHECK(reply.text("/items/0/reported/faults/1/code") == "foreign_master");
  CHECK(reply.find("/items/1/reported/faults")->is_null());  // an older box
  CHECK(reply.find("/items/1/reported/remedy") == nullptr);
  reply = site.client.get("/api/v1/edges/7/meters");
  CHECK(reply.find("/items/0/reported/health/foreign")->as_bool());
  CHECK(reply.number("/items/0/reported/health/answers_as") == 999);
  CHECK(reply.find("/items/0/reported/health/register_stuck")->as_bool());
  CHECK_FALSE(reply.find("/items/0/reported/health/flows_open")->as_bool());
  CHECK(reply.number("/items/0/reported/health/torn") == 4);
  CHECK(reply.text("/items/0/reported/health/failure/code") == "meter.checksum");
  CHECK(reply.text("/items/0/reported/health/failure/at") == time_text(now - seconds(60)));
  CHECK(reply.find("/items/1/reported/health/failure")->is_null());
  CHECK(reply.find("/items/1/reported/health/answers_as")->is_null());
  CHECK(reply.find("/items/2/reported/health")->is_null());
}

TEST_CASE("each fault of the wiring has a remedy in both languages") {
  for (int fault = 1; fault <= static_cast<int>(wiring_fault_last); ++fault) {
    INFO(word(static_cast<WiringFault>(fault)));
    CHECK(remedy_of(static_cast<WiringFault>(fault)).en.size() > 10);
    CHECK(remedy_of(static_cast<WiringFault>(fault)).zh.size() > 10);
  }
}

TEST_CASE("an order for another meter that is corrected before its box has it leaves the wiring on the corrected number") {
  WiredSite site;
  const auto* path = "/api/v1/circuits/1010/meter-changes";
  const std::string body =
      R"({"bus":"1","address":5001,"profile":"generic-dlt645-2007","circuits":[{"circuit":1010,"room":101}],"password":"02000000"})";
  REQUIRE(site.client.put("/api/v1/edges/7/meters/5001", body).status == 201);
  auto wanted = *site.place(5001);
  site.desk.cut(box_seven);
  CHECK(site.client.post(path, R"({"last":0,"meter":6001,"first":7})").status == 201);
  CHECK(site.client.post(path, R"({"last":0,"meter":6010,"first":7})").status == 201);
  site.desk.heal(box_seven);
  CHECK(site.held("meter/1010", decode_meter) == MeterOrder{{5001}, {0}, {6010}, {7}});
  wanted.address = 6010;
  CHECK_FALSE(site.place(5001));
  CHECK_FALSE(site.place(6001));
  CHECK(site.place(6010) == wanted);
}

TEST_CASE("a meter that is wired for something else does not become a circuit's by order") {
  WiredSite site;
  const auto wire = [&](const std::string& number, const std::string& circuits) {
    return site.client.put("/api/v1/edges/7/meters/" + number, body_of("1", number, "generic-dlt645-2007", circuits)).status;
  };
  REQUIRE(wire("5001", R"([{"circuit":1010,"room":101}])") == 201);
  REQUIRE(wire("9001", R"([{"circuit":90010}])") == 201);
  CHECK(site.client.post("/api/v1/circuits/1010/meter-changes", R"({"last":0,"meter":9001,"first":7})").code() ==
        "circuit.taken");
  CHECK(site.place(5001));
  CHECK(site.place(9001));
}

TEST_CASE("of two orders for another meter at once one holds, and the other hands nothing on") {
  WiredSite site;
  const auto* path = "/api/v1/circuits/1010/meter-changes";
  REQUIRE(
      site.client
          .put("/api/v1/edges/7/meters/5001", body_of("1", "5001", "generic-dlt645-2007", R"([{"circuit":1010,"room":101}])"))
          .status == 201);
  // What another caller gave is durable first, and has the higher number.
  site.desk.before_next_order = [&] {
    Uid id;
    id.bytes.fill(0xff);
    const MeterOrder other{{5001}, {0}, {6010}, {7}};
    site.desk.give(cloud::Ordered{cloud::ConfigOrder{id, {7}, "meter/1010", encode(other), 2}}, [](auto) {});
  };
  CHECK(site.client.post(path, R"({"last":0,"meter":6001,"first":7})").code() == "setting.changed");
  CHECK(site.place(5001));
  CHECK_FALSE(site.place(6001));
}

TEST_CASE("another meter by order has the place of the one before it, and asking again mends what was left half done") {
  WiredSite site;
  CHECK(
      site.client
          .put(
              "/api/v1/edges/7/meters/5001",
              R"({"bus":"1","address":5001,"profile":"generic-dlt645-2007","circuits":[{"circuit":1010,"room":101}],"password":"02000000"})")
          .status == 201);
  const auto before = site.place(5001);
  const auto* order = R"({"last":0,"meter":6001,"first":7})";
  CHECK(site.client.post("/api/v1/circuits/1010/meter-changes", order).status == 201);
  CHECK_FALSE(site.place(5001));
  auto wanted = *before;
  wanted.address = 6001;  // by which it is asked
  CHECK(site.place(6001) == wanted);
  CHECK(site.client.post("/api/v1/circuits/1010/meter-changes", order).status == 200);
  CHECK(site.place(6001) == wanted);
  // As if the process had ended between the two.
  CHECK(site.client.del("/api/v1/edges/7/meters/6001").status == 201);
  CHECK(site.client
            .put("/api/v1/edges/7/meters/5001", body_of("1", "5001", "generic-dlt645-2007", R"([{"circuit":1010,"room":101}])"))
            .status == 201);
  CHECK(site.client.post("/api/v1/circuits/1010/meter-changes", order).status == 200);
  CHECK_FALSE(site.place(5001));
  CHECK(site.place(6001)->address == 6001);
}

}  // namespace wattle::api
