// Every code that the server and the JSON reader may give stands in the contract, and the contract names no other of theirs.

#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "shared/io/files.hpp"

namespace wattle {
namespace {

std::set<std::string> found_in(const std::string& file, const std::string& pattern) {
  const auto text = read_file(std::string(WATTLE_SOURCES) + '/' + file, 1024 * 1024);
  REQUIRE(text);
  const std::regex expression(pattern);
  std::set<std::string> out;
  for (std::sregex_iterator at(text->begin(), text->end(), expression), end; at != end; ++at) out.insert((*at)[1]);
  return out;
}

TEST_CASE("the codes of problem.hpp are those of the contract") {
  const auto ours = found_in("cloud/http/problem.hpp", "\\{\\d{3}, \"(http\\.[a-z_]+)\"");
  CHECK(ours.size() >= 16);
  CHECK(ours == found_in("api-spec/openapi.yaml", "- (http\\.[a-z_]+)\n"));
}

TEST_CASE("the codes of JSON faults are those of the contract") {
  const auto ours = found_in("shared/api/errors.cpp", "JsonErrc::[a-z_]+: return \\{\"(json\\.[a-z_]+)\"");
  CHECK(ours.size() == 11);
  CHECK(ours == found_in("api-spec/openapi.yaml", "- (json\\.[a-z_]+)\n"));
}

}  // namespace
}  // namespace wattle
