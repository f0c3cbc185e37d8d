#include "edge/tools/scan.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <functional>

#include "edge/tools/scan_report.hpp"
#include "edge/tools/water_address.hpp"
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
  bool apart = false;           // they do not speak at once
  bool counts_accesses = true;  // meters of M-Bus do, in the byte of their header

  Bytes answer(const ScanQuestion& question) {
    ++asked;
    spent.micros += question.timeout.micros;
    Bytes heard;
    if (question.line != line) return heard;
    for (auto& meter : meters) {
      const auto said = meter(question);
      if (apart)
        heard.insert(heard.end(), said.begin(), said.end());
      else if (!said.empty())
        heard = over(heard, said);
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
      const auto sent = numbered(question.exchange, question.carriage);
      const auto* ask = std::get_if<cjt188::Request>(&sent.ask);
      const auto own = cjt188::address_of({}, number);
      if (ask == nullptr || ask->order != order || !matches(ask->address, own)) return {};
      const Measured total{static_cast<std::int64_t>(number), -2, Unit::cubic_metre};
      return cjt188::encode_answer(*ask, cjt188::cold_water, own, cjt188::encode_current({total, {}, {}, 0}), 0);
    });
  }
  /// Takes its own type and order of the identifier alone; `address` as it stands on the plate, with the maker's code.
  void add_strict_water(const std::string& address, std::uint8_t type, cjt188::DiOrder order) {
    meters.push_back([=](const ScanQuestion& question) -> Bytes {
      const auto sent = numbered(question.exchange, question.carriage);
      const auto* ask = std::get_if<cjt188::Request>(&sent.ask);
      const auto own = cjt188::parse_address(address).value();
      if (ask == nullptr || ask->order != order || ask->type != type || !matches(ask->address, own)) return {};
      return cjt188::encode_answer(*ask, type, own, cjt188::encode_current({Measured{12, -2, Unit::cubic_metre}, {}, {}, 0}),
                                   0);
    });
  }
  /// Answers from the address that it is asked at, or from `from`.
  void add_dlt645_from(dlt645::Address from, dlt645::Edition edition, std::function<Bytes(const dlt645::Request&)> data_of) {
    meters.push_back([=](const ScanQuestion& question) -> Bytes {
      const auto* ask = std::get_if<dlt645::Request>(&question.exchange.ask);
      if (ask == nullptr || ask->edition != edition) return {};
      const auto data = data_of(*ask);
      return data.empty() ? Bytes{} : dlt645::encode_answer(*ask, from, data, false, 0);
    });
  }
  /// Deaf to numbers where `has_number` is false.
  void add_mbus(std::uint8_t primary, const std::string& id, const std::string& records = "0c1369020000",
                bool has_number = true) {
    mbus::MeterImage image;
    image.primary = primary;
    image.header.own = mbus::parse_secondary(id).value();
    image.header.own.manufacturer = 0x1ce6;
    image.header.own.version = 1;
    image.header.own.medium = 7;
    image.telegrams = {from_hex(records)};
    meters.push_back([image, has_number, counts = counts_accesses](const ScanQuestion& question) mutable -> Bytes {
      const auto* ask = std::get_if<mbus::Request>(&question.exchange.ask);
      if (ask == nullptr || (!has_number && ask->address == mbus::selected)) return {};
      const auto sent = mbus::find_frame(mbus::encode_request(*ask), Wire::quiet);
      if (!counts) image.header.access = 0;
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

TEST_CASE("a water meter that takes its own type and order alone is found, with the profile that has both") {
  constexpr auto high = cjt188::DiOrder::high_first, low = cjt188::DiOrder::low_first;
  const auto model = [](const char* name, std::uint8_t type, cjt188::DiOrder order, std::uint16_t maker = 0) {
    MeterProfile profile;
    profile.model = name;
    profile.rollover = cjt188::usual_rollover;
    profile.protocol = cjt188::Model{.type = type, .maker = maker, .order = order};
    return std::make_shared<const MeterProfile>(profile);
  };
  auto settings = all_of({Protocol::cjt188});
  settings.profiles = {model("cold", cjt188::cold_water, high), model("cold-low", cjt188::cold_water, low),
                       model("hot", 0x11, high), model("of-another-maker", cjt188::cold_water, low, 0x1234)};
  const std::vector<std::tuple<std::uint8_t, cjt188::DiOrder, Texts>> kinds = {{cjt188::cold_water, high, {"cold"}},
                                                                               {cjt188::cold_water, low, {"cold-low"}},
                                                                               {0x11, high, {"hot"}},
                                                                               {0x11, low, {}},
                                                                               {0x12, high, {}},
                                                                               {0x12, low, {}},
                                                                               {0x13, high, {}},
                                                                               {0x13, low, {}}};
  for (const auto& [type, order, fitting] : kinds) {
    INFO(int{type} << ' ' << (order == low));
    for (const auto* address : {"00000000004711", "78331505104145", "A0310000000120"}) {
      Bench bench;
      bench.add_strict_water(address, type, order);
      const auto found = bench.run(settings);
      CHECK(addresses(found) == Texts{address});
      REQUIRE(found.size() == 1);
      CHECK(found[0].profiles == fitting);
    }
  }
}

TEST_CASE("the whole address of a water meter brings its maker's code along") {
  MeterProfile any, of_one, electricity = generic_relay_meter();
  any.protocol = cjt188::Model{};
  of_one.protocol = cjt188::Model{.maker = 0x7833};
  const auto maker_of = [](const std::optional<WaterAddress>& water) {
    return std::get<cjt188::Model>(water.value().profile.protocol).maker;
  };
  const auto found = with_maker(any, "78331505104145");
  REQUIRE(found);
  CHECK(found->number == 1'505'104'145);
  CHECK(maker_of(found) == 0x7833);
  CHECK(maker_of(with_maker(any, "a0310000000120")) == 0xa031);
  CHECK(maker_of(with_maker(of_one, "78331505104145")) == 0x7833);
  CHECK_FALSE(with_maker(of_one, "78341505104145"));
  CHECK_FALSE(with_maker(electricity, "78331505104145"));
  for (const auto* wrong :
       {"", "1505104145", "7833150510414", "783315051041455", "7833A505104145", "78330000000000", "+8331505104145"})
    CHECK_FALSE(with_maker(any, wrong));
}

TEST_CASE("who answers from the wildcard is asked for its number") {
  const auto own = dlt645::address_of(4711).value();
  for (const bool answers_to_number : {true, false}) {
    Bench bench;
    bench.add_dlt645_from(dlt645::wildcard, dlt645::Edition::v2007, [=](const dlt645::Request& ask) -> Bytes {
      if (ask.address != dlt645::wildcard && !(answers_to_number && ask.address == own)) return {};
      if (ask.command == dlt645::Command::read_address) return Bytes(own.bytes.begin(), own.bytes.end());
      return ask.di == dlt645::di::forward_energy ? from_hex("26010000") : Bytes{};
    });
    const auto found = bench.run(all_of({Protocol::dlt645_2007}));
    CHECK(addresses(found) == Texts{"000000004711"});
    REQUIRE_FALSE(found.empty());
    const auto is_energy = [](const Field& field) { return field.name.starts_with("forward_energy"); };
    CHECK(std::any_of(found[0].told.begin(), found[0].told.end(), is_energy));
    CHECK_FALSE(found[0].is_garbled);
    CHECK(bench.asked < 20);
  }
}

TEST_CASE("who answers from the wildcard and tells no number is told once, as what it is") {
  for (const auto edition : {dlt645::Edition::v2007, dlt645::Edition::v1997}) {
    for (const auto& tells : {Bytes{}, from_hex("aaaaaaaaaaaa"), from_hex("0a0b0c0d0e0f")}) {
      Bench bench;
      bench.add_dlt645_from(dlt645::wildcard, edition, [=](const dlt645::Request& ask) -> Bytes {
        if (ask.command == dlt645::Command::read_address) return tells;
        return matches(ask.address, dlt645::wildcard) ? from_hex("26010000") : Bytes{};
      });
      const auto is_new = edition == dlt645::Edition::v2007;
      const auto found = bench.run(all_of({is_new ? Protocol::dlt645_2007 : Protocol::dlt645_1997}));
      CHECK(addresses(found) == Texts{"AAAAAAAAAAAA"});
      CHECK(bench.asked < 20);
    }
  }
}

TEST_CASE("two who answer from the address that they are asked at are told apart, at once or apart") {
  for (const auto edition : {dlt645::Edition::v2007, dlt645::Edition::v1997}) {
    for (const bool at_once : {true, false}) {
      Bench bench;
      bench.apart = !at_once;
      for (const std::uint64_t number : {4711U, 4813U}) {
        const auto own = dlt645::address_of(number).value();
        bench.meters.push_back([=](const ScanQuestion& question) -> Bytes {
          const auto* ask = std::get_if<dlt645::Request>(&question.exchange.ask);
          if (ask == nullptr || ask->edition != edition || !matches(ask->address, own)) return {};
          const bool is_number = ask->command == dlt645::Command::read_address;
          const auto data = is_number ? Bytes(own.bytes.begin(), own.bytes.end()) : from_hex("26010000");
          return dlt645::encode_answer(*ask, ask->address, data, false, 0);
        });
      }
      const bool is_new = edition == dlt645::Edition::v2007;
      const auto found = addresses(bench.run(all_of({is_new ? Protocol::dlt645_2007 : Protocol::dlt645_1997})));
      // 1997 knows no question for the number: there the same bytes at the same time are one meter, for all that is heard.
      const auto of_1997 = at_once ? Texts{"AAAAAAAAAAAA"} : Texts{"AAAAAAAAAA11", "AAAAAAAAAA13"};
      CHECK(found == (is_new ? Texts{"000000004711", "000000004813"} : of_1997));
      CHECK(bench.asked < 1500);
    }
  }
}

TEST_CASE("an address that is none is told, and not asked") {
  Bench bench;
  bench.add_dlt645_from({{0xff, 0xff, 0xff, 0xff, 0xff, 0x0b}}, dlt645::Edition::v2007,
                        [](const dlt645::Request& ask) -> Bytes {
                          return {0, 0, 0, 0, static_cast<std::uint8_t>(ask.di)};
                        });
  CHECK(addresses(bench.run(all_of({Protocol::dlt645_2007}))) == Texts{"0BFFFFFFFFFF"});
}

TEST_CASE("addresses of 1997 that are filled with the wildcard are told apart by what is left") {
  Bench bench;
  for (const auto* text : {"AAAAAAAA4711", "AAAAAAAA4712", "000000000012"}) {
    const auto own = dlt645::parse_address(text).value();
    bench.add_dlt645_from(own, dlt645::Edition::v1997, [own](const dlt645::Request& ask) -> Bytes {
      for (std::size_t i = 0; i < own.bytes.size(); ++i)
        if (ask.address.bytes[i] != 0xaa && own.bytes[i] != 0xaa && ask.address.bytes[i] != own.bytes[i]) return {};
      return from_hex("26010000");
    });
  }
  const auto found = addresses(bench.run(all_of({Protocol::dlt645_1997})));
  CHECK(found == Texts{"000000000012", "AAAAAAAA4711", "AAAAAAAA4712"});
  CHECK(bench.asked < 400);
}

TEST_CASE("a meter of 1997 that takes the broadcast for the wildcard is found by it") {
  const auto own = dlt645::address_of(4711).value();
  Bench bench;
  bench.add_dlt645_from(own, dlt645::Edition::v1997, [=](const dlt645::Request& ask) -> Bytes {
    return ask.address == dlt645::broadcast || ask.address == own ? from_hex("26010000") : Bytes{};
  });
  const auto found = bench.run(all_of({Protocol::dlt645_1997}));
  CHECK(addresses(found) == Texts{"000000004711"});
}

TEST_CASE("a water meter that answers from the wildcard is asked for its number") {
  const auto own = cjt188::address_of({}, 4711);
  enum class Tells { from_there, in_data, nothing };
  for (const auto tells : {Tells::from_there, Tells::in_data, Tells::nothing}) {
    Bench bench;
    bench.meters.push_back([=](const ScanQuestion& question) -> Bytes {
      const auto sent = numbered(question.exchange, question.carriage);
      const auto* ask = std::get_if<cjt188::Request>(&sent.ask);
      if (ask == nullptr || ask->address != cjt188::wildcard) return {};
      const Measured total{471'100, -2, Unit::cubic_metre};
      if (ask->command == cjt188::Command::read)
        return cjt188::encode_answer(*ask, cjt188::cold_water, ask->address, cjt188::encode_current({total, {}, {}, 0}), 0);
      const auto data = tells == Tells::in_data ? Bytes(own.bytes.begin(), own.bytes.end()) : Bytes{};
      if (tells == Tells::nothing) return {};
      return cjt188::encode_answer(*ask, cjt188::cold_water, tells == Tells::in_data ? ask->address : own, data, 0);
    });
    const auto found = bench.run(all_of({Protocol::cjt188}));
    CHECK(addresses(found) == Texts{tells == Tells::nothing ? "AAAAAAAAAAAAAA" : "00000000004711"});
    REQUIRE_FALSE(found.empty());
    CHECK(found[0].told.size() > 1);
    CHECK(bench.asked < 30);
  }
}

TEST_CASE("M-Bus: who is selected and tells no number, or another one each time, does not hold the search") {
  Bench bench;
  unsigned answers = 0;
  bool tells = false;
  bench.meters.push_back([&](const ScanQuestion& question) -> Bytes {
    const auto* ask = std::get_if<mbus::Request>(&question.exchange.ask);
    if (ask == nullptr || ask->address != mbus::selected) return {};
    const auto sent = mbus::encode_request(*ask);
    if (sent.size() > 5) return {0xe5};
    if (!tells) return from_hex("6803036808fd707516");  // an error report, which carries no header
    mbus::MeterImage image;
    image.primary = mbus::selected;
    image.is_selected = true;
    image.header.own = mbus::parse_secondary(++answers % 2 == 0 ? "00000012" : "00000021").value();
    image.telegrams = {from_hex("0c1369020000")};
    return mbus::answer(std::get<mbus::Found>(mbus::find_frame(sent, Wire::quiet)).frame, image);
  });
  for (const bool is_told : {false, true}) {
    tells = is_told;
    CAPTURE(is_told);
    auto settings = all_of({Protocol::mbus});
    settings.addresses = AddressRange{1, 1};
    CHECK_FALSE(bench.run(settings).empty());
  }
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

namespace {

/// With these the checksums of 7005 and 7006 over each other fit, and of 7014 and 7022 at their second access too.
constexpr auto fitting_records = "0c1325080000";

}  // namespace

TEST_CASE("M-Bus: several at one primary address, in step, are no meter, and are each found by number") {
  const std::vector<std::pair<Texts, std::uint8_t>> houses = {
      {{"00007005", "00007006"}, 0},              // together they look like 7004
      {{"00007005", "00007006", "00007007"}, 0},  // likewise
      {{"00007004", "00007005"}, 0},              // like the first of them
      {{"00007004", "00007006"}, 9},
  };
  for (const auto& [ids, primary] : houses) {
    CAPTURE(ids);
    Bench bench;
    for (const auto& id : ids) bench.add_mbus(primary, id, fitting_records);
    auto settings = all_of({Protocol::mbus});
    settings.formats = {slow};
    settings.addresses = AddressRange{0, 9};
    const auto found = bench.run(settings);
    auto expected = ids;
    expected.insert(expected.begin(), std::to_string(primary));
    std::sort(expected.begin(), expected.end());
    CHECK(addresses(found) == expected);
    for (const auto& meter : found) CHECK(meter.is_garbled == (meter.address.size() == 1));
  }
}

TEST_CASE("M-Bus: the number of one who has a primary address is none of those who look like it elsewhere") {
  for (const bool counts : {true, false}) {
    CAPTURE(counts);
    Bench bench;
    bench.counts_accesses = counts;
    bench.add_mbus(1, "00007000", fitting_records);
    for (const auto* id : {"00007014", "00007022"}) bench.add_mbus(0, id, fitting_records);
    auto settings = all_of({Protocol::mbus});
    settings.formats = {slow};
    settings.addresses = AddressRange{0, 9};
    const auto found = bench.run(settings);
    CHECK(addresses(found) == Texts{"0", "00007014", "00007022", "1"});
    for (const auto& meter : found) CHECK(meter.is_garbled == (meter.address == "0"));
  }
}

TEST_CASE("M-Bus: who knows no numbers is told by its primary address") {
  Bench bench;
  bench.add_mbus(3, "00000012", "0c1369020000", false);
  bench.add_mbus(7, "00000015");
  const auto found = bench.run(all_of({Protocol::mbus}));
  REQUIRE(addresses(found) == Texts{"3", "7"});
  for (const auto& meter : found) {
    CHECK_FALSE(meter.is_garbled);
    CHECK_FALSE(meter.told.empty());
  }
}

TEST_CASE("M-Bus: models that are asked by number are tried on who has a primary address too") {
  auto by_number = generic_relay_meter();
  by_number.model = "by-number";
  by_number.protocol = mbus::Model{.counts = Unit::watt_hour, .by_number = true};
  auto by_primary = by_number;
  by_primary.model = "by-primary";
  by_primary.protocol = mbus::Model{.counts = Unit::watt_hour, .by_number = false};
  auto water = by_number;
  water.model = "water";
  water.protocol = mbus::Model{.counts = Unit::cubic_metre, .by_number = true};
  auto settings = all_of({Protocol::mbus});
  for (const auto* profile : {&by_number, &by_primary, &water})
    settings.profiles.push_back(std::make_shared<const MeterProfile>(*profile));
  Bench bench;
  bench.add_mbus(5, "12345678", "040312340000");
  auto found = bench.run(settings);
  REQUIRE(addresses(found) == Texts{"5"});
  std::sort(found[0].profiles.begin(), found[0].profiles.end());
  CHECK(found[0].profiles == Texts{"by-number", "by-primary"});
  Bench shared;
  for (const auto* id : {"12345678", "87654321"}) shared.add_mbus(5, id, "040312340000");
  for (const auto& meter : shared.run(settings)) CHECK(meter.profiles == (meter.is_garbled ? Texts{} : Texts{"by-number"}));
}

TEST_CASE("M-Bus: that one is asked for its number costs a few questions") {
  Bench bench;
  bench.add_mbus(5, "12345678");
  auto settings = all_of({Protocol::mbus});
  settings.formats = {slow};
  settings.addresses = AddressRange{5, 5};
  CHECK(addresses(bench.run(settings)) == Texts{"5"});
  CHECK(bench.asked <= 8);  // twice there, by the number, by any number: two questions each
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
  for (const auto unit : {std::uint8_t{255}, std::uint8_t{0}}) {
    Bench device;
    device.line = fast;
    device.add_modbus(unit, "03020017");
    CHECK(addresses(device.run(all_of({Protocol::modbus_tcp}))) == Texts{std::to_string(unit)});
    auto settings = all_of({Protocol::modbus_tcp});
    settings.addresses = AddressRange{unit, unit};
    CHECK(addresses(device.run(settings)) == Texts{std::to_string(unit)});
    settings.addresses = AddressRange{1, 20};
    CHECK(device.run(settings).empty());
  }
}

TEST_CASE("Modbus: input registers are asked of who refuses the others, and of who is silent to them") {
  Bench bench;
  bench.line = fast;
  const auto add = [&](std::uint8_t unit, const Bytes& to_holding, const Bytes& to_input) {
    bench.meters.push_back([=](const ScanQuestion& question) -> Bytes {
      const auto* ask = std::get_if<ModbusAsk>(&question.exchange.ask);
      if (ask == nullptr || ask->unit != unit) return {};
      const auto& pdu = ask->request.function == modbus::Function::read_holding ? to_holding : to_input;
      return pdu.empty() ? Bytes{} : modbus_rtu::frame(unit, pdu);
    });
  };
  add(3, {}, from_hex("04020017"));
  add(4, from_hex("8301"), from_hex("04020018"));
  add(5, from_hex("8302"), {});
  add(6, from_hex("03020019"), from_hex("04020020"));
  const auto found = bench.run(all_of({Protocol::modbus_rtu}));
  REQUIRE(addresses(found) == Texts{"3", "4", "5", "6"});
  for (const auto& meter : found) {
    CHECK(meter.line == fast);
    const auto* name = meter.address == "6" ? "register_1" : "input_register_1";
    const auto register_1 = std::find_if(meter.told.begin(), meter.told.end(), [&](auto& f) { return f.name == name; });
    const auto shown = register_1 == meter.told.end() ? std::string() : to_text(register_1->value);
    CHECK(shown == (meter.address == "3" ? "23" : meter.address == "4" ? "24" : meter.address == "6" ? "25" : ""));
  }
}

TEST_CASE("the same number at two rates is two meters") {
  Scan scan(all_of({Protocol::modbus_rtu}));
  std::vector<FoundMeter> found;
  while (const auto question = scan.next()) {
    const auto is_asked = std::get<ModbusAsk>(question->exchange.ask).unit == 7;
    scan.answered(is_asked ? modbus_rtu::frame(7, from_hex("03020017")) : Bytes{}, milliseconds(60));
    for (auto& meter : scan.take_found()) found.push_back(std::move(meter));
  }
  REQUIRE(found.size() == 2);
  CHECK(found[0].line == fast);
  CHECK(found[1].line == slow);
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
  CHECK(bench.asked == 2 * (2 * 4 + 4) - 1);  // Modbus by both kinds of register, but the one that was found
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

TEST_CASE("what remains counts the silence behind each question") {
  auto settings = all_of({Protocol::modbus_rtu});
  settings.addresses = AddressRange{1, 10};
  const auto without = Scan(settings).progress().remains;
  settings.pause = milliseconds(40);
  CHECK(Scan(settings).progress().remains.micros - without.micros == 2 * 2 * 10 * 40'000);
}

TEST_CASE("the whole of a line takes no longer than people wait") {
  ScanSettings settings;
  settings.protocols = {Protocol::dlt645_2007, Protocol::dlt645_1997, Protocol::cjt188, Protocol::modbus_rtu};
  settings.formats = scan_formats(settings.protocols, {}, {}, false);
  settings.pause = milliseconds(40);
  CHECK(Scan(settings).progress().remains < minutes(15));
  settings.protocols.insert(settings.protocols.begin() + 3, Protocol::mbus);  // all: the default
  settings.formats = scan_formats(settings.protocols, {}, {}, false);
  const auto all = Scan(settings).progress();
  INFO(to_text(all, true));
  CHECK(all.remains < minutes(25));
  settings.quick = true;
  settings.formats = scan_formats(settings.protocols, {}, {}, true);
  CHECK(Scan(settings).progress().remains < minutes(1));
}

TEST_CASE("a rate or a parity that is named is asked in every protocol") {
  ScanSettings settings;
  settings.protocols = {Protocol::dlt645_1997};
  settings.formats = scan_formats(settings.protocols, {300, 38'400}, {Parity::odd}, false);
  CHECK_FALSE(Scan(settings).next());
  settings.rates_are_named = true;
  Scan scan(settings);
  const auto question = scan.next();
  REQUIRE(question);
  CHECK(question->line == LineFormat{300, Parity::odd, 1});
  settings.protocols = {Protocol::mbus};
  settings.formats = {{2400, Parity::none, 1}};
  CHECK_FALSE(Scan(settings).next());
  settings.parities_are_named = true;
  CHECK(Scan(settings).next());
}

TEST_CASE("rates: the usual ones, or those that are named") {
  using Formats = std::vector<LineFormat>;
  CHECK(scan_formats({Protocol::cjt188}, {}, {}, false).size() == 8);
  CHECK(scan_formats({Protocol::dlt645_2007}, {}, {}, false).back() == LineFormat{600, Parity::even, 1});
  CHECK(scan_formats({Protocol::modbus_rtu}, {}, {}, false).back() == LineFormat{38'400, Parity::none, 1});
  CHECK(scan_formats({Protocol::mbus}, {}, {}, false).back() == LineFormat{300, Parity::even, 1});
  CHECK(scan_formats({Protocol::dlt645_2007}, {}, {}, true).size() == 3);
  CHECK(scan_formats({Protocol::dlt645_2007}, {4800}, {}, false) == Formats{{4800, Parity::even, 1}, {4800, Parity::none, 1}});
  CHECK(scan_formats({Protocol::dlt645_2007}, {4800}, {Parity::odd}, false) == Formats{{4800, Parity::odd, 1}});
  CHECK(scan_formats({Protocol::dlt645_2007}, {}, {Parity::odd}, true) ==
        Formats{{2400, Parity::odd, 1}, {9600, Parity::odd, 1}});
}
