#include "simulator/scenarios/call.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "simulator/scenarios/fault_list.hpp"
#include "simulator/scenarios/scenario.hpp"

namespace wattle::sim {

namespace {

constexpr std::uint64_t steps_max = 100'000'000;
constexpr std::uint64_t processes_max = 1024;
constexpr double minutes_max = 1e6;

/// Digits alone, and no more than fit.
std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

CLI::Option* add_number(CLI::App& app, const std::string& name, std::uint64_t& into, std::uint64_t least, std::uint64_t most,
                        const std::string& help) {
  const auto take_number = [=, &into](const std::string& text) {
    const auto value = whole_number(text);
    if (!value || *value < least || *value > most)
      throw CLI::ValidationError(
          name, "'" + text + "' is no whole number from " + std::to_string(least) + " to " + std::to_string(most));
    into = *value;
  };
  return app.add_option_function<std::string>(name, take_number, help)->type_name("N");
}

std::optional<Seeds> parse_range(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = whole_number(text.substr(0, dash));
  const auto to = whole_number(text.substr(dash + 1));
  if (!from || !to || *from == 0 || *to < *from || *to > seeds_max) return std::nullopt;
  return Seeds{*from, *to, 1};
}

void add_runs(CLI::App& app, Call& call) {
  const auto take_range = [&call](const std::string& text) {
    call.seeds = parse_range(text);
    if (!call.seeds)
      throw CLI::ValidationError("--seeds", "'" + text + "' is not A-B with 1 ≤ A ≤ B ≤ " + std::to_string(seeds_max));
  };
  const auto take_minutes = [&call](const std::string& text) {
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, call.minutes);
    if (error != std::errc{} || at != end || !(call.minutes > 0 && call.minutes <= minutes_max))
      throw CLI::ValidationError("--minutes", "'" + text + "' is no number of minutes above zero");
  };
  const auto take_faults = [&call](const std::string& text) {
    const auto faults = parse_faults(text);
    if (!faults) throw CLI::ValidationError("--faults", "'" + text + "' has a name that is none; --list names them");
    call.options.faults = *faults;
    call.options.buses_by_seed = false;
  };
  auto* one = add_number(app, "--seed", call.options.seed, 1, seeds_max, "one run; 1 if nothing is said");
  auto* range = app.add_option_function<std::string>("--seeds", take_range, "these runs")->type_name("A-B")->excludes(one);
  auto* steps = add_number(app, "--steps", call.options.steps, 0, steps_max, "of each run, before the faults stop; else 5000");
  auto* faults = app.add_option_function<std::string>(
                        "--faults", take_faults,
                        "names with commas between: these alone; -name: all but it (write --faults=-name); see --list. If not "
                        "given: all, with buses in 1 seed of 3")
                     ->type_name("LIST");
  auto* real = app.add_flag("--real-crypto", call.options.real_crypto, "in every run; else in 1 of 50");
  auto* swarm =
      app.add_flag("--swarm", call.swarm, "seeds without end on all cores, with throughput; of --seeds, where it is given");
  swarm->excludes(one);
  app.add_option_function<std::string>("--minutes", take_minutes, "end the swarm after so long")->type_name("N")->needs(swarm);
  app.add_option("--resume", call.resume, "in which the swarm keeps how far it has come")->type_name("FILE")->needs(swarm);
  auto* processes = add_number(app, "--processes", call.processes, 1, processes_max, "at once; as many as cores if not given");
  processes->excludes(one);
  auto* first = app.add_flag("--first", call.first, "of a range: end at the first failure")->needs(range)->excludes(swarm);
  auto* found = app.add_flag("--as-found", call.no_shortening, "print failures without shortening them");
  auto* story = app.add_option("--scenario", call.scenario, "a directed story by name, or all")->type_name("NAME");
  for (auto* other : {one, range, steps, faults, real, swarm, processes, first, found}) story->excludes(other);
}

void add_trace(CLI::App& app, Call& call) {
  const auto take_trace = [&call](const CLI::results_t& words) {
    const auto trace = parse_trace(words.empty() ? std::string_view() : std::string_view(words.front()));
    if (!trace)
      throw CLI::ValidationError("--trace", "'" + words.front() +
                                                "' is neither a room (101), a box (box3), one of its streams (box3:up, "
                                                "box3:down) nor the site's own (site)");
    call.options.trace = *trace;
    return true;
  };
  app.add_option("--trace", take_trace,
                 "tell what happens: all of it, or of a room (101), a box (box3), a stream (box3:up, box3:down, site)")
      ->type_name("[WHAT]")
      ->expected(0, 1)
      ->excludes("--swarm");
}

/// What is asked for must be there; a person who mistypes it would wait for lines that never come.
void check_names(const Call& call) {
  const auto check_trace = [&](const std::string& where, const Options& options) {
    if (!can_trace(options, call.options.trace))
      throw CLI::ValidationError("--trace", "there is no such thing" + where + "; there are " + traceable(options));
  };
  if (call.scenario.empty()) return check_trace("", call.options);
  if (call.scenario != "all" && find_scenario(call.scenario) == nullptr)
    throw CLI::ValidationError("--scenario", "there is no scenario '" + call.scenario + "'; --list names them");
  for (const auto& scenario : scenarios())
    if (call.scenario == "all" || call.scenario == scenario.name)
      check_trace(std::string(" in ") + scenario.name, scenario.options);
}

}  // namespace

std::optional<Call> parse_call(int argc, char** argv, int& exit_code) {
  Call call;
  call.options.buses_by_seed = true;
  CLI::App app("The site in one process, on the product's own cores, under every fault. The same seed gives the same bytes.");
  add_runs(app, call);
  add_trace(app, call);
  app.add_flag("--list", call.list, "name scenarios and faults");
  app.footer("`./wattle sim planted [NUMBER…]` plants known bugs one at a time and looks whether they are found.");
  try {
    app.parse(argc, argv);
    if (call.list && argc > 2) throw CLI::ValidationError("--list", "stands alone");
    check_names(call);
    return call;
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
}

std::optional<Trace> parse_trace(std::string_view text) {
  Trace trace;
  trace.on = true;
  if (text.empty()) return trace;
  if (text == "site") {
    trace.slot = 0;
    return trace;
  }
  constexpr std::string_view box = "box";
  const bool is_box = text.starts_with(box);
  if (is_box) text.remove_prefix(box.size());
  if (const auto colon = text.find(':'); is_box && colon != std::string_view::npos) {
    const auto way = text.substr(colon + 1);
    if (way != "up" && way != "down") return std::nullopt;
    trace.up = way == "up";
    text = text.substr(0, colon);
  }
  const auto number = whole_number(text);
  if (!number || *number == 0 || *number > UINT32_MAX) return std::nullopt;
  (is_box ? trace.slot : trace.room) = static_cast<std::uint32_t>(*number);
  return trace;
}

std::string traceable(const Options& options) {
  std::string text = "rooms 101";
  if (options.rooms > 1) text += "-" + std::to_string(100 + options.rooms);
  text += ", box1";
  if (options.slots > 1) text += "-box" + std::to_string(options.slots);
  return text + " (box1:up, box1:down), site";
}

bool can_trace(const Options& options, const Trace& trace) {
  const bool has_room = !trace.room || (*trace.room >= 101 && *trace.room <= 100 + options.rooms);
  return has_room && (!trace.slot || *trace.slot <= options.slots);
}

}  // namespace wattle::sim
