// A storm of changes is told once a room and pause; a single one at once.

#include "cloud/gateway/room_pulse.hpp"

#include <catch2/catch.hpp>

#include "shared/io/clock.hpp"

namespace wattle::cloud {
namespace {

struct Watch {
  boost::asio::io_context loop;
  std::vector<RoomId> told;
  RoomPulse pulse{loop, [this](RoomId room) { told.push_back(room); }};
};

TEST_CASE("the first change is told at once, and never within changed()") {
  Watch watch;
  watch.pulse.changed({101});
  CHECK(watch.told.empty());
  watch.loop.poll();
  CHECK(watch.told == std::vector<RoomId>{{101}});
}

TEST_CASE("what changes within a pause is told once after it, the rooms of a whole house too") {
  Watch watch;
  watch.pulse.changed({101});
  watch.loop.poll();
  constexpr std::uint32_t rooms = 3 * pulse_rooms_at_once + 1;
  for (int round = 0; round < 50; ++round)
    for (std::uint32_t room = 0; room < rooms; ++room) watch.pulse.changed({room});
  watch.loop.poll();
  CHECK(watch.told.size() == 1);
  watch.loop.run_for(to_chrono(pulse_pause) + std::chrono::milliseconds(50));
  CHECK(watch.told.size() == 1 + rooms);
  watch.loop.run_for(to_chrono(pulse_pause) + std::chrono::milliseconds(50));
  CHECK(watch.told.size() == 1 + rooms);
  watch.pulse.changed({5});
  watch.loop.restart();
  watch.loop.poll();
  CHECK(watch.told.back() == RoomId{5});
}

TEST_CASE("what was stopped tells nothing more") {
  Watch watch;
  watch.pulse.changed({101});
  watch.pulse.stop();
  watch.pulse.changed({102});
  watch.loop.run();
  CHECK(watch.told.empty());
}

}  // namespace
}  // namespace wattle::cloud
