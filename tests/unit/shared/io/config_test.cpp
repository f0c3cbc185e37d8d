#include "shared/io/config.hpp"

#include <catch2/catch.hpp>

#include "shared/io/files.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle {
namespace {

std::vector<std::string> words(const std::vector<ConfigFault>& faults) {
  std::vector<std::string> out;
  for (const auto& fault : faults) out.push_back(describe(fault));
  return out;
}

TEST_CASE("a right file gives its values and no fault") {
  auto file = Config::parse(R"(
name = "edge-7"
[mqtt]
host = "127.0.0.1"
port = 18883
keep_alive = "45s"
clean = false
[store]
file = "../data/edge.db"
[[bus]]
port = "/dev/ttyS0"
parity = "even"
rooms = ["101", "102"]
[[bus]]
port = "/dev/ttyS1"
)",
                            "etc/edge.toml");
  auto root = file.root();
  CHECK(root.text("name") == "edge-7");
  auto mqtt = root.section("mqtt");
  CHECK(mqtt.text("host") == "127.0.0.1");
  CHECK(mqtt.integer("port", {1, 65535}) == 18883);
  CHECK(mqtt.duration("keep_alive", {seconds(5), minutes(10)}) == seconds(45));
  CHECK_FALSE(mqtt.boolean("clean", true));
  CHECK(mqtt.text("client_id", "edge") == "edge");
  CHECK(root.section("store").path("file") == "data/edge.db");
  auto buses = root.sections("bus");
  REQUIRE(buses.size() == 2);
  CHECK(buses[0].text("port") == "/dev/ttyS0");
  CHECK(buses[0].choice("parity", {"none", "even", "odd"}) == "even");
  CHECK(buses[0].texts("rooms") == std::vector<std::string>{"101", "102"});
  CHECK(buses[1].text("port") == "/dev/ttyS1");
  CHECK(buses[1].choice("parity", {"none", "even", "odd"}, "none") == "none");
  CHECK(buses[1].texts("rooms").empty());
  CHECK_FALSE(root.section("http").present());
  CHECK(words(file.finish()).empty());
}

TEST_CASE("all faults are told, by line") {
  auto file = Config::parse(R"([mqtt]
hots = "x"
port = 70000
keep_alive = "soon"
clean = 1
mode = "sometimes"

[extra]
a = 1
)",
                            "edge.toml");
  auto mqtt = file.root().section("mqtt");
  CHECK(mqtt.text("host").empty());
  CHECK(mqtt.integer("port", {1, 65535}, 8883) == 8883);
  CHECK(mqtt.duration("keep_alive", {seconds(5), minutes(10)}, seconds(30)) == seconds(30));
  CHECK(mqtt.boolean("clean", true));
  CHECK(mqtt.choice("mode", {"always", "never"}) == "always");
  CHECK(words(file.finish()) ==
        std::vector<std::string>{
            "edge.toml:1: [mqtt] the key \"host\" is missing",
            "edge.toml:2: [mqtt] unknown key \"hots\"; did you mean \"host\"?",
            "edge.toml:3: [mqtt] \"port\" must be a whole number from 1 to 65535",
            "edge.toml:4: [mqtt] \"keep_alive\" must be a time like \"500ms\", \"30s\", \"15m\", \"2h\" or \"1d\"",
            "edge.toml:5: [mqtt] \"clean\" must be true or false",
            "edge.toml:6: [mqtt] \"mode\" must be one of \"always\" \"never\"",
            "edge.toml:8: unknown key \"extra\"",
        });
}

TEST_CASE("what cannot be read is one fault") {
  auto file = Config::parse("a = 1\nb = = 2\n", "edge.toml");
  file.root().text("name");
  const auto faults = file.finish();
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].line == 2);

  auto missing = Config::load("/proc/nowhere/edge.toml");
  CHECK(words(missing.finish()) == std::vector<std::string>{"/proc/nowhere/edge.toml: the file cannot be opened"});

  auto large = Config::parse(std::string(Config::size_limit + 1, '\n'), "edge.toml");
  CHECK(large.finish().size() == 1);
}

TEST_CASE("a key that toml++ asserts about is a fault") {
  for (const auto* text : {"[\n", "[=]\n", "[ $x]\n", "[[\n", "a = { = 1 }\n", "[a.]\n"}) {
    INFO(text);
    CHECK(Config::parse(text, "x.toml").finish().size() == 1);
  }
}

TEST_CASE("letters beyond ASCII stand in texts and comments, and are a fault elsewhere") {
  auto right = Config::parse(
      "# 电 \" '\nname = \"宿舍 # \\\" 电\"\nother = '电'\nlong = \"\"\"电\n\"\" 电\"\"\"\nlast = '''\n电\\'''\n", "x.toml");
  CHECK(right.root().text("name") == "宿舍 # \" 电");
  CHECK(right.root().text("other") == "电");
  CHECK(right.root().text("long") == "电\n\"\" 电");
  CHECK(right.root().text("last") == "电\\");
  CHECK(words(right.finish()).empty());
  for (const auto* text :
       {"\né = 1", "\na = 1979-05-ο", "\na = \"x\" é", "\na = 'x' é", "\na = \"\\\\\" é", "\na = \"\"\"\\ \u03bf\"\"\""}) {
    INFO(text);
    const auto faults = Config::parse(text, "x.toml").finish();
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].line == 2);
  }
}

TEST_CASE("tables where values are wanted, and the other way round") {
  auto file = Config::parse("mqtt = 3\nbus = [1]\n[name]\n", "x.toml");
  CHECK_FALSE(file.root().section("mqtt").present());
  CHECK(file.root().sections("bus").empty());
  CHECK(file.root().text("name", "edge") == "edge");
  CHECK(words(file.finish()) == std::vector<std::string>{"x.toml:1: \"mqtt\" must be a table",
                                                         "x.toml:2: \"bus\" must hold tables only",
                                                         "x.toml:3: \"name\" must be a text in quotes"});
}

TEST_CASE("the caller's own fault stands at the key's line") {
  auto file = Config::parse("[a]\nx = \"1\"\n", "x.toml");
  auto section = file.root().section("a");
  section.text("x");
  section.fault("x", "is not a port that exists");
  CHECK(words(file.finish()) == std::vector<std::string>{"x.toml:2: [a] \"x\" is not a port that exists"});
}

TEST_CASE("durations") {
  CHECK(parse_duration("500ms") == milliseconds(500));
  CHECK(parse_duration("1d") == days(1));
  for (const auto* text : {"", "5", "s", "-1s", "1.5s", "1 s", "99999999999999999d", "1w"}) {
    CHECK_FALSE(parse_duration(text));
  }
}

}  // namespace
}  // namespace wattle
