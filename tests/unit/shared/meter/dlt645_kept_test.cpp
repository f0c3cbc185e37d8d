#include "shared/meter/dlt645_kept.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/dlt645_meter.hpp"

namespace wattle::dlt645_kept_test {

using namespace wattle::dlt645;

namespace {

Kept keeper() {
  Kept kept;
  kept.as.freezes = {{FreezeKind::hourly, {.time = 0x05040001, .energy = 0x05040101, .keeps = 3}},
                     {FreezeKind::daily, {.time = 0x05060001, .energy = 0x05060101, .keeps = 2}}};
  kept.as.events = {{MeterEvent::tripped, {.record = 0x1d000101}},
                    {MeterEvent::cover_opened, {.record = 0x03300d01, .size = 60}}};
  return kept;
}

std::string shown(const Kept& kept, std::uint32_t di) {
  const auto bytes = kept_bytes(kept, di);
  return bytes ? to_hex(*bytes) : "nothing";
}

}  // namespace

TEST_CASE("each hour and each day leaves its register, and the oldest goes") {
  auto kept = keeper();
  CHECK(shown(kept, 0x05040001) == "0000000000");
  keep_freezes(kept, {2026, 3, 1, 21, 59, 0}, {1'000});
  CHECK(kept.freezes.empty());  // when it was switched on
  keep_freezes(kept, {2026, 3, 1, 22, 0, 0}, {1'010});
  keep_freezes(kept, {2026, 3, 1, 22, 30, 0}, {1'050});
  keep_freezes(kept, {2026, 3, 1, 23, 0, 0}, {1'100});
  keep_freezes(kept, {2026, 3, 2, 0, 0, 0}, {1'200});
  CHECK(shown(kept, 0x05040001) == "0000020326");
  CHECK(shown(kept, 0x05040003) == "0022010326");
  CHECK(shown(kept, 0x05040103) == "0101000001010000000000000000000000000000");
  CHECK(shown(kept, 0x05060001) == "0000020326");
  CHECK(shown(kept, 0x05060101).starts_with("20010000"));
  CHECK(shown(kept, 0x05060002) == "0000000000");
  keep_freezes(kept, {2026, 3, 2, 1, 0, 0}, {1'300});
  CHECK(shown(kept, 0x05040003) == "0023010326");
  CHECK(shown(kept, 0x05040004) == "nothing");
}

TEST_CASE("a month is frozen on the settlement day, and two are kept") {
  Kept kept;
  kept.as.freezes = {{FreezeKind::monthly, {.time = di_1997::settlement_day, .energy = 0x9410, .keeps = 2}}};
  CHECK(shown(kept, 0xc117) == "0001");
  CHECK(shown(kept, 0x9410) == "00000000");
  keep_freezes(kept, {2026, 1, 31, 23, 0, 0}, {1'000});
  keep_freezes(kept, {2026, 2, 1, 0, 0, 0}, {1'010});
  keep_freezes(kept, {2026, 2, 1, 1, 0, 0}, {1'020});
  CHECK(shown(kept, 0x9410) == "01010000");
  keep_written(kept, 0xc117, from_hex("1215"));
  CHECK(shown(kept, 0xc117) == "1215");
  keep_freezes(kept, {2026, 2, 15, 11, 0, 0}, {1'100});
  CHECK(shown(kept, 0x9410) == "01010000");
  keep_freezes(kept, {2026, 2, 15, 12, 0, 0}, {1'200});
  CHECK(shown(kept, 0x9410) == "20010000");
  CHECK(shown(kept, 0x9810) == "01010000");
  CHECK(shown(kept, 0x9c10) == "nothing");
  keep_freezes(kept, {2026, 3, 15, 12, 0, 0}, {1'300});
  CHECK(shown(kept, 0x9810) == "20010000");
  for (const auto* none : {"0000", "0032", "2401", "ffff", "00"}) keep_written(kept, 0xc117, from_hex(none));
  keep_written(kept, 0xc118, from_hex("0001"));
  CHECK(shown(kept, 0xc117) == "1215");
}

TEST_CASE("a clock that is set back freezes nothing, and one that is set forward once") {
  auto kept = keeper();
  keep_freezes(kept, {2026, 3, 1, 5, 0, 0}, {10});
  keep_freezes(kept, {2026, 3, 1, 3, 0, 0}, {20});
  CHECK(kept.freezes.empty());
  keep_freezes(kept, {2026, 3, 9, 3, 20, 0}, {30});
  CHECK(kept.freezes.at(FreezeKind::hourly) == std::deque<KeptFreeze>{{{2026, 3, 9, 3, 0, 0}, {30}}});
  CHECK(kept.freezes.at(FreezeKind::daily) == std::deque<KeptFreeze>{{{2026, 3, 9, 0, 0, 0}, {30}}});
}

TEST_CASE("the newest event of each kind is kept, in a record of its size") {
  auto kept = keeper();
  CHECK(shown(kept, 0x1d000101) == "000000000000");
  keep_event(kept, MeterEvent::tripped, {2026, 3, 1, 22, 15, 30});
  keep_event(kept, MeterEvent::cover_opened, {2026, 3, 1, 22, 15, 31});
  keep_event(kept, MeterEvent::purchased, {2026, 3, 1, 22, 15, 32});
  CHECK(shown(kept, 0x1d000101) == "301522010326");
  CHECK(shown(kept, 0x03300d01).size() == 120);
  CHECK(shown(kept, 0x03300d01).starts_with("311522010326"));
  CHECK(shown(kept, 0x03330101) == "nothing");
}

TEST_CASE("a meter writes down when its contact opened, and when somebody wrote into it") {
  MeterImage image{.address = parse_address("4711").value(),
                   .items = {{di::trip_delay, {Bytes{0, 0}, true}}},
                   .accepts = {{2, 0, 0, 0}, {}},
                   .utc_offset = hours(8),
                   .clock_error = minutes(1),
                   .kept = keeper()};
  image.kept.as.events[MeterEvent::programmed] = {.record = 0x03300001};
  constexpr Instant eight{1'790'121'600'000'000};  // 2026-09-23 08:00 there
  const auto ask = [&](const Request& request, Instant now) {
    const auto frame = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
    const auto outcome = decode_answer(request, answer(frame, image, now), Wire::quiet);
    return std::holds_alternative<Answer>(outcome) ? to_hex(std::get<Answer>(outcome).data) : "refused";
  };
  const auto trip = relay(image.address, image.accepts, RelayCommand::trip, {2099, 1, 1, 0, 0, 0});
  const auto tripped = read(Edition::v2007, image.address, 0x1d000101);
  ask(trip, eight);
  CHECK(ask(tripped, eight) == "000108230926");
  ask(trip, eight + minutes(5));  // it is open already
  CHECK(ask(tripped, eight) == "000108230926");
  ask(relay(image.address, image.accepts, RelayCommand::close, {2099, 1, 1, 0, 0, 0}), eight);
  image.trip_delay = minutes(2);
  ask(trip, eight + minutes(10));
  CHECK(ask(tripped, eight + minutes(11)) == "000108230926");
  CHECK(ask(tripped, eight + minutes(13)) == "001308230926");
  ask(write(Edition::v2007, image.address, di::trip_delay, image.accepts, {0, 0}), eight + seconds(5));
  CHECK(ask(read(Edition::v2007, image.address, 0x03300001), eight) == "050108230926");
}

}  // namespace wattle::dlt645_kept_test
