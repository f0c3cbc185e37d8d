#include "shared/meter/health.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"

namespace wattle {
namespace {

const LineFaultsTold some_faults = {{LineFault::silent, 300, seconds(90), true},
                                    {LineFault::foreign_master, 2, hours(2), false}};

MeterHealth all_wrong() {
  MeterHealth health;
  health.silent = health.foreign = health.register_stuck = health.flows_open = health.disobeys = true;
  health.answers_as = {999};
  health.torn = 3;
  health.failure = MeterFailure{2, seconds(7)};
  return health;
}

template <class Told>
Bytes written(const Told& told) {
  Bytes bytes;
  Writer out(bytes);
  write(out, told);
  return bytes;
}

}  // namespace

TEST_CASE("what is told of lines and meters has the bytes of api-spec/provisioning.md") {
  CHECK(to_hex(written(some_faults)) == "0200ac025a010402a03800");
  CHECK(to_hex(written(all_wrong())) == "3fe70703020007");
  CHECK(to_hex(written(MeterHealth{})) == "0000");
  for (const auto& health : {all_wrong(), MeterHealth{}}) {
    const auto bytes = written(health);
    Reader in(bytes);
    CHECK(read_meter_health(in) == health);
    CHECK(in.finished());
  }
  const auto bytes = written(some_faults);
  Reader in(bytes);
  CHECK(read_line_faults(in) == some_faults);
  CHECK(in.finished());
}

TEST_CASE("how long ago something was is never told as longer than can be read") {
  auto health = all_wrong();
  health.failure->ago = {INT64_MAX};
  const auto bytes = written(health);
  Reader in(bytes);
  CHECK(read_meter_health(in).failure->ago == health_ago_max);
  CHECK(in.finished());
}

TEST_CASE("flags, faults and codes that there are not are refused, and so is a fault told twice") {
  const auto reads = [](const char* hex, auto read) {
    const auto bytes = from_hex(hex);
    Reader in(bytes);
    read(in);
    return in.finished();
  };
  CHECK(reads("3fe70703020007", read_meter_health));
  CHECK_FALSE(reads("40", read_meter_health));
  CHECK_FALSE(reads("2003000007", read_meter_health));  // failed, and with nothing
  CHECK(reads("010001000000", read_line_faults) == false);
  CHECK(reads("0105010000", read_line_faults));
  CHECK_FALSE(reads("0106010000", read_line_faults));
  CHECK_FALSE(reads("020001000000010000", read_line_faults));
  CHECK_FALSE(reads("0100010002", read_line_faults));
  CHECK_FALSE(reads("07", read_line_faults));
}

TEST_CASE("whatever the bytes are, health is read or refused, and what is read is written the same") {
  Random random(9);
  for (int i = 0; i < 40'000; ++i) {
    const bool of_meter = random.chance(1, 2);
    auto bytes = of_meter ? written(all_wrong()) : written(some_faults);
    bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
    if (random.chance(1, 4)) bytes.resize(random.below(bytes.size() + 1));
    Reader in(bytes);
    Bytes again;
    if (of_meter) {
      const auto health = read_meter_health(in);
      if (in.finished()) again = written(health);
    } else {
      const auto faults = read_line_faults(in);
      if (in.finished()) again = written(faults);
    }
    if (in.finished()) CHECK(again == bytes);
  }
}

}  // namespace wattle
