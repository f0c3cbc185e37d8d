#include "shared/meter/dlt645_items.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

#include "tests/unit/shared/meter/described.hpp"

namespace wattle::dlt645_items_test {

using namespace wattle::dlt645;
using wattle::test::hex;
using wattle::test::shown;

TEST_CASE("numbers with their signs and scales") {
  const auto in = [](std::uint32_t di, const char* bytes, int exponent) {
    const auto value = number_in(Edition::v2007, di, hex(bytes));
    return value ? scaled(*value, exponent) : Result<std::int64_t>(value.error());
  };
  CHECK(in(di::forward_energy, "78 56 34 12", 0).value() == 123'456'780);  // Wh
  CHECK(in(di::combined_energy, "99 99 99 F9", 0).value() == -799'999'990);
  CHECK(in(di::voltage_a, "97 22", -3).value() == 229'700);    // mV
  CHECK(in(di::current_a, "56 34 80", -3).value() == -3'456);  // mA
  CHECK(in(di::power, "45 23 81", 0).value() == -1'235);       // W, ties away from zero
  CHECK(in(di::power, "44 23 01", 0).value() == 1'234);
  CHECK(in(di::power_factor, "00 10", -3).value() == 1'000);
  CHECK(in(di::frequency, "00 50", -3).value() == 50'000);
  CHECK(in(di::remaining_money, "34 12 00 80", -6).value() == -12'340'000);  // micro-yuan
  CHECK(in(0x04000306, "10 00 00", 0).value() == 10);
}

TEST_CASE("what is not available is no value, and no error of the frame") {
  CHECK(number_in(Edition::v2007, di::voltage_a, hex("FF FF")).error() == MeterErrc::value);
  CHECK(number_in(Edition::v2007, di::current_a, hex("FF FF FF")).error() == MeterErrc::value);
  CHECK(number_in(Edition::v2007, di::voltage_a, hex("97")).error() == MeterErrc::length);
  CHECK(number_in(Edition::v2007, 0x12345678, hex("97")).error() == MeterErrc::no_such_data);
  CHECK(number_in(Edition::v2007, di::date, hex("01 02 03 04")).error() == MeterErrc::no_such_data);
  const auto block = describe_item(Edition::v2007, 0x0201ff00, hex("97 22 FF FF FF FF"), {});
  CHECK(shown(block, "voltage.a") == "229.7 V");
  CHECK(shown(block, "voltage.b") == "not available");
  CHECK(shown(block, "voltage.c") == "not available");
}

TEST_CASE("numbers of every item go to the wire and back") {
  const std::uint32_t all[] = {di::forward_energy, di::combined_energy, di::remaining_money, di::voltage_a, di::current_a,
                               di::power,          di::power_factor,    di::frequency,       di::trip_delay};
  CHECK(rc::check("numbers", [&](std::int32_t any) {
    for (const auto which : all) {
      const auto* item = find_item(Edition::v2007, which);
      const Measured value{any, item->exponent, item->unit};
      const auto bytes = number_bytes(Edition::v2007, which, value);
      RC_ASSERT(bytes.has_value() || bytes.error() == MeterErrc::value);
      if (bytes) RC_ASSERT(number_in(Edition::v2007, which, *bytes).value() == value);
    }
  }));
  CHECK(number_bytes(Edition::v2007, di::voltage_a, {2297, -1, Unit::ampere}).error() == MeterErrc::no_such_data);
  CHECK(number_bytes(Edition::v2007, di::forward_energy, {-1, 1, Unit::watt_hour}).error() == MeterErrc::value);
  CHECK(number_bytes(Edition::v2007, di::forward_energy, {1'000'000'000, 0, Unit::watt_hour}).error() == MeterErrc::value);
}

TEST_CASE("items by family") {
  CHECK(std::string(find_item(Edition::v2007, 0x00010203)->name) == "forward_energy");
  CHECK(std::string(find_item(Edition::v2007, 0x1d000001)->name) == "trip_count");
  CHECK(std::string(find_item(Edition::v2007, 0x1d000101)->name) == "trip_time");
  CHECK(std::string(find_item(Edition::v2007, 0x04010000)->name) == "zone_table_set_1");
  CHECK(std::string(find_item(Edition::v2007, 0x04010003)->name) == "day_table_set_1");
  CHECK(find_item(Edition::v2007, 0x04060001) == nullptr);  // two numberings are in use: carried as bytes
  CHECK(find_item(Edition::v1997, 0xb660) == nullptr);      // of a length that makers chose
  CHECK(std::string(find_item(Edition::v1997, 0xb611)->name) == "voltage");
}

TEST_CASE("registers of settlement days are called so, and are no registers of now") {
  const auto block = describe_item(Edition::v2007, 0x0001ff01, hex("26 01 00 00 16 01 00 00"), {});
  CHECK(shown(block, "forward_energy.settlement_1.total") == "1260 Wh");
  CHECK(shown(block, "forward_energy.settlement_1.tariff_1") == "1160 Wh");
  CHECK(shown(describe_item(Edition::v2007, 0x0000000c, hex("26 01 00 80"), {}), "combined_energy.settlement_12.total") ==
        "-1260 Wh");
  const auto demand = describe_item(Edition::v2007, 0x01010001, hex("00 10 00 30 08 23 09 26"), {});
  CHECK(shown(demand, "forward_demand.settlement_1.total.at") == "2026-09-23 08:30");
  CHECK(shown(describe_item(Edition::v2007, 0x00010000, hex("26 01 00 00"), {}), "forward_energy.total") == "1260 Wh");
  CHECK(item_name(Edition::v2007, *find_item(Edition::v2007, 0x02010100), 0x02010100) == "voltage");
  CHECK(item_name(Edition::v1997, *find_item(Edition::v1997, 0x9411), 0x9411) == "forward_energy_last_month");
}

TEST_CASE("hourly freezes, and what a meter writes down when its cover is opened") {
  CHECK(shown(describe_item(Edition::v2007, 0x05040001, hex("00 08 23 09 26"), {}), "hourly_freeze_time") ==
        "2026-09-23 08:00");
  for (const auto* energy : {"26 01 00 00", "26 01 00 00 26 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00"}) {
    CHECK(shown(describe_item(Edition::v2007, 0x05040103, hex(energy), {}), "hourly_freeze_forward_energy.total") == "1260 Wh");
    CHECK(is_sound(Edition::v2007, 0x05040103, hex(energy), {}));
  }
  Bytes record = hex("59 30 08 23 09 26 10 31 08 23 09 26");
  for (std::uint8_t n = 1; n <= 12; ++n) record.insert(record.end(), {n < 10 ? n : std::uint8_t{0x10}, 0, 0, 0});
  for (const std::uint32_t di : {0x03300d01u, 0x03300e0au}) {
    const auto opening = describe_item(Edition::v2007, di, record, {});
    CHECK(shown(opening, "opened.from") == "2026-09-23 08:30:59");
    CHECK(shown(opening, "opened.to") == "2026-09-23 08:31:10");
    CHECK(shown(opening, "before.forward_energy") == "10 Wh");
    CHECK(shown(opening, "after.reverse_energy") == "80 Wh");
    CHECK(opening.size() == 14);
    CHECK(is_sound(Edition::v2007, di, record, {}));
    CHECK_FALSE(is_sound(Edition::v2007, di, ByteView(record).first(59), {}));
  }
  CHECK(std::string(find_item(Edition::v2007, 0x03300d00)->name) == "cover_open_count");
}

TEST_CASE("1997 in its own scales") {
  const auto in = [](std::uint32_t di, const char* bytes, int exponent) {
    return scaled(number_in(Edition::v1997, di, hex(bytes)).value(), exponent).value();
  };
  CHECK(in(0xb611, "20 02", -3) == 220'000);
  CHECK(in(0xb621, "50 12", -3) == 12'500);
  CHECK(in(0xb630, "45 23 01", 0) == 1'235);
  CHECK(in(0xb640, "01 01", 0) == 1'010);
  const auto block =
      describe_item(Edition::v1997, 0x901f, hex("01 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00 05 00 00 00"), {});
  CHECK(shown(block, "forward_energy.total") == "10 Wh");
  CHECK(shown(block, "forward_energy.tariff_4") == "50 Wh");
  CHECK(shown(describe_item(Edition::v1997, 0xb612, hex("20 02"), {}), "voltage.b") == "220 V");
}

TEST_CASE("the relay's bits, and those that changed between printings") {
  CHECK(running_state(hex("50 00"), {}).value() == RunningState{true, true, false, false});
  CHECK(running_state(hex("40 10"), {}).value() == RunningState{false, true, false, false});
  CHECK(running_state(hex("00 10"), {.late_status_bits = true}).value().keeps_power);
  CHECK(running_state(hex("00"), {}).error() == MeterErrc::length);
  const auto plain = describe_item(Edition::v2007, di::status_3, hex("10 10"), {});
  CHECK(shown(plain, "status_3.relay_open") == "yes");
  CHECK(shown(plain, "status_3.keep_power").empty());
  CHECK(shown(describe_item(Edition::v2007, di::status_3, hex("10 10"), {.late_status_bits = true}), "status_3.keep_power") ==
        "yes");
  const auto block = describe_item(Edition::v2007, 0x040005ff, Bytes(14, 0x10), {});
  CHECK(shown(block, "status_3.relay_open") == "yes");
  CHECK(shown(block, "status_7.auxiliary_supply_lost") == "yes");
}

TEST_CASE("texts in either direction, times, tables and demand") {
  const auto model = hex("34 33 32 31 44 44 53 59 00 00");
  CHECK(shown(describe_item(Edition::v2007, 0x0400040b, model, {}), "model") == "YSDD1234");
  CHECK(shown(describe_item(Edition::v2007, 0x0400040b, model, {.text_low_byte_first = false}), "model") == "4321DDSY");
  CHECK(shown(describe_item(Edition::v2007, 0x04000407, hex("31 2E 30 20 20 20"),
                            {.text_low_byte_first = false, .class_text_size = 6}),
              "active_class") == "1.0");
  CHECK(shown(describe_item(Edition::v2007, 0x0400010c, hex("55 53 21 01 11 01 16"), {}), "date_time") ==
        "2016-01-11 21:53:55");
  CHECK(shown(describe_item(Edition::v2007, 0x04010000, hex("01 05 03 02 06 04"), {}), "zone_table_set_1.2") == "04-06 02");
  const auto demand = describe_item(Edition::v2007, 0x01010000, hex("45 23 01 30 12 05 06 17"), {});
  CHECK(shown(demand, "forward_demand.total") == "1234.5 W");
  CHECK(shown(demand, "forward_demand.total.at") == "2017-06-05 12:30");
}

TEST_CASE("midnight is a time; a day of zeros is none") {
  const auto value = [](Edition edition, std::uint32_t di, const char* bytes, const std::string& name) {
    return shown(describe_item(edition, di, hex(bytes), {}), name);
  };
  CHECK(value(Edition::v2007, 0x04000102, "00 00 00", "time") == "00:00:00");
  CHECK(value(Edition::v2007, 0x04001203, "00 00", "daily_freeze_time") == "00:00");
  CHECK(value(Edition::v1997, 0xc011, "00 00 00", "time") == "00:00:00");
  CHECK(value(Edition::v2007, 0x04000102, "99 99 99", "time") == "not available");
  CHECK(value(Edition::v2007, 0x04000101, "00 00 00 00", "date") == "not available");
  CHECK(value(Edition::v2007, 0x04000b01, "00 00", "settlement_day_1") == "not available");
}

TEST_CASE("records of events are told item by item") {
  const auto bought = describe_item(Edition::v2007, 0x0333ff01,
                                    hex("51 22 05 06 17 02 00 00 50 00 00 34 12 00 00 34 62 00 00 00 00 01 00"), {});
  CHECK(shown(bought, "money_purchase_time") == "2017-06-05 22:51");
  CHECK(shown(bought, "money_purchase_count") == "2");
  CHECK(shown(bought, "money_bought") == "50.00 yuan");
  CHECK(shown(bought, "money_before_purchase") == "12.34 yuan");
  CHECK(shown(bought, "money_after_purchase") == "62.34 yuan");
  CHECK(shown(bought, "money_bought_total") == "100.00 yuan");
  const auto energy = describe_item(Edition::v2007, 0x0332ff01,
                                    hex("51 22 05 06 17 02 00 00 50 00 00 34 12 00 00 34 62 00 00 00 00 01 00"), {});
  CHECK(shown(energy, "energy_bought") == "50000 Wh");
  const auto dark = describe_item(Edition::v2007, 0x03110001, hex("00 30 08 01 11 26 10 45 09 01 11 26"), {});
  CHECK(shown(dark, "power_fail.from") == "2026-11-01 08:30:00");
  CHECK(shown(dark, "power_fail.to") == "2026-11-01 09:45:10");
  const auto set = describe_item(Edition::v2007, 0x03300402, hex("04 03 02 01 00 30 08 01 11 26 10 45 09 01 11 26"), {});
  CHECK(shown(set, "clock_set.operator") == "01020304");
  CHECK(shown(set, "clock_set.after") == "2026-11-01 09:45:10");
  CHECK_FALSE(is_sound(Edition::v2007, 0x0333ff01, hex("51 22 05 06 17 02 00"), {}));
  CHECK(is_sound(Edition::v2007, 0x03110001, Bytes(12, 0x00), {}));
  CHECK_FALSE(is_sound(Edition::v2007, 0x03110001, hex("00 30 08 01 13 26 10 45 09 01 11 26"), {}));  // a thirteenth month
}

TEST_CASE("every byte of any data is shown somewhere and nothing fails") {
  CHECK(rc::check("any data", [](std::uint32_t di, Bytes data) {
    data.resize(std::min(data.size(), max_data));
    const auto fields = describe_item(Edition::v2007, di, data, {});
    RC_ASSERT(data.empty() || !fields.empty());
    RC_ASSERT(fields.size() <= 20 * max_data);
  }));
}

}  // namespace wattle::dlt645_items_test
