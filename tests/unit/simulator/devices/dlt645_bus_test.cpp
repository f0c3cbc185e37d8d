// Virtual meters of DL/T 645 over a real pseudo-terminal, asked by the master's half of the codec.

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "simulator/devices/meter_bus.hpp"

using namespace wattle;
using namespace wattle::sim;
namespace asio = boost::asio;
using dlt645::Edition;

namespace {

const dlt645::Credentials known{{2, 0x37, 6, 2}, {}};
constexpr LocalTime far_future{2099, 12, 31, 0, 0, 0};

class Line {
 public:
  explicit Line(Edition edition = Edition::v2007, BusTiming timing = {})
      : bus(loop, Pty::open("").value(), meters(edition),
            {.timing = timing, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}) {
    bus.start();
    fd_ = ::open(bus.device().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    REQUIRE(fd_ >= 0);
  }
  ~Line() {
    ::close(fd_);
    bus.stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(10));
  }

  void say(ByteView bytes) { REQUIRE(::write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())); }
  /// What comes within this time, or until the answer is whole.
  Outcome<dlt645::Answer> ask(const dlt645::Request& request,
                              std::chrono::milliseconds longest = std::chrono::milliseconds(60)) {
    say(dlt645::encode_request(request));
    Bytes heard;
    const auto until = std::chrono::steady_clock::now() + longest;
    while (std::chrono::steady_clock::now() < until) {
      loop.restart();
      loop.run_for(std::chrono::milliseconds(2));
      Bytes some(256);
      const auto size = ::read(fd_, some.data(), some.size());
      if (size > 0) heard.insert(heard.end(), some.begin(), some.begin() + size);
      auto outcome = dlt645::decode_answer(request, heard, Wire::open);
      if (!std::holds_alternative<NeedMore>(outcome)) return outcome;
    }
    return dlt645::decode_answer(request, heard, Wire::quiet);
  }
  Error refusal(const dlt645::Request& request) {
    const auto outcome = ask(request);
    const auto* bad = std::get_if<Bad>(&outcome);
    return bad == nullptr ? Error{} : bad->error;
  }
  Reading read(Edition edition, const dlt645::Address& address) {
    const auto model = std::get<dlt645::Model>(generic_dlt645_meter(edition).protocol);
    const auto number = dlt645::number_of(address).value();
    std::vector<Bytes> data;
    for (const auto& request : dlt645::reading_asks(model, number, Depth::full)) {
      const auto outcome = ask(request);
      REQUIRE(std::holds_alternative<dlt645::Answer>(outcome));
      data.push_back(std::get<dlt645::Answer>(outcome).data);
    }
    return dlt645::decode_reading(model, dlt645::usual_rollover, number, Depth::full, data).value();
  }

  asio::io_context loop{1};
  Instant wall{1'750'000'000'000'000};
  MeterBus bus;

 private:
  std::vector<VirtualMeter> meters(Edition edition) const {
    std::vector<VirtualMeter> all;
    for (std::uint8_t unit = 1; unit <= 2; ++unit) {
      VirtualMeterSettings settings;
      settings.profile = std::make_shared<const MeterProfile>(generic_dlt645_meter(edition));
      settings.accepts = known;
      settings.address = 1000u + unit;
      settings.number = MeterId{1000u + unit};
      settings.circuits = {{std::make_shared<LoadCurve>(Power{1800}), 100, 0}};
      all.emplace_back(settings, MeterMemory{}, wall);
    }
    return all;
  }
  int fd_ = -1;
};

const dlt645::Address first = dlt645::address_of(1001).value();

}  // namespace

TEST_CASE("DL/T 645 on a pseudo-terminal: a reading of the meter that is meant") {
  Line line;
  line.wall = line.wall + hours(1);
  CHECK(line.read(Edition::v2007, first) ==
        Reading{MeterId{1001}, 217'300, {}, {{{1800}, Power{1800}, 8'283, {}, true, {}, true}}});
  CHECK(line.refusal(dlt645::read(Edition::v2007, dlt645::address_of(1003).value(), dlt645::di::power)) == MeterErrc::silence);
  CHECK(line.refusal(dlt645::read(Edition::v2007, first, 0x03010000)) == MeterErrc::no_such_data);
}

