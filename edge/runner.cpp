#include "edge/runner.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"

namespace wattle::edge {
namespace {

constexpr Duration cloud_silence = {2 * beat_after.micros};
constexpr std::string_view unknown_kind = "kind ";  // so begins to_text of a kind without a name

EngineConfig engine_config(const EdgeConfig& config, const Claimed& claimed) {
  EngineConfig out;
  out.site = claimed.identity.site;
  out.holder = claimed.identity.holder;
  out.cloud_key = PublicKey{claimed.identity.cloud_signing_key};
  out.code_key = claimed.code_key;
  out.utc_offset = config.utc_offset;
  return out;
}

ReadingsLineSettings readings_settings(const EdgeConfig& config) {
  ReadingsLineSettings out;
  out.file = config.data + "/readings.sqlite";
  out.ring_bytes = config.ring_bytes;
  out.record = {config.record_every, span_for(config.record_every), config.utc_offset};
  return out;
}

/// Null where the cloud's key is none with which anybody should seal: then passwords cannot be read.
std::unique_ptr<Seal> seal_of(const BoxKeys& keys, const Claimed& claimed) {
  auto seal = keys.sealing->seal_with(BoxKey{claimed.identity.cloud_sealing_key});
  return seal ? std::move(*seal) : nullptr;
}

}  // namespace

std::uint64_t SystemEntropy::word() { return random_u64(); }

Runner::Runner(boost::asio::io_context& loop, const EdgeConfig& config, const Claimed& claimed, const BoxKeys& keys,
               LedgerStore& store, DiskWatch& disk, Metrics& metrics)
    : loop_(&loop),
      config_(&config),
      store_(&store),
      metrics_(&metrics),
      disk_(&disk),
      engine_(engine_config(config, claimed), store, crypto_, *keys.signer, entropy_, read_clocks()),
      link_(
          loop, config, claimed, keys,
          {[this] { deliver(Connected{}), send_report(), readings_.connected(); },
           [this] { deliver(Disconnected{}), readings_.disconnected(); }, [this](Bytes body) { on_received(std::move(body)); },
           [this](const Bytes& body) { readings_.received(body); }, [this](const Bytes& body) { on_read_asked(body); }},
          metrics),
      readings_(loop, readings_settings(config),
                {[this](ByteView body) { return link_.send_readings(body, durable_.mine); }, [this] { return line_use(); }},
                crypto_, entropy_, metrics),
      local_(loop, config.data + "/edge.sock", [this](std::string_view line) { return command(line) + '\n'; }),
      page_(loop, metrics),
      wake_(loop),
      report_(loop),
      report_soon_(loop),
      collectors_(loop),
      wirer_(config, claimed.identity.holder.edge, seal_of(keys, claimed)),
      demand_timer_(loop),
      meter_changes_(store, [this](const CircuitFigures& circuit, Quantity shown) { return counted_last(circuit, shown); }) {
  read_durable();
}

std::string Runner::start() {
  if (const auto error = local_.open()) return config_->data + "/edge.sock: " + error.message();
  if (config_->metrics_port != 0) {
    const auto error = page_.open(config_->metrics_port);
    if (error) return "metrics port " + std::to_string(config_->metrics_port) + ": " + error.message();
  }
  if (config_->collectors_listen) {
    const auto& listen = *config_->collectors_listen;
    if (const auto error = collectors_.open(listen)) return "collectors at " + to_text(listen) + ": " + error.message();
  }
  look_at_disk();
  readings_.start();
  wiring_seen_ = engine_.settings().wiring_changes();
  wired_at_ = {engine_.link().up().head(), engine_.link().down().head()};
  meters_seen_ = ledger_meters();
  wire();
  fill_gaps();
  link_.start();
  report_regularly();
  tell_of_restart();
  deliver(Woke{});
  change_meters();
  follow_wiring();
  return {};
}

void Runner::stop(std::function<void()> done) {
  stopped_ = true;
  wake_.cancel();
  report_.cancel();
  report_soon_.cancel();
  demand_timer_.cancel();
  local_.stop();
  page_.stop();
  for (const auto& line : lines_) line->stop();
  collectors_.stop();
  readings_.stop();
  link_.stop(std::move(done));
}

Runner::Said Runner::deliver(const Event& event) {
  Said said;
  if (stopped_) return said;
  WATTLE_CHECK(!busy_);  // effects may start things, and nothing that they start answers at once
  busy_ = true;
  const auto effects = engine_.handle(event, read_clocks());
  for (const auto& effect : effects) std::visit([&](const auto& what) { carry_out(what, said); }, effect);
  busy_ = false;
  show_figures();
  set_wake_up();
  note_boot_when_returned();
  const auto decided = engine_.orders_decided();
  if (std::exchange(orders_decided_, decided) != decided) report_soon();
  // A round ends with an event of its own, and by itself time moves no money.
  if (!std::holds_alternative<MeterRead>(event) && !std::holds_alternative<Woke>(event)) fund_purses();
  return said;
}

void Runner::keep(const Commit& commit) {
  if (const auto committed = store_->commit(commit); !committed) throw StoreFailure(committed.error());
  metrics_->counter("wattle_edge_commits_total", "Commits to the store").add();
}

void Runner::carry_out(const Persist& persist, Said&) {
  keep(persist.commit);
  engine_.committed();
  read_durable();
  count_unknown_kinds(persist.commit);
}

void Runner::count_unknown_kinds(const Commit& commit) {
  for (const auto& write : commit) {
    const auto* append = std::get_if<AppendEntry>(&write);
    const auto entry = append != nullptr ? decode_entry(append->record.bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    const auto kind = entry ? to_text(entry->kind) : std::string();
    if (!kind.starts_with(unknown_kind)) continue;
    metrics_->counter("wattle_edge_unknown_kinds_total", "Entries of kinds that a newer cloud writes, taken by their lines")
        .add();
    log_event(LogLevel::warning, "edge.entry.unknown_kind", {{"number", append->number}, {"kind", kind}});
  }
}

/// A cloud that has just started, or come back, has no report yet.
void Runner::on_received(Bytes body) {
  deliver(Received{std::move(body)});
  change_meters();
  follow_wiring();
  const auto life = engine_.session().peer_life();
  if (life == 0 || life == std::exchange(cloud_life_, life)) return;
  told_rows_.begin_anew();
  send_report();
}

void Runner::read_durable() {
  const auto& config = engine_.config();
  durable_ = {store_->head({config.site, config.holder, Direction::up}).number,
              store_->head({config.site, config.holder, Direction::down}).number};
}

void Runner::check_durable(Position rests_on) const {
  WATTLE_CHECK(rests_on.mine <= durable_.mine && rests_on.theirs <= durable_.theirs);
}

void Runner::carry_out(const Send& send, Said&) {
  check_durable(send.rests_on);
  link_.send(send.bytes, durable_.mine);
}

void Runner::carry_out(const SwitchRelay& relay, Said&) {
  check_durable(relay.rests_on);
  bool has_meter = false;
  bool stands = false;  // given before, and not seen carried out yet
  for (const auto& line : lines_) {
    if (!line->plan().has(relay.circuit)) continue;
    has_meter = true;
    const auto known = relays_ordered_.find(relay.circuit);
    stands = line->plan().has_order(relay.circuit) && known != relays_ordered_.end() && known->second == relay.close;
    line->order(relay.circuit, relay.close);
  }
  relays_ordered_.insert_or_assign(relay.circuit, relay.close);
  if (stands) return;
  log_event(has_meter ? LogLevel::info : LogLevel::error, has_meter ? "edge.relay.ordered" : "edge.relay.no_meter",
            {{"room", relay.room.value},
             {"circuit", relay.circuit.value},
             {"close", relay.close},
             {"reason", wattle::word(relay.reason)}});
}

void Runner::carry_out(const Warned& warned, Said&) {
  check_durable(warned.rests_on);
  metrics_
      ->counter("wattle_edge_warnings_total", "Rooms that crossed a threshold of their money, by the level they are at",
                {{"level", std::string(wattle::word(warned.level))}})
      .add();
  log_event(
      LogLevel::info, "edge.room.warned",
      {{"room", warned.room.value}, {"level", wattle::word(warned.level)}, {"available_micros", warned.available.micros}});
}

void Runner::carry_out(const ForgetOrder& forget, Said&) {
  for (const auto& line : lines_) line->forget_order(forget.circuit);
}

void Runner::carry_out(const CodeAnswered& answered, Said& said) {
  check_durable(answered.rests_on);
  log_event(LogLevel::info, "edge.code.typed", {{"room", answered.room.value}, {"outcome", word(answered.outcome)}});
  said.code = answered;
}

void Runner::carry_out(const CashReceipt& receipt, Said& said) {
  check_durable(receipt.rests_on);
  log_event(LogLevel::info, "edge.cash.taken", {{"room", receipt.room.value}, {"amount_micros", receipt.amount.micros}});
  said.receipt = receipt;
}

void Runner::carry_out(const Raise& raised, Said& said) {
  const auto* event = event_of(raised.alarm);
  metrics_->counter("wattle_edge_alarms_total", "Alarms of the box, by code", {{"code", event}}).add();
  const auto& stopped = engine_.link().row().stopped;
  const bool is_stop = raised.alarm == Alarm::stream_stopped && stopped.has_value();
  log_event(LogLevel::warning, event,
            {{"count", raised.count},
             {"room", raised.room.value},
             {"code", is_stop ? wattle::word(stopped->reason) : ""},
             {"number", is_stop ? stopped->number : 0}});
  if (raised.alarm == Alarm::refused_event) said.refused = raised;
}

void Runner::count_refused(std::string_view code) {
  metrics_
      ->counter("wattle_edge_refused_total", "Messages of the cloud that were not taken, by the reason",
                {{"code", std::string(code)}})
      .add();
}

void Runner::carry_out(const Refused& refused, Said&) {
  const auto* code = wattle::word(refused.why);
  count_refused(code);
  // Each reconnection leaves a message of the session before on its way.
  log_event(refused.why == LedgerErrc::other_session ? LogLevel::debug : LogLevel::warning, "edge.message.refused",
            {{"code", code}});
}

void Runner::on_read(const MeterRead& reading) {
  metrics_->counter("wattle_edge_readings_total", "Readings of meters").add();
  if (reading.disagrees)
    metrics_
        ->counter("wattle_edge_readings_disagreeing_total",
                  "Readings whose power is not what voltage and current say; power and current are not recorded")
        .add();
  heard_first_ = heard_at_.insert_or_assign(reading.meter, monotonic_clock()).second || heard_first_;
  const bool is_nobodys = reading.room.value == 0;  // it is only recorded
  if (is_nobodys) return record(reading);
  const auto at = find_open(reading.circuit);
  if (!at) counting_.forget(reading.circuit);
  const auto counted = at ? counting_.count(reading, register_of(at->figures, reading.register_ends)) : reading;
  if (counted) deliver(*counted);
  record(reading);
  if (!reading.relay_closed) return;
  const auto [seen, fresh] = relays_seen_.try_emplace(reading.circuit, *reading.relay_closed);
  if (!fresh && seen->second == *reading.relay_closed) return;
  seen->second = *reading.relay_closed;
  log_event(LogLevel::info, "edge.relay.seen",
            {{"room", reading.room.value}, {"circuit", reading.circuit.value}, {"closed", *reading.relay_closed}});
  send_report();
}

void Runner::on_noticed(const Noticed& noticed) {
  const auto* event = event_of(noticed.what);
  const bool bad = is_bad(noticed.what);
  if (bad) metrics_->counter("wattle_edge_alarms_total", "Alarms of the box, by code", {{"code", event}}).add();
  if (noticed.what == PollNotice::torn)
    metrics_->counter("wattle_edge_readings_torn_total", "Readings that the next one did not bear out; not taken").add();
  const auto why = noticed.error ? noticed.error.message() : std::string();
  log_event(bad ? LogLevel::warning : LogLevel::info, event,
            {{"room", noticed.room.value},
             {"circuit", noticed.circuit.value},
             {"parameter", noticed.parameter ? info(*noticed.parameter).name : std::string_view()},
             {"why", why}});
  if (noticed.parameter || is_of_purse(noticed.what)) report_soon();
  show_figures();
  for (auto& mains : mains_) {
    const auto returned = mains.noticed(noticed);
    if (!returned) continue;
    log_event(LogLevel::info, "edge.mains.returned", {{"circuits", returned->circuits.size()}});
    deliver(*returned);
  }
  if (const auto what = relay_event(noticed.what)) deliver(RelayNoticed{noticed.room, noticed.circuit, *what});
}

/// A box that was fenced, or whose room has left, leaves the relay as it is, whatever was ordered before.
bool Runner::may_switch(RoomId id) const { return !engine_.link().row().fenced && engine_.decides_on(id); }

/// What is told to a meter that is only recorded moves no relay.
bool Runner::may_write(RoomId id) const {
  const bool is_nobodys = id.value == 0;
  const auto* room = engine_.link().state().find(id);
  return !engine_.link().row().fenced && (is_nobodys || (room != nullptr && room->open));
}

/// Also when the cloud is not heard: then the broker would only keep repetitions for it.
LineUse Runner::line_use() const {
  const auto& session = engine_.session();
  const auto heard = session.heard_at();
  if (!session.connected() || heard == never || monotonic_clock() - heard > cloud_silence) return LineUse::none;
  return session.backlog() > 0 ? LineUse::beside_money : LineUse::all;
}

/// Never twice within a nap: a wake-up that has been due for long must not become a loop.
void Runner::set_wake_up() {
  const auto at = engine_.wake_up();
  if (at == never) {
    wake_.cancel();
    return;
  }
  wake_.expires_at(to_chrono(std::max(at, woke_ + shortest_nap)));
  wake_.async_wait([this](const Error& cancelled) {
    if (cancelled) return;
    woke_ = monotonic_clock();
    deliver(Woke{});
  });
}

}  // namespace wattle::edge
