#pragma once
// A law over seeds: RapidCheck draws them, and prints the one for which it does not hold.

#include <rapidcheck.h>

#include <cstdint>
#include <functional>

namespace wattle::laws {

inline bool holds(const char* law, const std::function<void(std::uint64_t)>& property) {
  return rc::check(law, [&] { property(*rc::gen::inRange<std::uint64_t>(1, 1'000'000)); });
}

}  // namespace wattle::laws
