#include "simulator/building/scenario.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

using namespace wattle;
using namespace wattle::sim;

namespace {

const std::string head = R"(name = "A"
[[curve]]
name = "home"
file = ")" WATTLE_SCENARIOS R"(/../../devices/data/home_two_weeks.curve"
[[appliance]]
name = "kettle"
watts = 2150
uses_a_day = 2
[[bus]]
name = "a1"
)";

const std::string meters = R"([[meters]]
bus = "a1"
first_room = 101
rooms = 3
first_number = 70000101
first_wh = 5000
[[meters.circuit]]
curve = "home"
percent = 50
appliances = ["kettle"]
)";

/// The faults of a text, with the place in front.
std::vector<std::string> faults_of(const std::string& text) { return parse_scenario(text, "x.toml").faults; }

bool tells(const std::vector<std::string>& faults, std::string_view what) {
  return std::any_of(faults.begin(), faults.end(), [&](const auto& fault) { return fault.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("the shipped houses are right, of 32 rooms, and share no room, circuit or meter") {
  std::vector<std::uint64_t> numbers;
  std::vector<std::uint32_t> circuits;
  for (const auto* file : {WATTLE_SCENARIOS "/house_a.toml", WATTLE_SCENARIOS "/house_b.toml"}) {
    const auto loaded = load_scenario(file);
    CHECK(loaded.faults.empty());
    std::set<std::uint32_t> rooms;
    for (const auto& bus : loaded.scenario.buses) {
      for (const auto& meter : bus.meters) {
        if (!meter.main) rooms.insert(meter.room);
        numbers.push_back(meter.number);
        for (const auto& circuit : meter.circuits) circuits.push_back(circuit.number);
      }
    }
    CHECK(loaded.scenario.buses.size() >= 2);
    CHECK(rooms.size() == 32);
  }
  std::sort(numbers.begin(), numbers.end());
  std::sort(circuits.begin(), circuits.end());
  CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
  CHECK(std::adjacent_find(circuits.begin(), circuits.end()) == circuits.end());
}

TEST_CASE("a row of meters is written once, and its rooms differ in what they draw") {
  const auto loaded = parse_scenario(head + meters, "x.toml");
  REQUIRE(loaded.faults.empty());
  const auto& row = loaded.scenario.buses.front().meters;
  REQUIRE(row.size() == 3);
  CHECK(row[2].room == 103);
  CHECK(row[2].address == 3);
  CHECK(row[2].number == 70000103);
  CHECK(row[2].circuits.front().number == 1030);
  CHECK(row[0].first_wh == 5000);
  std::int64_t different = 0;
  for (std::int64_t m = 0; m < 14 * day_minutes; ++m)
    different += row[0].circuits[0].load->at_minute(m).watts != row[1].circuits[0].load->at_minute(m).watts ? 1 : 0;
  CHECK(different > day_minutes);
}

TEST_CASE("a row of meters with three circuits leaves the addresses that each takes") {
  const std::string three = R"([[meters]]
bus = "b1"
first_room = 201
rooms = 2
first_number = 71000200
profile = "generic-dlt645-2007-three-circuits"
[[meters.circuit]]
curve = "home"
[[meters.circuit]]
curve = "home"
[[meters.circuit]]
curve = "home"
)";
  const std::string bus = "[[bus]]\nname = \"b1\"\nprotocol = \"dlt645-2007\"\n";
  const auto loaded = parse_scenario(head + bus + three, "x.toml");
  REQUIRE(loaded.faults.empty());
  const auto& row = loaded.scenario.buses.back().meters;
  REQUIRE(row.size() == 2);
  CHECK(row[0].address == 71000200);
  CHECK(row[1].address == 71000203);
  CHECK(row[1].circuits[2].number == 2022);
  auto near = three;
  near.replace(near.find("first_room = 201"), 16, "first_room = 301");
  near.replace(near.find("71000200"), 8, "71000205");
  CHECK(tells(faults_of(head + bus + three + near), "which is taken on this bus"));
  auto few = three.substr(0, three.rfind("[[meters.circuit]]"));
  CHECK(tells(faults_of(head + bus + few), "must be there once for each circuit of the profile"));
}

TEST_CASE("what is wrong is told once, with its line") {
  CHECK(faults_of(head + meters).empty());
  CHECK(tells(faults_of(head + "nois = 1\n" + meters), "x.toml:11: [bus] unknown key"));
  auto text = meters;
  text.replace(text.find("\"home\""), 6, "\"hime\"");
  const auto faults = faults_of(head + text);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].starts_with("x.toml:18: "));
  CHECK(tells(faults, "names no [[curve]]"));
  CHECK(tells(faults_of(head + meters + meters), "reaches room 101, which has a meter already"));
  CHECK(tells(faults_of("name = \"A\"\n"), "must be there at least once, written as [[bus]]"));
  CHECK(tells(faults_of(head), "must be there at least once, written as [[meters]]"));
  text = meters;
  text.replace(text.find("rooms = 3"), 9, "rooms = 247\nfirst_address = 2");
  CHECK(tells(faults_of(head + text), "reach beyond the addresses of their bus"));
  text = meters;
  text.replace(text.find("\"kettle\""), 8, "\"kettel\"");
  CHECK(tells(faults_of(head + text), "names no [[appliance]]: \"kettel\""));
  CHECK(tells(faults_of("x ="), "x.toml:1"));
}

