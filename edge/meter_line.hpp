#pragma once
// One bus and its poll plan: puts the plan's questions to the bus and the bus's answers to the plan.

#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "edge/config.hpp"
#include "edge/core/poll_plan.hpp"
#include "edge/io/bus.hpp"

namespace wattle::edge {

struct MeterLineHandlers {
  std::function<void(const MeterRead&)> read;
  std::function<void()> swept;  // each meter of the bus has been asked once more
  std::function<void(const Noticed&)> noticed;
  /// Whether this box may (still) switch the room's relays; asked at the last moment.
  std::function<bool(RoomId)> may_switch;
};

class MeterLine {
 public:
  MeterLine(boost::asio::io_context& loop, const BusConfig& config, Duration every, MeterLineHandlers handlers);

  void start() { pump(); }
  void stop();
  void order(CircuitId circuit, bool close);
  void forget_order(CircuitId circuit) { plan_.forget_order(circuit); }

  const std::string& name() const { return name_; }
  const PollPlan& plan() const { return plan_; }
  const BusCounters& counters() const { return bus_->counters(); }
  bool is_away() const { return away_; }

 private:
  void pump();
  void ask(const Question& question);
  void heard(const Question& question, const Result<Bytes>& bytes);
  void sleep();

  std::string name_;
  std::shared_ptr<Bus> bus_;
  PollPlan plan_;
  MeterLineHandlers handlers_;
  boost::asio::steady_timer timer_;
  Carriage carriage_;
  bool asking_ = false;
  bool away_ = false;  // the device cannot be used
  bool stopped_ = false;
};

}  // namespace wattle::edge
