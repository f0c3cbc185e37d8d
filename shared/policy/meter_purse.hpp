#pragma once
// The register `purse/<circuit>`: whether and how the purse in the circuit's meter is kept (api-spec/control.md); what a box
// reports of it; and the row in which a box remembers what it has bought. Canonical bytes, written and read here.

#include <optional>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/purse.hpp"

namespace wattle {

enum class PurseMode : std::uint8_t {
  off = 0,      // left alone
  display = 1,  // only shown, to a meter that does not cut by it
  purse = 2,    // kept as the meter has it: bought into, or shown where the meter can only show
};

Bytes encode(PurseMode mode);
std::optional<PurseMode> decode_purse(ByteView bytes);

enum class PurseState : std::uint8_t {
  pending = 0,      // not read yet, or something that was written has not been seen yet
  agrees = 1,       // with the ledger, but for less than is worth a purchase
  differs = 2,      // and is being put right
  excess = 3,       // the meter has more than the room, and gives nothing back
  refused = 4,      // the meter says no, or cannot hold it
  unsupported = 5,  // the profile knows no such purse, or the meter does not
  unsettled = 6,    // nobody can tell whether the last purchase was taken, so that none follows
};
inline constexpr PurseState purse_state_last = PurseState::unsettled;

/// What a meter showed. In its purse's measure.
struct PurseShown {
  std::int64_t remaining = 0;  // below zero: overdrawn
  std::int64_t total = 0;
  std::uint32_t count = 0;
  bool operator==(const PurseShown&) const = default;
};

/// How a purse stands, as its box sees it.
struct PurseTold {
  PurseState state{};
  PurseMeasure measure = PurseMeasure::money;
  std::optional<PurseShown> in_meter;
  std::optional<std::int64_t> wanted;  // what should remain
  std::int64_t foreign = 0;            // what the box has not bought, and leaves there
  Instant read;                        // when; 0: never
  std::uint16_t why = 0;               // MeterErrc of a refusal or of the last failure; 0: none
  bool operator==(const PurseTold&) const = default;
};

/// In bytes of their own, so that whoever cannot read them can go on behind them.
Bytes encode(const PurseTold& told);
std::optional<PurseTold> decode_purse_told(ByteView bytes);
inline constexpr std::size_t purse_told_bytes_max = 128;

/// A purchase that was, or was about to be, written.
struct PursePending {
  PurseOrder order;
  std::int64_t remaining = 0;  // in the meter before it
  bool operator==(const PursePending&) const = default;
};

/// What a box remembers of a circuit's purse: up to where it agrees with the meter, and what is on its way. Durable before a
/// purchase goes out.
struct PurseBook {
  MeterId meter;              // 0: none yet
  std::uint32_t opening = 0;  // of the room
  std::uint32_t count = 0;
  std::int64_t total = 0;
  std::int64_t foreign = 0;  // as far as it is still there
  std::int64_t seen = 0;     // of a display: the room's money as its rises were last added up
  std::int64_t untaken = 0;  // the last purchase that was given up: it may come late
  std::optional<PursePending> pending;
  bool operator==(const PurseBook&) const = default;
};
Bytes encode(const PurseBook& book);
std::optional<PurseBook> decode_purse_book(ByteView bytes);

}  // namespace wattle
