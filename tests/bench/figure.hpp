#pragma once
// What a measurement gives. An area is a function from effort to figures.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wattle::bench {

enum class Effort { small, normal, patient };

struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> baseline = {};  // the same, measured on what it is held against, in the same run
  std::optional<double> ratio = {};     // value to baseline
  std::optional<double> target = {};    // for the ratio if there is one, else for the value
  bool at_most = false;                 // the target is an upper bound

  bool is_ok() const;
};

/// Called with each figure as soon as it is known.
using Report = std::function<void(const Figure&)>;

std::string to_line(const Figure& figure);
std::string to_json(const Figure& figure);

/// Processor time of this thread: what others do on the machine meanwhile does not count.
double cpu_seconds();
/// By the clock on the wall, for what waits for disks.
double wall_seconds();

/// The areas.
void measure_ledger(Effort effort, const Report& report);
void measure_store(Effort effort, const Report& report);
void measure_bus(Effort effort, const Report& report);
void measure_readings(Effort effort, const Report& report);
/// Part of the former.
void measure_readings_over_http(Effort effort, const Report& report);
void measure_sweep(Effort effort, const Report& report);
void measure_catch_up(Effort effort, const Report& report);
void measure_sim(Effort effort, const Report& report);

}  // namespace wattle::bench
