#include <algorithm>

#include "shared/io/mqtt.hpp"

namespace wattle {
namespace {

bool portable_level(std::string_view level) {
  return !level.empty() && std::all_of(level.begin(), level.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool portable(std::string_view text, bool wildcards) {
  while (true) {
    const auto slash = text.find('/');
    const auto level = text.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    const bool wild = wildcards && (level == "+" || (level == "#" && last));
    if (!wild && !portable_level(level)) return false;
    if (last) return true;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

bool portable_topic(std::string_view topic) { return portable(topic, false); }
bool portable_filter(std::string_view filter) { return portable(filter, true); }

Duration reconnect_pause(Duration first, Duration longest, unsigned attempt, std::uint64_t random) {
  constexpr unsigned most_doublings = 20;
  std::int64_t pause = 0;
  if (__builtin_mul_overflow(first.micros, std::int64_t{1} << std::min(attempt, most_doublings), &pause)) {
    pause = longest.micros;
  }
  pause = std::min(pause, longest.micros);
  const auto half = pause / 2;
  return {pause - half + static_cast<std::int64_t>(random % static_cast<std::uint64_t>(half + 1))};
}

}  // namespace wattle
