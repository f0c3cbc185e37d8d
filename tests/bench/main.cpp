// wattle-bench: see --help. Exit code 1 when a figure misses its target, 2 for a wrong call; a small run judges nothing.

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "tests/bench/figure.hpp"

namespace {

using namespace wattle::bench;

struct Area {
  const char* name;
  void (*measure)(Effort, const Report&);
};
constexpr std::array areas = {Area{"ledger", measure_ledger}, Area{"store", measure_store},
                              Area{"bus", measure_bus},       Area{"readings", measure_readings},
                              Area{"sweep", measure_sweep},   Area{"catch-up", measure_catch_up},
                              Area{"sim", measure_sim}};

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("Measures against baselines of the same run.");
  std::string only;
  bool json = false;
  bool small = false;
  bool patient = false;
  std::vector<std::string> names;
  for (const auto& area : areas) names.emplace_back(area.name);
  app.add_option("AREA", only, "one area; all without it")->check(CLI::IsMember(names));
  app.add_flag("--json", json, "one object a figure, one a line");
  app.add_flag("--small", small, "a moment of everything, to see that it runs; judges nothing");
  app.add_flag("--long", patient, "also what takes minutes");
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto effort = small ? Effort::small : patient ? Effort::patient : Effort::normal;
  bool missed = false;
  const auto report = [&](const Figure& figure) {
    missed = missed || !figure.is_ok();
    std::printf("%s\n", (json ? to_json(figure) : to_line(figure)).c_str());
    std::fflush(stdout);
  };
  for (const auto& area : areas)
    if (only.empty() || only == area.name) area.measure(effort, report);
  return missed && !small ? 1 : 0;
}
