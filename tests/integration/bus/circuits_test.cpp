// Meters of one to four circuits, and of three phases, as a box's configuration names them, on a serial line: each circuit is
// read apart, and switched while the others stay as they are.

#include <catch2/catch.hpp>
#include <sstream>

#include "edge/meter_line.hpp"
#include "shared/io/clock.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/meter_bus.hpp"

namespace wattle::circuits_test {
namespace {

constexpr std::uint64_t meters_here = 3;
constexpr std::uint64_t number_of_first = 71'000'001;
constexpr auto done_within = std::chrono::seconds(30);
constexpr Instant morning{1'750'000'000'000'000};

/// Three meters of one model; of the n-th the first circuit is 100n.
struct CircuitBus {
  std::shared_ptr<const MeterProfile> profile;
  std::size_t circuits;
  Instant wall = morning;
  sim::MeterBus meters;
  std::map<CircuitId, edge::MeterRead> newest;
  std::vector<edge::Noticed> notices;
  std::unique_ptr<edge::MeterLine> line;

  CircuitBus(boost::asio::io_context& loop, const std::string& model)
      : profile(shipped_profile(model)),
        circuits(circuit_count(*profile)),
        meters(loop, sim::Pty::open("").value(), all(),
               {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}) {
    meters.start();
    const auto loaded = edge::parse_config(configuration(model), "edge.toml");
    REQUIRE(loaded.faults == std::vector<std::string>{});
    edge::MeterLineHandlers handlers{[this](const edge::MeterRead& read) { newest.insert_or_assign(read.circuit, read); },
                                     [] {}, [this](const edge::Noticed& noticed) { notices.push_back(noticed); },
                                     [](RoomId) { return true; }};
    line = std::make_unique<edge::MeterLine>(loop, loaded.config.buses.front(), milliseconds(200), std::move(handlers));
    line->start();
  }

  /// One that answers at several addresses leaves room for them.
  std::uint64_t step() const { return addresses_of(*profile, 1).size(); }
  std::uint64_t number(std::uint64_t n) const { return number_of_first + n * step(); }
  std::uint64_t address(std::uint64_t n) const { return is_asked_by_number(*profile) ? number(n) : 1 + n * step(); }
  static CircuitId circuit(std::uint64_t n, std::size_t i) { return {static_cast<std::uint32_t>(100 * (n + 1) + i)}; }
  static Quantity energy(std::uint64_t n, std::size_t i) {
    return {100'000 * static_cast<std::int64_t>(n + 1) + 1'000 * static_cast<std::int64_t>(i)};
  }
  static Power load(std::uint64_t n, std::size_t i) { return {static_cast<std::int64_t>(100 * (n + 1) + 20 * i)}; }

  std::string configuration(const std::string& model) const {
    std::ostringstream text;
    text << "data = \"/nowhere\"\n[cloud]\nurl = \"https://cloud.example\"\nclaim_code_file = \"code\"\n[[bus]]\nbaud = "
            "115200\ndevice = \""
         << meters.device() << "\"\n";
    for (std::uint64_t n = 0; n < meters_here; ++n) {
      text << "[[meter]]\nroom = " << 10 + n << "\nmeter_number = " << number(n) << "\nprofile = \"" << model
           << "\"\ncircuits = [";
      for (std::size_t i = 0; i < circuits; ++i) text << (i > 0 ? ", " : "") << circuit(n, i).value;
      text << "]\n";
      if (!is_asked_by_number(*profile)) text << "address = " << address(n) << "\n";
    }
    return text.str();
  }
  std::vector<sim::VirtualMeter> all() const {
    std::vector<sim::VirtualMeter> out;
    for (std::uint64_t n = 0; n < meters_here; ++n) {
      sim::VirtualMeterSettings settings;
      settings.profile = profile;
      settings.address = address(n);
      settings.number = {number(n)};
      sim::MeterMemory memory;
      for (std::size_t i = 0; i < circuits; ++i) {
        settings.circuits.push_back({std::make_shared<sim::LoadCurve>(load(n, i)), 100, 0});
        memory.push_back({energy(n, i).units * sim::microjoules_per_wh, true});
      }
      out.emplace_back(std::move(settings), std::move(memory), wall);
    }
    return out;
  }

  const edge::MeterRead* read(std::uint64_t n, std::size_t i) const {
    const auto at = newest.find(circuit(n, i));
    return at == newest.end() ? nullptr : &at->second;
  }
  /// Whether each circuit shows what it should, the given one open.
  bool all_show(std::optional<std::pair<std::uint64_t, std::size_t>> open) const {
    for (std::uint64_t n = 0; n < meters_here; ++n)
      for (std::size_t i = 0; i < circuits; ++i) {
        const auto* of = read(n, i);
        if (of == nullptr || of->relay_closed != (open != std::pair(n, i))) return false;
      }
    return true;
  }
};

bool is_within(boost::asio::io_context& loop, const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + done_within;
  while (!condition() && std::chrono::steady_clock::now() < give_up) loop.run_for(std::chrono::milliseconds(20));
  return condition();
}

void end(boost::asio::io_context& loop, CircuitBus& bus) {
  bus.line->stop();
  bus.meters.stop();
  loop.restart();
  loop.run_for(std::chrono::milliseconds(100));
}

}  // namespace

TEST_CASE("each of two, three or four circuits of a meter is read apart, and switched while the others stay") {
  for (const auto* word : {"two", "three", "four"}) {
    for (const auto* protocol : {"generic-", "generic-dlt645-2007-"}) {
      const auto model = std::string(protocol) + word + "-circuits";
      INFO(model);
      boost::asio::io_context loop(1);
      CircuitBus bus(loop, model);
      REQUIRE(is_within(loop, [&] { return bus.all_show({}); }));
      for (std::uint64_t n = 0; n < meters_here; ++n)
        for (std::size_t i = 0; i < bus.circuits; ++i) {
          CHECK(bus.read(n, i)->meter == MeterId{bus.number(n)});
          CHECK(bus.read(n, i)->register_units == CircuitBus::energy(n, i));
          CHECK(bus.read(n, i)->power == CircuitBus::load(n, i));
        }
      for (std::size_t i = 0; i < bus.circuits; ++i) {
        bus.line->order(CircuitBus::circuit(1, i), false);
        REQUIRE(is_within(loop, [&] { return bus.all_show(std::pair(std::uint64_t{1}, i)); }));
        const auto& memory = bus.meters.meters().at(1).memory();
        for (std::size_t k = 0; k < bus.circuits; ++k) CHECK(memory.at(k).relay_closed == (k != i));
        CHECK(bus.read(1, i)->power == Power{0});
        bus.line->order(CircuitBus::circuit(1, i), true);
        REQUIRE(is_within(loop, [&] { return bus.all_show({}); }));
      }
      bus.wall = bus.wall + hours(10);  // what each draws is counted in its own register
      REQUIRE(is_within(loop, [&] {
        return bus.read(2, bus.circuits - 1)->register_units.units > CircuitBus::energy(2, bus.circuits - 1).units;
      }));
      for (std::size_t i = 0; i < bus.circuits; ++i) {
        const auto units = CircuitBus::energy(2, i).units + CircuitBus::load(2, i).watts * 10;
        CHECK(is_within(loop, [&] { return bus.read(2, i)->register_units.units == units; }));
      }
      CHECK(bus.notices.empty());
      end(loop, bus);
    }
  }
}

TEST_CASE("a meter of three phases tells each phase beside its sums, and is switched as one") {
  for (const auto* model : {"generic-dlt645-2007-three-phase", "eastron-sdm630"}) {
    INFO(model);
    boost::asio::io_context loop(1);
    CircuitBus bus(loop, model);
    const auto* read = bus.read(1, 0);
    const auto is_read = [&] {
      read = bus.read(1, 0);
      return read != nullptr && read->voltage_mv.has_value();
    };
    REQUIRE(is_within(loop, is_read));
    const auto watts = CircuitBus::load(1, 0).watts;
    CHECK(read->power == Power{watts});
    CHECK(std::abs(*read->voltage_mv - 219'700) <= 100);
    CHECK(std::abs(read->further.get(FurtherKind::voltage_b).value_or(0) - 218'400) <= 100);
    CHECK(std::abs(read->further.get(FurtherKind::voltage_c).value_or(0) - 220'600) <= 100);
    const auto in_all = watts * 1'000'000 / 219'700;
    const auto a = read->further.get(FurtherKind::current_a).value_or(*read->current_ma);
    const auto b = read->further.get(FurtherKind::current_b).value_or(0);
    const auto c = read->further.get(FurtherKind::current_c).value_or(0);
    CHECK(a > b);
    CHECK(b > c);
    CHECK(c > 0);
    CHECK(std::abs(a + b + c - in_all) <= 3);
    if (has_relay(*bus.profile, 0)) {
      bus.line->order(CircuitBus::circuit(1, 0), false);
      CHECK(is_within(loop, [&] { return bus.all_show(std::pair(std::uint64_t{1}, std::size_t{0})); }));
    }
    end(loop, bus);
  }
}

}  // namespace wattle::circuits_test
