#include "edge/io/rs485_device.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "edge/io/serial_bus.hpp"
#include "simulator/devices/pty.hpp"

using namespace wattle;

TEST_CASE("what the kernel is told of an RS485 line is built by level and delays") {
  const auto high = to_kernel({true, 1, 10});
  CHECK(high.flags == (SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND));
  CHECK(high.delay_rts_before_send == 1);
  CHECK(high.delay_rts_after_send == 10);
  const auto low = to_kernel({false, 0, 0});
  CHECK(low.flags == (SER_RS485_ENABLED | SER_RS485_RTS_AFTER_SEND));
  CHECK(low.delay_rts_before_send == 0);
  CHECK(low.delay_rts_after_send == 0);
}

TEST_CASE("a driver that leaves out in silence what it was told has not done it") {
  const Rs485 wanted{true, 1, 10};
  auto made = to_kernel(wanted);
  CHECK(is_done(wanted, made));
  made.delay_rts_after_send = 0;  // drivers round
  made.flags |= SER_RS485_RX_DURING_TX;
  CHECK(is_done(wanted, made));
  CHECK_FALSE(is_done({false, 1, 10}, made));
  for (const auto flags : {std::uint32_t{0}, std::uint32_t{SER_RS485_RTS_ON_SEND}}) {  // not switched on
    made.flags = flags;
    CHECK_FALSE(is_done(wanted, made));
  }
}

TEST_CASE("a device that cannot turn an RS485 line around is told of with the remedy, and is free again") {
  const auto link = (std::filesystem::temp_directory_path() / ("wattle-rs485-test-" + std::to_string(getpid()))).string();
  auto pty = sim::Pty::open(link);
  REQUIRE(pty.has_value());
  const auto fd = open_serial_device(link, {}, Rs485{});
  REQUIRE_FALSE(fd.has_value());
  CHECK(fd.error() == BusErrc::direction);
  CHECK(fd.error().message().find("leave rs485 out") != std::string::npos);
  const auto plain = open_serial_device(link, {});
  REQUIRE(plain.has_value());
  close(*plain);

  boost::asio::io_context loop{1};
  const auto bus = start_serial_bus(loop, link, {}, {}, Rs485{});
  std::optional<Result<Bytes>> heard;
  const Judge judge = [](ByteView) { return Verdict::more; };
  bus->transact({Bytes{0x10}, judge, milliseconds(100)}, [&](Result<Bytes> r) { heard = std::move(r); });
  while (!heard && loop.run_one_for(std::chrono::seconds(5)) > 0) {
  }
  REQUIRE(heard.has_value());
  CHECK(heard->error() == BusErrc::direction);
  bus->stop();
  loop.restart();
  loop.run_for(std::chrono::milliseconds(100));
}
