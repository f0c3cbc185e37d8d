#include "shared/policy/registers.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

/// Every prefix, and one byte more, is none.
template <class Decode>
void only_whole(const Bytes& bytes, Decode decode) {
  CHECK(decode(bytes).has_value());
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode(ByteView(bytes).first(size)).has_value());
  auto more = bytes;
  more.push_back(0);
  CHECK_FALSE(decode(more).has_value());
}

ControlSettings air_conditioner() {
  ControlSettings v;
  v.load = LoadKind::air_conditioning;
  v.cut_at = yuan(-20);
  v.trip.limit = {1500};
  v.trip.restore_minutes = 255;
  v.timetable = 2;
  return v;
}

}  // namespace

TEST_CASE("a control register has the bytes of api-spec/control.md") {
  ControlSettings v;
  v.mode = ControlMode::forced_on;
  v.load = LoadKind::lighting;
  v.cut_at = {-1};
  v.warn_first = {2};
  v.warn_second = {1};
  v.trip.limit = {300};
  v.timetable = 7;
  // version, mode, load, cut_at -1, first 2, second 1, 300 W, 5 s, restore 5, lock 3, 1440 minutes, timetable
  CHECK(to_hex(encode(v)) == "010100010402ac02050503a00b07");
  CHECK(decode_control(encode(v)) == v);
}

TEST_CASE("registers are read whole or not at all") {
  only_whole(encode(air_conditioner()), decode_control);
  only_whole(encode(SiteDefaults{air_conditioner(), seconds(30)}), decode_defaults);
  only_whole(encode(ClearOrder{81}), decode_clear);
  const Timetable timetable{
      {{{3, 1}, {{0, 360, of(DayKind::working), TimeAction::off, {}}, {360, 1440, every_day, TimeAction::limit, {100}}}},
       {{9, 1}, {}}}};
  only_whole(encode(timetable), decode_timetable);
  CHECK(decode_timetable(encode(timetable)) == timetable);
  Calendar calendar;
  calendar.exceptions[{2026, 10, 1}] = DayKind::holiday;
  calendar.exceptions[{2026, 10, 10}] = DayKind::working;
  only_whole(encode(calendar), decode_calendar);
  CHECK(decode_calendar(encode(calendar)) == calendar);
}

TEST_CASE("plans and orders about meters have the bytes of api-spec/control.md, and are read whole or not at all") {
  ReadingPlan plan;
  plan.rules = {{ReadingRuleKind::interval, 30}, {ReadingRuleKind::cron}, {ReadingRuleKind::weekdays}};
  plan.rules[1].cron = "0 8 * * MON";
  plan.rules[2].weekdays = 3;
  plan.rules[2].at = 450;
  plan.rules.push_back({ReadingRuleKind::settlement_day});
  plan.rules[3].day = 31;
  CHECK(to_hex(encode(plan)) ==
        "0104"
        "011e"
        "020b302038202a202a204d4f4e"
        "0303c203"
        "041f00");
  only_whole(encode(plan), decode_plan);
  CHECK(decode_plan(encode(plan)) == plan);
  CHECK(to_hex(encode(ReadingPlan{})) == "0100");
  only_whole(encode(ReadingPlan{}), decode_plan);
  const MeterOrder meter{{5001}, {300}, {6001}, {7}};
  CHECK(to_hex(encode(meter)) == "018927ac02f12e07");
  only_whole(encode(meter), decode_meter);
  CHECK(decode_meter(encode(meter)) == meter);
  const RolloverOrder rollover{{5001}, {1'000'000}, 1};
  CHECK(to_hex(encode(rollover)) == "018927c0843d01");
  only_whole(encode(rollover), decode_rollover);
  CHECK(decode_rollover(encode(rollover)) == rollover);
  CHECK(decode_rollover(encode(RolloverOrder{{5001}, {1'000'000}, 0})));
}

