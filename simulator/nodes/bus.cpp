// A box's bus: who hangs on it, one question after the other, and what goes wrong on the way. The loop does what the shell's
// meter line and runner do with the same plan.

#include "simulator/nodes/bus.hpp"

#include <algorithm>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

constexpr edge::PollSettings poll_settings{seconds(2), minutes(1), {}, {}};
constexpr int questions_max = 100;         // until a sweep is over, whoever is silent
constexpr Duration idle_max = seconds(3);  // nobody but silent meters is waited for that long
constexpr Duration answers_after = milliseconds(40);
constexpr Duration late_max = milliseconds(1500);  // an answer may come so long after its time
constexpr std::uint64_t mishap_one_in = 80;
constexpr std::uint32_t trouble_one_in = 12;
constexpr unsigned rests = 4;  // sweeps at rest: heard, commanded, read back, and one to spare

void flip_a_bit(Bytes& bytes, Random& random) {
  if (!bytes.empty()) bytes[random.below(bytes.size())] ^= static_cast<std::uint8_t>(1U << random.below(8));
}

wattle::Received judge(const edge::Question& question, ByteView heard) {
  if (heard.empty()) return Bad{WATTLE_FAIL(MeterErrc::silence)};
  return receive(question.exchange, heard, Wire::quiet);
}

std::optional<RelayEvent> relay_event(edge::PollNotice notice) {
  switch (notice) {
    case edge::PollNotice::relay_strayed: return RelayEvent::strayed;
    case edge::PollNotice::relay_disobeys: return RelayEvent::disobeys;
    case edge::PollNotice::relay_obeys: return RelayEvent::obeys;
    default: return std::nullopt;
  }
}

}  // namespace

/// Of a meter whose register counts in steps, what it can count of this.
std::int64_t World::whole_steps(CircuitId circuit, std::int64_t units) const {
  const auto at = facts_.meters.find(circuit);
  const Meter fresh{{}, 0, {circuit.value / 10}, circuit};
  if (!options_.has(Fault::buses) || !speaks_dlt645(at == facts_.meters.end() ? fresh : at->second)) return units;
  return units - units % dlt645::energy_step_wh;
}

/// So long that no circuit uses half of it up in the run: of a turn that a box hears of after that it rightly believes nothing,
/// and a room may be between boxes for any time.
std::int64_t World::register_length() const {
  constexpr std::int64_t wh_per_step = 100;
  return std::max(register_ends_min, static_cast<std::int64_t>(options_.steps) * wh_per_step);
}

/// Where a register that stands at `first` comes to its end within the run: at a whole step of what it counts in.
std::int64_t World::end_behind(CircuitId circuit, std::int64_t first) const {
  const auto least_step = whole_steps(circuit, 1) == 1 ? 1 : dlt645::energy_step_wh;
  return first + least_step + whole_steps(circuit, first % 3000);
}

/// On every bus the same: under Modbus a unit, under DL/T 645 the number on the plate.
std::uint64_t World::address_of(CircuitId circuit) const {
  const auto at = facts_.meters.find(circuit);
  return speaks_dlt645(at->second) ? at->second.number.value
                                   : 1 + static_cast<std::uint64_t>(std::distance(facts_.meters.begin(), at));
}

/// As in the shell: a box that was fenced, or whose room has left, leaves the relay as it is.
bool World::may_switch(const BoxNode& box, RoomId id) const { return !box.engine->link().row().fenced && is_wired(box, id); }

/// Where a stay has ended its meters hang until the next one has begun, at this box or another.
bool World::is_wired(const BoxNode& box, RoomId id) const {
  const auto* room = box.engine->link().state().find(id);
  return room != nullptr && box.engine->decides_on(id) && (room->open || !has_come_elsewhere(id, room->opening));
}

/// A later stay of the room has begun at a box that runs.
bool World::has_come_elsewhere(RoomId id, std::uint32_t opening) const {
  return std::any_of(boxes_.begin(), boxes_.end(), [&](const auto& other) {
    const auto* there = other->engine ? other->engine->link().state().find(id) : nullptr;
    return there != nullptr && there->opening > opening;
  });
}

