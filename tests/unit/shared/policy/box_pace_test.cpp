#include "shared/policy/box_pace.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"
#include "shared/policy/registers.hpp"

namespace wattle {

TEST_CASE("a pace has the bytes of api-spec/control.md, whatever of it is said") {
  const BoxPace all{seconds(5), minutes(15), ClockBroadcast{std::uint16_t{190}}};
  CHECK(to_hex(encode(all)) == "010788278407be01");
  CHECK(to_hex(encode(BoxPace{})) == "0100");
  CHECK(to_hex(encode(BoxPace{{}, {}, ClockBroadcast{}})) == "010400");  // never
  for (const auto& pace :
       {all, BoxPace{}, BoxPace{seconds(5), {}, {}}, BoxPace{{}, days(1), {}}, BoxPace{{}, {}, ClockBroadcast{}}})
    CHECK(decode_pace(encode(pace)) == pace);
  CHECK(encode(all).size() <= pace_bytes_max);
}

TEST_CASE("a pace that no box could keep is none") {
  const auto is_read = [](const BoxPace& pace) { return decode_pace(encode(pace)).has_value(); };
  CHECK(is_read({poll_every_min, record_every_min, ClockBroadcast{broadcast_midnight_minutes}}));
  CHECK(is_read({poll_every_max, record_every_max, ClockBroadcast{std::uint16_t{24 * 60 - 11}}}));
  CHECK_FALSE(is_read({milliseconds(199), {}, {}}));
  CHECK_FALSE(is_read({milliseconds(60'001), {}, {}}));
  CHECK_FALSE(is_read({{}, seconds(59), {}}));
  CHECK_FALSE(is_read({{}, seconds(7 * 60), {}}));  // no whole part of a day
  CHECK_FALSE(is_read({{}, {}, ClockBroadcast{std::uint16_t{9}}}));
  CHECK_FALSE(is_read({{}, {}, ClockBroadcast{std::uint16_t{24 * 60 - 10}}}));
  for (const auto* hex : {"", "01", "0108", "0200", "010000", "0101", "01018827ff", "010188a700"}) {
    INFO(hex);
    CHECK_FALSE(decode_pace(from_hex(hex)));
  }
}

TEST_CASE("the register of a pace is of a slot, and of what is wired") {
  CHECK(pace_key({7}) == "pace/7");
  CHECK(parse_register_key("pace/7") == RegisterKey{RegisterKind::pace, 7});
  CHECK(is_control_key("pace/x"));
  CHECK_FALSE(parse_register_key("pace/0"));
  CHECK_FALSE(circuit_of_register("pace/7"));
  CHECK(is_wiring(RegisterKind::pace));
  CHECK(is_valid_register("pace/7", encode(BoxPace{seconds(5), {}, {}})));
  CHECK_FALSE(is_valid_register("pace/7", from_hex("0101")));
}

TEST_CASE("whatever the bytes are, a pace is read or refused, and what is read is written the same") {
  Random random(3);
  std::size_t read = 0;
  for (int i = 0; i < 50'000; ++i) {
    auto bytes = encode(BoxPace{seconds(5), minutes(15), ClockBroadcast{std::uint16_t{190}}});
    bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
    if (random.chance(1, 4)) bytes.resize(random.below(bytes.size() + 1));
    const auto pace = decode_pace(bytes);
    if (!pace) continue;
    ++read;
    CHECK(is_valid(*pace));
    CHECK(encode(*pace) == bytes);
  }
  CHECK(read > 100);
}

}  // namespace wattle
