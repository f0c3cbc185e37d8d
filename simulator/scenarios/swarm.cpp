#include "simulator/scenarios/swarm.hpp"

#include <chrono>
#include <cstdio>
#include <map>

#include "simulator/scenarios/fault_list.hpp"
#include "simulator/scenarios/sitting.hpp"

namespace wattle::sim {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point then) { return std::chrono::duration<double>(Clock::now() - then).count(); }

class Swarm {
 public:
  explicit Swarm(const SwarmOrder& order) : order_(order), began_(Clock::now()), told_(began_) {
    total_.build = own_build();
    total_.faults = order.options.buses_by_seed ? "as by default" : to_text(order.options.faults);
    if (order.options.real_crypto) total_.faults += ", real cryptography in all";
    total_.steps = order.options.steps;
    total_.from = total_.next = order.seeds.from;
  }

  int run() {
    if (const auto why = resume(); !why.empty()) {
      std::fprintf(stderr, "%s\n", why.c_str());
      return 2;
    }
    if (!keep()) {  // told now, and not when hours have been lost
      std::fprintf(stderr, "%s cannot be written\n", order_.resume_file.c_str());
      return 2;
    }
    auto seeds = order_.seeds;
    seeds.from = total_.next;
    const auto events_before = total_.events;
    std::printf("seeds %llu-%llu × %llu steps on %u processes, faults: %s; 1 seed in %llu with real cryptography\n",
                static_cast<unsigned long long>(seeds.from), static_cast<unsigned long long>(seeds.to),
                static_cast<unsigned long long>(total_.steps), seeds.processes, to_text(order_.options.faults).c_str(),
                static_cast<unsigned long long>(real_crypto_one_in));
    run_seeds(order_.options, seeds, [&](std::uint64_t seed, const Outcome& outcome) { return take(seed, outcome); });
    const bool kept = keep();
    tell();
    std::printf("%llu clean, %llu failed in all sittings, of seeds %llu-%llu; %llu events in this one\n",
                static_cast<unsigned long long>(total_.clean()), static_cast<unsigned long long>(total_.failed),
                static_cast<unsigned long long>(total_.from), static_cast<unsigned long long>(total_.next - 1),
                static_cast<unsigned long long>(total_.events - events_before));
    if (!kept) std::fprintf(stderr, "%s cannot be written\n", order_.resume_file.c_str());
    return !kept ? 2 : total_.failed + failed_ahead() == 0 ? 0 : 1;
  }

 private:
  /// Why not; empty when all is well.
  std::string resume() {
    const auto& file = order_.resume_file;
    if (file.empty()) return {};
    if (total_.build.empty()) return "the program cannot read itself, by which a sitting knows it";
    Sitting before;
    switch (read_sitting(file, before)) {
      case SittingFile::none: return {};
      case SittingFile::bad: return file + " is no sitting that this program can read. Name another file, or remove this one.";
      case SittingFile::read: break;
    }
    auto why = why_not_resumed(file, before, total_);
    if (why.empty()) total_ = before;
    return why;
  }

  bool keep() const { return order_.resume_file.empty() || write_sitting(order_.resume_file, total_); }

  bool take(std::uint64_t seed, const Outcome& outcome) {
    ++seeds_;
    events_ += outcome.events;
    if (outcome.failed()) show(seed, outcome);
    ahead_[seed] = {outcome.failed(), outcome.events};
    for (auto at = ahead_.find(total_.next); at != ahead_.end(); at = ahead_.find(total_.next)) {
      total_.failed += at->second.failed ? 1U : 0U;
      total_.events += at->second.events;
      ahead_.erase(at);
      ++total_.next;
    }
    if (seconds_since(told_) > 10) {
      tell();
      if (!keep()) std::fprintf(stderr, "%s cannot be written any more\n", order_.resume_file.c_str());
      told_ = Clock::now();
    }
    return order_.minutes <= 0 || seconds_since(began_) < order_.minutes * 60;
  }

  std::uint64_t failed_ahead() const {
    std::uint64_t failed = 0;
    for (const auto& [seed, done] : ahead_) failed += done.failed ? 1U : 0U;
    return failed;
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
    const auto events = static_cast<double>(events_);
    std::printf("%.0f s: %llu seeds, %llu failed in all; %.1f seeds/s, %.0f events/s, %.0f a process\n", seconds,
                static_cast<unsigned long long>(seeds_), static_cast<unsigned long long>(total_.failed + failed_ahead()),
                static_cast<double>(seeds_) / seconds, events / seconds, events / seconds / order_.seeds.processes);
    std::fflush(stdout);
  }

  struct Done {
    bool failed = false;
    std::uint64_t events = 0;
  };
  const SwarmOrder& order_;
  Clock::time_point began_;
  Clock::time_point told_;
  Sitting total_;
  std::uint64_t seeds_ = 0;  // in this sitting, as its events
  std::uint64_t events_ = 0;
  std::map<std::uint64_t, Done> ahead_;  // done, although lower ones are not yet
  int shown_ = 0;
};

}  // namespace

int run_swarm(const SwarmOrder& order) { return Swarm(order).run(); }

}  // namespace wattle::sim