/// When another room has come, or another meter, the installer tells the box anew who hangs on its bus.
void World::connect_meters(BoxNode& box) {
  auto& bus = *box.bus;
  std::map<CircuitId, MeterId> meters;
  for (const auto& [circuit, meter] : facts_.meters) {
    if (is_wired(box, meter.room)) meters[circuit] = meter.number;
  }
  if (bus.plan && bus.meters == meters) return;
  std::vector<edge::PolledMeter> polled;
  std::vector<CircuitId> circuits;
  for (const auto& [circuit, number] : meters) {
    const auto& meter = facts_.meters.at(circuit);
    const MeterPlace place{address_of(circuit), number, {}};
    polled.push_back({place, profile_of(meter), {{meter.room, circuit}}});
    circuits.push_back(circuit);
  }
  bus.plan.emplace(poll_settings, std::move(polled), tick_);
  bus.mains = edge::OutageWatch(std::move(circuits));
  bus.meters = std::move(meters);
  for (auto& [circuit, place] : bus.places) {
    place.heard.reset();
    place.commands = 0;
    place.sweeps = 0;
    place.silent = false;
    place.shown.clear();
  }
  for (const auto& [circuit, number] : bus.meters) {
    auto& place = bus.places[circuit];
    place.plate = number;
    if (place.wanted) bus.plan->order(circuit, *place.wanted, tick_);
  }
}

/// Question after question, until each meter that is not silent was asked once more.
void World::run_bus(BoxNode& box) {
  if (!box.engine) return;
  connect_meters(box);
  if (!quiet_ && options_.has(Fault::bus_faults) && random_.chance(1, trouble_one_in)) bus_trouble(box);
  if (box.bus->meters.empty()) return;
  for (int put = 0; put < questions_max; ++put) {
    auto& plan = *box.bus->plan;
    const auto question = plan.next(tick_);
    if (!question) {
      const auto wake = plan.wake_up();
      if (wake == never || idle_max < wake - tick_) return;
      tick_ = std::max(tick_, wake);
    } else if (question->is_command && !may_switch(box, question->room)) {
      plan.unasked(tick_);
      forget_order(box, question->circuit);
    } else {
      const auto received = transact(box, *question);
      if (take(box, plan.answered(received, tick_))) return;
    }
  }
}

void World::order(BoxNode& box, const edge::SwitchRelay& relay) {
  auto& place = box.bus->places[relay.circuit];
  trace("bus: circuit " + std::to_string(relay.circuit.value) + (relay.close ? " shall close" : " shall open"));
  if (place.wanted != relay.close) place.commands = 0;
  if (place.ordered != relay.close) place.sweeps = -1;  // the sweep under way is not a whole one
  place.wanted = place.ordered = relay.close;
  if (box.bus->plan) box.bus->plan->order(relay.circuit, relay.close, tick_);
}

void World::forget_order(BoxNode& box, CircuitId circuit) {
  auto& place = box.bus->places[circuit];
  place.wanted.reset();
  place.ordered.reset();
  if (box.bus->plan) box.bus->plan->forget_order(circuit);
}

Mishap World::some_mishap() {
  if (quiet_ || !options_.has(Fault::bus_faults) || random_.below(mishap_one_in) != 0) return Mishap::none;
  return static_cast<Mishap>(random_.below(static_cast<std::uint64_t>(Mishap::none)));
}

/// One question on the wire, and what was heard until the answer or its time was over.
wattle::Received World::transact(BoxNode& box, const edge::Question& question) {
  pass(question.gap);
  check_question(box, question);
  auto& bus = *box.bus;
  if (!question.is_command && bus.answers_to_keep > 0 && bus.kept_of == question.circuit) return keep_answer(box, question);
  const auto until = tick_ + question.timeout;
  auto mishap = some_mishap();
  if (question.is_command && bus.commands_to_lose > 0) {
    --bus.commands_to_lose;
    mishap = Mishap::lost_request;
  }
  auto late = std::exchange(bus.late, std::nullopt);
  if (late && !question.is_command && bus.kept_of == question.circuit) late->at = std::min(late->at, tick_);
  auto heard = carry(box, question, mishap);
  auto received = judge(question, heard);
  const auto ends = std::holds_alternative<MeterAnswer>(received) ? tick_ + answers_after : until;
  if (late && tick_ <= late->at && late->at < ends) {
    heard.insert(heard.begin(), late->bytes.begin(), late->bytes.end());
    received = judge(question, heard);
  } else if (late && ends <= late->at) {
    bus.late = late;
  }  // else it came while nobody asked, and is dropped
  tick_ = ends;
  return received;
}

/// Not heard within its time. It comes when the same meter is asked again, should that be while it may still be on its way.
wattle::Received World::keep_answer(BoxNode& box, const edge::Question& question) {
  --box.bus->answers_to_keep;
  disturb(question.circuit);
  auto answer = hear(box, question.circuit, request_bytes(question.exchange));
  tick_ = tick_ + question.timeout;
  box.bus->late = LateAnswer{std::move(answer), tick_ + late_max};
  return judge(question, {});
}

