#include "edge/report.hpp"

#include <catch2/catch.hpp>

namespace wattle::edge {

TEST_CASE("a report has the bytes of api-spec/provisioning.md") {
  const std::vector<CircuitReport> circuits{{{1010}, {101}, true, RelayReason::credit, {300}, {-1}},
                                            {{1}, {2}, std::nullopt, std::nullopt, {}, {}}};
  // version, count; circuit 1010 = f207, room 101, closed, credit, 300 = ac02, -1 = 01; then the one of which nothing is known
  CHECK(to_hex(encode_report(circuits)) ==
        "0102"
        "f207"
        "65"
        "02"
        "01"
        "ac02"
        "01"
        "01"
        "02"
        "00"
        "00"
        "00"
        "00");
  CHECK(to_hex(encode_report({})) == "0100");
}

}  // namespace wattle::edge
