#include "shared/meter/dlt645_kept.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/dlt645_meter.hpp"
#include "shared/meter/parts.hpp"

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

namespace {

/// Each quarter of an hour from eight o'clock on, `count` of them, 10 Wh more each.
Kept load_keeper(std::uint8_t count) {
  Kept kept;
  kept.as.load = {.records = 0x06000001, .minutes = 60, .blocks = 1};
  kept.load_minutes = 15;
  kept.load_classes = 0x09;
  for (std::uint8_t n = 0; n < count; ++n) {
    LoadRecord record{.at = {2026, 3, 1, static_cast<std::uint8_t>(8 + n / 4), static_cast<std::uint8_t>(n % 4 * 15), 0}};
    record.groups[0] = Bytes(17, 0x11);
    record.groups[load_energies] = Bytes(16, 0);
    record.groups[load_energies][0] = to_bcd(n);
    keep_load(kept, record);
  }
  return kept;
}

/// The hours and minutes of those that are shown.
std::string times_of(const Kept& kept, std::uint32_t di, const std::string& asked) {
  const auto bytes = kept_loads(kept, di, from_hex(asked));
  if (!bytes) return "nothing";
  const auto read = decode_load_records(*bytes);
  REQUIRE_FALSE(read.error);
  std::string text;
  for (const auto& record : read.records) text += (text.empty() ? "" : " ") + to_text(record.at).substr(11, 5);
  return text;
}

}  // namespace

TEST_CASE("a load record is written when an interval begins, by a clock that may be set") {
  auto kept = load_keeper(0);
  CHECK_FALSE(load_begun(kept, {2026, 3, 1, 7, 59, 0}));  // when it was switched on
  CHECK(load_begun(kept, {2026, 3, 1, 8, 0, 0}) == LocalTime{2026, 3, 1, 8, 0, 0});
  CHECK_FALSE(load_begun(kept, {2026, 3, 1, 8, 14, 59}));
  CHECK(load_begun(kept, {2026, 3, 1, 8, 52, 0}) == LocalTime{2026, 3, 1, 8, 45, 0});  // one of three that have begun
  auto set_back = load_keeper(6);
  set_back.load_slot = kept.load_slot;
  CHECK_FALSE(load_begun(set_back, {2026, 3, 1, 8, 20, 0}));
  CHECK(set_back.loads.size() == 2);  // those behind it are no past any more
  CHECK(load_begun(set_back, {2026, 3, 1, 8, 30, 0}));
  kept.as.load.reset();
  CHECK_FALSE(load_begun(kept, {2026, 3, 1, 9, 0, 0}));
  CHECK_FALSE(load_interval(kept));
  auto by_model = load_keeper(0);
  by_model.load_minutes = 0;
  CHECK(load_interval(by_model) == 60);
  auto full = load_keeper(4);
  for (std::size_t n = 0; n < kept_loads_max; ++n) keep_load(full, {.at = {2026, 3, 2, 0, 0, 0}});
  CHECK(full.loads.size() == kept_loads_max);
  CHECK(full.loads.front().at.day == 2);
}

TEST_CASE("load records are shown from the earliest, from a time, or the latest, as many as are asked for") {
  const auto kept = load_keeper(6);
  CHECK(times_of(kept, 0x06000000, "02") == "08:00 08:15");
  CHECK(times_of(kept, 0x06000002, "02") == "09:00 09:15");
  CHECK(times_of(kept, 0x06000002, "99") == "08:00 08:15 08:30 08:45 09:00 09:15");
  CHECK(times_of(kept, 0x06000001,
                 "03"
                 "3008010326") == "08:30 08:45 09:00");
  CHECK(times_of(kept, 0x06000001,
                 "03"
                 "3108010326") == "08:45 09:00 09:15");  // the first that is not before it
  CHECK(times_of(kept, 0x06000001,
                 "03"
                 "0000010326") == "08:00 08:15 08:30");
  CHECK(times_of(kept, 0x06040001,
                 "01"
                 "3008010326") == "08:30");
  for (const auto* none : {"03"
                           "1609010326",
                           "00"
                           "3008010326",
                           "03"
                           "3025010326",
                           "03", "",
                           "0a"
                           "3008010326"})
    CHECK(times_of(kept, 0x06000001, none) == "nothing");
  CHECK(times_of(kept, 0x06020001,
                 "01"
                 "3008010326") == "nothing");  // a group that it does not keep
  CHECK(times_of(kept, 0x06070001,
                 "01"
                 "3008010326") == "nothing");
  CHECK(times_of(load_keeper(0), 0x06000000, "01") == "nothing");
  const auto energies = decode_load_records(*kept_loads(kept, 0x06040002, from_hex("01"))).records.at(0);
  CHECK(energies.groups[0].empty());
  CHECK(*load_value(energies, di::forward_energy) == Measured{5, 1, Unit::watt_hour});
  auto without = kept;
  without.as.load.reset();
  CHECK(times_of(without, 0x06000000, "01") == "nothing");
}

TEST_CASE("what is longer than a frame is asked on for, and joined it is all of the records") {
  MeterImage image{
      .address = parse_address("4711").value(), .items = {}, .accepts = {}, .utc_offset = hours(8), .kept = load_keeper(6)};
  const auto hear = [&](const Request& request) {
    const auto frame = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
    return receive({request}, answer(frame, image, Instant{1'790'121'600'000'000}), Wire::quiet);
  };
  const auto asked =
      load_records_read({.records = 0x06000001, .minutes = 15, .blocks = 5}, image.address, {2026, 3, 1, 8, 15, 0});
  for (const std::size_t frame_size : {std::size_t{200}, std::size_t{70}}) {
    image.answer_data = frame_size;
    JoinedAnswer parts({needing(asked, 180)});
    std::size_t frames = 1;
    while (parts.take(hear(std::get<Request>(parts.question().ask)))) ++frames;
    const auto whole = std::move(parts).whole();
    const auto* said = std::get_if<MeterAnswer>(&whole);
    REQUIRE(said != nullptr);
    const auto read = decode_load_records(said->data);
    CHECK(read.records.size() >= 3);
    CHECK(read.records.at(0).at == LocalTime{2026, 3, 1, 8, 15, 0});
    CHECK(frames == (frame_size == 200 ? 1 : 3));
  }
  const auto refused = [&](const Request& request) {
    const auto said = hear(request);
    const auto* bad = std::get_if<Bad>(&said);
    return bad != nullptr && bad->error == MeterErrc::no_such_data;
  };
  CHECK(refused(load_records_read({.records = 0x06000001, .blocks = 1}, image.address, {2026, 3, 1, 9, 30, 0})));
  CHECK(refused(read(Edition::v2007, image.address, 0x06000001)));
  CHECK(refused(read_more(asked, 1)));  // of nothing that was asked for
  const Request odd = read_records(image.address, di::status_3, 1, nullptr);
  CHECK(refused(odd));
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
