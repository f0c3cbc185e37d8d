// What the runner does with silences between recorded readings, and with what meters have kept of them.

#include "edge/runner.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::edge {

void Runner::record(const MeterRead& reading) {
  readings_.noted(reading, engine_.settings().plan_of(reading.circuit, engine_.config().holder.edge));
  fill_gaps();
}

/// A silence of a circuit that no line reads just now is kept, and asked about by the next life.
void Runner::fill_gaps() {
  for (const auto& gap : readings_.take_gaps())
    for (const auto& line : lines_)
      if (line->plan().has(gap.circuit)) line->fill(gap);
}

void Runner::on_history(const HistoryFound& found) {
  for (const auto& filled : found.gaps) {
    readings_.filled(filled);
    const bool is_empty = filled.readings.empty() && filled.dropped == 0;
    log_event(is_empty ? LogLevel::debug : LogLevel::info, "edge.history.filled",
              {{"room", filled.gap.room.value},
               {"circuit", filled.gap.circuit.value},
               {"from", time_text(filled.gap.from.at)},
               {"until", time_text(filled.gap.until.at)},
               {"readings", filled.readings.size()},
               {"dropped", filled.dropped}});
  }
  metrics_->counter("wattle_edge_history_events_dropped_total", "Looks at what meters had written down by a wrong clock")
      .add(found.events_dropped);
  for (const auto& event : found.events) deliver(event);
  if (!found.events.empty()) send_report();
}

void Runner::carry_out(const EventTold& told, Said&) {
  const auto& event = told.event;
  const auto* name = event_of(event.what);
  const bool bad = is_bad(event.what);
  if (bad) metrics_->counter("wattle_edge_alarms_total", "Alarms of the box, by code", {{"code", name}}).add();
  log_event(bad ? LogLevel::warning : LogLevel::info, name,
            {{"room", event.room.value},
             {"circuit", event.circuit.value},
             {"reason", event.cause ? word(*event.cause) : std::string_view()},
             {"meter_time", time_text(event.at)}});
}

}  // namespace wattle::edge
