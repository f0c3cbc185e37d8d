#include "edge/meter_line.hpp"

#include <algorithm>
#include <utility>

#include "edge/io/collector_server.hpp"
#include "edge/io/serial_bus.hpp"
#include "edge/io/tcp_bus.hpp"
#include "shared/base/check.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"
#include "shared/io/log.hpp"

namespace wattle::edge {
namespace {

constexpr Duration port_look_time = milliseconds(200);
constexpr Duration port_look_again = seconds(30);

std::vector<PolledMeter> meters_of(const BusConfig& config) {
  std::vector<PolledMeter> meters;
  for (const auto& meter : config.meters) {
    PolledMeter polled{meter.place, meter.profile, {}};
    for (const auto& circuit : meter.circuits) polled.circuits.push_back({circuit.room, circuit.circuit});
    meters.push_back(std::move(polled));
  }
  return meters;
}

/// What is spoken on the line: by each meter's first question.
std::vector<Protocol> spoken_on(const BusConfig& config) {
  std::vector<Protocol> spoken;
  for (const auto& meter : config.meters) {
    const auto question = reading_exchanges(*meter.profile, meter.place, Depth::control).front();
    const auto protocol = protocol_of(question, {config.framing == Framing::modbus_tcp, 0});
    if (std::find(spoken.begin(), spoken.end(), protocol) == spoken.end()) spoken.push_back(protocol);
  }
  return spoken;
}

std::shared_ptr<Bus> start_bus(boost::asio::io_context& loop, const BusConfig& config, CollectorServer* collectors) {
  if (!config.device.empty()) return start_serial_bus(loop, config.device, config.line, {}, config.rs485);
  auto settings = tcp_settings(random_u64());
  settings.drains_after_silence = config.framing != Framing::modbus_tcp;  // there a transaction's number tells late answers
  if (config.collector) {
    WATTLE_CHECK(collectors != nullptr);
    settings.deaf_after = 0;  // it tells by its heartbeat that it lives, and dials again when it does not
    return collectors->start_bus(*config.collector, std::move(settings));
  }
  return start_tcp_bus(loop, *config.connect, std::move(settings));
}

}  // namespace

Judge judge_of(const Exchange& exchange, Carriage carriage) {
  return [exchange, carriage](ByteView heard) {
    const auto received = receive(exchange, heard, Wire::open, carriage);
    if (std::holds_alternative<NeedMore>(received)) return Verdict::more;
    const auto* bad = std::get_if<Bad>(&received);
    const bool refusal =
        bad != nullptr && bad->error.category() == meter_category() && is_refusal(static_cast<MeterErrc>(bad->error.value()));
    return bad == nullptr || refusal ? Verdict::complete : Verdict::broken;
  };
}

MeterLine::MeterLine(boost::asio::io_context& loop, const BusConfig& config, Duration every, MeterLineHandlers handlers,
                     CollectorServer* collectors)
    : name_(config.name),
      bus_(start_bus(loop, config, collectors)),
      plan_({.every = every, .line = config.line, .latency = config.latency}, meters_of(config), monotonic_clock()),
      background_(meters_of(config), {.every = every, .line = config.line, .latency = config.latency}, config.clock,
                  plan_.passwords()),
      watch_(spoken_on(config)),
      handlers_(std::move(handlers)),
      timer_(loop),
      carriage_{config.framing == Framing::modbus_tcp, 0} {
  bus_->on_stray([this](Stray when, ByteView bytes) { stray(when, bytes); });
}

void MeterLine::stop() {
  stopped_ = true;
  timer_.cancel();
  bus_->stop();
}

void MeterLine::order(CircuitId circuit, bool close) {
  plan_.order(circuit, close, monotonic_clock());
  pump();
}

void MeterLine::read_now(CircuitId circuit) {
  plan_.demand(circuit);
  pump();
}

void MeterLine::fill(const RecordedGap& gap) {
  background_.fill(gap, monotonic_clock());
  tell_history();
  pump();
}

void MeterLine::tell_history() {
  if (const auto found = background_.take_history(); !found.empty()) handlers_.history(found);
}

void MeterLine::tell_demanded() {
  for (const auto& what : plan_.take_demanded()) {
    for (const auto circuit : what.circuits) {
      DemandedReading reading{circuit};
      const auto* newest = plan_.newest(circuit);
      if (is_away()) {
        reading.outcome = ReadOutcome::away;
      } else if (what.error || newest == nullptr) {
        reading.outcome = what.error == MeterErrc::silence ? ReadOutcome::silent : ReadOutcome::broken;
      } else {
        reading.meter = newest->meter;
        reading.reading = {wall_clock(), newest->energy, newest->power, newest->voltage_mv, newest->current_ma, {}};
        for (std::size_t i = 0; i < further_kinds; ++i)
          if (const auto kind = static_cast<FurtherKind>(i); is_further_of_demand(kind))
            reading.reading.further.put(kind, newest->further.get(kind));
        reading.power_factor_per_mille = newest->power_factor_per_mille;
        reading.relay_closed = newest->relay_closed;
      }
      handlers_.demanded(reading);
    }
  }
}

void MeterLine::pump() {
  while (!asking_ && !stopped_) {
    if (may_wait() && background_.goes_first(plan_, monotonic_clock()) && ask_background()) return;
    const auto question = plan_.next(monotonic_clock());
    if (!question) return background_.may_fill(plan_, monotonic_clock()) && ask_background() ? void() : sleep();
    if (question->is_command && !handlers_.may_switch(question->room)) {
      plan_.unasked(monotonic_clock());
      plan_.forget_order(question->circuit);
      continue;
    }
    ask(*question);
  }
}

/// What is due waits for the background only when each meter has been read since the start, and seldom: a question may take
/// long.
bool MeterLine::may_wait() const { return swept_ && (background_.has_begun() || asked_since_ >= background_share); }

bool MeterLine::may_write(const BackgroundQuestion& asked) const {
  const bool as_relays = asked.is_of_purse || !handlers_.may_write;
  return as_relays ? handlers_.may_switch(asked.question.room) : handlers_.may_write(asked.question.room);
}

void MeterLine::sleep() {
  // A task that is due waits for its meter to be heard.
  const auto task = std::max(background_.wake_up(), monotonic_clock() + background_looks_again);
  const auto next = std::min(plan_.wake_up(), task);
  if (next == never) return;
  timer_.expires_at(std::chrono::steady_clock::time_point(to_chrono(Duration{next.micros})));
  timer_.async_wait([this, alive = weak_from_this().lock()](const Error& cancelled) {
    if (!cancelled) pump();
  });
}

void MeterLine::ask(const Question& question) {
  asking_ = true;
  ++asked_since_;
  const auto urgency = question.is_command ? Urgency::command : Urgency::poll;
  ++carriage_.transaction;
  BusTransaction transaction{request_bytes(question.exchange, carriage_), judge_of(question.exchange, carriage_),
                             question.timeout, urgency, question.gap};
  transaction.may_be_repeated = !question.is_command;
  bus_->transact(std::move(transaction), [this, question, alive = weak_from_this().lock()](const Result<Bytes>& bytes) {
    asking_ = false;
    if (stopped_) return;
    heard(question, bytes);
    pump();
  });
}

void MeterLine::heard(const Question& question, const Result<Bytes>& bytes) {
  take(question, bytes);
  tell_demanded();
}

bool MeterLine::ask_background() {
  for (;;) {
    const auto asked = background_.next(plan_, monotonic_clock(), handlers_.time());
    tell_history();
    if (!asked) return false;
    if (!asked->writes || asked->is_broadcast || may_write(*asked)) {
      if (asked->book) handlers_.keep(asked->question.circuit, *asked->book);
      asked_since_ = 0;
      ask_part(*asked, JoinedAnswer(asked->question.exchange));
      return true;
    }
    background_.unasked(monotonic_clock());
  }
}

void MeterLine::ask_part(const BackgroundQuestion& asked, const JoinedAnswer& parts) {
  asking_ = true;
  ++carriage_.transaction;
  const auto& exchange = parts.question();
  auto judge = asked.is_broadcast ? Judge([](ByteView) { return Verdict::more; }) : judge_of(exchange, carriage_);
  BusTransaction transaction{request_bytes(exchange, carriage_), std::move(judge), asked.question.timeout, Urgency::poll,
                             asked.question.gap};
  transaction.is_answered = !asked.is_broadcast;
  bus_->transact(std::move(transaction), [this, asked, parts, alive = weak_from_this().lock()](const Result<Bytes>& bytes) {
    asking_ = false;
    if (stopped_) return;
    background_heard(asked, parts, bytes);
    pump();
  });
}

void MeterLine::background_heard(const BackgroundQuestion& asked, JoinedAnswer parts, const Result<Bytes>& bytes) {
  std::optional<wattle::Received> said;
  if (asked.is_broadcast && bytes) {
    said = MeterAnswer{};
  } else {
    auto question = asked.question;
    question.exchange = parts.question();
    said = received(question, bytes);
  }
  if (!said) return background_.unasked(monotonic_clock());
  if (parts.take(*std::move(said))) return ask_part(asked, parts);
  said = std::move(parts).whole();
  const auto* bad = std::get_if<Bad>(&*said);
  if (bad != nullptr && bad->error == MeterErrc::silence) plan_.missed(asked.question.circuit, monotonic_clock());
  const auto notices = background_.answered(*said, read_clocks(), handlers_.time());
  keep_books();
  keep_refusals();
  for (const auto& noticed : notices) handlers_.noticed(noticed);
  tell_history();
}

void MeterLine::keep_books() {
  for (const auto& [circuit, book] : background_.take_books()) handlers_.keep(circuit, book);
}

void MeterLine::want(CircuitId circuit, const ParameterValues& values) {
  background_.want(circuit, values, monotonic_clock());
  pump();
}

void MeterLine::want_purse(CircuitId circuit, PurseMode mode, const PurseBook& book) {
  WATTLE_CHECK(mode == PurseMode::off || handlers_.keep);  // what is not remembered is bought twice
  background_.want_purse(circuit, mode, book, monotonic_clock());
  pump();
}

void MeterLine::fund_purse(CircuitId circuit, const std::optional<PurseFacts>& facts) {
  background_.fund_purse(circuit, facts, monotonic_clock());
  keep_books();
  pump();
}

void MeterLine::notice(const Noticed& noticed) {
  background_.noticed(noticed, monotonic_clock());
  handlers_.noticed(noticed);
}

/// Nothing: the bus is away, and nobody was asked.
std::optional<wattle::Received> MeterLine::received(const Question& question, const Result<Bytes>& bytes) {
  const auto now = monotonic_clock();
  const bool silence = !bytes && bytes.error() == BusErrc::silence;
  const bool away = !bytes && !silence;
  port_is(!away, bytes ? Error() : bytes.error());
  const auto behind = std::exchange(behind_, {});
  if (away) return std::nullopt;
  tell(watch_.answered(question.exchange, carriage_, silence ? ByteView{} : ByteView(*bytes), behind, now));
  if (silence) return Bad{WATTLE_FAIL(MeterErrc::silence)};
  return receive(question.exchange, *bytes, Wire::quiet, carriage_);
}

void MeterLine::port_is(bool open, const Error& why) {
  if (is_open_ == open) return;
  if (!open)
    log_event(LogLevel::error, "edge.bus.away", {{"bus", name_}, {"why", why.message()}});
  else if (is_open_)
    log_event(LogLevel::info, "edge.bus.back", {{"bus", name_}});
  is_open_ = open;
  handlers_.reached();
}

void MeterLine::keep_refusals() {
  for (const auto& [meter, refused] : plan_.passwords()->take_news(read_clocks())) handlers_.refused(meter, refused);
}

/// Who wires a bus before its meters wants to know whether the adapter is right: nothing is sent, and nobody need answer.
void MeterLine::look_at_port() {
  BusTransaction nothing(
      {}, [](ByteView) { return Verdict::more; }, port_look_time);
  nothing.is_answered = false;
  bus_->transact(std::move(nothing), [this, alive = weak_from_this().lock()](const Result<Bytes>& bytes) {
    if (stopped_) return;
    port_is(bytes.has_value(), bytes ? Error() : bytes.error());
    timer_.expires_after(to_chrono(port_look_again));
    timer_.async_wait([this, alive](const Error& cancelled) {
      if (!cancelled && !stopped_) look_at_port();
    });
  });
}

void MeterLine::take(const Question& question, const Result<Bytes>& bytes) {
  const auto said = received(question, bytes);
  const auto polled = said ? plan_.answered(*said, monotonic_clock()) : plan_.unasked(monotonic_clock());
  keep_refusals();
  for (const auto& noticed : polled.notices) notice(noticed);
  for (const auto& reading : polled.readings) {
    background_.heard(reading, monotonic_clock());
    handlers_.read(reading);
  }
  if (!polled.swept) return;
  swept_ = true;
  handlers_.swept();
}

void MeterLine::stray(Stray when, ByteView bytes) {
  if (stopped_) return;
  if (when == Stray::behind) return behind_.assign(bytes.begin(), bytes.end());
  tell(watch_.unasked(bytes, monotonic_clock()));
}

/// When it begins and when it is over, not for each frame: those are counted.
void MeterLine::tell(const std::vector<LineFaultChange>& changes) const {
  for (const auto& change : changes) {
    const auto* code = wattle::word(change.fault);
    if (change.begins)
      log_event(LogLevel::warning, "edge.bus.fault", {{"bus", name_}, {"code", code}});
    else
      log_event(LogLevel::info, "edge.bus.fault_over", {{"bus", name_}, {"code", code}, {"count", change.count}});
  }
}

}  // namespace wattle::edge
