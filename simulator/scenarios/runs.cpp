#include "simulator/scenarios/runs.hpp"

#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <memory>

#include "shared/base/check.hpp"
#include "simulator/scenarios/fault_list.hpp"

namespace wattle::sim {

namespace {

constexpr std::uint64_t seeds_per_child = 8;
constexpr unsigned seconds_beside_steps = 30;    // a run may take so long, and a second more for so many steps:
constexpr std::uint64_t steps_per_second = 500;  // some hundred times slower than it should be

unsigned seconds_for(const Options& options) {
  return seconds_beside_steps + static_cast<unsigned>(options.steps / steps_per_second);
}

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(file, text.data(), text.size());
    if (wrote <= 0) std::_Exit(3);
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

std::string one_line(std::string text) {
  for (auto& c : text)
    if (c == '\n' || c == '\t') c = ' ';
  return text;
}

std::string line_of(std::uint64_t seed, const Outcome& outcome) {
  return "done\t" + std::to_string(seed) + "\t" + std::to_string(outcome.events) + "\t" + one_line(outcome.check) + "\t" +
         one_line(outcome.text) + "\n";
}

/// A child's report, line by line. What is no report is what the child said before it died.
struct Report {
  std::uint64_t seed = 0;
  bool begun = false;
  std::string last_words;
  std::string rest;

  void take(std::string_view bytes, const std::function<void(std::uint64_t, const Outcome&)>& done) {
    rest += bytes;
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      take_line(rest.substr(0, end), done);
      rest.erase(0, end + 1);
    }
  }

  void take_line(const std::string& line, const std::function<void(std::uint64_t, const Outcome&)>& done) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= line.size() && parts.size() < 5;) {
      const auto tab = std::min(line.find('\t', at), line.size());
      parts.push_back(line.substr(at, tab - at));
      at = tab + 1;
    }
    if (parts[0] == "begin" && parts.size() == 2) {
      seed = std::stoull(parts[1]);
      begun = true;
    } else if (parts[0] == "done" && parts.size() == 5) {
      begun = false;
      done(std::stoull(parts[1]), {parts[3], parts[4], std::stoull(parts[2])});
    } else {
      last_words = line;
    }
  }
};

struct Child {
  pid_t process = 0;
  int file = -1;
  std::uint64_t to = 0;  // its last seed
  Report report;
};

/// By SIGPROF, and of processor time: a run that waits for its turn on a busy machine is none without end. One that waits for
/// nothing at all ends by SIGALRM.
void end_after(unsigned seconds) {
  itimerval timer{};
  timer.it_value.tv_sec = seconds;
  WATTLE_CHECK(::setitimer(ITIMER_PROF, &timer, nullptr) == 0);
  ::alarm(seconds * 60);
}

Child start(std::uint64_t from, std::uint64_t to, const std::function<Outcome(std::uint64_t)>& run, unsigned seconds_max) {
  int ends[2];
  WATTLE_CHECK(::pipe(ends) == 0);
  std::fflush(nullptr);
  const auto process = ::fork();
  WATTLE_CHECK(process >= 0);
  if (process == 0) {
    ::close(ends[0]);
    ::dup2(ends[1], STDERR_FILENO);
    for (auto seed = from; seed <= to; ++seed) {
      end_after(seconds_max);
      write_all(ends[1], "begin\t" + std::to_string(seed) + "\n");
      const auto outcome = run(seed);
      std::fflush(stdout);  // what was traced: nothing else does it, as the child ends below
      write_all(ends[1], line_of(seed, outcome));
    }
    std::_Exit(0);
  }
  ::close(ends[1]);
  return {process, ends[0], to, {}};
}

/// What a child's end says of the seed that it was running.
Outcome end_of(Child& child) {
  int status = 0;
  ::close(child.file);
  ::waitpid(child.process, &status, 0);
  if (!child.report.begun) return {};
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGALRM))
    return {"liveness", "the run does not end", 0};
  return {"own CHECK", child.report.last_words.empty() ? "the process died" : child.report.last_words, 0};
}

bool read_some(Child& child, const std::function<void(std::uint64_t, const Outcome&)>& done) {
  char bytes[4096];
  const auto got = ::read(child.file, bytes, sizeof bytes);
  if (got <= 0) return false;
  child.report.take({bytes, static_cast<std::size_t>(got)}, done);
  return true;
}

Options of_seed(Options options, std::uint64_t seed) {
  options.seed = seed;
  options.real_crypto = options.real_crypto || seed % real_crypto_one_in == 0;
  if (options.buses_by_seed && seed % buses_one_in != 0) options.faults.reset(static_cast<std::size_t>(Fault::buses));
  return options;
}

}  // namespace