Bytes World::carry(BoxNode& box, const edge::Question& question, Mishap mishap) {
  if (mishap != Mishap::none) {
    disturb(question.circuit);
    trace("bus: mishap " + std::to_string(static_cast<int>(mishap)) + " at circuit " + std::to_string(question.circuit.value));
  }
  auto request = request_bytes(question.exchange);
  if (mishap == Mishap::bad_request) flip_a_bit(request, random_);
  auto answer = mishap == Mishap::lost_request ? Bytes{} : hear(box, question.circuit, request);
  if (mishap == Mishap::bad_answer) flip_a_bit(answer, random_);
  if (mishap == Mishap::cut_answer && !answer.empty()) answer.resize(random_.below(answer.size()));
  if (mishap == Mishap::late_answer && !answer.empty()) {
    box.bus->late = LateAnswer{answer, tick_ + question.timeout + milliseconds(random_.between(0, late_max.micros / 1000))};
    answer.clear();
  }
  if (mishap == Mishap::lost_answer) answer.clear();
  return answer;
}

/// Whose meter answers where this circuit's meter should.
CircuitId World::standing_at(CircuitId address) const {
  const auto at = facts_.wirings.find(address);
  return at != facts_.wirings.end() && tick_ < at->second.swapped_until ? at->second.swapped_with : address;
}

/// A meter of Modbus that counts while it is read gives the high word of one moment with the low word of another. That can be
/// where it has carried since it was asked last, and no more than some seconds ago.
Meter World::shown_by(BoxNode& box, CircuitId circuit) {
  constexpr std::int64_t word = 1 << 16;
  constexpr std::int64_t just_carried = 255;
  auto meter = facts_.meters.at(circuit);
  const auto now = meter.shown();
  const auto before = std::exchange(box.bus->read_at.try_emplace(circuit, now).first->second, now);
  const bool has_carried =
      before < now && before / word != now / word && now % word <= just_carried && (meter.ends == 0 || now + word < meter.ends);
  if (quiet_ || !options_.has(Fault::bus_faults) || speaks_dlt645(meter) || !has_carried || !random_.chance(1, 2)) return meter;
  trace("bus: circuit " + std::to_string(circuit.value) + " counts while it is read");
  disturb(circuit);
  meter.register_units += random_.chance(1, 2) ? word - 1 - now % word : -word;
  return meter;
}

/// At the address of this circuit's meter. An order moves the relay here and nowhere else.
Bytes World::hear(BoxNode& box, CircuitId address, ByteView request) {
  const auto circuit = standing_at(address);
  const auto& wiring = facts_.wirings[circuit];
  auto& meter = facts_.meters.at(circuit);
  if (tick_ < wiring.dead_until) return {};
  auto says = answer_of(shown_by(box, circuit), address_of(address), request, now().wall);
  const bool obeys = tick_ >= wiring.deaf_until && (!meter.welded || says.commanded.value_or(true));
  if (!says.commanded || !obeys || meter.relay_closed == *says.commanded) return says.bytes;
  meter.relay_closed = *says.commanded;
  if (meter.relay_closed) check_closing(box, address);
  trace("bus: relay of circuit " + std::to_string(circuit.value) + (meter.relay_closed ? " closes" : " opens"));
  disturb(circuit);
  if (address == circuit) box.bus->places[circuit].disturbances = wiring.disturbances;  // for every other bus
  return says.bytes;
}

/// True when the sweep is over, or the box has stopped over it.
bool World::take(BoxNode& box, const edge::Polled& polled) {
  for (const auto& noticed : polled.notices) {
    take_notice(box, noticed);
    if (!box.engine) return true;
  }
  check_mains(box, polled);
  for (const auto& reading : polled.readings) {
    trace("bus: box " + std::to_string(box.holder.edge.value) + " reads circuit " + std::to_string(reading.circuit.value));
    check_reading(box, reading);
    auto& place = box.bus->places[reading.circuit];
    place.heard = reading.meter;
    place.silent = false;
    place.read = true;
    place.shown.clear();
    if (place.wanted == reading.relay_closed) place.wanted.reset();
    if (!place.wanted && reading.relay_closed && place.ordered != reading.relay_closed) place.ordered.reset();
    take_count(box, reading);
    if (!box.engine) return true;
  }
  if (!polled.swept) return false;
  to_box(box, edge::Swept{});
  if (box.engine) check_sweep(box);
  return true;
}

