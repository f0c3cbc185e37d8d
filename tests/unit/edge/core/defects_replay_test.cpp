// Defects of meters and balances, row by row (defects/*.csv: measured ones, each with its source, and made ones).

#include <fstream>

#include "tests/unit/edge/core/defects_kinds.hpp"

namespace wattle::edge::defects_replay_test {
namespace {

constexpr std::size_t rows_a_kind = 4;

std::vector<Row> rows_of(const std::string& name) {
  std::ifstream file(WATTLE_DEFECTS "/" + name);
  REQUIRE(file);
  return rows_in(file);
}

}  // namespace

TEST_CASE("no defect of a meter or a balance, measured or made, moves money, and each is recorded and told as it is",
          "[defects]") {
  std::map<std::string, std::size_t> played;
  for (const auto* name : {"measured.csv", "tracebase.csv", "made.csv"}) {
    for (const auto& row : rows_of(name)) {
      INFO(name << ": " << row.kind << " of " << row.series << " at " << row.start << ", size " << row.size);
      REQUIRE(kinds.contains(row.kind));
      kinds.at(row.kind)(row);
      ++played[row.kind];
    }
  }
  for (const auto& [kind, play] : kinds) {
    INFO(kind);
    CHECK(played[kind] >= (kind == "start_clock_same_as_other_session" ? 1 : rows_a_kind));
  }
}

}  // namespace wattle::edge::defects_replay_test
