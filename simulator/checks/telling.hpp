#pragma once
// The words in which a run is told: entries, messages, events and alarms, for people. Money in yuan, energy in Wh, water in
// litres.

#include <string>

#include "cloud/core/effect.hpp"
#include "cloud/core/event.hpp"
#include "edge/core/effect.hpp"
#include "edge/core/event.hpp"

namespace wattle::sim {

/// `12.50 yuan`: exact, with two digits or as many as there are.
std::string money_text(Money money);
/// `box 3`.
std::string box_text(Holder holder);
/// `#3`, `#3-#5`, or `nothing`.
std::string numbers_text(std::uint64_t first, std::uint64_t last);
std::string entry_text(const Entry& entry);
std::string event_text(const edge::Event& event);
std::string event_text(const cloud::Event& event);
std::string alarm_text(const edge::Raise& raised);
std::string alarm_text(const cloud::Raise& raised);

}  // namespace wattle::sim
