#pragma once
// How far a swarm has come, kept in a file between its sittings.

#include <cstdint>
#include <string>

namespace wattle::sim {

/// All seeds from `from` up to below `next` are done; those that are done above it are run again.
struct Sitting {
  std::string build;   // of the program, by its bytes
  std::string faults;  // as --faults takes them
  std::uint64_t steps = 0;
  std::uint64_t from = 1;
  std::uint64_t next = 1;
  std::uint64_t failed = 0;
  std::uint64_t events = 0;

  std::uint64_t clean() const { return next - from - failed; }
};

/// Of this very program: another one may find other things in the same seeds.
std::string own_build();

enum class SittingFile { none, read, bad };
SittingFile read_sitting(const std::string& file, Sitting& sitting);
/// False when the file cannot be written; the old one is then as it was.
bool write_sitting(const std::string& file, const Sitting& sitting);
/// Why `before` cannot be gone on with by `now`, and what to do; empty: it can.
std::string why_not_resumed(const std::string& file, const Sitting& before, const Sitting& now);

}  // namespace wattle::sim
