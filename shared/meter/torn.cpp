#include "shared/meter/torn.hpp"

namespace wattle {
namespace {

/// Units of the lowest word that a meter counts between two writes of its registers, at most: 30 kW for some seconds, in Wh.
constexpr std::uint16_t edge_margin = 255;

/// A value's words as the meter holds them, the highest first. Empty where a value was rounded beyond what they can hold.
std::vector<std::uint16_t> words_of(Point point, Quantity energy) {
  point.order = WordOrder::abcd;
  const auto words = encode_value(point, energy.units);
  return words ? *words : std::vector<std::uint16_t>{};
}

std::vector<std::uint16_t> higher_words(const Point& point, Quantity energy) {
  auto words = words_of(point, energy);
  if (!words.empty()) words.pop_back();
  return words;
}

bool has_carried(const Point& point, Quantity before, Quantity now) {
  return higher_words(point, before) != higher_words(point, now);
}

/// The steps of a float32 register differ with its size: none is far from an edge.
bool is_near_edge(const Point& point, Quantity energy) {
  if (point.encoding == Encoding::f32) return true;
  const auto words = words_of(point, energy);
  const auto low = words.empty() ? UINT16_MAX : words.back();
  if (point.encoding == Encoding::bcd32) return low <= 0x0255 || low >= 0x9744;  // the same in digits
  return low <= edge_margin || low >= UINT16_MAX - edge_margin;
}

const ModbusModel* torn_model(const MeterProfile& profile) { return std::get_if<ModbusModel>(&profile.protocol); }

}  // namespace

bool may_be_torn(const MeterProfile& profile, const Reading* before, const Reading& reading) {
  const auto* model = torn_model(profile);
  if (model == nullptr) return false;
  for (std::size_t i = 0; i < model->circuits.size(); ++i) {
    const auto& point = model->circuits[i].energy;
    if (word_count(point.encoding) == 1) continue;
    const auto now = reading.circuits[i].energy;
    if (before == nullptr ? is_near_edge(point, now)
                          : now < before->circuits[i].energy || has_carried(point, before->circuits[i].energy, now))
      return true;
  }
  return false;
}

bool bears_out(const MeterProfile& profile, const Reading& first, const Reading& second) {
  if (first.meter != second.meter) return false;
  const auto* model = torn_model(profile);
  if (model == nullptr) return true;
  for (std::size_t i = 0; i < model->circuits.size(); ++i) {
    const auto& point = model->circuits[i].energy;
    if (word_count(point.encoding) == 1) continue;
    if (second.circuits[i].energy < first.circuits[i].energy) return false;
    if (has_carried(point, first.circuits[i].energy, second.circuits[i].energy)) return false;
  }
  return true;
}

}  // namespace wattle
