// Which buses the runner has open, and with which meters: opened at the start, and opened anew, each for itself, when the
// stream says something else of it or of the pace at which all are read. The others' masters, relays and money go on
// undisturbed.

#include <algorithm>

#include "edge/bus_rules.hpp"
#include "edge/io/boot_id.hpp"
#include "edge/runner.hpp"
#include "edge/wiring_report.hpp"
#include "shared/io/clock.hpp"
#include "shared/meter/leap.hpp"

namespace wattle::edge {
namespace {

std::vector<CircuitId> rooms_circuits(const BusConfig& bus) {
  std::vector<CircuitId> circuits;
  for (const auto& meter : bus.meters)
    for (const auto& circuit : meter.circuits)
      if (!is_only_recorded(circuit)) circuits.push_back(circuit.circuit);
  return circuits;
}

template <class Note>
LogLevel level_of(const Note& note) {
  return note.fault == WiringFault::none ? LogLevel::info : LogLevel::warning;
}

}  // namespace

/// A box that was without power takes it that its building was.
void Runner::tell_of_restart() {
  const auto boot = machine_boot(config_->data);
  boot_to_note_ = boot != Boot::same;
  if (boot != Boot::other) return;
  MainsReturned returned;
  for (const auto& bus : wiring_.buses)
    for (const auto circuit : rooms_circuits(bus)) returned.circuits.push_back(circuit);
  log_event(LogLevel::info, "edge.mains.returned", {{"circuits", returned.circuits.size()}});
  deliver(returned);
}

/// A process that ends while circuits wait for their turn leaves that to the next one: else all would close together there.
void Runner::note_boot_when_returned() {
  if (!boot_to_note_ || engine_.is_returning()) return;
  boot_to_note_ = false;
  if (const auto noted = note_boot(config_->data); !noted)
    log_event(LogLevel::warning, "edge.boot_id.not_kept", {{"why", noted.error().message()}});
}

std::shared_ptr<MeterLine> Runner::open_line(const BusConfig& bus) {
  MeterLineHandlers handlers{[this](const MeterRead& reading) { on_read(reading); },
                             [this] { on_swept(); },
                             [this](const Noticed& noticed) { on_noticed(noticed); },
                             [this](RoomId room) { return may_switch(room); },
                             [this](const DemandedReading& reading) { demands_.heard(reading), answer_reads(); },
                             [this](const HistoryFound& found) { on_history(found); },
                             [this] { return meter_time(); },
                             [this](CircuitId circuit, const PurseBook& book) { keep_book(circuit, book); },
                             [this](RoomId room) { return may_write(room); },
                             [this] { report_soon(); },
                             [this](MeterId meter, const RefusedPassword& refused) { keep_refused(meter, refused); }};
  return std::make_shared<MeterLine>(*loop_, bus, bus.every, std::move(handlers), &collectors_);
}

/// Who waits for a meter to be wired sees its first answer without waiting for the next report.
void Runner::on_swept() {
  deliver(Swept{});
  readings_.swept();
  if (std::exchange(heard_first_, false)) send_report();
}

/// Its line and port are free at once, for another bus.
void Runner::close_line(MeterLine& line, const BusConfig& bus) {
  line.stop();
  if (bus.collector) collectors_.forget(*bus.collector);
  metrics_->gauge("wattle_edge_bus_away", "1 while the device or connection of the bus cannot be used", {{"bus", bus.name}})
      .set(0);
  log_event(LogLevel::info, "edge.bus.closed", {{"bus", bus.name}});
}

/// Of every circuit that was ever open here: those of closed rooms count as they were last.
Runner::LedgerMeters Runner::ledger_meters() const {
  LedgerMeters out;
  const auto& orders = engine_.settings().meters();
  for (const auto& [id, room] : engine_.link().state().rooms()) {
    for (const auto& circuit : room.circuits) {
      const auto order = orders.find(circuit.circuit);
      auto& seen = out[{id, circuit.circuit}];
      seen.first = circuit.meter;
      if (order != orders.end()) seen.second = order->second;
    }
  }
  return out;
}

/// When a register of the wiring is another one, or the ledger has another meter, whoever has written so.
void Runner::follow_wiring() {
  if (stopped_) return;
  const auto changes = engine_.settings().wiring_changes();
  bool is_other = std::exchange(wiring_seen_, changes) != changes;
  const std::pair heads{engine_.link().up().head(), engine_.link().down().head()};
  if (std::exchange(wired_at_, heads) != heads) {
    auto meters = ledger_meters();
    is_other = is_other || meters != meters_seen_;
    meters_seen_ = std::move(meters);
  }
  if (!is_other) return;
  wire();
  send_report();
}

void Runner::wire() {
  auto wanted = wirer_.wire(engine_);
  const auto before = std::exchange(lines_, {});
  const auto mains_before = std::exchange(mains_, {});
  const auto buses_before = std::exchange(wiring_, std::move(wanted)).buses;
  readings_.record_every(wiring_.pace.record_every);
  std::vector<std::size_t> kept(wiring_.buses.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto at = std::find_if(wiring_.buses.begin(), wiring_.buses.end(),
                                 [&](const BusConfig& bus) { return are_same(bus, buses_before[i]); });
    if (at == wiring_.buses.end())
      close_line(*before[i], buses_before[i]);
    else
      kept[static_cast<std::size_t>(at - wiring_.buses.begin())] = i;
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto& bus = wiring_.buses[i];
    const bool is_kept = kept[i] < before.size();
    lines_.push_back(is_kept ? before[kept[i]] : open_line(bus));
    mains_.push_back(is_kept ? mains_before[kept[i]] : OutageWatch(rooms_circuits(bus)));
  }
  tell_wiring();
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i] == before.size()) start_line(*lines_[i], wiring_.buses[i], before);
  if (const auto unread = circuits_unread(engine_, wiring_.buses); unread > 0)
    log_event(LogLevel::warning, "edge.circuits.unread", {{"circuits", unread}});
}

