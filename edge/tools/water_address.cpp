#include "edge/tools/water_address.hpp"

#include <charconv>

namespace wattle::edge {
namespace {

constexpr std::size_t maker_size = 4;
constexpr std::size_t whole_size = 14;

/// All of them, or nothing.
template <class Number>
std::optional<Number> parse(std::string_view digits, int base) {
  Number number{};
  const auto* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, number, base);
  return error == std::errc{} && at == end ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<WaterAddress> with_maker(const MeterProfile& model, std::string_view digits) {
  const auto* water = std::get_if<cjt188::Model>(&model.protocol);
  if (water == nullptr || digits.size() != whole_size) return std::nullopt;
  const auto maker = parse<std::uint16_t>(digits.substr(0, maker_size), 16);
  const auto number = parse<std::uint64_t>(digits.substr(maker_size), 10);
  if (!maker || !number || !is_address(model, *number)) return std::nullopt;
  if (water->maker != 0 && water->maker != *maker) return std::nullopt;
  WaterAddress out{model, *number};
  std::get<cjt188::Model>(out.profile.protocol).maker = *maker;
  return out;
}

}  // namespace wattle::edge