TEST_CASE("orders about meters that make no sense are none") {
  for (const auto& bad : {MeterOrder{{0}, {1}, {2}, {3}}, MeterOrder{{2}, {1}, {2}, {3}}, MeterOrder{{1}, {1}, {0}, {3}},
                          MeterOrder{{1}, {shown_max + 1}, {2}, {3}}, MeterOrder{{1}, {1}, {meter_number_max}, {3}}})
    CHECK_FALSE(decode_meter(encode(bad)));
  for (const auto& bad :
       {RolloverOrder{{0}, {1'000'000}, 1}, RolloverOrder{{1}, {999'999}, 1}, RolloverOrder{{1}, {999'999}, 0},
        RolloverOrder{{1}, {1'000'000}, 1001}, RolloverOrder{{1}, {shown_max}, 2}})
    CHECK_FALSE(decode_rollover(encode(bad)));
}

TEST_CASE("orders about what was charged have the bytes of api-spec/control.md, and are read whole or not at all") {
  Uid id;
  id.bytes.fill(0xab);
  const AcceptOrder accept{id, {5001}, {300}, {7}, 130};
  CHECK(to_hex(encode(accept)) == "02abababababababababababababababab8927ac02078201");
  // Version 1 named no opening.
  CHECK_FALSE(decode_accept(from_hex("01abababababababababababababababab8927ac0207")));
  CHECK_FALSE(decode_accept(from_hex("02abababababababababababababababab8927ac02078080808010")));  // more than 32 bits
  only_whole(encode(accept), decode_accept);
  CHECK(decode_accept(encode(accept)) == accept);
  const CorrectionOrder correction{id, {{7}, {0xc41e}}, 12, CorrectionWay::charge, {300}};
  CHECK(to_hex(encode(correction)) == "01abababababababababababababababab070000001ec400000c02ac02");
  only_whole(encode(correction), decode_correction);
  CHECK(decode_correction(encode(correction)) == correction);
  CHECK(is_valid_register("accept/1010", encode(accept)));
  CHECK(is_valid_register("correction/1010", encode(correction)));
  CHECK_FALSE(is_valid_register("correction/1010", encode(accept)));
  CHECK_FALSE(is_valid_register("accept/0", encode(accept)));
  CHECK(circuit_of_register("accept/1010") == CircuitId{1010});
  CHECK(circuit_of_register("correction/1010") == CircuitId{1010});
}

TEST_CASE("orders about what was charged that make no sense are none") {
  Uid id;
  id.bytes[3] = 1;
  CHECK(mark_of(id) == 1U << 24U);
  for (const auto& bad : {AcceptOrder{{}, {1}, {1}, {2}, 1}, AcceptOrder{id, {0}, {1}, {2}, 1},
                          AcceptOrder{id, {1}, {2}, {2}, 1}, AcceptOrder{id, {UINT64_C(1) << 63U}, {1}, {2}, 1},
                          AcceptOrder{id, {1}, {accepted_max + 1}, {2}, 1}, AcceptOrder{id, {1}, {1}, {2}, 0}})
    CHECK_FALSE(decode_accept(encode(bad)));
  const Holder box{{7}, {1}};
  for (const auto& bad :
       {CorrectionOrder{{}, box, 1, CorrectionWay::back, {1}}, CorrectionOrder{id, {}, 1, CorrectionWay::back, {1}},
        CorrectionOrder{id, box, 0, CorrectionWay::back, {1}}, CorrectionOrder{id, box, 1, static_cast<CorrectionWay>(3), {1}},
        CorrectionOrder{id, box, 1, CorrectionWay::back, {0}},
        CorrectionOrder{id, box, 1, CorrectionWay::back, {correction_max.micros + 1}}})
    CHECK_FALSE(decode_correction(encode(bad)));
}

