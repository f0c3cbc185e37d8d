// What the runner tells of itself: reports to the cloud, and figures.

#include <algorithm>

#include "edge/runner.hpp"
#include "edge/wiring_report.hpp"
#include "shared/io/clock.hpp"

namespace wattle::edge {

void Runner::report_regularly() {
  report_.expires_after(to_chrono(report_every));
  report_.async_wait([this](const Error& cancelled) {
    if (cancelled) return;
    look_at_disk();
    change_meters();
    follow_wiring();
    send_report();
    for (const auto& line : lines_) show_bus(*line);
    report_regularly();
  });
}

CircuitReport Runner::circuit_report(const MeterLine& line, CircuitId circuit, RoomId room, MeterId meter) const {
  CircuitReport report;
  report.circuit = circuit;
  report.room = room;
  report.live = engine_.live_balance(room);
  report.view = engine_.circuit_view(circuit);
  report.control = setting_report(engine_.settings(), control_key(circuit));
  report.plan = setting_report(engine_.settings(), plan_key(circuit));
  report.meter = setting_report(engine_.settings(), meter_key(circuit));
  report.meter_refused = meter_changes_.refusal(circuit);
  report.rollover = setting_report(engine_.settings(), rollover_key(circuit));
  report.parameters = setting_report(engine_.settings(), parameters_key(circuit));
  report.accept = setting_report(engine_.settings(), accept_key(circuit));
  report.correction = setting_report(engine_.settings(), correction_key(circuit));
  if (const auto* told = line.background().parameters_of(circuit)) report.told = *told;
  if (const auto* clock = line.background().clock_of(circuit)) report.clock = *clock;
  report.purse = setting_report(engine_.settings(), purse_key(circuit));
  if (const auto* told = line.background().purse_of(circuit)) report.purse_told = *told;
  const auto* newest = line.plan().newest(circuit);
  if (newest == nullptr || newest->meter != meter) return report;
  report.reading = newest->energy;
  if (line.is_away() || line.plan().is_silent(circuit)) return report;
  report.relay_closed = newest->relay_closed;
  report.power = newest->power;
  return report;
}

/// A report tells all circuits, and a new order makes hundreds of notices.
void Runner::report_soon() {
  if (stopped_ || std::exchange(report_marked_, true)) return;
  report_soon_.expires_after(to_chrono(report_gathers));
  report_soon_.async_wait([this](const Error& cancelled) {
    if (!cancelled && report_marked_) send_report();
  });
}

/// Those of rooms first: lists end where an envelope is full.
void Runner::report_circuits(Report& report) const {
  for (const bool recorded_only : {false, true})
    for (std::size_t i = 0; i < lines_.size(); ++i)
      for (const auto& meter : wiring_.buses[i].meters)
        for (const auto& circuit : meter.circuits)
          if (is_only_recorded(circuit) == recorded_only)
            report.circuits.push_back(circuit_report(*lines_[i], circuit.circuit, circuit.room, meter.place.number));
}

void Runner::send_report() {
  report_marked_ = false;
  if (stopped_ || !link_.connected()) return;
  Report report;
  report_circuits(report);
  report.settings = site_settings(engine_.settings());
  report.rows = told_rows_.next();
  report_wiring(report);
  link_.report(encode_report(report), durable_.mine);
  if (told_rows_.has_more()) report_soon();
}

void Runner::show_bus(const MeterLine& line) {
  const MetricLabels bus = {{"bus", line.name()}};
  metrics_->gauge("wattle_edge_bus_away", "1 while the device or connection of the bus cannot be used", bus)
      .set(line.is_away() ? 1 : 0);
  const auto& counters = line.counters();
  const auto show = [&](const char* name, const char* help, std::uint64_t value) {
    metrics_->gauge(name, help, bus).set(static_cast<std::int64_t>(value));
  };
  show("wattle_edge_bus_requests", "Questions put to the bus since the start", counters.transactions);
  show("wattle_edge_bus_silences", "Of these, not answered", counters.silences);
  show("wattle_edge_bus_broken", "Of these, answered with what is no frame", counters.broken);
  show("wattle_edge_bus_unasked_bytes", "Bytes that came when nothing was asked", counters.unasked_bytes);
  show("wattle_edge_bus_reopens", "Times that the device was opened anew", counters.reopens);
  for (const auto fault : all_line_faults) {
    metrics_
        ->gauge("wattle_edge_bus_faults", "What was wrong with the line, as its bytes tell it, since the start",
                {{"bus", line.name()}, {"code", wattle::word(fault)}})
        .set(static_cast<std::int64_t>(line.watch().count(fault)));
  }
}

/// Nobody answers on a bus that is away.
std::size_t Runner::meters_silent() const {
  std::size_t silent = 0;
  for (const auto& line : lines_) silent += line->is_away() ? line->plan().meters() : line->plan().silent();
  return silent;
}

void Runner::show_figures() {
  const auto gauge = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    metrics_->gauge(name, help).set(static_cast<std::int64_t>(value));
  };
  gauge("wattle_edge_entries", "Entries that this box has written", durable_.mine);
  gauge("wattle_edge_cursor", "Entries of the cloud's that are here", durable_.theirs);
  gauge("wattle_edge_backlog", "Own entries that the cloud has not shown to have", engine_.session().backlog());
  gauge("wattle_edge_meters_silent", "Meters that do not answer", meters_silent());
  gauge("wattle_edge_circuits_unread", "Circuits of open rooms that are on no bus", circuits_unread(engine_, wiring_.buses));
  const auto& collectors = collectors_.counters();
  gauge("wattle_edge_collectors_registered", "Times that a collector dialled in and said who it is", collectors.registered);
  gauge("wattle_edge_collectors_replaced", "Of these, while its connection before still seemed to stand", collectors.replaced);
  gauge("wattle_edge_collectors_strangers", "Connections that did not say who they are in time", collectors.strangers);
  gauge("wattle_edge_connected", "1 while the broker is there", engine_.session().connected() ? 1 : 0);
}

}  // namespace wattle::edge
