// Faults stop; then everything must come to rest within a bounded number of steps, and the books must equal the world.

#include <algorithm>

#include "simulator/checks/books.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

constexpr int rounds_max = 20;  // of some hundred steps each: within these everything must have come to rest

std::string name(const BoxNode& box) {
  char text[40];
  std::snprintf(text, sizeof text, "box %u.%x", box.holder.edge.value, box.holder.incarnation.value);
  return text;
}

bool is_of_circuit(const std::string& key) { return circuit_of_register(key).has_value(); }

bool has_circuit_of(const LinkState& state, const std::string& key) {
  const CircuitId circuit{static_cast<std::uint32_t>(std::stoul(key.substr(key.find('/') + 1)))};
  return std::any_of(state.rooms().begin(), state.rooms().end(),
                     [&](const auto& item) { return item.second.open && item.second.find(circuit) != nullptr; });
}

}  // namespace

/// Where the room is, as the cloud knows it; for the text of a violation.
std::string World::describe(RoomId id) const {
  const auto& site = *processes_[ingest_].site;
  const auto* chain = site.index().room(id);
  std::string text = " room " + std::to_string(id.value);
  if (chain == nullptr) return text + " unknown";
  if (chain->has_hole()) text += " HOLE";
  for (const auto& [holder, at] : chain->links) {
    const auto* link = site.link(holder);
    text += " [" + std::to_string(holder.edge.value) + "." + std::to_string(holder.incarnation.value % 1000) +
            " opens=" + std::to_string(at.opens.size()) + " closes=" + std::to_string(at.closes.size()) +
            (link != nullptr && link->row().fenced ? link->row().told ? " told" : " fenced" : "") +
            (link != nullptr ? " balance=" + std::to_string(link->state().balance(room_pocket(id, holder)).micros) : "") + "]";
  }
  if (const auto* close = chain->unclaimed()) {
    const auto slot = site.index().destination(close->close.id);
    text +=
        " unclaimed close to slot " + (slot ? std::to_string(slot->value) : std::string("none")) +
        (site.index().has(OutsideId("open/" + to_hex(close->close.id))) ? " but its open is booked" : "") +
        (slot && site.holder_of(*slot) ? " held by " + std::to_string(site.holder_of(*slot)->incarnation.value % 1000) : "");
  }
  for (const auto& [request, info] : site.index().requests())
    if (info.room == id && !info.answered)
      text += " unanswered " + to_text(info.kind) + " asked in " + std::to_string(info.asked.size());
  return text;
}

/// Which box wrote the receipt, and how far that box's stream or list has come; for the text of a violation.
std::string World::where_is(const Uid& receipt) const {
  const OutsideId outside("receipt/" + to_hex(receipt));
  std::string text(outside.text());
  for (const auto& box : boxes_) {
    const StreamId up{{1}, box->holder, Direction::up};
    for (auto number = box->disk.first(up); number <= box->disk.head(up).number; ++number) {
      const auto entry = decode_entry(box->disk.entry(up, number)->bytes);
      if (!entry || entry->outside != outside) continue;
      const auto* link = processes_[ingest_].site->link(box->holder);
      text += " is entry " + std::to_string(number) + " of " + name(*box) + ", whose head is " +
              std::to_string(box->disk.head(up).number) + "; the cloud has " +
              (link == nullptr ? "no link"
                               : std::to_string(link->up().head().number) + (link->row().fenced ? " and fenced it" : ""));
    }
    for (const auto& record : box->disk.listed(up)) {
      const auto entry = decode_entry(record.bytes);
      if (entry && entry->outside == outside) text += " was set aside at " + name(*box);
    }
  }
  return text;
}

void World::settle_down(std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps; ++i) {
    // Seldom, since it takes time; and at the end everybody shall have been woken that is due.
    if (i % 10 == 0 && i + 20 < steps) carry_out_orders();
    pass(milliseconds(random_.between(1, 300)));
    deliver_due();
    if (!cloud_mail_.empty() && random_.chance(1, 2)) {
      const auto event = cloud_mail_.front();
      cloud_mail_.pop_front();
      to_cloud(event);
    } else if (!wishes_.empty() && random_.chance(1, 3))
      to_cloud(cloud::Ordered{wishes_.front().order});
    else if (!wake_due() && network_.empty() && cloud_mail_.empty())
      pass(seconds(5));
  }
}

