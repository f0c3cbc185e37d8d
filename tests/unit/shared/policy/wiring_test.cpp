#include "shared/policy/wiring.hpp"

#include <algorithm>

#include "shared/policy/registers.hpp"
#include "tests/support/vectors.hpp"

namespace wattle {
namespace {

/// Every prefix, and one byte more, is none.
template <class Decode>
void is_whole(const Bytes& bytes, Decode decode) {
  CHECK(decode(bytes).has_value());
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode(ByteView(bytes).first(size)).has_value());
  auto more = bytes;
  more.push_back(0);
  CHECK_FALSE(decode(more).has_value());
}

PlaceSetting with_password() {
  return {"far",
          202311000161,
          "generic-dlt645-2007",
          {{{2010}, {201}}, {{2011}, {202}}},
          SealedPassword{Bytes(sealed_password_bytes, 0xa5), {1'772'323'200'000'000}}};
}

namespace json = boost::json;

std::string text_of(const json::value& v) { return std::string(v.as_string()); }
std::string raw_of(const json::value& hex) {
  const auto bytes = from_hex(text_of(hex));
  return {bytes.begin(), bytes.end()};
}

BusRegister bus_of(const json::value& value) {
  if (value.is_null()) return TakenOut{};
  const auto& v = value.as_object();
  const std::vector<std::string> kinds = {"", "serial", "tcp", "modbus-tcp", "collector", "modbus-collector"};
  BusSetting bus;
  bus.kind = static_cast<PortKind>(std::find(kinds.begin(), kinds.end(), text_of(v.at("kind"))) - kinds.begin());
  bus.port = text_of(v.at("port"));
  bus.heartbeat = raw_of(v.at("heartbeat"));
  bus.latency_ms = v.at("latency_ms").to_number<std::uint32_t>();
  if (const auto baud = v.at("baud").to_number<std::uint32_t>(); baud != 0)
    bus.line = LineFormat{baud, text_of(v.at("parity")) == "even" ? Parity::even : Parity::none,
                          v.at("stop_bits").to_number<std::uint8_t>()};
  if (const auto* turns = v.if_contains("rs485"))
    bus.rs485 = Rs485{turns->at("high").as_bool(), turns->at("before_ms").to_number<std::uint32_t>(),
                      turns->at("after_ms").to_number<std::uint32_t>()};
  return bus;
}

PlaceRegister place_of(const json::value& value) {
  if (value.is_null()) return TakenOut{};
  const auto& v = value.as_object();
  PlaceSetting place;
  place.bus = text_of(v.at("bus"));
  place.address = v.at("address").to_number<std::uint64_t>();
  place.profile = text_of(v.at("profile"));
  for (const auto& pair : v.at("circuits").as_array())
    place.circuits.push_back(
        {{pair.as_array()[0].to_number<std::uint32_t>()}, {pair.as_array()[1].to_number<std::uint32_t>()}});
  if (const auto sealed = from_hex(text_of(v.at("sealed"))); !sealed.empty())
    place.password = SealedPassword{sealed, {v.at("set").to_number<std::int64_t>()}};
  return place;
}

bool is_place(const PlaceSetting& place) { return decode_place(encode(PlaceRegister{place})).has_value(); }
bool is_bus(const BusSetting& bus) { return decode_bus(encode(BusRegister{bus})).has_value(); }

}  // namespace

TEST_CASE("buses and places have the bytes of api-spec/control.md, and are read whole or not at all") {
  const BusSetting serial{PortKind::serial, "/dev/ttyUSB1", {}, LineFormat{2400, Parity::even, 1}, 0};
  CHECK(to_hex(encode(BusRegister{serial})) == "0101010c2f6465762f7474795553423100e012010100");
  const BusSetting collector{PortKind::collector, "DTU-0017", "\xfe\r\n", std::nullopt, 2000};
  CHECK(to_hex(encode(BusRegister{collector})) == "010104084454552d3030313703fe0d0a00d00f");
  const PlaceSetting plain{"1", 12, "generic-relay-meter", {{{1010}, {101}}}, std::nullopt};
  CHECK(to_hex(encode(PlaceRegister{plain})) ==
        "01010131"
        "0c"
        "1367656e657269632d72656c61792d6d65746572"
        "01f20765"
        "00");
  for (const auto& bus : {serial, collector}) {
    is_whole(encode(BusRegister{bus}), decode_bus);
    CHECK(decode_bus(encode(BusRegister{bus})) == BusRegister{bus});
  }
  for (const auto& place : {plain, with_password()}) {
    is_whole(encode(PlaceRegister{place}), decode_place);
    CHECK(decode_place(encode(PlaceRegister{place})) == PlaceRegister{place});
  }
  CHECK(to_hex(encode(BusRegister{TakenOut{}})) == "0100");
  CHECK(decode_bus(from_hex("0100")) == BusRegister{TakenOut{}});
  CHECK(decode_place(from_hex("0100")) == PlaceRegister{TakenOut{}});
  CHECK_FALSE(decode_place(from_hex("0200")));
  CHECK_FALSE(decode_bus(from_hex("0102")));
}

TEST_CASE("buses and places are as the golden vectors have them") {
  const auto all = vectors("wiring.json");
  CHECK(all.at("buses").as_array().size() >= 5);
  CHECK(all.at("places").as_array().size() >= 5);
  for (const auto& item : all.at("buses").as_array()) {
    INFO(item.at("key"));
    const auto bytes = from_hex(text_of(item.at("bytes")));
    CHECK(decode_bus(bytes) == bus_of(item.at("value")));
    CHECK(encode(bus_of(item.at("value"))) == bytes);
    CHECK(is_valid_register(text_of(item.at("key")), bytes));
  }
  for (const auto& item : all.at("places").as_array()) {
    INFO(item.at("key"));
    const auto bytes = from_hex(text_of(item.at("bytes")));
    CHECK(decode_place(bytes) == place_of(item.at("value")));
    CHECK(encode(place_of(item.at("value"))) == bytes);
    CHECK(is_valid_register(text_of(item.at("key")), bytes));
  }
  for (const auto& bad : all.at("bad_buses").as_array()) CHECK_FALSE(decode_bus(from_hex(text_of(bad))));
  for (const auto& bad : all.at("bad_places").as_array()) CHECK_FALSE(decode_place(from_hex(text_of(bad))));
}

TEST_CASE("a bus that nobody can open is none") {
  CHECK(is_bus({PortKind::tcp, "moxa.local:4001"}));
  CHECK_FALSE(is_bus({PortKind::tcp, "moxa.local"}));
  CHECK_FALSE(is_bus({PortKind::serial, "/etc/passwd"}));
  CHECK_FALSE(is_bus({PortKind::serial, "/dev/../etc/passwd"}));
  CHECK_FALSE(is_bus({PortKind::serial, "/dev/ttyUSB0", "beat"}));
  CHECK_FALSE(is_bus({PortKind::collector, "DTU"}));
  CHECK_FALSE(is_bus({PortKind::collector, "DTU-1", "x"}));
  CHECK_FALSE(is_bus({PortKind::serial, "/dev/ttyUSB0", {}, LineFormat{200, Parity::even, 1}}));
  CHECK_FALSE(is_bus({PortKind::serial, "/dev/ttyUSB0", {}, LineFormat{9600, Parity::even, 3}}));
  CHECK_FALSE(is_bus({PortKind::serial, "/dev/ttyUSB0", {}, std::nullopt, bus_latency_max + 1}));
  CHECK_FALSE(is_bus({static_cast<PortKind>(6), "/dev/ttyUSB0"}));
  const auto turned = [](PortKind kind, const char* port, const Rs485& rs485) {
    return is_bus({kind, port, {}, std::nullopt, 0, rs485});
  };
  CHECK(turned(PortKind::serial, "/dev/ttyS2", {true, 0, rs485_delay_max_ms}));
  CHECK_FALSE(turned(PortKind::serial, "/dev/ttyS2", {true, 0, rs485_delay_max_ms + 1}));
  CHECK_FALSE(turned(PortKind::serial, "/dev/ttyS2", {true, rs485_delay_max_ms + 1, 0}));
  CHECK_FALSE(turned(PortKind::tcp, "moxa.local:4001", {}));
}

TEST_CASE("a place that makes no sense is none") {
  const PlaceSetting right{"1", 12, "generic-relay-meter", {{{1010}, {101}}}, std::nullopt};
  CHECK(is_place(right));
  const auto but = [&](auto change) {
    auto place = right;
    change(place);
    return is_place(place);
  };
  CHECK_FALSE(but([](auto& p) { p.bus = "a b"; }));
  CHECK(but([](auto& p) { p.address = 0; }));
  CHECK_FALSE(but([](auto& p) { p.address = wired_number_max + 1; }));
  CHECK_FALSE(but([](auto& p) { p.profile = "../own"; }));
  CHECK_FALSE(but([](auto& p) { p.circuits.clear(); }));
  CHECK_FALSE(but([](auto& p) { p.circuits.push_back(p.circuits.front()); }));
  CHECK_FALSE(but([](auto& p) { p.circuits.push_back({{1011}, {0}}); }));
  CHECK_FALSE(but([](auto& p) { p.circuits = {{{0}, {1}}}; }));
  CHECK_FALSE(but([](auto& p) { p.password = SealedPassword{Bytes(8), {}}; }));
}

TEST_CASE("keys of what is wired name slot and name, or number, in one way") {
  CHECK(parse_bus_key(bus_key({7}, "east-1")) == BusKey{{7}, "east-1"});
  CHECK(parse_place_key(place_key({7}, {70001010})) == PlaceKey{{7}, {70001010}});
  for (const auto* bad :
       {"bus/", "bus/7", "bus/7/", "bus/07/1", "bus/0/1", "bus/7/a b", "bus/7/12345678901234567", "bus/7/a/b"}) {
    INFO(bad);
    CHECK_FALSE(parse_bus_key(bad));
    CHECK_FALSE(is_valid_register(bad, encode(BusRegister{TakenOut{}})));
  }
  for (const auto* bad :
       {"place/7/0", "place/7/01", "place/7/x", "place/7/1000000000000", "place/7/-1", "place/4294967296/1"}) {
    INFO(bad);
    CHECK_FALSE(parse_place_key(bad));
    CHECK_FALSE(is_valid_register(bad, encode(PlaceRegister{TakenOut{}})));
  }
  CHECK(is_valid_register("place/7/5001", encode(PlaceRegister{with_password()})));
  CHECK_FALSE(is_valid_register("bus/7/1", encode(PlaceRegister{with_password()})));
  CHECK_FALSE(circuit_of_register("bus/7/1"));
  CHECK_FALSE(circuit_of_register("place/7/5001"));
}

TEST_CASE("the longest key fits the cloud's order") {
  CHECK(bus_key({UINT32_MAX}, std::string(bus_name_max, 'b')).size() <= 32);
  CHECK(place_key({UINT32_MAX}, {wired_number_max}).size() <= 32);
}

}  // namespace wattle
