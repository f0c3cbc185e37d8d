#pragma once
// A line moves an amount from one pocket to another; the table below says which lines there are. It is checked by every
// replica for every entry, kinds that it does not know included.

#include "shared/base/units.hpp"
#include "shared/ledger/errors.hpp"
#include "shared/ledger/pocket.hpp"

namespace wattle {

struct Line {
  Pocket from;
  Pocket to;
  Money amount;
  bool measured = false;  // energy that has already flowed: always booked, even below zero. Else decided.
  bool operator==(const Line&) const = default;
};

/// In which stream an entry stands; the site's own stream is never sent.
enum class Direction : std::uint8_t { up = 1, down = 2, site = 3 };

/// Legal by the table for an entry that stands in the stream of `link` in the given direction (`link` is cloud_holder in the
/// site's stream). Whether a foreign incarnation whose pocket the cloud debits is really fenced is for the cloud to check.
Result<void> check_line(const Line& line, Direction direction, Holder link);

}  // namespace wattle
