#include "shared/meter/dlt645_history.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/history.hpp"

namespace wattle::dlt645_history_test {

using namespace wattle::dlt645;

namespace {

constexpr ModelFreeze daily{.time = 0x05060001, .energy = 0x05060101, .keeps = 62};
constexpr ModelEvent covers{.record = 0x03300d01, .size = 60};

MeterProfile with(const std::function<void(Model&)>& change) {
  auto profile = generic_dlt645_meter(Edition::v2007);
  change(std::get<Model>(profile.protocol));
  return profile;
}

std::string wrong_with(const std::function<void(Model&)>& change) { return contradiction(with(change)); }

}  // namespace

TEST_CASE("freezes are numbered in the last byte of their identifiers, from the newest") {
  const auto at = parse_address("4711").value();
  CHECK(freeze_time_read(daily, at, 1) == needing(read(Edition::v2007, at, 0x05060001), 5));
  CHECK(freeze_time_read(daily, at, 62) == needing(read(Edition::v2007, at, 0x0506003e), 5));
  CHECK(freeze_energy_read(daily, at, 3) == needing(read(Edition::v2007, at, 0x05060103), 4));
  CHECK(event_read(covers, at) == needing(read(Edition::v2007, at, 0x03300d01), 60));
}

TEST_CASE("a freeze is a time of the meter's clock and a register") {
  CHECK(freeze_time_in(from_hex("0000230926")).value() == LocalTime{2026, 9, 23, 0, 0, 0});
  CHECK(freeze_time_in(from_hex("0000000000")).error() == MeterErrc::value);  // none was kept yet
  CHECK(freeze_time_in(from_hex("ffffffffff")).error() == MeterErrc::value);
  CHECK(freeze_time_in(from_hex("0024230926")).error() == MeterErrc::value);
  CHECK(freeze_time_in(from_hex("00002309")).error() == MeterErrc::length);
  constexpr Quantity end = usual_rollover;
  CHECK(freeze_energy_in(daily, end, from_hex("78563412")).value() == Quantity{123'456'780});
  CHECK(freeze_energy_in(daily, end, from_hex("7856341278563412000000000000000000000000")).value() == Quantity{123'456'780});
  CHECK(freeze_energy_in(daily, end, from_hex("785634")).error() == MeterErrc::length);
  CHECK(freeze_energy_in(daily, end, from_hex("ffffffff")).error() == MeterErrc::value);
  CHECK(freeze_energy_in(daily, {100'000'000}, from_hex("78563412")).error() == MeterErrc::value);
  CHECK(freeze_energy_in({.keeps = 1, .size = 3, .step_wh = 1000}, end, from_hex("341200")).value() == Quantity{1'234'000});
  CHECK(freeze_energy_in({.keeps = 1, .size = 8, .step_wh = 1'000'000}, end, from_hex("9999999999999999")).error() ==
        MeterErrc::value);
}

TEST_CASE("an event's time lies in its record, with or without seconds") {
  CHECK(event_time_in({.record = 1}, from_hex("593008230926")).value() == LocalTime{2026, 9, 23, 8, 30, 59});
  CHECK(event_time_in({.record = 1, .size = 5, .has_seconds = false}, from_hex("3008230926")).value() ==
        LocalTime{2026, 9, 23, 8, 30, 0});
  Bytes record(60, 0);
  CHECK(event_time_in(covers, record).error() == MeterErrc::value);
  const auto when = from_hex("010203040526");
  std::copy(when.begin(), when.end(), record.begin() + 6);
  CHECK(event_time_in({.record = 1, .size = 60, .time_at = 6}, record).value() == LocalTime{2026, 5, 4, 3, 2, 1});
  record.pop_back();
  CHECK(event_time_in({.record = 1, .size = 60, .time_at = 6}, record).error() == MeterErrc::length);
}

TEST_CASE("the history of a profile is asked for at the circuit's address") {
  const auto profile = generic_dlt645_meter(Edition::v2007);
  const MeterPlace place{4711, {4711}, {}};
  REQUIRE(history_of(profile) != nullptr);
  CHECK(history_of(generic_dlt645_meter(Edition::v1997))->freezes.size() == 1);
  CHECK(history_of(generic_relay_meter()) == nullptr);
  const auto at = parse_address("4711").value();
  CHECK(freeze_time_read(profile, place, 0, FreezeKind::daily, 2) ==
        Exchange{needing(read(Edition::v2007, at, 0x05060002), 5)});
  CHECK(freeze_energy_read(profile, place, 0, FreezeKind::daily, 2) ==
        Exchange{needing(read(Edition::v2007, at, 0x05060102), 4)});
  CHECK(event_read(profile, place, 0, MeterEvent::tripped) == Exchange{needing(read(Edition::v2007, at, 0x1d000101), 6)});
  const MeterAnswer answer{{}, 0, from_hex("3008230926")};
  CHECK(event_time_in(profile, MeterEvent::purchased, answer).value() == LocalTime{2026, 9, 23, 8, 30, 0});
  CHECK(freeze_time_in(FreezeKind::daily, 1, answer, {}).value() == LocalTime{2026, 9, 23, 8, 30, 0});
}

TEST_CASE("the months of 1997 ended on the settlement day, which is asked for in their time's stead") {
  const auto profile = generic_dlt645_meter(Edition::v1997);
  const MeterPlace place{4711, {4711}, {}};
  const auto at = parse_address("4711").value();
  for (const auto number : {std::uint8_t{1}, std::uint8_t{2}})
    CHECK(freeze_time_read(profile, place, 0, FreezeKind::monthly, number) == Exchange{read(Edition::v1997, at, 0xc117)});
  CHECK(freeze_energy_read(profile, place, 0, FreezeKind::monthly, 1) == Exchange{read(Edition::v1997, at, 0x9410)});
  CHECK(freeze_energy_read(profile, place, 0, FreezeKind::monthly, 2) == Exchange{read(Edition::v1997, at, 0x9810)});
  const auto ended = [](const char* settlement, std::uint8_t number, const LocalTime& now) {
    return freeze_time_in(FreezeKind::monthly, number, {{}, 0, from_hex(settlement)}, now);
  };
  const LocalTime march{2026, 3, 15, 12, 0, 0};
  CHECK(ended("0001", 1, march).value() == LocalTime{2026, 3, 1, 0, 0, 0});
  CHECK(ended("0001", 2, march).value() == LocalTime{2026, 2, 1, 0, 0, 0});
  CHECK(ended("2325", 1, march).value() == LocalTime{2026, 2, 25, 23, 0, 0});
  CHECK(ended("1215", 2, {2026, 1, 15, 11, 0, 0}).value() == LocalTime{2025, 11, 15, 12, 0, 0});
  CHECK(ended("1215", 1, {2026, 1, 15, 12, 6, 0}).value() == LocalTime{2026, 1, 15, 12, 0, 0});
  // So near to the settlement the meter's clock may be before it, or behind.
  for (const auto minute : {std::uint8_t{56}, std::uint8_t{59}})
    CHECK(ended("1215", 1, {2026, 1, 15, 11, minute, 0}).error() == MeterErrc::value);
  for (const auto minute : {std::uint8_t{0}, std::uint8_t{4}})
    CHECK(ended("1215", 1, {2026, 1, 15, 12, minute, 0}).error() == MeterErrc::value);
  for (const auto* none : {"0000", "0029", "2401", "0a01", "ffff"}) CHECK(ended(none, 1, march).error() == MeterErrc::value);
  CHECK(ended("00", 1, march).error() == MeterErrc::length);
  CHECK(freeze_energy_in(profile, FreezeKind::monthly, {{}, 0, from_hex("7856341200")}).value() == Quantity{123'456'780});
}

TEST_CASE("months that are not the standard's are refused") {
  const auto wrong = [](const std::function<void(Model&)>& change) {
    auto profile = generic_dlt645_meter(Edition::v1997);
    change(std::get<Model>(profile.protocol));
    return contradiction(profile);
  };
  const auto months = [](Model& m) -> ModelFreeze& { return m.history.freezes[FreezeKind::monthly]; };
  CHECK(wrong([](Model&) {}).empty());
  CHECK(wrong([&](Model& m) { months(m).keeps = 3; }).find("two months") != std::string::npos);
  CHECK(wrong([&](Model& m) { months(m).time = 0xc111; }).find("settlement day") != std::string::npos);
  CHECK(wrong([&](Model& m) { months(m).energy = 0x9010; }).find("9410") != std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].energy = 0x9011; }).find("forward energy") != std::string::npos);
  CHECK(wrong([](Model& m) { m.clock.reset(); }).find("clock") != std::string::npos);
  CHECK(wrong([](Model& m) { m.history.freezes[FreezeKind::daily] = {.time = 1, .energy = 2, .keeps = 1}; }).find("1997") !=
        std::string::npos);
  CHECK(wrong_with([](Model& m) { m.history.freezes[FreezeKind::monthly] = {.keeps = 1}; }).find("1997") != std::string::npos);
}

