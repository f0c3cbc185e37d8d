// The whole catalogue of measured defects, row by row, where it is at hand. It is no part of this project: some of its sources
// say nothing of a licence, and for these defects/made.csv stands here.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <tuple>

#include "tests/unit/edge/core/defects_kinds.hpp"

namespace wattle::edge::defects_replay_test {
namespace {

std::string catalogue() {
  const char* data = std::getenv("WATTLE_DATA");
  return std::string(data == nullptr ? WATTLE_DATA_USUAL : data) + "/defects/defects.csv.gz";
}

std::vector<Row> rows_of_catalogue() {
  struct Close {
    void operator()(FILE* pipe) const { ::pclose(pipe); }
  };
  const std::unique_ptr<FILE, Close> pipe(::popen(("gzip -dc '" + catalogue() + "'").c_str(), "r"));
  REQUIRE(pipe);
  std::string text;
  char part[65536];
  for (std::size_t size = 0; (size = std::fread(part, 1, sizeof part, pipe.get())) > 0;) text.append(part, size);
  std::istringstream lines(text);
  return rows_in(lines);
}

}  // namespace

TEST_CASE("so it is with each row of the whole catalogue of measured defects, where that is at hand", "[defects][catalogue]") {
  if (!std::filesystem::exists(catalogue())) {
    WARN("skipped: there is no " << catalogue() << "; WATTLE_DATA names the folder of measured data");
    return;
  }
  struct Told {
    std::size_t rows = 0, different = 0;
  };
  std::map<std::string, Told> told;
  std::set<std::tuple<std::string, double, double, double, double>> played;
  for (const auto& row : rows_of_catalogue()) {
    INFO(row.kind << " of " << row.series << " at " << row.start << ", size " << row.size);
    REQUIRE(kinds.contains(row.kind));
    ++told[row.kind].rows;
    if (!played.emplace(row.kind, row.size, row.before, row.value, row.after).second)
      continue;  // it would be the same once more
    ++told[row.kind].different;
    kinds.at(row.kind)(row);
  }
  for (const auto& [kind, of] : told)
    std::cout << kind << ": rows " << of.rows << ", played each that is like none before: " << of.different << '\n';
  CHECK(told.size() >= 16);
}

}  // namespace wattle::edge::defects_replay_test