/// What a person finds in the lists of fenced boxes he takes over: cash that was really taken, meters that were changed. True
/// when a box has refused some of it, so that he must come again.
bool World::work_out_lists() {
  if (site() == nullptr) return true;
  bool refused = false;
  // A meter changed at a box that had forgotten that the room had left: it refuses to repeat that, with an alarm.
  for (auto& box : boxes_)
    for (const auto& record : box->disk.listed({{1}, box->holder, Direction::up}))
      if (const auto entry = decode_entry(record.bytes); entry && entry->kind == Kind::meter_change)
        refused = !put_meter_change_right(*entry) || refused;
  for (const auto& [holder, row] : std::map(site()->boxes())) {
    if (!site()->link(holder)->row().told) continue;
    for (const auto& record : database_.listed({{1}, holder, Direction::up})) {
      const auto entry = decode_entry(record.bytes);
      if (entry && entry->kind == Kind::meter_change) refused = !put_meter_change_right(*entry) || refused;
      const auto cash = entry && entry->kind == Kind::cash ? detail_of<Cash>(*entry) : std::nullopt;
      if (!cash || !facts_.receipts.contains(cash->receipt)) continue;
      if (site()->index().has(entry->outside)) continue;
      give(cloud::CashAdoption{holder, cash->receipt, *entry->room,
                               cash->opening != 0 ? cash->opening : opening_of(*entry->room), entry->lines[0].amount});
    }
  }
  return refused;
}

/// A meter that was changed at a box which never told: the technician's sheet is typed in again where the room is now. False
/// when the box does not take it now.
bool World::put_meter_change_right(const Entry& entry) {
  const auto change = detail_of<MeterChange>(entry);
  for (auto& box : boxes_) {
    const bool lives = box->engine && !box->engine->link().row().fenced;
    const auto* room = lives ? box->engine->link().state().find(*entry.room) : nullptr;
    const auto* circuit = room != nullptr && room->open ? room->find(change->circuit) : nullptr;
    if (circuit == nullptr || circuit->meter != change->old_meter) continue;
    to_box(*box,
           edge::MeterReplaced{*entry.room, change->circuit, change->final_reading, change->new_meter, change->first_reading});
    const auto* after = box->engine ? box->engine->link().state().find(*entry.room) : nullptr;
    const auto* changed = after != nullptr ? after->find(change->circuit) : nullptr;
    return changed != nullptr && changed->meter != change->old_meter;
  }
  return true;
}

/// The end of all faults: whoever is away comes back, clones are gone, what is stopped or dead is fenced and replaced.
void World::quiet_the_world() {
  quiet_ = true;
  while (has_clone()) take_twin_away(**std::find_if(boxes_.begin(), boxes_.end(), [](const auto& box) { return box->clone; }));
  database_full_until_ = {};
  bring_all_up_to_date();
  for (auto& box : boxes_) {
    box->full_until = {};
    if (box->clock_error != Duration{}) box->begun.clear();  // its clock jumps, as in fault()
    box->clock_error = {};
    box->up_cut = box->down_cut = false;
  }
  for (auto& [circuit, meter] : facts_.meters) meter.welded = false;
  for (auto& [circuit, wiring] : facts_.wirings) wiring = {{}, {}, {}, {}, wiring.disturbances + 1};
  if (processes_.size() > 1) change_processes();
  start_cloud();
  hold_archive(false);
  read_bills();
  bool refused = false;
  for (int round = 0; round < rounds_max && (round < 2 || refused || !has_converged()); ++round) {
    for (const auto& [holder, key] : std::vector(claims_)) to_cloud(cloud::Claimed{holder, key});
    for (auto& box : boxes_) {
      if (box->disk.commits() > 0 ||
          std::none_of(claims_.begin(), claims_.end(), [&](const auto& c) { return c.first == box->holder; }))
        box->dead = false;
      if (!box->engine && !box->dead)
        start_box(*box);
      else if (round == 0)
        heal(*box);
    }
    settle_down(1200);
    read_bills();
    // A person: stopped links are fenced, empty slots are claimed.
    for (const auto& [holder, row] : std::map(site()->boxes())) {
      const auto* link = site()->link(holder);
      bool stopped = link->row().stopped.has_value();
      for (auto& box : boxes_) stopped = stopped || (box->holder == holder && box->engine && box->engine->link().row().stopped);
      if (!link->row().fenced && stopped && has_recovered()) fence(holder, holder.edge);
    }
    settle_down(200);
    fill_slots();
    for (std::size_t told = 0; told < facts_.meters.size() && tell_of_rollover(); ++told) settle_down(20);
    refused = work_out_lists();
  }
  finish_energy();
}

