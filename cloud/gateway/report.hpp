#pragma once
// What a box says of its circuits just now (api-spec/provisioning.md, "Report"). Nothing rests on it.

#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/base/units.hpp"

namespace wattle::cloud {

inline constexpr std::size_t report_circuits_max = 4096;

enum class RelayState : std::uint8_t { unknown = 0, open = 1, closed = 2 };
enum class RelayCause : std::uint8_t { unknown = 0, credit = 1, no_credit = 2 };

struct CircuitReport {
  CircuitId circuit;
  RoomId room;
  RelayState relay{};
  RelayCause cause{};
  Quantity register_units;
  Money live_balance;
  Instant received{};  // not in the bytes
};

Result<std::vector<CircuitReport>> read_report(ByteView bytes);
Bytes write_report(const std::vector<CircuitReport>& circuits);

}  // namespace wattle::cloud
