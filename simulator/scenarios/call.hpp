#pragma once
// What wattle-sim was asked for. What is no number, or would be dropped in silence, is refused before anything runs.

#include <optional>
#include <string>
#include <string_view>

#include "simulator/scenarios/runs.hpp"

namespace wattle::sim {

inline constexpr std::uint64_t seeds_max = ~0ULL >> 1;

struct Call {
  Options options;
  std::uint64_t processes = 0;  // 0: as many as there are cores
  std::optional<Seeds> seeds;   // a range
  std::string scenario;         // of this name, or all; empty: none
  std::string resume;
  double minutes = 0;
  bool list = false;
  bool swarm = false;
  bool first = false;
  bool no_shortening = false;
};

/// From the command line; else the exit code, with the reason, or the help, told.
std::optional<Call> parse_call(int argc, char** argv, int& exit_code);

/// `101`: a room; `box3`: a slot's streams; `box3:up`, `box3:down`: one of them; `site`: the site's own; empty: all.
std::optional<Trace> parse_trace(std::string_view text);
/// What a trace may name in a run of these options: "rooms 101-105, ...".
std::string traceable(const Options& options);
bool can_trace(const Options& options, const Trace& trace);

}  // namespace wattle::sim