/// The hour passes, so that all slices close, and what follows from them is exchanged.
void World::finish_energy() {
  for (int round = 0; round < 2; ++round) {
    for (auto& box : boxes_) {
      if (!box->engine && !box->dead) start_box(*box);
      read_well(*box);
    }
    settle_down(300);
    pass(hours(1));
  }
  for (auto& box : boxes_) read_well(*box);
  for (int round = 0; round < rounds_max && (round < 1 || !is_at_rest()); ++round) settle_down(400);
}

bool World::has_converged() {
  try {
    check_liveness();
    return true;
  } catch (const Violation&) {
    return false;
  }
}

void World::check_at_rest() {
  check_liveness();
  check_books();
  check_settings();
  check_relays();
  check_warnings();
  check_slices();
  check_accounts();
  check_orders();
  for (std::uint32_t room = 101; room < 101 + options_.rooms; ++room) check_waiting({room});
  check_refund_states(true);
  check_undone();
  if (is_audited()) check_audit();
  check_silence();
}

/// Who has nothing to say says that he is there, and nothing else, once a minute, also when all have met anew: whatever were
/// sent again and again never arrives, or nobody hears that it has.
void World::check_silence() {
  std::uint64_t ends = 0;
  for (auto& box : boxes_) {
    if (box->engine) heal(*box);
    ends += 2;
  }
  const auto pass_quietly = [&](Duration time) {
    for (const auto begun = now().tick; now().tick - begun < time;) settle_down(1);
  };
  pass_quietly(minutes(3));  // on a fenced link the ends speak ever less often
  const auto before = posted();
  is_silent_ = true;
  pass_quietly(minutes(2));
  is_silent_ = false;
  const auto most = 4 * ends;
  require(posted() - before <= most, "silence",
          "at rest " + std::to_string(posted() - before) + " messages leave where " + std::to_string(most) + " say all");
}

/// A decision whose money a restore has led elsewhere waits, and a person is told.
bool World::waits_for_money(const cloud::Order& order) const {
  const auto* decision = std::get_if<cloud::Resolution>(&order);
  if (decision == nullptr || !was_told(cloud::Alarm::resolution_waits)) return false;
  const auto open = processes_[ingest_].site->undecided();
  const auto at = open.find(OutsideId(decision->of));
  return at == open.end() || at->second < decision->amount;
}