TEST_CASE("DL/T 645 on a pseudo-terminal: a trip stops the load, and a close starts it") {
  Line line;
  CHECK(line.refusal(dlt645::relay(first, {}, dlt645::RelayCommand::trip, far_future)) == MeterErrc::password);
  CHECK_FALSE(line.refusal(dlt645::relay(first, known, dlt645::RelayCommand::trip, far_future)));
  CHECK(line.bus.command("status").find("number=1001 circuit=1 energy_wh=0 power_w=0 relay=open") != std::string::npos);
  line.wall = line.wall + hours(2);
  CHECK(line.read(Edition::v2007, first) == Reading{MeterId{1001}, 220'000, {}, {{{0}, Power{0}, 0, {}, false, {}, false}}});
  CHECK_FALSE(line.refusal(dlt645::relay(first, known, dlt645::RelayCommand::close, far_future)));
  line.wall = line.wall + hours(1);
  CHECK(line.read(Edition::v2007, first).circuits[0].energy == Quantity{1800});
  CHECK(line.read(Edition::v2007, dlt645::address_of(1002).value()).circuits[0].energy == Quantity{5400});
}

TEST_CASE("DL/T 645 on a pseudo-terminal: a trip delay charges until the contact opens") {
  Line line;
  CHECK_FALSE(line.refusal(dlt645::write(Edition::v2007, first, dlt645::di::trip_delay, known, {0x05, 0})));
  CHECK_FALSE(line.refusal(dlt645::relay(first, known, dlt645::RelayCommand::trip, far_future)));
  CHECK(line.read(Edition::v2007, first).circuits[0].relay_closed.value());
  line.wall = line.wall + hours(1);
  const auto reading = line.read(Edition::v2007, first);
  CHECK_FALSE(reading.circuits[0].relay_closed.value());
  CHECK(reading.circuits[0].energy == Quantity{150});  // five minutes of 1800 W
}

TEST_CASE("DL/T 645 on a pseudo-terminal: the hand at the meter shows in its status word") {
  Line line;
  CHECK(line.bus.command("relay 1001 open") == "ok\n");
  CHECK_FALSE(line.read(Edition::v2007, first).circuits[0].relay_closed.value());
  CHECK(line.bus.command("relay 1001 closed") == "ok\n");
  CHECK(line.read(Edition::v2007, first).circuits[0].relay_closed.value());
}

TEST_CASE("DL/T 645 on a pseudo-terminal: two meters that answer a wildcard collide, one alone is found") {
  Line line;
  const auto outcome = line.ask(dlt645::read_address());
  if (const auto* answer = std::get_if<dlt645::Answer>(&outcome)) CHECK(dlt645::number_of(answer->from) != 1001);
  CHECK(line.bus.command("dead 1002 on") == "ok\n");
  const auto alone = line.ask(dlt645::read_address());
  REQUIRE(std::holds_alternative<dlt645::Answer>(alone));
  CHECK(std::get<dlt645::Answer>(alone).from == first);
}

TEST_CASE("DL/T 645 on a pseudo-terminal: requests in pieces, behind noise, and two at once") {
  Line line;
  const auto asked = dlt645::read(Edition::v2007, first, dlt645::di::voltage_a);
  const auto bytes = dlt645::encode_request(asked);
  line.say(from_hex("68ff00fe68"));
  line.say(ByteView(bytes).first(9));
  line.loop.restart();
  line.loop.run_for(std::chrono::milliseconds(20));
  line.say(ByteView(bytes).subspan(9));
  const auto outcome = line.ask(asked);
  REQUIRE(std::holds_alternative<dlt645::Answer>(outcome));
  CHECK(std::get<dlt645::Answer>(outcome).data == from_hex("7321"));
}

TEST_CASE("DL/T 645 on a pseudo-terminal: a noisy wire gives reasons, never a wrong value") {
  Line line;
  line.bus.command("noise 1000");
  const auto asked = dlt645::read(Edition::v2007, first, dlt645::di::voltage_a);
  for (int round = 0; round < 40; ++round) {
    const auto outcome = line.ask(asked, std::chrono::milliseconds(15));
    const auto* answer = std::get_if<dlt645::Answer>(&outcome);
    if (answer != nullptr) CHECK(answer->data == from_hex("7321"));  // noise in front of a frame spoils nothing
  }
}

TEST_CASE("DL/T 645 on a pseudo-terminal: timed answers take the time of the line") {
  Line line(Edition::v2007, {.timed = true, .line = {.baud = 2400}, .turnaround = milliseconds(20)});
  const auto began = std::chrono::steady_clock::now();
  const auto outcome =
      line.ask(dlt645::read(Edition::v2007, first, dlt645::di::forward_energy), std::chrono::milliseconds(600));
  const auto took = std::chrono::steady_clock::now() - began;
  CHECK(std::holds_alternative<dlt645::Answer>(outcome));
  CHECK(took >= std::chrono::milliseconds(200));  // 20 bytes, 20 ms, 24 bytes of 11 bits at 2400 bit/s: 222 ms
  CHECK(took < std::chrono::milliseconds(450));
}

TEST_CASE("DL/T 645-1997 on a pseudo-terminal") {
  Line line(Edition::v1997);
  line.wall = line.wall + hours(1);
  CHECK(line.read(Edition::v1997, first) == Reading{MeterId{1001}, 217'000, {}, {{{1800}, Power{1800}, 8'280, {}, {}}}});
}