/// As it was recorded last, or else charged, which may be any time ago.
std::optional<KnownRegister> Runner::known_register(CircuitId circuit, MeterId meter) const {
  if (const auto* newest = readings_.newest(circuit); newest != nullptr && newest->meter == meter) {
    const auto& reading = newest->readings.front();
    return KnownRegister{reading.register_units, wall_clock() - reading.at};
  }
  const auto open = find_open(circuit);
  if (!open || open->figures.meter != meter) return std::nullopt;
  return KnownRegister{engine_.counted_to(open->figures), leap_looks_back};
}

/// Orders that no reading has shown yet were the closed line's to try on, or nobody's.
void Runner::start_line(MeterLine& line, const BusConfig& bus, const std::vector<std::shared_ptr<MeterLine>>& before) {
  for (const auto& other : before) line.carry_over(*other);
  for (const auto& meter : bus.meters) tell_refused(line, meter.place.number);  // the newest, whoever was told it
  line.judge_by([this](CircuitId circuit, MeterId meter) { return known_register(circuit, meter); });
  show_bus(line);  // what has not happened yet is 0, not missing
  log_event(LogLevel::info, "edge.bus.opened", {{"bus", bus.name}, {"meters", bus.meters.size()}});
  for (const auto circuit : rooms_circuits(bus))
    if (const auto close = engine_.relay_ordered(circuit)) line.order(circuit, *close);
  for (const auto& meter : bus.meters)
    for (const auto& circuit : meter.circuits)
      if (const auto* newest = readings_.newest(circuit.circuit))
        line.seen_before(circuit.circuit, newest->meter, newest->readings.front().at);
  for (const auto& [circuit, order] : parameters_wanted_) line.want(circuit, order.values);
  want_purses(line);
  line.start();
}

void Runner::tell_wiring() const {
  for (const auto& [name, profile] : engine_.settings().profiles())
    if (const auto& why = wirer_.objection_to_profile(name); !why.empty())
      log_event(LogLevel::warning, "edge.profile.refused", {{"profile", name}, {"why", why}});
  for (const auto& note : wiring_.bus_notes)
    if (note.fault != WiringFault::none)
      log_event(level_of(note), "edge.bus.refused", {{"bus", note.name}, {"code", wattle::word(note.fault)}});
  for (const auto& note : wiring_.meter_notes)
    if (note.fault != WiringFault::none)
      log_event(level_of(note), "edge.meter.refused",
                {{"meter", note.number.value}, {"bus", note.bus}, {"code", wattle::word(note.fault)}});
}

/// A bus that cannot be opened is tried again and again, and is no reason to refuse it.
void Runner::report_wiring(Report& report) const {
  const auto& settings = engine_.settings();
  for (const auto& [name, profile] : settings.profiles()) {
    const auto key = profile_key(name, 0);
    auto told = setting_report(settings, key);
    told.good = told.good && wirer_.objection_to_profile(name).empty();
    report.settings.emplace_back(key, told);
  }
  const auto slot = engine_.config().holder.edge;
  if (const auto key = pace_key(slot); settings.applied().contains(key))
    report.settings.emplace_back(key, setting_report(settings, key));
  report.pace = {wiring_.pace.poll_every, wiring_.pace.record_every, ClockBroadcast{wiring_.pace.clock.broadcast_minute}};
  const auto now = monotonic_clock();
  for (const auto& note : wiring_.bus_notes) {
    const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const auto& known) { return known->name() == note.name; });
    report.buses.push_back(bus_report(note, setting_report(settings, bus_key(slot, note.name)),
                                      line == lines_.end() ? nullptr : line->get(), now));
  }
  for (const auto& note : wiring_.meter_notes) {
    MeterReport meter{
        note.number,          note.bus,  note.address, setting_report(settings, place_key(slot, note.number)), note.source,
        WiringState::applied, note.fault};
    const auto heard = heard_at_.find(note.read_as);
    if (heard != heard_at_.end()) meter.heard_ago = now - heard->second;
    if (!meter.heard_ago) meter.state = WiringState::pending;
    if (note.fault != WiringFault::none) meter.state = WiringState::refused;
    for (const auto& line : lines_)
      if (const auto health = line->plan().health(note.read_as, now)) meter.health = *health;
    report.meters.push_back(std::move(meter));
  }
}

std::string Runner::do_command(const WiringAsked&) { return wiring_reply(statuses(wiring_)); }

}  // namespace wattle::edge
