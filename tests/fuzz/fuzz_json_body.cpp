// Any bytes as a JSON body, read as a handler reads one: it ends, and what was accepted keeps its bounds.

#include "shared/api/characters.hpp"
#include "shared/api/json.hpp"
#include "shared/base/check.hpp"

using namespace wattle;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  JsonBody body({reinterpret_cast<const char*>(data), size});
  auto root = body.root();
  const auto amount = root.amount("amount", yuan(10'000));
  const auto shift = root.integer("shift", {1, 99}, 1);
  const auto note = root.text("note", {0, 20}, "");
  root.boolean("print", false);
  std::size_t lines = 0;
  if (root.has("payer")) root.object("payer").text("name", {1, 20});
  if (root.has("lines")) {
    for (auto line : root.objects("lines")) {
      line.amount("amount");
      ++lines;
    }
  }
  const auto faults = body.finish();
  WATTLE_CHECK(faults.size() <= JsonBody::faults_limit);
  WATTLE_CHECK(lines <= JsonLimits{}.items);
  WATTLE_CHECK(amount.micros >= 0 && amount <= yuan(10'000));
  WATTLE_CHECK(shift >= 1 && shift <= 99 && count_characters(note) <= 20);
  if (faults.empty()) WATTLE_CHECK(amount.micros > 0);
  return 0;
}
