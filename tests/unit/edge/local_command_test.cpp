#include "edge/local_command.hpp"

#include <catch2/catch.hpp>

namespace wattle::edge {
namespace {

bool is_bad(std::string_view line) { return std::holds_alternative<BadCommand>(parse_command(line)); }

}  // namespace

TEST_CASE("lines that mean something") {
  CHECK(std::holds_alternative<StatusAsked>(parse_command("status")));
  CHECK(std::holds_alternative<StatusAsked>(parse_command("status\r")));
  const auto code = std::get<CodeTyped>(parse_command("code 101 1234 5678 9012 3456 7890"));
  CHECK(code.room == RoomId{101});
  CHECK(code.digits == "1234 5678 9012 3456 7890");
  const auto cash = std::get<CashSold>(parse_command("cash  301 20.50"));
  CHECK(cash.room == RoomId{301});
  CHECK(cash.amount == Money{20'500'000});
  CHECK(cash.key.empty());
  CHECK(std::get<CashSold>(parse_command("cash 301 20.50 kiosk-3/0017")).key == "kiosk-3/0017");
  const auto forced = std::get<CircuitForced>(parse_command("force 1010 forced_off"));
  CHECK(forced.circuit == CircuitId{1010});
  CHECK(forced.mode == ControlMode::forced_off);
  const auto changed = std::get<MeterChanged>(parse_command("meter 1010 152300  70001011 0"));
  CHECK(changed.circuit == CircuitId{1010});
  CHECK(changed.last == Quantity{152'300});
  CHECK(changed.meter == MeterId{70'001'011});
  CHECK(changed.first == Quantity{0});
}

TEST_CASE("lines that mean nothing") {
  for (const auto* line : {"",
                           "stat",
                           "status now",
                           "code",
                           "code 101",
                           "code x 1",
                           "code 0 1",
                           "code 4294967296 1",
                           "cash 101",
                           "cash 101 -1",
                           "cash 101 0",
                           "cash 101 1e3",
                           "cash 101 10000.01",
                           "cash -1 5",
                           "cash 101 5 two words",
                           "cash 101 5 \x7f",
                           "force",
                           "force 1010",
                           "force 1010 off",
                           "force 0 prepaid",
                           "meter",
                           "meter 1010",
                           "meter 1010 5 7",
                           "meter 0 5 7 0",
                           "meter 1010 -5 7 0",
                           "meter 1010 5 0 0",
                           "meter 1010 5 7 0 1",
                           "meter 1010 5 7 1.5",
                           "meter 1010 9223372036854775808 7 0"}) {
    INFO(line);
    CHECK(is_bad(line));
  }
  CHECK(is_bad("code 101 " + std::string(65, '1')));
}

TEST_CASE("a register that has come to its end is told with where that is") {
  const auto turned = parse_command("rollover 1010 100000000");
  REQUIRE(std::holds_alternative<RegisterTurned>(turned));
  CHECK(std::get<RegisterTurned>(turned).circuit == CircuitId{1010});
  CHECK(std::get<RegisterTurned>(turned).ends == Quantity{100'000'000});
  for (const auto* line : {"rollover", "rollover 1010", "rollover 0 100000000", "rollover 1010 999999", "rollover 1010 -1",
                           "rollover 1010 1000000000000001", "rollover 1010 100000000 1"}) {
    INFO(line);
    CHECK(is_bad(line));
  }
}

}  // namespace wattle::edge
