#include "simulator/nodes/world.hpp"

#include <algorithm>

#include "shared/crypto/sodium_crypto.hpp"
#include "simulator/checks/books.hpp"

namespace wattle::sim {

namespace {

constexpr Instant turn_of_month{1'790'812'800'000'000};  // 2026-10-01 00:00 local time: tiers begin anew during a run
constexpr std::array utc_offsets = {hours(8), hours(0), minutes(330), hours(-5)};

Seed seed_from(Random& random) {
  Seed seed;
  for (auto& byte : seed) byte = static_cast<std::uint8_t>(random.next());
  return seed;
}

/// What stands there afterwards is told anew.
void forget_told(const Commit& commit, const StreamId& stream, std::uint64_t& told) {
  for (const auto& write : commit)
    if (const auto* aside = std::get_if<SetAside>(&write); aside != nullptr && aside->stream == stream)
      told = std::min(told, aside->after);
}

}  // namespace

World::World(const Options& options) : options_(options), random_(options.seed) {
  if (options.real_crypto) {
    crypto_ = std::make_unique<SodiumCrypto>();
  } else {
    auto cheap = std::make_unique<CheapCrypto>();
    cheap_ = cheap.get();
    crypto_ = std::move(cheap);
  }
  utc_offset_ = options.has(Fault::bands) ? utc_offsets.at(random_.below(utc_offsets.size())) : hours(8);
  start_ = turn_of_month - utc_offset_ - minutes(random_.between(0, 360));
  cloud_signer_ = make_signer();
  processes_.resize(1);
  start_cloud();
  for (std::uint32_t slot = 1; slot <= options.slots; ++slot) claim({slot});
  give(cloud::PriceOrder{PricePlan{next_price_++, 1, start_, TierPeriod::none, {Band{{Tier{0, 517'300}}}}}});
  if (options.has(Fault::water))
    give(cloud::PriceOrder{
        PricePlan{next_price_++, 2, start_, TierPeriod::year, {Band{{Tier{0, 900'000}, Tier{9'000, 1'350'001}}}}}});
  for (std::uint32_t room = 101; room < 101 + options.rooms; ++room) {
    const EdgeId slot{1 + room % options.slots};
    cloud::Fitting fitting{{room}, 1, slot, {}};
    const std::uint32_t circuits = 1 + room % 2;
    for (std::uint32_t k = 0; k < circuits; ++k) {
      const CircuitId circuit{room * 10 + k};
      const bool ends = options.has(Fault::rollovers);
      const std::int64_t first = whole_steps(circuit, random_.between(0, 1'000'000) + (ends ? register_length() : 0));
      Meter meter{{70'000'000ULL + circuit.value}, first, {room}, circuit, true, false, first, 0, Utility::electricity};
      if (ends) meter.ends = end_behind(circuit, first);
      facts_.meters[circuit] = meter;
      facts_.energy[circuit] = 0;
      fitting.circuits.push_back({circuit, meter.number, meter.utility, {first}, {}, {}, 0});
    }
    if (options.has(Fault::water) && room % 3 != 0) fitting.circuits.push_back(fit_water({room}));
    home_[{room}] = slot;
    give(fitting);
  }
}

World::~World() = default;

const Signer* World::make_signer() {
  const auto seed = seed_from(random_);
  signers_.push_back(cheap_ != nullptr ? cheap_->signer(seed) : std::make_unique<SodiumSigner>(seed));
  return signers_.back().get();
}

Now World::now_of(const BoxNode& box) const { return {now().wall + box.clock_error, tick_}; }

BoxNode* World::box_at(EdgeId slot) {
  for (auto& box : boxes_) {
    const auto* link = site() != nullptr ? site()->link(box->holder) : nullptr;
    if (box->holder.edge == slot && !box->clone && (link == nullptr || !link->row().fenced)) return box.get();
  }
  return nullptr;
}

void World::pass(Duration time) { tick_ = tick_ + time; }

/// An order is repeated by its giver until it is acknowledged.
void World::give(cloud::Order order) {
  given_.try_emplace(cloud::id_of(order), events_);
  wishes_.push_back({order});
  to_cloud(cloud::Ordered{std::move(order)});
}

void World::claim(EdgeId slot) {
  const auto* signer = make_signer();
  const Holder holder{slot, {static_cast<std::uint32_t>(random_.next() | 1)}};
  auto box = std::make_unique<BoxNode>();
  box->holder = holder;
  box->signer = signer;
  for (auto& byte : box->code_key) byte = static_cast<std::uint8_t>(random_.next());
  box->entropy = std::make_unique<SeededEntropy>(random_.next());
  box->dead = true;  // until the claim is answered it has no certificate
  boxes_.push_back(std::move(box));
  claims_.emplace_back(holder, signer->key());
  to_cloud(cloud::Claimed{holder, signer->key()});
}

void World::fence(Holder holder, EdgeId destination) { to_cloud(cloud::FenceOrdered{holder, destination}); }

void World::start_box(BoxNode& box) {
  forget_readings(box);
  box.started = tick_;
  box.heard = false;
  box.ordered.clear();
  box.prices_read.clear();
  start_trips(box);
  if (options_.has(Fault::buses)) box.bus = std::make_unique<Bus>();
  edge::EngineConfig config;
  config.utc_offset = utc_offset_;
  config.site = the_site;
  config.holder = box.holder;
  config.cloud_key = cloud_signer_->key();
  config.code_key = box.code_key;
  config.settle_after_entries = options_.has(Fault::retention) ? 120 : 100'000;
  config.keep_for = kept_for;
  config.drop_at_once = 50;
  box.engine = std::make_unique<edge::Engine>(config, box.disk, *crypto_, *box.signer, *box.entropy, now_of(box));
  for (const auto& [version, plan] : box.engine->link().state().prices()) box.prices_read[version] = std::nullopt;
  box.opened.clear();
  note_openings(box);
  find_warnings(box);
  trace_start(box);
  to_box(box, edge::Connected{});
}

void World::stop_box(BoxNode& box) {
  if (box.engine) trace(box, "stops");
  box.engine.reset();
  box.bus.reset();
  box.counting = {};
  box.misread.clear();
}

void World::start_cloud() {
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    auto& process = processes_[i];
    if (!process.entropy) process.entropy = std::make_unique<SeededEntropy>(random_.next());
    if (process.site) continue;
    process.site = std::make_unique<cloud::Site>(site_config(), database_, *crypto_, *cloud_signer_, *process.entropy, now());
    process.seen_commits = database_.commits();
    process.called.clear();
    process.told.clear();
    trace_cloud("a cloud process starts");
    ++events_;
    run_cloud(i, process.site->begin(facts_.lists, !restore_noted_, now()));
    if (process.site) restore_noted_ = true;  // what it means is durable, so the restore command's mark may go
    if (i == ingest_ && process.site && process.site->is_settled()) {
      ++events_;
      note_told(process, journaled_refunds());
      run_cloud(i, process.site->handle(journaled_refunds(), now()));
    }
    if (i == ingest_ && process.site) {
      ++events_;
      run_cloud(i, process.site->handle(cloud::Connected{}, now()));
    }
  }
}

void World::stop_cloud() {
  if (site() != nullptr) trace_cloud("the cloud stops");
  for (auto& process : processes_) process.site.reset();
}

void World::to_box(BoxNode& box, const edge::Event& event) {
  if (!box.engine) return;
  ++events_;
  const auto before = box.engine->link().up().head();
  const bool fenced = box.engine->link().row().fenced;
  note_reading(box, event);
  note_load(box, event);
  note_heard(box, event);
  trace_event(box, event);
  auto effects = box.engine->handle(event, now_of(box));
  note_cleared(box);
  run_box(box, std::move(effects));
  trace_written(box);
  note_prices(box);  // one that came with this event holds for nothing that it charges
  check_charged(box, before);
  note_refused(box, event);
  check_clock(box);
  if (fenced) check_fenced(box, before);
  check_waited(box, before);
  const auto* reading = std::get_if<edge::MeterRead>(&event);
  check_control(box, reading == nullptr ? std::nullopt : std::optional(reading->circuit));
}

bool World::to_cloud(const cloud::Event& event) {
  const bool for_ingest = std::holds_alternative<cloud::Received>(event) || std::holds_alternative<cloud::Woke>(event);
  const auto at = for_ingest || processes_.size() == 1 ? ingest_ : asked_process_.value_or(random_.below(processes_.size()));
  auto& process = processes_[at];
  if (!process.site) return false;
  ++events_;
  if (process.seen_commits != database_.commits()) {
    process.site->catch_up();
    process.seen_commits = database_.commits();
  }
  trace_event(event);
  const auto* settled = std::get_if<cloud::RefundSettled>(&event);
  settling_ = settled != nullptr ? std::optional(*settled) : std::nullopt;
  if (const auto* bills = std::get_if<cloud::BillsRead>(&event)) note_told(process, {bills->refunds, bills->rejected});
  const auto* ordered = std::get_if<cloud::Ordered>(&event);
  ordering_ = ordered != nullptr ? std::optional(ordered->order) : std::nullopt;
  const auto* rehome = std::get_if<cloud::RehomeOrdered>(&event);
  const auto awaited = rehome != nullptr ? process.site->index().destination(rehome->close) : std::nullopt;
  note_for_undone(event);
  const auto written = database_.commits();
  run_cloud(at, process.site->handle(event, now()));
  trace_written();
  if (rehome != nullptr && process.site) check_rehomed(*process.site, rehome->close, awaited);
  look_for_undone(database_.commits() != written);
  return process.site != nullptr;
}

bool World::persist_box(BoxNode& box, const Commit& commit) {
  const bool full = tick_ < box.full_until;
  const bool error = !quiet_ && options_.has(Fault::disk_error) && random_.chance(1, 4000);
  const bool unknown = !quiet_ && options_.has(Fault::unknown_commit) && random_.chance(1, 4000);
  if (full || error || unknown) {
    trace(box, "has a disk that fails");
    if (!full && unknown && random_.chance(1, 2)) {  // whole, but nobody hears of it
      box.disk.commit(commit);
      note_rows(box, commit);
    }
    stop_box(box);
    return false;
  }
  trace_set_aside(box, commit);
  forget_told(commit, {the_site, box.holder, Direction::up}, box.traced);
  box.disk.commit(commit);
  note_rows(box, commit);
  box.engine->committed();
  return true;
}

/// In the order given; the power may fail before each.
void World::run_box(BoxNode& box, edge::Effects effects) {
  check_fork_alarm(box.disk, effects);
  check_stops(box.disk, effects, tampered_);
  check_written_anew(database_, box.disk, box.engine->link().state(), effects);
  box.drops = check_drop(box.disk, box.engine->link(), effects, clocks_of(box));
  for (auto& effect : effects) {
    if (!quiet_ && options_.has(Fault::crash) && random_.chance(1, 3000)) {
      trace(box, "loses power between outputs");
      stop_box(box);
      return;
    }
    if (const auto* persist = std::get_if<edge::Persist>(&effect)) {
      if (!persist_box(box, persist->commit)) return;
    } else {
      carry_out(box, effect);
    }
  }
  check_box(box);
}

bool World::persist_cloud(std::size_t process, const Commit& commit) {
  const bool fails = !quiet_ && options_.has(Fault::disk_error) && random_.chance(1, 6000 * rarity());
  const bool full = tick_ < database_full_until_;
  if (full || fails) {
    trace_cloud("the database refuses a commit, or its outcome is unknown");
    if (!full && random_.chance(1, 2)) database_.commit(commit);
    processes_[process].site.reset();
    return false;
  }
  trace_set_aside(commit);
  for (auto& [stream, told] : traced_) forget_told(commit, stream, told);
  check_order_rows(commit);
  database_.commit(commit);
  processes_[process].seen_commits = database_.commits();
  processes_[process].site->committed();
  processes_[process].site->remember(facts_.lists.heads);
  check_remembered();
  return true;
}

void World::run_cloud(std::size_t process, cloud::Effects effects) {
  check_fork_alarm(database_, effects);
  check_stops(database_, effects, tampered_);
  check_suspense(effects);
  check_unlisted(database_, effects, now().wall);
  for (auto& effect : effects) {
    if (!quiet_ && options_.has(Fault::crash) && random_.chance(1, 6000 * rarity())) {
      trace_cloud("a cloud process dies between outputs");
      processes_[process].site.reset();
      return;
    }
    if (const auto* persist = std::get_if<cloud::Persist>(&effect)) {
      if (!persist_cloud(process, persist->commit)) return;
    } else {
      carry_out(process, effect);
    }
  }
  check_cloud();
  if (checked_commits_ == database_.commits()) return;
  checked_commits_ = database_.commits();
  check_site_rows();
  check_fences();
  check_credits();
  if (processes_.size() > 1 || site() == nullptr) return;
  rolled_back_ = rolled_back_ && !(site()->is_settled() && has_recovered());
  check_shown();
}

void World::use_energy(CircuitId circuit, std::int64_t units) {
  auto& meter = facts_.meters.at(circuit);
  if (!meter.relay_closed) return;
  units = whole_steps(circuit, units);
  meter.register_units += units;
  facts_.energy[circuit] += units;
}

void World::read_meters(BoxNode& box) {
  if (options_.has(Fault::buses)) return run_bus(box);
  for (auto& [circuit, meter] : facts_.meters) {
    if (!box.engine) return;
    if (!is_wired(box, meter.room)) continue;
    edge::MeterRead read{
        meter.room, circuit, meter.number, {meter.shown()}, meter.relay_closed, Power{meter.relay_closed ? meter.watts : 0}};
    if (tells_its_end(meter)) read.register_ends = {meter.ends};
    misread(box, read);
    take_count(box, read);
  }
  to_box(box, edge::Swept{});
}

/// Shortly before its end a register is read as one that is past it; never twice in a row, which would pass for a turn.
void World::misread(BoxNode& box, edge::MeterRead& read) {
  const auto left = read.register_ends.units - read.register_units.units;
  const auto believed = read.register_ends.units / edge::turn_step_share;
  const bool was_false = box.misread.erase(read.circuit) != 0;
  if (quiet_ || was_false || left <= 0 || left >= believed / 2 || !random_.chance(1, 4)) return;
  box.misread.insert(read.circuit);
  read.register_units = {random_.between(0, believed / 2)};
}

/// As in the shell: the register as the ledger counts it, whatever has brought the reading.
void World::take_count(BoxNode& box, const edge::MeterRead& read) {
  const auto* room = box.engine->link().state().find(read.room);
  const auto* figures = room != nullptr && room->open ? room->find(read.circuit) : nullptr;
  if (figures == nullptr) box.counting.forget(read.circuit);
  const auto counted = figures == nullptr
                           ? read
                           : box.counting.count(read, {figures->meter, box.engine->counted_to(*figures), read.register_ends,
                                                       box.engine->settings().rollover_of(read.circuit)});
  if (!counted) return;
  if (figures != nullptr) check_counted(*counted);  // in an empty room nobody is charged for it
  to_box(box, *counted);
}

void World::advance() {
  const auto kind = random_.below(100);
  if (kind < 70)
    pass(milliseconds(random_.between(0, 400)));
  else if (kind < 98)
    pass(milliseconds(random_.between(400, 6000)));
  else
    pass(seconds(random_.between(30, 900)));
}

void World::step() {
  ++step_;
  advance();
  deliver_due();
  const auto pick = random_.below(100);
  if (pick < 50 && !network_.empty()) {
    const auto window = options_.has(Fault::reorder) ? std::min<std::size_t>(network_.size(), 6) : 1;
    return deliver(random_.below(window));
  }
  if (pick < 62 && wake_due()) return;
  if (pick < 78) {
    auto& box = any_box();
    for (auto& [circuit, meter] : facts_.meters)
      if (random_.chance(1, 3)) use_energy(circuit, random_.between(0, 400));
    return read_meters(box);
  }
  if (pick < 90) return options_.has(Fault::control) && random_.chance(1, 3) ? warden_acts() : people_act();
  if (pick < 95) return provider_acts();
  if (pick < 97) return look_after();
  fault();
}

void World::run() {
  while (step_ < options_.steps) step();
  quiet_the_world();
  check_at_rest();
}

}  // namespace wattle::sim
