// Any bytes as an amount: what is accepted lies within its limits and is written back as the same money.

#include "shared/api/money_text.hpp"
#include "shared/base/check.hpp"

using namespace wattle;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto amount = parse_amount(text);
  if (!amount) return 0;
  WATTLE_CHECK(amount->micros >= 0 && *amount <= largest_amount);
  const auto written = money_text(*amount);
  WATTLE_CHECK(parse_amount(written) == amount);
  WATTLE_CHECK(written.starts_with(text));
  return 0;
}
