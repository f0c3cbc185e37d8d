#include "shared/profiles/sections.hpp"

namespace wattle {
namespace {

constexpr std::int64_t status_max = UINT16_MAX;

struct Medium {
  std::string_view name;
  std::uint8_t type;
};
constexpr Medium media[] = {
    {"cold_water", cjt188::cold_water}, {"hot_water", 0x11}, {"drinking_water", 0x12}, {"reclaimed_water", 0x13}};

std::uint8_t read_type(ConfigSection& root) {
  const auto name = root.choice("medium", {"cold_water", "hot_water", "drinking_water", "reclaimed_water"}, "cold_water");
  for (const auto& medium : media) {
    if (medium.name == name) return medium.type;
  }
  return cjt188::cold_water;
}

/// Four hex digits, as the upper two pairs of the address stand on the plate.
std::uint16_t read_maker(ConfigSection& root) {
  const auto bytes = from_hex(root.text("maker", "0000"));
  if (bytes.size() == 2) return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
  root.fault("maker", "must be four hex digits like \"7833\"");
  return 0;
}

std::uint16_t read_bits(ConfigSection& section, std::string_view key, std::uint16_t usual) {
  return static_cast<std::uint16_t>(section.integer(key, {0, status_max}, usual));
}

std::optional<cjt188::ModelValve> read_valve(ConfigSection& root) {
  auto section = root.section("valve");
  if (!section.present()) return std::nullopt;
  cjt188::ModelValve valve;
  valve.bits.valve_mask = read_bits(section, "mask", valve.bits.valve_mask);
  valve.bits.open = read_bits(section, "open", valve.bits.open);
  valve.bits.closed = read_bits(section, "closed", valve.bits.closed);
  valve.bits.fault = read_bits(section, "fault", valve.bits.fault);
  if (section.choice("commands", {"standard", "free"}, "standard") == "free") {
    valve.open = cjt188::ValveCommand::free_open;
    valve.close = cjt188::ValveCommand::free_close;
  }
  return valve;
}

std::optional<cjt188::ModelClock> read_clock(ConfigSection& root) {
  auto section = root.section("clock");
  if (!section.present()) return std::nullopt;
  cjt188::ModelClock clock;
  clock.writable = section.boolean("writable", false);
  clock.within = read_clock_within(section, "within", clock.within);
  return clock;
}

}  // namespace

cjt188::Model read_cjt188_model(ConfigSection& root) {
  cjt188::Model model;
  model.type = read_type(root);
  model.maker = read_maker(root);
  const auto order = root.choice("identifier_order", {"high_first", "low_first"}, "high_first");
  model.order = order == "low_first" ? cjt188::DiOrder::low_first : cjt188::DiOrder::high_first;
  model.valve = read_valve(root);
  model.clock = read_clock(root);
  return model;
}

}  // namespace wattle