namespace {

/// What is violated before the first step is a finding too.
Outcome outcome_of(const Options& options, const std::function<void(World&)>& run) {
  std::unique_ptr<World> world;
  Outcome outcome;
  try {
    world = std::make_unique<World>(options);
    run(*world);
  } catch (const Violation& violation) {
    outcome = {violation.check, violation.what(), 0};
  }
  if (!world) return outcome;
  outcome.events = world->events();
  return outcome;
}

}  // namespace

Outcome run_seed(const Options& options) {
  return outcome_of(of_seed(options, options.seed), [](World& world) { world.run(); });
}

Outcome run_scenario(const Scenario& scenario) {
  return outcome_of(scenario.options, [&](World& world) {
    scenario.run(world);
    require(world.has_reached_point(), "story", "it ended before its point");
  });
}

Outcome apart(const std::function<Outcome()>& run, unsigned seconds_max) {
  auto child = start(
      1, 1, [&](std::uint64_t) { return run(); }, seconds_max);
  std::optional<Outcome> outcome;
  while (read_some(child, [&](std::uint64_t, const Outcome& told) { outcome = told; })) {
  }
  const auto end = end_of(child);
  return outcome ? *outcome : end;
}

Outcome run_seed_apart(const Options& options) {
  return apart([&] { return run_seed(options); }, seconds_for(options));
}

Options shortened(Options options, const std::string& check, int tries_max) {
  int tries = 0;
  const auto still_fails = [&](const Options& shorter) {
    return ++tries <= tries_max && run_seed_apart(shorter).check == check;
  };
  std::uint64_t passes = 0;  // with so few steps it is not seen
  while (options.steps - passes > 1 + options.steps / 64 && tries < tries_max / 2) {
    auto shorter = options;
    shorter.steps = passes + (options.steps - passes) / 2;
    if (still_fails(shorter))
      options = shorter;
    else
      passes = shorter.steps;
  }
  for (std::size_t fault = 0; fault < fault_count && tries < tries_max; ++fault) {
    auto fewer = of_seed(options, options.seed);
    if (!fewer.faults.test(fault)) continue;
    fewer.faults.reset(fault);
    fewer.buses_by_seed = false;
    if (still_fails(fewer)) options = fewer;
  }
  return options;
}

std::string command_of(const Options& options) {
  std::string text = "./wattle sim --seed " + std::to_string(options.seed) + " --steps " + std::to_string(options.steps);
  if (!options.faults.all() || !options.buses_by_seed) text += " --faults=" + to_text(options.faults);
  if (options.real_crypto) text += " --real-crypto";
  return text;
}

void run_seeds(const Options& options, const Seeds& seeds, const Done& done) {
  std::vector<Child> children;
  std::uint64_t next = seeds.from;
  bool goes_on = true;
  const auto told = [&](std::uint64_t seed, const Outcome& outcome) { goes_on = goes_on && done(seed, outcome); };
  const auto run = [&](std::uint64_t seed) {
    if (options.trace.on) std::printf("seed %llu:\n", static_cast<unsigned long long>(seed));
    return run_seed(of_seed(options, seed));
  };
  const auto begin = [&](std::uint64_t from, std::uint64_t to) {
    children.push_back(start(from, to, run, seconds_for(options)));
  };
  while (goes_on) {
    while (children.size() < seeds.processes && next <= seeds.to) {
      const auto to = std::min(seeds.to, next + seeds_per_child - 1);
      begin(next, to);
      next = to + 1;
    }
    if (children.empty()) return;
    std::vector<pollfd> files;
    for (const auto& child : children) files.push_back({child.file, POLLIN, 0});
    if (::poll(files.data(), files.size(), -1) < 0) continue;
    for (std::size_t i = files.size(); i-- > 0 && goes_on;) {
      if (files[i].revents == 0 || read_some(children[i], told)) continue;
      const auto ended = children[i].report;
      const auto to = children[i].to;
      const auto outcome = end_of(children[i]);
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(i));
      if (!outcome.failed()) continue;
      told(ended.seed, outcome);
      if (ended.seed < to && goes_on) begin(ended.seed + 1, to);
    }
  }
  for (auto& child : children) {  // started here, so ended here
    ::kill(child.process, SIGKILL);
    ::close(child.file);
    ::waitpid(child.process, nullptr, 0);
  }
}

}  // namespace wattle::sim
