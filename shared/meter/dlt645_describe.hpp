#pragma once
// A frame of DL/T 645 for people, whichever side sent it.

#include "shared/meter/dlt645_items.hpp"

namespace wattle::dlt645 {

/// Passwords are shown as "hidden": what is described is logged.
Described describe(Edition edition, const Frame& frame, const Dialect& dialect = {});

}  // namespace wattle::dlt645