void World::check_liveness() {
  const auto* cloud = site();
  require(cloud != nullptr && cloud->is_settled(), "liveness", "the cloud has not settled");
  for (auto& box : boxes_) {
    const auto* link = cloud->link(box->holder);
    require(link != nullptr || box->dead || box->disk.commits() == 0, "liveness", "the cloud does not know " + name(*box));
    if (link == nullptr || link->row().fenced) continue;
    require(box->engine != nullptr, "liveness", name(*box) + " does not run");
    const auto& mine = box->engine->link();
    require(!mine.row().stopped && !link->row().stopped, "liveness", name(*box) + " is stopped");
    require(!mine.row().asking && !link->row().asking, "liveness", name(*box) + " still asks");
    require(mine.up().head() == link->up().head() && mine.down().head() == link->down().head(), "liveness",
            name(*box) + ": the cursors have not met: up " + std::to_string(mine.up().head().number) + "/" +
                std::to_string(link->up().head().number) + " down " + std::to_string(mine.down().head().number) + "/" +
                std::to_string(link->down().head().number));
    const Link replay(End::edge, {1}, box->holder, database_, *crypto_, *box->signer, cloud_signer_->key());
    require(replay.state().encoded() == mine.state().encoded(), "live ≠ replay", name(*box) + ": two replicas differ");
    require(mine.state().codes_balance().micros == 0, "codes",
            name(*box) + ": codes are not zero at rest: " + std::to_string(mine.state().codes_balance().micros));
  }
  for (const auto& [transit, money] : cloud->index().transits())
    require(money.micros == 0, "transit",
            to_text(transit) + " is not empty at rest, filled by " +
                (cloud->index().filled(transit)
                     ? to_text(cloud->index().filled(transit)->kind) + describe(cloud->index().filled(transit)->room)
                     : "?"));
  for (const auto& [number, payment] : facts_.payments)
    require(cloud->is_done(payment), "payment lost", number + " was never booked");
  for (const auto& [receipt, sale] : facts_.receipts)
    if (!cloud->index().has(OutsideId("receipt/" + to_hex(receipt)))) throw Violation("receipt lost", where_is(receipt));
  for (const auto& [id, order] : cloud->orders())
    require(cloud->is_done(order) || waits_for_money(order), "liveness",
            "order " + std::string(id.text()) + " was not carried out");
}

/// Each box has the newest value of each key that was given to its slot, to all slots, or to a circuit that is there.
void World::check_settings() const {
  const auto& cloud = *processes_[ingest_].site;
  std::map<std::pair<EdgeId, std::string>, const cloud::ConfigOrder*> newest;
  for (const auto& [id, order] : cloud.orders()) {
    const auto* config = std::get_if<cloud::ConfigOrder>(&order);
    if (config == nullptr) continue;
    auto& known = newest[{is_of_circuit(config->key) ? cloud::every_slot : config->slot, config->key}];
    if (known == nullptr || known->number < config->number) known = config;
  }
  for (const auto& box : boxes_) {
    if (!box->engine || box->engine->link().row().fenced) continue;
    const auto& state = box->engine->link().state();
    const auto& held = state.config();
    for (const auto& [key, config] : newest) {
      if (key.first != cloud::every_slot && key.first != box->holder.edge) continue;
      if (is_of_circuit(key.second) && !has_circuit_of(state, key.second)) continue;
      const auto at = held.find(key.second);
      require(at != held.end() && (at->second.overridden || at->second.value == config->value), "settings",
              name(*box) + " does not have the newest value of " + key.second);
    }
  }
}

void World::check_books() {
  const auto* cloud = site();
  const auto sums = sums_of_lines(database_, *cloud);
  check_cover(counted_entries());
  States states;
  for (const auto& box : boxes_)
    if (const auto* link = cloud->link(box->holder); box->engine && link != nullptr && !link->row().fenced) {
      states[box->holder] = &box->engine->link().state();
      check_dropped(box->disk, box->engine->link(), box->drops, clocks_of(*box).sooner);
    }
  check_pockets(sums, *cloud, states);
  check_allowances(database_, sums);
  check_order(database_, *cloud, states);
  for (const auto& [circuit, meter] : facts_.meters) {
    std::int64_t charged = 0;
    for (const auto& [holder, row] : cloud->boxes()) {
      const StreamId up{{1}, holder, Direction::up};
      for (auto number = database_.first(up); number <= database_.head(up).number; ++number) {
        const auto entry = decode_entry(database_.entry(up, number)->bytes);
        const auto slice = entry->kind == Kind::consumption ? detail_of<Consumption>(*entry) : std::nullopt;
        if (!slice || slice->circuit != circuit) continue;
        charged += slice->to.units - slice->from.units;
      }
    }
    // What flows between two stays waits for the next one.
    const auto* chain = cloud->index().room(meter.room);
    const bool is_empty = chain != nullptr && !chain->open_at();
    require(is_empty ? charged <= facts_.energy[circuit] : charged == facts_.energy[circuit], "meter chain",
            "circuit " + std::to_string(circuit.value) + ": " + std::to_string(charged) + " Wh charged of " +
                std::to_string(facts_.energy[circuit]));
  }
}

}  // namespace wattle::sim
