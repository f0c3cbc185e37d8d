// As many meters as one line may have: 128, as a box's configuration names them, on a serial line.

#include <catch2/catch.hpp>

#include "edge/meter_line.hpp"
#include "shared/io/clock.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/meter_bus.hpp"

namespace wattle {
namespace {

constexpr std::uint64_t many = 128;
constexpr std::uint64_t number_of_first = 202'311'000'001;
constexpr auto all_done_within = std::chrono::seconds(60);

struct LongBus {
  std::shared_ptr<const MeterProfile> profile;
  std::uint64_t first_number;
  Instant wall{1'750'000'000'000'000};
  sim::MeterBus meters;
  std::map<CircuitId, edge::MeterRead> newest;
  std::unique_ptr<edge::MeterLine> line;

  LongBus(boost::asio::io_context& loop, std::string_view model)
      : profile(shipped_profile(model)),
        first_number(number_of_first),
        meters(loop, sim::Pty::open("").value(), all(),
               {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}) {
    meters.start();
    const auto loaded = edge::parse_config(configuration(model), "edge.toml");
    REQUIRE(loaded.faults == std::vector<std::string>{});
    REQUIRE(loaded.config.buses.front().meters.size() == many);
    edge::MeterLineHandlers handlers{[this](const edge::MeterRead& read) { newest.insert_or_assign(read.circuit, read); },
                                     [] {}, [](const edge::Noticed&) {}, [](RoomId) { return true; }};
    line = std::make_unique<edge::MeterLine>(loop, loaded.config.buses.front(), milliseconds(200), std::move(handlers));
    line->start();
  }

  bool by_number() const { return is_asked_by_number(*profile); }
  std::uint64_t number(std::uint64_t n) const { return first_number + n; }
  static CircuitId circuit(std::uint64_t n) { return {static_cast<std::uint32_t>(1001 + n)}; }
  static Quantity energy(std::uint64_t n) { return {10'000 * static_cast<std::int64_t>(n + 1)}; }

  std::string configuration(std::string_view model) const {
    std::string text =
        "data = \"/nowhere\"\n[cloud]\nurl = \"https://cloud.example\"\nclaim_code_file = \"code\"\n[[bus]]\nbaud = "
        "115200\ndevice = \"" +
        meters.device() + "\"\n";
    for (std::uint64_t n = 0; n < many; ++n) {
      text += "[[meter]]\nroom = " + std::to_string(100 + n) + "\ncircuit = " + std::to_string(circuit(n).value) +
              "\nmeter_number = " + std::to_string(number(n)) + "\nprofile = \"" + std::string(model) + "\"\n";
      if (!by_number()) text += "address = " + std::to_string(n + 1) + "\n";
    }
    return text;
  }
  std::vector<sim::VirtualMeter> all() const {
    std::vector<sim::VirtualMeter> out;
    for (std::uint64_t n = 0; n < many; ++n) {
      sim::VirtualMeterSettings settings;
      settings.profile = profile;
      settings.address = by_number() ? number(n) : n + 1;
      settings.number = {number(n)};
      settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{0}), 100, 0}};
      out.emplace_back(std::move(settings), sim::MeterMemory{{energy(n).units * sim::microjoules_per_wh, true}}, wall);
    }
    return out;
  }

  bool all_show(bool closed) const {
    for (std::uint64_t n = 0; n < many; ++n) {
      const auto at = newest.find(circuit(n));
      if (at == newest.end() || at->second.relay_closed != closed) return false;
    }
    return true;
  }
};

bool is_within(boost::asio::io_context& loop, const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + all_done_within;
  while (!condition() && std::chrono::steady_clock::now() < give_up) loop.run_for(std::chrono::milliseconds(50));
  return condition();
}

}  // namespace

TEST_CASE("128 meters of one line are read and switched, each under its own number", "[many]") {
  for (const auto* model : {"generic-relay-meter", "generic-dlt645-2007"}) {
    INFO(model);
    boost::asio::io_context loop(1);
    LongBus bus(loop, model);
    CHECK(is_within(loop, [&] { return bus.all_show(true); }));
    for (std::uint64_t n = 0; n < many; ++n) {
      const auto& read = bus.newest.at(LongBus::circuit(n));
      CHECK(read.meter == MeterId{bus.number(n)});
      CHECK(read.register_units == LongBus::energy(n));
      bus.line->order(LongBus::circuit(n), false);
    }
    CHECK(is_within(loop, [&] { return bus.all_show(false); }));
    CHECK(bus.meters.command("status").find("relay=closed") == std::string::npos);
    bus.line->stop();
    bus.meters.stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(100));
  }
}

}  // namespace wattle
