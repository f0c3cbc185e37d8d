#include "simulator/devices/virtual_meter.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "shared/base/random.hpp"
#include "shared/meter/purse.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/meter_bus.hpp"

using namespace wattle;
using namespace wattle::sim;

namespace {

const Instant start{1'750'000'000'000'000};

VirtualMeter meter_of(std::int64_t watts, MeterMemory memory = {}) {
  VirtualMeterSettings settings;
  settings.profile = std::make_shared<const MeterProfile>(generic_relay_meter());
  settings.address = 3;
  settings.number = MeterId{4711};
  settings.circuits = {{std::make_shared<LoadCurve>(Power{watts}), 100, 0}};
  return {settings, std::move(memory), start};
}

}  // namespace

TEST_CASE("energy is power times time, to the microjoule, however often the meter is asked") {
  auto rarely = meter_of(777);
  auto often = meter_of(777);
  Random random(1);
  auto now = start;
  for (int i = 0; i < 5000; ++i) {
    now = now + microseconds(static_cast<std::int64_t>(random.below(90'000'000)));
    often.advance(now);
  }
  rarely.advance(now);
  CHECK(often.memory() == rarely.memory());
  CHECK(rarely.memory()[0].microjoules == 777 * (now - start).micros);
  CHECK(rarely.read(now).circuits[0].energy.units == 777 * (now - start).micros / microjoules_per_wh);
}

TEST_CASE("a meter of DL/T 645 freezes its register at each full hour of its own clock, and writes down what happens to it") {
  auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  auto& history = std::get<dlt645::Model>(profile.protocol).history;
  history.freezes[dlt645::FreezeKind::hourly] = {.time = 0x05040001, .energy = 0x05040101, .keeps = 48};
  history.events[MeterEvent::overloaded] = {.record = 0x03010001};
  VirtualMeterSettings settings;
  settings.profile = std::make_shared<const MeterProfile>(profile);
  settings.address = 4711;
  settings.number = MeterId{4711};
  settings.circuits = {{std::make_shared<LoadCurve>(Power{600}), 100, 0}};
  constexpr Instant half_past_eight{1'790'123'400'000'000};  // 2026-09-23 08:30 at the site
  VirtualMeter meter(settings, {}, half_past_eight);
  meter.set_clock_error(minutes(10));
  auto now = half_past_eight + hours(17);
  const auto shown = [&](std::uint32_t di) {
    const auto ask = dlt645::read(dlt645::Edition::v2007, *dlt645::address_of(4711), di);
    const auto frame = std::get<dlt645::Found>(dlt645::find_frame(dlt645::encode_request(ask), Wire::quiet)).frame;
    const auto outcome = dlt645::decode_answer(ask, meter.answer(frame, now), Wire::quiet);
    REQUIRE(std::holds_alternative<dlt645::Answer>(outcome));
    return to_hex(std::get<dlt645::Answer>(outcome).data).substr(0, 12);
  };
  CHECK(shown(0x05040001) == "0001240926");             // one o'clock by its clock
  CHECK(shown(0x05040101).substr(0, 8) == "80090000");  // 9.8 kWh after sixteen hours and twenty minutes
  CHECK(shown(0x05060001) == "0000240926");
  CHECK(shown(0x05060101).substr(0, 8) == "20090000");
  CHECK(shown(0x1d000101) == "000000000000");
  meter.happens(0, MeterEvent::overloaded, now);
  CHECK_FALSE(meter.memory()[0].relay_closed);
  CHECK(shown(0x03010001) == "004001240926");
  CHECK(shown(0x1d000101) == "004001240926");
  const auto energy = meter.read(now).circuits[0].energy;
  now = now + hours(2);
  CHECK(meter.read(now).circuits[0].energy == energy);
}

TEST_CASE("a meter of DL/T 645 writes load records at its own interval, of what it showed then") {
  auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  std::get<dlt645::Model>(profile.protocol).history.load = {.records = 0x06000001, .minutes = 20, .blocks = 1};
  VirtualMeterSettings settings;
  settings.profile = std::make_shared<const MeterProfile>(profile);
  settings.address = 4711;
  settings.number = MeterId{4711};
  settings.circuits = {{std::make_shared<LoadCurve>(Power{600}), 100, 0}};
  constexpr Instant half_past_eight{1'790'123'400'000'000};  // 2026-09-23 08:30 at the site
  VirtualMeter meter(settings, {}, half_past_eight);
  meter.set_clock_error(minutes(4));
  const auto loads = [&](std::uint32_t di, std::uint8_t blocks, Instant now) {
    const auto ask = dlt645::read_records(*dlt645::address_of(4711), di, blocks, nullptr);
    const auto frame = std::get<dlt645::Found>(dlt645::find_frame(dlt645::encode_request(ask), Wire::quiet)).frame;
    const auto outcome = dlt645::decode_answer(ask, meter.answer(frame, now), Wire::quiet);
    const auto* said = std::get_if<dlt645::Answer>(&outcome);
    return said == nullptr ? std::vector<dlt645::LoadRecord>{} : dlt645::decode_load_records(said->data).records;
  };
  CHECK(loads(0x06000000, 1, half_past_eight + minutes(5)).empty());
  const auto now = half_past_eight + hours(2);
  const auto all = loads(0x06040000, 6, now);
  REQUIRE(all.size() == 6);
  CHECK(all[0].at == LocalTime{2026, 9, 23, 8, 40, 0});  // six minutes from its beginning, by its clock
  CHECK(all[5].at == LocalTime{2026, 9, 23, 10, 20, 0});
  const auto newest = loads(0x06000002, 1, now);
  REQUIRE(newest.size() == 1);
  const auto reading = dlt645::load_reading(newest[0], profile.rollover, 1);
  CHECK(reading.energy == Quantity{1'060});  // 106 minutes of 600 W
  CHECK(reading.power == Power{600});
  REQUIRE(reading.voltage_mv);
  CHECK(std::abs(*reading.voltage_mv - 220'000) < 5'000);
  CHECK(reading.further.get(FurtherKind::power_factor) == 1'000);
}

TEST_CASE("a main meter counts what flows behind it while it is there, and a share more") {
  std::int64_t behind = 5 * microjoules_per_wh;
  VirtualMeterSettings settings;
  settings.profile = std::make_shared<const MeterProfile>(generic_relay_meter());
  settings.circuits = {{}};
  settings.feed = MeterFeed{[&](Instant) { return behind; }, [](Instant) { return Power{2000}; }, 25};
  VirtualMeter meter(settings, {{100 * microjoules_per_wh, true}}, start);
  CHECK(meter.read(start).circuits[0].energy.units == 100);  // what flowed before is not its own
  behind += 1000 * microjoules_per_wh;
  const auto reading = meter.read(start + minutes(1));
  CHECK(reading.circuits[0].energy.units == 1125);
  CHECK(reading.circuits[0].power == Power{2050});
  CHECK(reading.circuits[0].current_ma > 9000);
  behind = 0;  // another meter behind it begins at zero
  CHECK(meter.read(start + minutes(2)).circuits[0].energy.units == 1125);
  behind = 40 * microjoules_per_wh;
  CHECK(meter.read(start + minutes(3)).circuits[0].energy.units == 1166);
  CHECK(meter.counted(start + minutes(3)) == 1166 * microjoules_per_wh);
}

TEST_CASE("an open relay stops the load, and closing it starts it") {
  auto meter = meter_of(1800);
  CHECK(to_hex(meter.answer(3, from_hex("0500000000"), start + hours(1))) == "0500000000");
  CHECK(meter.read(start + hours(9)) == Reading{MeterId{4711}, 220'000, 50'000, {{Quantity{1800}, Power{0}, 0, 1000, false}}});
  CHECK(to_hex(meter.answer(3, from_hex("050000ff00"), start + hours(9))) == "050000ff00");
  const auto reading = meter.read(start + hours(10));
  CHECK(reading.circuits[0].energy.units == 3600);
  CHECK(reading.circuits[0].power->watts == 1800);
  CHECK(reading.voltage_mv == 217'300);
  CHECK(reading.circuits[0].current_ma == 8283);
}

TEST_CASE("a clock that jumps back counts nothing twice and takes nothing away") {
  auto meter = meter_of(1000);
  CHECK(meter.read(start + hours(5)).circuits[0].energy.units == 5000);
  CHECK(meter.read(start + hours(1)).circuits[0].energy.units == 5000);
  CHECK(meter.read(start + hours(2)).circuits[0].energy.units == 6000);
  CHECK(meter.read(start + days(5000)).circuits[0].energy.units == 6000);
}

TEST_CASE("a register starts where the memory left it") {
  auto meter = meter_of(100, {{123 * microjoules_per_wh + 5, false}});
  CHECK(meter.read(start).circuits[0].energy.units == 123);
  CHECK_FALSE(meter.read(start).circuits[0].relay_closed.value());
}

TEST_CASE("a register rolls over at the profile's end") {
  auto meter = meter_of(1000, {{999'999'999 * microjoules_per_wh, true}});
  CHECK(meter.read(start).circuits[0].energy.units == 999'999'999);
  CHECK(meter.read(start + hours(1)).circuits[0].energy.units == 999);
}

TEST_CASE("a load by hand replaces the curve until it is given back") {
  auto meter = meter_of(100);
  meter.set_load(0, Power{2000}, start + hours(1));
  meter.set_load(0, std::nullopt, start + hours(2));
  CHECK(meter.read(start + hours(3)).circuits[0].energy.units == 100 + 2000 + 100);
}

TEST_CASE("rooms play different shares of the curve") {
  const auto curve = std::make_shared<LoadCurve>(Power{1000});
  std::set<std::int64_t> shares;
  for (std::size_t n = 0; n < 32; ++n) {
    const auto settings = room_circuit(n, curve);
    CHECK(settings.curve_percent >= 35);
    CHECK(settings.curve_percent <= 65);
    shares.insert(settings.curve_percent);
  }
  CHECK(shares.size() == 31);
}

TEST_CASE("a spoiled frame is another frame") {
  Random random(1);
  const auto frame = from_hex("010304000a0014da3e");
  for (int i = 0; i < 1000; ++i) CHECK(spoil(frame, random) != frame);
}

namespace {

struct PrepaidMeter {
  std::shared_ptr<const MeterProfile> profile;
  MeterPlace place{3, {3}, {{2, 0x37, 6, 2}, {}}};
  Instant now = start;
  VirtualMeter meter;

  explicit PrepaidMeter(const char* model) : profile(shipped_profile(model)), meter(settings(), {}, start) {}
  VirtualMeterSettings settings() const {
    VirtualMeterSettings of;
    of.profile = profile;
    of.address = 3;
    of.number = MeterId{3};
    of.accepts = place.by;
    of.circuits = {{std::make_shared<LoadCurve>(Power{1000}), 100, 0}};
    return of;
  }
  wattle::Received say(const Exchange& exchange) {
    const auto bytes = request_bytes(exchange);
    if (const auto* ask = std::get_if<ModbusAsk>(&exchange.ask)) {
      const auto pdu = meter.answer(ask->unit, modbus::encode_request(ask->request), now);
      return receive(exchange, modbus_rtu::frame(ask->unit, pdu), Wire::quiet);
    }
    return receive(exchange, meter.answer(std::get<dlt645::Found>(dlt645::find_frame(bytes, Wire::quiet)).frame, now),
                   Wire::quiet);
  }
  std::int64_t shows(PurseItem item) {
    const auto said = say(purse_read(*profile, place, 0, item));
    return purse_in(*profile, item, std::get<MeterAnswer>(said)).value();
  }
  bool trades(const PurseOrder& order) {
    return std::holds_alternative<MeterAnswer>(say(purse_trade(*profile, place, 0, order).value()));
  }
};

}  // namespace

TEST_CASE("a virtual meter's purse falls as energy flows, opens at zero, and closes when something is bought") {
  for (const auto* model : {"generic-prepaid-meter", "generic-dlt645-2007-prepaid"}) {
    INFO(model);
    PrepaidMeter prepaid(model);
    CHECK(prepaid.shows(PurseItem::count) == 0);
    prepaid.now = prepaid.now + hours(2);
    CHECK(prepaid.meter.read(prepaid.now).circuits[0].relay_closed == true);  // nobody has bought yet
    CHECK(std::holds_alternative<MeterAnswer>(
        prepaid.say(purse_write(*prepaid.profile, prepaid.place, 0, PurseItem::price, 500'000).value())));
    CHECK(prepaid.shows(PurseItem::price) == 500'000);
    REQUIRE(prepaid.trades({PurseTrade::buy, 1, 1'000'000}));
    CHECK_FALSE(prepaid.trades({PurseTrade::buy, 1, 1'000'000}));
    CHECK(prepaid.shows(PurseItem::remaining) == 1'000'000);
    prepaid.now = prepaid.now + minutes(90);
    CHECK(prepaid.shows(PurseItem::remaining) == 250'000);
    prepaid.now = prepaid.now + minutes(60);
    auto reading = prepaid.meter.read(prepaid.now);
    CHECK(reading.circuits[0].relay_closed == false);
    CHECK(prepaid.shows(PurseItem::remaining) == 0);
    CHECK(prepaid.shows(PurseItem::total) == 1'000'000);
    prepaid.say(relay_exchange(*prepaid.profile, prepaid.place, 0, true));  // a command does not help without money
    CHECK(prepaid.meter.read(prepaid.now).circuits[0].relay_closed == false);
    REQUIRE(prepaid.trades({PurseTrade::buy, 2, 2'000'000}));
    CHECK(prepaid.meter.read(prepaid.now).circuits[0].relay_closed == true);
    REQUIRE(prepaid.trades({PurseTrade::refund, 3, 1'500'000}));
    CHECK(prepaid.shows(PurseItem::count) == 3);
    prepaid.meter.replace({4}, prepaid.now);
    CHECK(prepaid.meter.memory()[0].purse.count == 0);
  }
}
