#include "edge/tools/scan.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <functional>

#include "edge/tools/scan_report.hpp"
#include "shared/meter/modbus_tcp.hpp"

using namespace wattle;
using namespace wattle::edge;

namespace {

constexpr LineFormat slow{2400, Parity::even, 1};
constexpr LineFormat fast{9600, Parity::none, 1};

/// Bytes of two that speak at once.
Bytes over(const Bytes& a, const Bytes& b) {
  if (a.empty()) return b;
  Bytes out = a.size() > b.size() ? a : b;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) out[i] = a[i] & b[i];
  return out;
}

/// A bus of meters at one rate; others hear nothing.
struct Bench {
  LineFormat line = slow;
  std::vector<std::function<Bytes(const ScanQuestion&)>> meters;
  std::size_t asked = 0;
  Duration spent;

  Bytes answer(const ScanQuestion& question) {
    ++asked;
    spent.micros += question.timeout.micros;
    Bytes heard;
    if (question.line != line) return heard;
    for (auto& meter : meters) {
      const auto said = meter(question);
      if (!said.empty()) heard = over(heard, said);
    }
    return heard;
  }
  std::vector<FoundMeter> run(ScanSettings settings) {
    Scan scan(std::move(settings));
    std::vector<FoundMeter> all;
    while (const auto question = scan.next()) {
      scan.answered(answer(*question), milliseconds(60));
      for (auto& meter : scan.take_found()) all.push_back(std::move(meter));
      REQUIRE(asked < 20'000);
    }
    CHECK(scan.progress().remains == Duration{});
    return all;
  }
  void add_dlt645(dlt645::Edition edition, std::uint64_t number, bool tells_address = true) {
    meters.push_back([=, image = dlt645::MeterImage{}](const ScanQuestion& question) mutable -> Bytes {
      const auto* ask = std::get_if<dlt645::Request>(&question.exchange.ask);
      const auto own = dlt645::address_of(number).value();
      if (ask == nullptr || ask->edition != edition || !matches(ask->address, own)) return {};
      if (ask->command == dlt645::Command::read_address)
        return tells_address ? dlt645::encode_answer(*ask, own, own.bytes, false, 0) : Bytes{};
      if (ask->di != dlt645::di::forward_energy && ask->di != dlt645::di_1997::forward_energy)
        return dlt645::encode_refusal(*ask, own, 0x02, 0);
      return dlt645::encode_answer(*ask, own, from_hex("26010000"), false, 0);
    });
  }
  void add_water(std::uint64_t number, cjt188::DiOrder order = cjt188::DiOrder::high_first) {
    meters.push_back([=](const ScanQuestion& question) -> Bytes {
      const auto* ask = std::get_if<cjt188::Request>(&question.exchange.ask);
      const auto own = cjt188::address_of({}, number);
      if (ask == nullptr || ask->order != order || !matches(ask->address, own)) return {};
      const Measured total{static_cast<std::int64_t>(number), -2, Unit::cubic_metre};
      return cjt188::encode_answer(*ask, cjt188::cold_water, own, cjt188::encode_current({total, {}, {}, 0}), 0);
    });
  }
  void add_mbus(std::uint8_t primary, const std::string& id) {
    mbus::MeterImage image;
    image.primary = primary;
    image.header.own = mbus::parse_secondary(id).value();
    image.header.own.manufacturer = 0x1ce6;
    image.header.own.version = 1;
    image.header.own.medium = 7;
    image.telegrams = {from_hex("0c1369020000")};
    meters.push_back([image](const ScanQuestion& question) mutable -> Bytes {
      const auto* ask = std::get_if<mbus::Request>(&question.exchange.ask);
      if (ask == nullptr) return {};
      const auto sent = mbus::find_frame(mbus::encode_request(*ask), Wire::quiet);
      return mbus::answer(std::get<mbus::Found>(sent).frame, image);
    });
  }
  void add_modbus(std::uint8_t unit, const std::string& pdu) {
    meters.push_back([=](const ScanQuestion& question) -> Bytes {
      const auto* ask = std::get_if<ModbusAsk>(&question.exchange.ask);
      if (ask == nullptr || ask->unit != unit) return {};
      if (question.carriage.modbus_tcp) return modbus_tcp::frame(question.carriage.transaction, unit, from_hex(pdu));
      return modbus_rtu::frame(unit, from_hex(pdu));
    });
  }
};

ScanSettings all_of(std::vector<Protocol> protocols) {
  ScanSettings settings;
  settings.formats = {fast, slow};
  settings.protocols = std::move(protocols);
  return settings;
}

std::vector<std::string> addresses(const std::vector<FoundMeter>& found) {
  std::vector<std::string> out;
  for (const auto& meter : found) out.push_back(meter.address);
  std::sort(out.begin(), out.end());
  return out;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an empty line is asked to the end, and nobody is found") {
  Bench bench;
  CHECK(
      bench.run(all_of({Protocol::dlt645_2007, Protocol::dlt645_1997, Protocol::cjt188, Protocol::mbus, Protocol::modbus_rtu}))
          .empty());
  CHECK(bench.asked > 2 * 247);
}

TEST_CASE("a meter of DL/T 645 that is alone is found at its rate, with what it tells") {
  for (const bool tells_address : {true, false}) {
    Bench bench;
    bench.add_dlt645(dlt645::Edition::v2007, 161, tells_address);
    const auto found = bench.run(all_of({Protocol::dlt645_1997, Protocol::dlt645_2007}));
    REQUIRE(found.size() == 1);
    CHECK(found[0].protocol == Protocol::dlt645_2007);
    CHECK(found[0].line == slow);
    CHECK(found[0].address == "000000000161");
    CHECK_FALSE(found[0].is_garbled);
    CHECK(bench.asked < 20);
  }
}

TEST_CASE("meters of DL/T 645 that answer at once are told apart pair by pair") {
  for (const auto edition : {dlt645::Edition::v2007, dlt645::Edition::v1997}) {
    Bench bench;
    for (const auto number : {4711u, 4712u, 994711u, 4811u}) bench.add_dlt645(edition, number);
    const auto protocol = edition == dlt645::Edition::v2007 ? Protocol::dlt645_2007 : Protocol::dlt645_1997;
    CHECK(addresses(bench.run(all_of({protocol}))) == Texts{"000000004711", "000000004712", "000000004811", "000000994711"});
    CHECK(bench.spent < minutes(2));  // those that are silent are not waited for longer than the others took
  }
}

TEST_CASE("two meters with one number are told as several") {
  Bench bench;
  bench.add_dlt645(dlt645::Edition::v2007, 7);
  bench.meters.push_back([](const ScanQuestion& question) -> Bytes {
    const auto* ask = std::get_if<dlt645::Request>(&question.exchange.ask);
    const auto own = dlt645::address_of(7).value();
    if (ask == nullptr || !matches(ask->address, own) || ask->command != dlt645::Command::read) return {};
    return dlt645::encode_answer(*ask, own, from_hex("99880700"), false, 0);
  });
  const auto found = bench.run(all_of({Protocol::dlt645_2007}));
  const auto several = std::find_if(found.begin(), found.end(), [](const FoundMeter& m) { return m.is_garbled; });
  REQUIRE(several != found.end());
  CHECK(several->address == "000000000007");
}

TEST_CASE("water meters: alone, several, and with the other order of the identifier") {
  Bench bench;
  bench.add_water(120);
  bench.add_water(345);
  bench.add_water(70'045, cjt188::DiOrder::low_first);
  const auto found = bench.run(all_of({Protocol::cjt188}));
  CHECK(addresses(found) == Texts{"00000000000120", "00000000000345", "00000000070045"});
}

TEST_CASE("M-Bus: by primary address, and by number where two share one") {
  Bench bench;
  bench.add_mbus(3, "00000012");
  bench.add_mbus(5, "12345678");
  bench.add_mbus(5, "87654321");
  const auto found = bench.run(all_of({Protocol::mbus}));
  const auto at = addresses(found);
  for (const auto* address : {"3", "12345678", "87654321"}) CHECK(std::find(at.begin(), at.end(), address) != at.end());
  const auto shared = std::find_if(found.begin(), found.end(), [](const FoundMeter& m) { return m.address == "5"; });
  REQUIRE(shared != found.end());
  CHECK(shared->is_garbled);
}

TEST_CASE("answers that add up to one of a meter that there is not are found out") {
  Bench bench;
  for (const auto* id : {"00004711", "00004712", "00004713"}) bench.add_mbus(0, id);  // 4711 and 4712 together look like 4710
  auto settings = all_of({Protocol::mbus});
  settings.addresses = AddressRange{1, 1};
  CHECK(addresses(bench.run(settings)) == Texts{"00004711", "00004712", "00004713"});

  Bench electricity;
  for (const auto number : {11u, 12u}) electricity.add_dlt645(dlt645::Edition::v2007, number);
  CHECK(addresses(electricity.run(all_of({Protocol::dlt645_2007}))) == Texts{"000000000011", "000000000012"});
}

TEST_CASE("Modbus: registers and exceptions are both somebody; a gateway's silent target is nobody") {
  Bench bench;
  bench.line = fast;
  bench.add_modbus(1, "03020017");
  bench.add_modbus(247, "8302");
  CHECK(addresses(bench.run(all_of({Protocol::modbus_rtu}))) == Texts{"1", "247"});

  Bench gateway;
  gateway.line = fast;
  gateway.add_modbus(9, "03020017");
  gateway.add_modbus(10, "830b");
  gateway.add_modbus(11, "8301");
  CHECK(addresses(gateway.run(all_of({Protocol::modbus_tcp}))) == Texts{"11", "9"});
}

TEST_CASE("two units at one address are told as several") {
  Bench bench;
  bench.add_modbus(7, "03020017");
  bench.add_modbus(7, "0302ff48");
  const auto found = bench.run(all_of({Protocol::modbus_rtu}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].is_garbled);
}

TEST_CASE("a range asks for these addresses alone, also where there is a wildcard") {
  Bench bench;
  for (const auto unit : {std::uint8_t{4}, std::uint8_t{5}, std::uint8_t{9}}) bench.add_modbus(unit, "03020017");
  bench.add_dlt645(dlt645::Edition::v2007, 5);
  bench.add_dlt645(dlt645::Edition::v2007, 9);
  auto settings = all_of({Protocol::modbus_rtu, Protocol::dlt645_2007});
  settings.addresses = AddressRange{5, 8};
  CHECK(addresses(bench.run(settings)) == Texts{"000000000005", "5"});
  CHECK(bench.asked == 2 * 2 * 4);
}

TEST_CASE("quick leaves the other rates once somebody is found") {
  Bench bench;
  bench.line = fast;
  bench.add_modbus(3, "03020017");
  auto settings = all_of({Protocol::modbus_rtu});
  settings.quick = true;
  CHECK(addresses(bench.run(settings)) == Texts{"3"});
  CHECK(bench.asked == 32);
}

TEST_CASE("of a found meter the profiles are named by which it can be read whole") {
  Bench bench;
  bench.line = fast;
  const auto relay_meter = std::make_shared<const MeterProfile>(generic_relay_meter());
  auto other = generic_relay_meter();
  other.model = "other";
  auto& other_model = std::get<ModbusModel>(other.protocol);
  other_model.blocks.push_back({modbus::Function::read_input, 0x500, 2});
  other_model.voltage = Point{modbus::Function::read_input, 0x500, Encoding::f32, {}, {}};
  Reading reading{MeterId{4711}, 220'000, {}, {{}}};
  reading.circuits[0] = {Quantity{12}, Power{30}, 140, {}, true};
  bench.meters.push_back([=](const ScanQuestion& question) -> Bytes {
    const auto* ask = std::get_if<ModbusAsk>(&question.exchange.ask);
    if (ask == nullptr || ask->unit != 7) return {};
    auto image = modbus::encode_reading(std::get<ModbusModel>(relay_meter->protocol), reading, 0).value();
    return modbus_rtu::frame(7, modbus::answer(modbus::encode_request(ask->request), image));
  });
  auto settings = all_of({Protocol::modbus_rtu});
  settings.profiles = {relay_meter, std::make_shared<const MeterProfile>(other)};
  const auto found = bench.run(settings);
  REQUIRE(found.size() == 1);
  CHECK(found[0].profiles == Texts{"generic-relay-meter"});
  const auto shown = boost::json::parse(to_json(found[0], true)).as_object();
  CHECK(shown.at("protocol") == "modbus-rtu");
  CHECK(shown.at("baud") == 9600);
  CHECK(shown.at("parity") == "none");
  CHECK(shown.at("address") == "7");
  CHECK(shown.at("profiles").as_array().size() == 1);
  CHECK_FALSE(boost::json::parse(to_json(found[0], false)).as_object().contains("baud"));
}

TEST_CASE("what remains is told, and shrinks") {
  Scan scan(all_of({Protocol::modbus_rtu}));
  const auto before = scan.progress();
  CHECK(before.remains > seconds(60));
  CHECK(to_text(before, true).find("9600 8N1 modbus-rtu, 0 asked, at most ") == 0);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(scan.next());
    scan.answered({}, {});
  }
  CHECK(scan.progress().remains < before.remains);
  CHECK(scan.progress().asked == 100);
}

TEST_CASE("rates: the usual ones, or those that are named") {
  CHECK(scan_formats({Protocol::dlt645_2007}, {}, false).size() == 8);
  CHECK(scan_formats({Protocol::mbus}, {}, false).back() == LineFormat{300, Parity::even, 1});
  CHECK(scan_formats({Protocol::dlt645_2007}, {}, true).size() == 3);
  CHECK(scan_formats({Protocol::dlt645_2007}, {4800}, false) ==
        std::vector<LineFormat>{{4800, Parity::even, 1}, {4800, Parity::none, 1}});
}
