// What the runner does with meters that the cloud has ordered to be changed, or wants to be read now.

#include "edge/runner.hpp"
#include "shared/io/clock.hpp"

namespace wattle::edge {
namespace {

bool is_asked_for(const ReadQuestion& question, const CircuitConfig& circuit) {
  if (question.circuit.value != 0) return circuit.circuit == question.circuit;
  return question.room.value != 0 && circuit.room == question.room;
}

}  // namespace

/// What the cloud has ordered, as if a technician had told it here.
void Runner::change_meters() {
  tell_parameters();
  tell_purses();
  if (engine_.link().row().fenced) return;
  Commit outcomes;
  const auto due = meter_changes_.due(engine_.link().state(), engine_.settings(), monotonic_clock(), outcomes);
  for (const auto& changed : due) {
    const auto said = deliver(changed);
    if (said.refused) meter_changes_.refused(changed.circuit, static_cast<LedgerErrc>(said.refused->count), outcomes);
    log_event(said.refused ? LogLevel::warning : LogLevel::info, said.refused ? "edge.meter.not_changed" : "edge.meter.changed",
              {{"room", changed.room.value},
               {"circuit", changed.circuit.value},
               {"meter", changed.new_meter.value},
               {"code", said.refused ? wattle::word(static_cast<LedgerErrc>(said.refused->count)) : ""}});
  }
  if (!outcomes.empty()) keep(outcomes);
  if (!due.empty()) send_report();
}

/// The lines write and compare; here is only what is wanted now.
void Runner::tell_parameters() {
  const auto& wanted = engine_.settings().parameters();
  if (parameters_wanted_ == wanted) return;
  const auto before = std::exchange(parameters_wanted_, wanted);
  for (const auto& line : lines_) {
    for (const auto& [circuit, order] : before)
      if (!wanted.contains(circuit)) line->want(circuit, {});
    for (const auto& [circuit, order] : wanted) {
      const auto known = before.find(circuit);
      if (known == before.end() || known->second != order) line->want(circuit, order.values);
    }
  }
}

/// A fenced box tells nobody the time either.
std::optional<BoxTime> Runner::meter_time() const {
  const auto now = read_clocks();
  const auto time = engine_.link().row().fenced ? std::nullopt : engine_.clock(now);
  if (!time) return std::nullopt;
  const auto apart = std::max(*time - now.wall, now.wall - *time);  // readings are recorded by the machine's clock
  return BoxTime{*time, engine_.may_tell_time(now), apart <= history_clock_within};
}

std::optional<Runner::OpenCircuit> Runner::find_open(CircuitId circuit) const {
  for (const auto& [id, room] : engine_.link().state().rooms())
    if (const auto* figures = room.open ? room.find(circuit) : nullptr) return OpenCircuit{id, *figures};
  return std::nullopt;
}

Register Runner::register_of(const CircuitFigures& circuit, Quantity ends) const {
  return {circuit.meter, engine_.counted_to(circuit), ends, engine_.settings().rollover_of(circuit.circuit)};
}

/// A person has read it, so that no second reading need say it again.
Quantity Runner::counted_last(const CircuitFigures& circuit, Quantity shown) const {
  const auto* line = line_of(circuit.circuit);
  return counted(shown, register_of(circuit, line == nullptr ? Quantity{} : line->plan().register_ends(circuit.circuit))).units;
}

/// A question of the moment: what cannot be answered now is answered so, and nothing of it is kept.
void Runner::on_read_asked(const Bytes& body) {
  const auto question = decode_read_question(body);
  if (!question) return count_refused(question.error().message());
  std::vector<CircuitId> circuits;
  for (const auto& bus : wiring_.buses)
    for (const auto& meter : bus.meters)
      for (const auto& circuit : meter.circuits)
        if (is_asked_for(*question, circuit)) circuits.push_back(circuit.circuit);
  metrics_->counter("wattle_edge_reads_asked_total", "Readings that the cloud wanted at once").add();
  if (demands_.begin(*question, circuits, monotonic_clock()))
    for (const auto circuit : circuits)
      for (const auto& line : lines_)
        if (line->plan().has(circuit)) line->read_now(circuit);
  answer_reads();
}

void Runner::answer_reads() {
  if (stopped_) return;
  for (const auto& answer : demands_.take_done(monotonic_clock())) link_.answer_read(encode(answer), durable_.mine);
  const auto next = demands_.wake_up();
  if (next == never) {
    demand_timer_.cancel();
    return;
  }
  demand_timer_.expires_at(to_chrono(next));
  demand_timer_.async_wait([this](const Error& cancelled) {
    if (!cancelled) answer_reads();
  });
}

}  // namespace wattle::edge
