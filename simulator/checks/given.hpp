#pragma once
// Orders compared by what was meant, not by their bytes.

#include "cloud/core/order.hpp"

namespace wattle::sim {

/// The same in each member.
bool is_same(const cloud::Order& a, const cloud::Order& b);
/// Whoever gives both means one thing: the same payment, the same request, the same term.
bool has_name_of(const cloud::Order& a, const cloud::Order& b);

}  // namespace wattle::sim
