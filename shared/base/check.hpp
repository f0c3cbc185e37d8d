#pragma once
// CHECK: an assertion about our own code, on in every build. It is for bugs only; anything that the world may send is a
// Result. A failed CHECK ends the process, and the supervisor starts it again from its store.

#include <cstdio>
#include <cstdlib>

namespace wattle {

[[noreturn]] inline void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "CHECK failed: %s at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace wattle

#define WATTLE_CHECK(expression) ((expression) ? static_cast<void>(0) : ::wattle::check_failed(#expression, __FILE__, __LINE__))