TEST_CASE("a history that contradicts the standard, or itself, is found") {
  CHECK(wrong_with([](Model&) {}).empty());
  CHECK(wrong_with([](Model& m) { m.clock.reset(); }).find("clock") != std::string::npos);
  CHECK(wrong_with([](Model& m) { m.history.freezes[FreezeKind::daily].keeps = 0; }).find("254") != std::string::npos);
  CHECK(wrong_with([](Model& m) {
          m.history.freezes[FreezeKind::daily].time = 0x05060010, m.history.freezes[FreezeKind::daily].keeps = 250;
        }).find("last byte") != std::string::npos);
  CHECK(wrong_with([](Model& m) { m.history.freezes[FreezeKind::daily].time = di::power; }).find("time of a freeze") !=
        std::string::npos);
  CHECK(wrong_with([](Model& m) { m.history.freezes[FreezeKind::daily].energy = di::remaining_money; }).find("energy") !=
        std::string::npos);
  CHECK(wrong_with([](Model& m) { m.circuits[0].energy = 0x00020000; }).find("another register") != std::string::npos);
  CHECK(wrong_with([](Model& m) { m.circuits[0].energy = 0x00010100; }).find("another register") != std::string::npos);
  const auto frozen = [](FreezeKind kind, std::uint32_t time, std::uint32_t energy,
                         std::uint32_t counted = di::forward_energy) {
    return wrong_with([=](Model& m) {
      m.history.freezes = {{kind, {.time = time, .energy = energy, .keeps = 9}}};
      m.circuits[0].energy = counted;
    });
  };
  for (const auto energy : {0x05060201u, 0x05060301u, 0x0506ff01u})  // reverse, reactive, all at once
    CHECK(frozen(FreezeKind::daily, 0x05060001, energy).find("another register") != std::string::npos);
  CHECK(frozen(FreezeKind::hourly, 0x05040001, 0x05040201).find("another register") != std::string::npos);
  CHECK(frozen(FreezeKind::hourly, 0x05000001, 0x05000001, 0).find("another register") != std::string::npos);
  CHECK(frozen(FreezeKind::hourly, 0x05040101, 0x05040101).find("time of a freeze") != std::string::npos);
  CHECK(frozen(FreezeKind::daily, 0x05040001, 0x05060101).find("two kinds") != std::string::npos);
  CHECK(frozen(FreezeKind::daily, 0x05060001, 0x05060201, 0x00020000).empty());
  CHECK(frozen(FreezeKind::hourly, 0x0aaa0001, 0x0aab0001).empty());  // a maker's own
  CHECK(wrong_with([](Model& m) { m.history.events[MeterEvent::tripped].has_seconds = false; }).find("tripped") !=
        std::string::npos);
  CHECK(wrong_with([](Model& m) { m.history.events[MeterEvent::tripped].size = 5; }).find("record") != std::string::npos);
  CHECK(wrong_with([](Model& m) {
          m.history.freezes[FreezeKind::hourly] = {.time = 0x05040001, .energy = 0x05040101, .keeps = 254};
        }).empty());
  auto old = generic_dlt645_meter(Edition::v1997);
  std::get<Model>(old.protocol).history.events[MeterEvent::tripped] = {.record = 0x1d000101};
  CHECK(contradiction(old).find("1997") != std::string::npos);
}

}  // namespace wattle::dlt645_history_test
