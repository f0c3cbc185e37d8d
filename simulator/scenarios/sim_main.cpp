#include <cstdio>
#include <cstdlib>
#include <cstring>
#include "simulator/nodes/world.hpp"
using namespace wattle::sim;
int main(int argc, char** argv) {
  std::uint64_t from = 1, to = 1; Options o;
  for (int i = 1; i < argc; ++i) {
    if (!strcmp(argv[i], "--seeds")) { sscanf(argv[++i], "%lu-%lu", &from, &to); }
    else if (!strcmp(argv[i], "--steps")) o.steps = strtoull(argv[++i], nullptr, 10);
    else if (!strcmp(argv[i], "--trace")) o.trace = true;
    else if (!strcmp(argv[i], "--room")) o.trace_room = atoi(argv[++i]);
    else if (!strcmp(argv[i], "--slot")) o.trace_slot = atoi(argv[++i]);
    else if (!strcmp(argv[i], "--faults")) { unsigned long m = strtoul(argv[++i], nullptr, 0); o.faults = m; }
  }
  int bad = 0; unsigned long events = 0;
  for (auto s = from; s <= to; ++s) {
    o.seed = s;
    World w(o);
    try { w.run(); } catch (const Violation& v) { ++bad; printf("seed %lu: %s\n", s, v.what()); if (bad > 30) return 1; }
    w.print_history();
    events += w.events();
  }
  printf("%d bad, %lu events\n", bad, events);
  return bad != 0;
}
