// A box that comes back has much to say, and the cloud is still bound to its former life.

#include <catch2/catch.hpp>

#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

TEST_CASE("what was sent while the two found each other is sent again at once") {
  TwoEnds ends(sodium);
  ends.edge().session->disconnect();
  for (int i = 0; i < 40; ++i) ends.mint(ends.edge(), ends.cash(yuan(1)));
  ends.connect(ends.edge());
  ends.exchange();
  CHECK(ends.cloud().link->theirs().head() == ends.edge().link->mine().head());
  CHECK(ends.edge().session->backlog() == 0);
}

TEST_CASE("a status that another one of its session may replace carries the session's number") {
  TwoEnds ends(sodium);
  const auto numbers = [&] {
    std::vector<std::uint64_t> found;
    for (const auto& outgoing : ends.cloud().session->produce(ends.now)) found.push_back(outgoing.status);
    return found;
  };
  ends.cloud().session->show_status();
  CHECK(numbers() == std::vector<std::uint64_t>{ends.edge().nonce});
  ends.mint(ends.cloud(), ends.recharge(yuan(1)));
  CHECK(numbers() == std::vector<std::uint64_t>{0});  // a batch
  ends.connect(ends.cloud());
  CHECK(ends.cloud().said.size() == 1);
}

}  // namespace
}  // namespace wattle::test