TEST_CASE("a main meter stands in front of rooms, and has a circuit of its own") {
  const auto with_main = [](const std::string& main) { return head + meters + "[[main]]\nbus = \"a1\"\naddress = 9\n" + main; };
  const auto right = parse_scenario(
      with_main("circuit = 9001\nnumber = 12\nfloor = 3\nfirst_room = 101\nlast_room = 116\nloss_per_mille = 20\n"), "x.toml");
  CHECK(right.faults.empty());
  const auto& meter = right.scenario.buses.at(0).meters.at(3);
  REQUIRE(meter.main);
  CHECK((meter.main->floor == 3 && meter.main->first_room == 101 && meter.main->last_room == 116));
  CHECK((meter.room == 0 && meter.circuits.at(0).number == 9001 && meter.address == 9));
  const auto refused = [&](const std::string& main, std::string_view why) {
    return tells(faults_of(with_main("first_room = 101\n" + main)), why);
  };
  CHECK(refused("circuit = 1010\nnumber = 12\n", "another meter's already"));
  CHECK(refused("circuit = 9001\nnumber = 70000102\n", "another meter has already"));
  CHECK(refused("circuit = 9001\nnumber = 12\nlast_room = 100\n", "is before"));
  CHECK(refused("circuit = 9001\nnumber = 12\nprofile = \"generic-three-circuits\"\n", "more than one circuit"));
}

TEST_CASE("a room may have another meter whose circuits have other digits, and a bus a gateway in front of it") {
  const auto second = [&](const std::string& digit) {
    auto text = meters;
    text.replace(text.find("70000101"), 8, "70000201");
    return text.replace(text.find("first_wh"), 0, "first_address = 11\n" + digit);
  };
  CHECK(tells(faults_of(head + meters + second("")), "need another \"first_digit\""));
  const auto loaded = parse_scenario(head + "gateway = true\n" + meters + second("first_digit = 9\n"), "x.toml");
  CHECK(loaded.faults.empty());
  const auto& bus = loaded.scenario.buses.front();
  REQUIRE(bus.meters.size() == 6);
  CHECK(bus.meters[3].room == 101);
  CHECK(bus.meters[3].circuits.front().number == 1019);
  CHECK(bus.gateway);
  CHECK(tells(faults_of(head + "gateway = true\nport = 4001\n" + meters), "beside \"port\""));
  CHECK(tells(faults_of(head + "gateway = true\nprotocol = \"cjt188\"\n" + meters), "is one of Modbus"));
  CHECK(tells(faults_of(head + "collector = \"hex:0g\"\n" + meters), "pairs of hex digits"));
  const auto bytes = parse_scenario(head + "collector = \"hex:00ff10ee\"\n" + meters, "x.toml");
  REQUIRE(bytes.faults.empty());
  CHECK(bytes.scenario.buses.front().collector->registration == Bytes{0x00, 0xff, 0x10, 0xee});
}

TEST_CASE("rows of water meters: by their numbers, or at primary addresses") {
  const auto loaded = parse_scenario(head + "protocol = \"cjt188\"\n" + meters, "x.toml");
  REQUIRE(loaded.faults.empty());
  const auto& row = loaded.scenario.buses.front().meters;
  CHECK(row[2].address == 70000103);
  CHECK(row[2].profile->model == "generic-cjt188-cold-water");
  const auto mbus = parse_scenario(head + "protocol = \"mbus\"\n" + meters, "x.toml");
  REQUIRE(mbus.faults.empty());
  CHECK(mbus.scenario.buses.front().meters[2].address == 3);
  auto long_numbers = meters;
  long_numbers.replace(long_numbers.find("70000101"), 8, "700000101");
  CHECK(tells(faults_of(head + "protocol = \"mbus\"\n" + long_numbers), "has too many digits for the profile"));
}