TEST_CASE("the keys of plans and of orders about meters name a circuit") {
  CHECK(circuit_of_register("plan/1010") == CircuitId{1010});
  CHECK(circuit_of_register("meter/1010") == CircuitId{1010});
  CHECK(circuit_of_register("rollover/1010") == CircuitId{1010});
  CHECK(circuit_of_register("control/1010") == CircuitId{1010});
  for (const auto* of_none : {"timetable/1", "site/plan", "site/defaults", "calendar", "plan/0", "plan/01", "meter/", "limit"})
    CHECK_FALSE(circuit_of_register(of_none));
  CHECK_FALSE(is_valid_register("plan/x", encode(ReadingPlan{})));
  CHECK(is_valid_register("site/plan", encode(ReadingPlan{})));
  CHECK(box_plan_key({7}) == "boxplan/7");
  CHECK(parse_register_key("boxplan/7") == RegisterKey{RegisterKind::box_plan, 7});
  CHECK_FALSE(circuit_of_register("boxplan/7"));
  CHECK(is_valid_register("boxplan/7", encode(ReadingPlan{})));
  CHECK_FALSE(is_valid_register("boxplan/0", encode(ReadingPlan{})));
}

TEST_CASE("what makes no sense is no register") {
  auto v = air_conditioner();
  v.warn_second = yuan(11);
  CHECK_FALSE(decode_control(encode(v)));
  v = air_conditioner();
  v.cut_at = yuan(1'000'001);
  CHECK_FALSE(decode_control(encode(v)));
  v = air_conditioner();
  v.mode = static_cast<ControlMode>(3);
  CHECK_FALSE(decode_control(encode(v)));
  v = air_conditioner();
  v.trip.window = {};
  CHECK_FALSE(decode_control(encode(v)));
  CHECK_FALSE(decode_clear(encode(ClearOrder{0})));
  CHECK_FALSE(decode_defaults(encode(SiteDefaults{{}, minutes(11)})));
  CHECK_FALSE(decode_timetable(encode(Timetable{{{{1, 1}, {{600, 600, every_day, TimeAction::off, {}}}}}})));
  CHECK_FALSE(decode_timetable(encode(Timetable{{{{13, 1}, {}}}})));
  Calendar calendar;
  calendar.exceptions[{2026, 2, 29}] = DayKind::rest;
  CHECK_FALSE(decode_calendar(encode(calendar)));
  // The same day twice, and an earlier day after a later one.
  CHECK_FALSE(decode_calendar(from_hex("014102ea070a01ea070a01")));
  CHECK_FALSE(decode_calendar(from_hex("014102ea070a02ea070a01")));
}

TEST_CASE("a newer version is not this one") {
  auto bytes = encode(air_conditioner());
  bytes[0] = 2;
  CHECK_FALSE(decode_control(bytes));
}

TEST_CASE("keys name a circuit or a timetable in one way only") {
  CHECK(parse_register_key("control/1010") == RegisterKey{RegisterKind::control, 1010});
  CHECK(parse_register_key("clear/4294967295") == RegisterKey{RegisterKind::clear, UINT32_MAX});
  CHECK(parse_register_key("timetable/255") == RegisterKey{RegisterKind::timetable, 255});
  CHECK(parse_register_key("calendar") == RegisterKey{RegisterKind::calendar, 0});
  CHECK(parse_register_key("site/defaults") == RegisterKey{RegisterKind::defaults, 0});
  for (const auto* bad : {"control/", "control/0", "control/01", "control/x", "control/4294967296", "control/1 ",
                          "timetable/256", "timetable/0", "clear/-1", "site/", "code_epoch/1"})
    CHECK_FALSE(parse_register_key(bad));
  CHECK(is_control_key("control/x"));
  CHECK_FALSE(is_control_key("code_epoch/101"));
  CHECK(is_valid_register("code_epoch/101", Bytes{9}));
  CHECK_FALSE(is_valid_register("control/x", encode(air_conditioner())));
  CHECK(is_valid_register("control/1", encode(air_conditioner())));
  CHECK_FALSE(is_valid_register("calendar", encode(air_conditioner())));
}

}  // namespace wattle
