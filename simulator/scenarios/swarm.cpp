#include "simulator/scenarios/swarm.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <set>

#include "simulator/scenarios/fault_list.hpp"

namespace wattle::sim {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

/// What a sitting hands over to the next: all seeds below `next` are done.
struct Sitting {
  std::uint64_t steps = 0;
  std::uint64_t next = 1;
  std::uint64_t clean = 0;
  std::uint64_t failed = 0;
  std::uint64_t events = 0;
};

bool read_sitting(const std::string& file, Sitting& sitting) {
  std::ifstream in(file);
  return static_cast<bool>(in >> sitting.steps >> sitting.next >> sitting.clean >> sitting.failed >> sitting.events);
}

void write_sitting(const std::string& file, const Sitting& sitting) {
  if (file.empty()) return;
  const auto fresh = file + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    out << sitting.steps << ' ' << sitting.next << ' ' << sitting.clean << ' ' << sitting.failed << ' ' << sitting.events
        << '\n';
  }
  std::rename(fresh.c_str(), file.c_str());
}

class Swarm {
 public:
  explicit Swarm(const SwarmOrder& order) : order_(order), began_(Clock::now()), told_(began_) {
    total_.steps = order.options.steps;
    total_.next = order.seeds.from;
    if (Sitting before; !order.resume_file.empty() && read_sitting(order.resume_file, before)) {
      if (before.steps == total_.steps)
        total_ = before;
      else
        std::printf("%s is of runs with other steps and is begun anew\n", order.resume_file.c_str());
    }
    first_ = total_.clean + total_.failed;
    first_events_ = total_.events;
  }

  int run() {
    auto seeds = order_.seeds;
    seeds.from = total_.next;
    std::printf("seeds %llu-%llu × %llu steps on %u processes, faults: %s; 1 seed in %llu with real cryptography\n",
                static_cast<unsigned long long>(seeds.from), static_cast<unsigned long long>(seeds.to),
                static_cast<unsigned long long>(total_.steps), seeds.processes, to_text(order_.options.faults).c_str(),
                static_cast<unsigned long long>(real_crypto_one_in));
    run_seeds(order_.options, seeds, [&](std::uint64_t seed, const Outcome& outcome) { return take(seed, outcome); });
    write_sitting(order_.resume_file, total_);
    tell();
    std::printf("%llu clean, %llu failed in all sittings\n", static_cast<unsigned long long>(total_.clean),
                static_cast<unsigned long long>(total_.failed));
    return total_.failed == 0 ? 0 : 1;
  }

 private:
  bool take(std::uint64_t seed, const Outcome& outcome) {
    total_.events += outcome.events;
    ++(outcome.failed() ? total_.failed : total_.clean);
    if (outcome.failed()) show(seed, outcome);
    ahead_.insert(seed);
    while (ahead_.erase(total_.next) > 0) ++total_.next;
    if (seconds_since(told_) > 10) {
      tell();
      write_sitting(order_.resume_file, total_);
      told_ = Clock::now();
    }
    return order_.minutes <= 0 || seconds_since(began_) < order_.minutes * 60;
  }

  void show(std::uint64_t seed, const Outcome& outcome) {
    auto options = order_.options;
    options.seed = seed;
    if (shown_++ < order_.failures_shown) options = shortened(options, outcome.check);
    std::printf("seed %llu: %s\n  %s\n", static_cast<unsigned long long>(seed), outcome.text.c_str(),
                command_of(options).c_str());
    std::fflush(stdout);
  }

  void tell() const {
    const auto seconds = seconds_since(began_);
    const auto seeds = static_cast<double>(total_.clean + total_.failed - first_);
    std::printf("%.0f s: %llu seeds, %llu failed; %.1f seeds/s, %.0f events/s, %.0f a process\n", seconds,
                static_cast<unsigned long long>(total_.clean + total_.failed), static_cast<unsigned long long>(total_.failed),
                seeds / seconds, static_cast<double>(total_.events - first_events_) / seconds,
                static_cast<double>(total_.events - first_events_) / seconds / order_.seeds.processes);
    std::fflush(stdout);
  }

  const SwarmOrder& order_;
  Clock::time_point began_;
  Clock::time_point told_;
  Sitting total_;
  std::uint64_t first_ = 0;
  std::uint64_t first_events_ = 0;
  std::set<std::uint64_t> ahead_;  // done, although lower ones are not yet
  int shown_ = 0;
};

}  // namespace

int run_swarm(const SwarmOrder& order) { return Swarm(order).run(); }

}  // namespace wattle::sim
