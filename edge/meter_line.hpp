#pragma once
// One bus and its poll plan: puts the plan's questions to the bus and the bus's answers to the plan.

#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "edge/config.hpp"
#include "edge/core/background_tasks.hpp"
#include "edge/io/bus.hpp"
#include "shared/io/clock.hpp"
#include "shared/meter/line_watch.hpp"
#include "shared/meter/parts.hpp"
#include "shared/readings/demand.hpp"

namespace wattle::edge {

/// Whether what is heard answers the question. A refusal is a whole answer too: the line need not be waited quiet after it.
Judge judge_of(const Exchange& exchange, Carriage carriage);

struct MeterLineHandlers {
  std::function<void(const MeterRead&)> read;
  std::function<void()> swept;  // each meter of the bus has been asked once more
  std::function<void(const Noticed&)> noticed;
  /// Whether this box may (still) switch the room's relays; asked at the last moment.
  std::function<bool(RoomId)> may_switch;
  /// What came of read_now(), for each circuit of the meter.
  std::function<void(const DemandedReading&)> demanded = [](const DemandedReading&) {};
  /// What meters have kept of times in which nobody asked them.
  std::function<void(const HistoryFound&)> history = [](const HistoryFound&) {};
  /// Nothing: this box does not know it, or has no say over meters any more.
  std::function<std::optional<BoxTime>()> time = [] { return std::optional<BoxTime>(); };
  /// Durable when it returns: a purchase into a meter follows.
  std::function<void(CircuitId, const PurseBook&)> keep = nullptr;  // must be there where a purse is kept
  /// The same of what is neither a relay's nor a purse's, where another rule holds for that.
  std::function<bool(RoomId)> may_write = nullptr;
  /// The bus can be used, or no more; also when that is known for the first time.
  std::function<void()> reached = [] {};
  /// Durable when it returns: no start of the box tries a refused password again before its time.
  std::function<void(MeterId, const RefusedPassword&)> refused = [](MeterId, const RefusedPassword&) {};
};

/// What it has begun lives as long as it takes: whoever is to replace it holds it by a shared pointer, and lets go after
/// stop().
class MeterLine : public std::enable_shared_from_this<MeterLine> {
 public:
  /// `collectors` for a bus that has one.
  MeterLine(boost::asio::io_context& loop, const BusConfig& config, Duration every, MeterLineHandlers handlers,
            CollectorServer* collectors = nullptr);

  void start() { plan_.meters() == 0 ? look_at_port() : pump(); }
  void stop();
  /// Before start().
  void carry_over(const MeterLine& before) {
    plan_.carry_over(before.plan_);
    background_.carry_over(before.background_);
  }
  /// Before start().
  void judge_by(const std::function<std::optional<KnownRegister>(CircuitId, MeterId)>& known) { plan_.judge_by(known); }
  /// Before start(): a former life of the box has last recorded the circuit then.
  void seen_before(CircuitId circuit, MeterId meter, Instant at) { background_.seen_before(circuit, meter, at); }
  /// Before start(): what a former life of the box was told.
  void refused_before(MeterId meter, const RefusedPassword& refused) {
    plan_.passwords()->refused_before(meter, refused, read_clocks());
  }
  /// What the circuit's meter has kept of this silence is asked for.
  void fill(const RecordedGap& gap);
  void order(CircuitId circuit, bool close);
  void read_now(CircuitId circuit);
  void forget_order(CircuitId circuit) { plan_.forget_order(circuit); }
  /// What the circuit's meter is to be told; nothing is written that is so already.
  void want(CircuitId circuit, const ParameterValues& values);
  /// How the purse in the circuit's meter is kept, and what this box remembers of it.
  void want_purse(CircuitId circuit, PurseMode mode, const PurseBook& book);
  void fund_purse(CircuitId circuit, const std::optional<PurseFacts>& facts);

  const std::string& name() const { return name_; }
  const PollPlan& plan() const { return plan_; }
  const BackgroundTasks& background() const { return background_; }
  const BusCounters& counters() const { return bus_->counters(); }
  const LineWatch& watch() const { return watch_; }
  bool is_away() const { return is_open_ == false; }
  /// Its device or connection was open when it was used last. Nothing: it was not used yet.
  std::optional<bool> is_open() const { return is_open_; }

 private:
  void pump();
  bool may_wait() const;
  bool may_write(const BackgroundQuestion& asked) const;
  void ask(const Question& question);
  bool ask_background();
  void keep_books();
  void ask_part(const BackgroundQuestion& asked, const JoinedAnswer& parts);
  void background_heard(const BackgroundQuestion& asked, JoinedAnswer parts, const Result<Bytes>& bytes);
  std::optional<wattle::Received> received(const Question& question, const Result<Bytes>& bytes);
  void notice(const Noticed& noticed);
  void heard(const Question& question, const Result<Bytes>& bytes);
  void stray(Stray when, ByteView bytes);
  void tell(const std::vector<LineFaultChange>& changes) const;
  void take(const Question& question, const Result<Bytes>& bytes);
  void tell_demanded();
  void tell_history();
  void keep_refusals();
  void look_at_port();
  void port_is(bool open, const Error& why);
  void sleep();

  std::string name_;
  std::shared_ptr<Bus> bus_;
  PollPlan plan_;
  BackgroundTasks background_;
  LineWatch watch_;
  Bytes behind_;  // what came after the question that has just had its time
  MeterLineHandlers handlers_;
  boost::asio::steady_timer timer_;
  Carriage carriage_;
  bool asking_ = false;
  std::optional<bool> is_open_;
  bool stopped_ = false;
  bool swept_ = false;        // each meter has been asked
  unsigned asked_since_ = 0;  // questions of the plan, since the last one in the background
};

}  // namespace wattle::edge
