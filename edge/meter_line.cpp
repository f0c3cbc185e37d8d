#include "edge/meter_line.hpp"

#include "edge/io/serial_bus.hpp"
#include "edge/io/tcp_bus.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"
#include "shared/io/log.hpp"

namespace wattle::edge {
namespace {

std::vector<PolledMeter> meters_of(const BusConfig& config) {
  std::vector<PolledMeter> meters;
  for (const auto& meter : config.meters) {
    PolledMeter polled{meter.place, meter.profile, {}};
    for (const auto& circuit : meter.circuits) polled.circuits.push_back({circuit.room, circuit.circuit});
    meters.push_back(std::move(polled));
  }
  return meters;
}

/// An exception of the meter is a whole answer too: the line need not be waited quiet after it.
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

std::shared_ptr<Bus> start_bus(boost::asio::io_context& loop, const BusConfig& config) {
  if (!config.connect) return start_serial_bus(loop, config.device, config.line);
  auto settings = tcp_settings(random_u64());
  settings.drains_after_silence = config.framing != Framing::modbus_tcp;  // there a transaction's number tells late answers
  return start_tcp_bus(loop, *config.connect, settings);
}

}  // namespace

MeterLine::MeterLine(boost::asio::io_context& loop, const BusConfig& config, Duration every, MeterLineHandlers handlers)
    : name_(config.name),
      bus_(start_bus(loop, config)),
      plan_({.every = every, .line = config.line, .latency = config.latency}, meters_of(config), monotonic_clock()),
      handlers_(std::move(handlers)),
      timer_(loop),
      carriage_{config.framing == Framing::modbus_tcp, 0} {}

void MeterLine::stop() {
  stopped_ = true;
  timer_.cancel();
  bus_->stop();
}

void MeterLine::order(CircuitId circuit, bool close) {
  plan_.order(circuit, close, monotonic_clock());
  pump();
}

void MeterLine::pump() {
  while (!asking_ && !stopped_) {
    const auto question = plan_.next(monotonic_clock());
    if (!question) return sleep();
    if (question->is_command && !handlers_.may_switch(question->room)) {
      plan_.unasked(monotonic_clock());
      plan_.forget_order(question->circuit);
      continue;
    }
    ask(*question);
  }
}

void MeterLine::sleep() {
  const auto next = plan_.wake_up();
  if (next == never) return;
  timer_.expires_at(std::chrono::steady_clock::time_point(to_chrono(Duration{next.micros})));
  timer_.async_wait([this](const Error& cancelled) {
    if (!cancelled) pump();
  });
}

void MeterLine::ask(const Question& question) {
  asking_ = true;
  const auto urgency = question.is_command ? Urgency::command : Urgency::poll;
  ++carriage_.transaction;
  bus_->transact({request_bytes(question.exchange, carriage_), judge_of(question.exchange, carriage_), question.timeout,
                  urgency, question.gap},
                 [this, question](const Result<Bytes>& bytes) {
                   asking_ = false;
                   if (stopped_) return;
                   heard(question, bytes);
                   pump();
                 });
}

void MeterLine::heard(const Question& question, const Result<Bytes>& bytes) {
  const auto now = monotonic_clock();
  const bool silence = !bytes && bytes.error() == BusErrc::silence;
  const bool away = !bytes && !silence;
  if (away != away_) {
    away_ = away;
    if (away)
      log_event(LogLevel::error, "edge.bus.away", {{"bus", name_}, {"why", bytes.error().message()}});
    else
      log_event(LogLevel::info, "edge.bus.back", {{"bus", name_}});
  }
  if (away) return plan_.unasked(now);
  const wattle::Received received = silence ? wattle::Received(Bad{WATTLE_FAIL(MeterErrc::silence)})
                                            : receive(question.exchange, *bytes, Wire::quiet, carriage_);
  const auto polled = plan_.answered(received, now);
  for (const auto& noticed : polled.notices) handlers_.noticed(noticed);
  for (const auto& reading : polled.readings) handlers_.read(reading);
  if (polled.swept) handlers_.swept();
}

}  // namespace wattle::edge