void World::take_notice(BoxNode& box, const edge::Noticed& noticed) {
  auto& bus = *box.bus;
  trace("bus: notice " + std::to_string(static_cast<int>(noticed.what)) + " of circuit " +
        std::to_string(noticed.circuit.value));
  if (noticed.what == edge::PollNotice::silent) {
    bus.places[noticed.circuit].heard.reset();
    bus.places[noticed.circuit].silent = true;
    bus.mains_back = false;
  }
  if (const auto returned = bus.mains.noticed(noticed)) {
    bus.mains_back = true;
    for (const auto circuit : returned->circuits) bus.places[circuit].ordered.reset();
    to_box(box, *returned);
  }
  const auto what = relay_event(noticed.what);
  if (what) to_box(box, edge::RelayNoticed{noticed.room, noticed.circuit, *what});
}

/// Something that lasts: a meter dies for a while, a relay turns deaf, two meters change places, or the mains of all are away.
void World::bus_trouble(BoxNode& box) {
  std::vector<CircuitId> circuits;
  std::vector<CircuitId> of_modbus;  // under DL/T 645 the address is the number on the plate
  for (const auto& [circuit, number] : box.bus->meters) {
    circuits.push_back(circuit);
    if (!speaks_dlt645(facts_.meters.at(circuit))) of_modbus.push_back(circuit);
  }
  if (circuits.empty()) return;
  const auto until = tick_ + seconds(random_.between(1, random_.chance(1, 4) ? 900 : 60));
  const auto circuit = circuits[random_.below(circuits.size())];
  const auto pick = random_.below(10);
  trace("bus: trouble " + std::to_string(pick) + " at circuit " + std::to_string(circuit.value));
  if (pick < 3) {
    facts_.wirings[circuit].dead_until = until;
  } else if (pick < 6) {
    facts_.wirings[circuit].deaf_until = until;
  } else if (pick < 8 && of_modbus.size() > 1) {
    const auto first = random_.below(of_modbus.size());
    const auto a = of_modbus[first];
    const auto b = of_modbus[(first + 1 + random_.below(of_modbus.size() - 1)) % of_modbus.size()];
    if (standing_at(a) != a || standing_at(b) != b) return;
    facts_.wirings[a].swapped_until = facts_.wirings[b].swapped_until = until;
    facts_.wirings[a].swapped_with = b;
    facts_.wirings[b].swapped_with = a;
    disturb(a);
    disturb(b);
  } else {
    for (const auto each : circuits)
      if (random_.chance(1, 4) && !facts_.meters.at(each).welded) facts_.meters.at(each).relay_closed = false;
    silence(circuits, until - tick_);
  }
  disturb(circuit);
}

void World::silence(const std::vector<CircuitId>& circuits, Duration time) {
  for (const auto circuit : circuits) {
    facts_.wirings[circuit].dead_until = tick_ + time;
    disturb(circuit);
  }
}

bool World::is_troubled(CircuitId circuit) const {
  const auto at = facts_.wirings.find(circuit);
  if (facts_.meters.at(circuit).welded) return true;
  return at != facts_.wirings.end() &&
         tick_ < std::max({at->second.dead_until, at->second.deaf_until, at->second.swapped_until});
}

/// Whether a bus has something left to do.
bool World::has_orders() const {
  return std::any_of(boxes_.begin(), boxes_.end(), [this](const auto& box) {
    if (!box->engine || !box->bus) return false;
    return std::any_of(box->bus->places.begin(), box->bus->places.end(), [&](const auto& item) {
      return item.second.wanted && may_switch(*box, facts_.meters.at(item.first).room);
    });
  });
}

void World::carry_out_orders() {
  if (!options_.has(Fault::buses) || !has_orders()) return;
  for (auto& box : boxes_) read_meters(*box);
}

/// Whether nothing is left to do, once the buses have carried out what is ordered. An hour may have begun since the boxes were
/// woken last.
bool World::is_at_rest() {
  if (!options_.has(Fault::buses)) return has_converged();
  for (unsigned sweeps = 0; sweeps < 4 * rests; ++sweeps) {
    std::size_t left = 2 * boxes_.size();
    while (left > 0 && wake_due()) --left;
    if (!has_orders()) break;
    carry_out_orders();
  }
  return !has_orders() && has_converged();
}

/// Often enough for what was disturbed until now to be put right.
void World::read_well(BoxNode& box) {
  read_meters(box);
  for (unsigned more = 1; options_.has(Fault::buses) && more < rests; ++more) read_meters(box);
}

}  // namespace wattle::sim
