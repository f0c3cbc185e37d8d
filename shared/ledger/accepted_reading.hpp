#pragma once
// A reading that a person has found true, as far as the ledger holds a meter_change from a meter to itself against it: what
// every version of the configuration's register accept/<circuit> begins with (api-spec/control.md).

#include <optional>

#include "shared/ledger/kinds.hpp"

namespace wattle {

struct AcceptedReading {
  Uid id;
  MeterId meter;
  Quantity after;  // up to where the circuit was counted
  Quantity shown;  // from where it goes on
};

inline constexpr std::string_view accepted_prefix = "accept/";

/// Nothing for bytes that are no such register.
std::optional<AcceptedReading> read_accepted(ByteView value);
/// The change says what the order said: up to where is charged, from where it goes on, of which meter, by which id.
bool carries_out(const AcceptedReading& order, const MeterChange& change, const OutsideId& outside);

}  // namespace wattle
