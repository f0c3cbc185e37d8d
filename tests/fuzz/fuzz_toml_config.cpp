// Any bytes as a configuration file, read as a program reads one: it ends, and the values keep their bounds.

#include "shared/base/check.hpp"
#include "shared/io/config.hpp"

using namespace wattle;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto file = Config::parse({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  auto root = file.root();
  root.text("name", "edge");
  auto mqtt = root.section("mqtt");
  mqtt.text("host", "127.0.0.1");
  const auto port = mqtt.integer("port", {1, 65535}, 8883);
  const auto keep_alive = mqtt.duration("keep_alive", {seconds(5), minutes(10)}, seconds(30));
  mqtt.boolean("clean", true);
  mqtt.path("ca", "ca.crt");
  WATTLE_CHECK(port >= 1 && port <= 65535);
  WATTLE_CHECK(keep_alive >= seconds(5) && keep_alive <= minutes(10));
  for (auto bus : root.sections("bus")) {
    bus.text("port");
    const auto parity = bus.choice("parity", {"none", "even", "odd"}, "none");
    WATTLE_CHECK(parity == "none" || parity == "even" || parity == "odd");
    bus.texts("rooms");
  }
  for (const auto& fault : file.finish()) WATTLE_CHECK(!describe(fault).empty());
  return 0;
}
