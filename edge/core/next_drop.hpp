#pragma once
// What a box drops next, once it has stood for as long as is kept. A row of Table::box.

#include "shared/ledger/kinds.hpp"

namespace wattle::edge {

struct NextDrop {
  Countersign by;
  Instant since;  // the box took it up
};
template <class F>
void fields(F& f, NextDrop& v) {
  f(v.by), f(v.since);
}

Bytes next_drop_key();

}  // namespace wattle::edge
