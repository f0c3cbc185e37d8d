// What must hold between a box and its meters: who is commanded is who was read; what a reading says, one meter has shown
// while it was asked; a relay that does not obey is told of; and no relay stands otherwise than ordered for longer than a
// sweep or two.

#include <algorithm>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

// A reading is over within this time, its second try included; after one that failed the plan waits longer than this.
constexpr Duration reading_max = milliseconds(1900);
constexpr int sweeps_for_an_order = 2;

std::string name_of(CircuitId circuit) { return "circuit " + std::to_string(circuit.value); }

}  // namespace

/// Before the question is put. Between a reading and the command that rests on it another meter may come to stand there; that
/// nobody can know. So a command needs the plate's number in the newest reading.
void World::check_question(BoxNode& box, const edge::Question& question) {
  auto& place = box.bus->places[question.circuit];
  if (question.is_command) {
    require(place.heard == place.plate, "bus", name_of(question.circuit) + " is commanded before its meter was read");
    ++place.commands;
    return;
  }
  const auto now = tick_;
  std::erase_if(place.shown, [now](const Shown& shown) { return reading_max < now - shown.at; });
  const auto& meter = facts_.meters.at(standing_at(question.circuit));
  place.shown.push_back({now, meter.number, meter.shown(), meter.relay_closed, meter.relay_closed ? meter.watts : 0});
}

/// Who was ordered to close before all meters fell silent waits for his turn like the others, however soon he is heard again.
void World::check_closing(const BoxNode& box, CircuitId circuit) const {
  require(box.bus->places.at(circuit).ordered.value_or(false), "mains",
          name_of(circuit) + " closes by an order from before its mains were away");
}

/// All meters of a bus fell silent, and one is read again: the box knows by then that its mains were away.
void World::check_mains(const BoxNode& box, const edge::Polled& polled) const {
  const auto& bus = *box.bus;
  const bool was_away = bus.meters.size() > 1 && std::all_of(bus.meters.begin(), bus.meters.end(), [&](const auto& meter) {
                          const auto place = bus.places.find(meter.first);
                          return place != bus.places.end() && place->second.silent;
                        });
  require(!was_away || polled.readings.empty() || bus.mains_back, "mains",
          "the meters of a bus are read again, and nobody tells the box that its mains were away");
}

/// Whatever one reading shows: nobody is charged for more than has ever flowed.
void World::check_counted(const edge::MeterRead& reading) const {
  const auto& meter = facts_.meters.at(reading.circuit);
  require(reading.meter != meter.number || reading.register_units.units <= meter.register_units, "turn",
          name_of(reading.circuit) + " is counted up to " + std::to_string(reading.register_units.units) +
              ", and its meter has come to " + std::to_string(meter.register_units));
}

void World::check_reading(BoxNode& box, const edge::MeterRead& reading) const {
  const auto& place = box.bus->places.at(reading.circuit);
  const auto some = [&](const auto& fits) {
    return std::any_of(place.shown.begin(), place.shown.end(),
                       [&](const Shown& shown) { return shown.number == reading.meter && fits(shown); });
  };
  require(some([&](const Shown& shown) { return shown.units == reading.register_units.units; }), "bus",
          name_of(reading.circuit) + " is read at " + std::to_string(reading.register_units.units) +
              ", which its meter has not shown");
  require(!reading.relay_closed || some([&](const Shown& shown) { return shown.relay_closed == *reading.relay_closed; }), "bus",
          name_of(reading.circuit) + " is read with a relay that its meter has not shown");
  require(!reading.power || some([&](const Shown& shown) { return shown.watts == reading.power->watts; }), "bus",
          name_of(reading.circuit) + " is read with power that its meter has not shown");
  require(reading.meter == place.plate || (!reading.relay_closed && !reading.power), "bus",
          name_of(reading.circuit) + " is told what another meter's relay and load do");
  const bool unmoved = place.wanted && reading.relay_closed && *reading.relay_closed != *place.wanted;
  require(!unmoved || place.commands < edge::relay_tries || box.bus->plan->disobeys(reading.circuit), "bus",
          name_of(reading.circuit) + " does not obey, and nobody is told");
}

/// At its end. Silent meters and relays that do not obey are asked seldom, so those wait until they were heard.
void World::check_sweep(BoxNode& box) {
  for (auto& [circuit, place] : box.bus->places) {
    if (!box.bus->plan->has(circuit)) continue;
    const auto& meter = facts_.meters.at(circuit);
    const auto disturbances = facts_.wirings[circuit].disturbances;
    const bool is_whole = std::exchange(place.read, false) && std::exchange(place.disturbances, disturbances) == disturbances &&
                          !is_troubled(circuit) && !box.bus->plan->disobeys(circuit) && may_switch(box, meter.room);
    place.sweeps = is_whole || place.sweeps < 0 ? place.sweeps + 1 : 0;
    if (!place.ordered || place.sweeps <= sweeps_for_an_order) continue;
    require(meter.relay_closed == *place.ordered, "bus",
            name_of(circuit) + (meter.relay_closed ? " is on" : " is off") + " against what was ordered sweeps ago");
  }
}

}  // namespace wattle::sim
