#pragma once
// What a meter writes down about itself, as far as Wattle asks for it (api-spec/control.md, "Relay log").

#include <array>
#include <cstdint>
#include <string_view>

namespace wattle {

/// The numbers are stable: rows of the relay log carry them.
enum class MeterEvent : std::uint8_t {
  tripped = 1,  // its relay opened, whoever wanted it
  overloaded = 2,
  overdrawn = 3,  // its own purse
  cover_opened = 4,
  terminal_cover_opened = 5,
  programmed = 6,
  purchased = 7,  // into its own purse
};
inline constexpr std::array<MeterEvent, 7> all_meter_events = {MeterEvent::tripped,
                                                               MeterEvent::overloaded,
                                                               MeterEvent::overdrawn,
                                                               MeterEvent::cover_opened,
                                                               MeterEvent::terminal_cover_opened,
                                                               MeterEvent::programmed,
                                                               MeterEvent::purchased};

/// In profiles, logs and the API.
constexpr std::string_view word(MeterEvent event) {
  switch (event) {
    case MeterEvent::tripped: return "tripped";
    case MeterEvent::overloaded: return "overloaded";
    case MeterEvent::overdrawn: return "overdrawn";
    case MeterEvent::cover_opened: return "cover_opened";
    case MeterEvent::terminal_cover_opened: return "terminal_cover_opened";
    case MeterEvent::programmed: return "programmed";
    case MeterEvent::purchased: return "purchased";
  }
  return {};
}

/// A meter may open its relay for it.
constexpr bool is_cause(MeterEvent event) {
  return event >= MeterEvent::overloaded && event <= MeterEvent::terminal_cover_opened;
}
constexpr bool is_opened_cover(MeterEvent event) {
  return event == MeterEvent::cover_opened || event == MeterEvent::terminal_cover_opened;
}

}  // namespace wattle
