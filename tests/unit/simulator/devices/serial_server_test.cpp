#include "simulator/devices/serial_server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <chrono>

#include "simulator/devices/meter_bus.hpp"

using namespace wattle;
using namespace wattle::sim;
namespace asio = boost::asio;

namespace {

struct Served {
  explicit Served(const MeterProfile& profile) : profile_(profile) {
    bus.start();
    REQUIRE_FALSE(server.open(bus.device(), 0));
    connect();
  }
  ~Served() {
    server.stop();
    bus.stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(10));
  }
  void connect() {
    master = asio::ip::tcp::socket(loop);
    master.connect({asio::ip::address_v4::loopback(), server.port()});
    master.non_blocking(true);
  }
  void say(ByteView bytes) { asio::write(master, asio::buffer(bytes.data(), bytes.size())); }
  Bytes hear() {
    Bytes heard;
    for (int turn = 0; turn < 30; ++turn) {
      loop.restart();
      loop.run_for(std::chrono::milliseconds(2));
      Bytes some(256);
      boost::system::error_code error;
      some.resize(master.read_some(asio::buffer(some), error));
      heard.insert(heard.end(), some.begin(), some.end());
    }
    return heard;
  }

  MeterProfile profile_;
  asio::io_context loop{1};
  Instant wall{1'750'000'000'000'000};
  MeterBus bus{
      loop, Pty::open("").value(), meters(), {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}};
  SerialServer server{loop};
  asio::ip::tcp::socket master{loop};

  std::vector<VirtualMeter> meters() const {
    VirtualMeterSettings settings;
    settings.profile = std::make_shared<const MeterProfile>(profile_);
    settings.address = std::holds_alternative<ModbusModel>(profile_.protocol) ? 1 : 4711;
    settings.number = MeterId{4711};
    settings.circuits = {{std::make_shared<LoadCurve>(Power{1800}), 100, 0}};
    return {VirtualMeter(settings, {}, wall)};
  }
};

const modbus::Request registers = modbus::read(modbus::Function::read_holding, 0, 10);

}  // namespace

TEST_CASE("Modbus-RTU over TCP: whole, split, joined, and behind a heartbeat") {
  Served served(generic_relay_meter());
  const auto bytes = modbus_rtu::encode_request(1, registers);
  const auto is_answered = [&] {
    const auto received = modbus_rtu::decode_answer(1, registers, served.hear(), Wire::quiet);
    return std::holds_alternative<MeterAnswer>(received);
  };
  served.say(bytes);
  CHECK(is_answered());
  served.say(ByteView(bytes).first(3));
  served.loop.restart();
  served.loop.run_for(std::chrono::milliseconds(5));
  served.say(ByteView(bytes).subspan(3));
  CHECK(is_answered());
  Bytes joined = from_hex("00ff");
  joined.insert(joined.end(), bytes.begin(), bytes.end());
  joined.insert(joined.end(), bytes.begin(), bytes.end());
  served.say(joined);
  const auto twice = served.hear();
  CHECK(twice.size() == 2 * (modbus::answer_size(registers) + modbus_rtu::frame_overhead));
}

TEST_CASE("DL/T 645 over TCP, and the next master after one that hung up") {
  Served served(generic_dlt645_meter(dlt645::Edition::v2007));
  const auto asked = dlt645::read(dlt645::Edition::v2007, dlt645::address_of(4711).value(), dlt645::di::power);
  for (int master = 0; master < 3; ++master) {
    served.say(dlt645::encode_request(asked));
    const auto outcome = dlt645::decode_answer(asked, served.hear(), Wire::quiet);
    REQUIRE(std::holds_alternative<dlt645::Answer>(outcome));
    CHECK(std::get<dlt645::Answer>(outcome).data == from_hex("008001"));
    served.master.close();
    served.loop.restart();
    served.loop.run_for(std::chrono::milliseconds(5));
    served.connect();
  }
}

TEST_CASE("with no master connected the device is free for others") {
  Served served(generic_dlt645_meter(dlt645::Edition::v2007));
  served.master.close();
  served.loop.restart();
  served.loop.run_for(std::chrono::milliseconds(5));
  const int fd = ::open(served.bus.device().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  REQUIRE(fd >= 0);
  const auto asked = dlt645::encode_request(dlt645::read_address());
  REQUIRE(::write(fd, asked.data(), asked.size()) == static_cast<ssize_t>(asked.size()));
  served.loop.restart();
  served.loop.run_for(std::chrono::milliseconds(20));
  Bytes heard(256);
  CHECK(::read(fd, heard.data(), heard.size()) == 22);  // four of preamble, eighteen of frame
  ::close(fd);
}

TEST_CASE("a serial server says why it cannot listen") {
  asio::io_context loop{1};
  SerialServer server(loop);
  CHECK(server.open("/nonexistent/device", 0));
  auto pty = Pty::open("").value();
  SerialServer first(loop), second(loop);
  REQUIRE_FALSE(first.open(pty.device(), 0));
  CHECK(second.open(pty.device(), first.port()));
  first.stop();
  second.stop();
  loop.run_for(std::chrono::milliseconds(10));
}
