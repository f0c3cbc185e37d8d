#pragma once
// What a box says of its circuits just now (api-spec/provisioning.md, "Report"). Nothing rests on it.

#include <string>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/base/units.hpp"
#include "shared/ledger/errors.hpp"
#include "shared/meter/health.hpp"
#include "shared/policy/box_pace.hpp"
#include "shared/policy/meter_parameters.hpp"
#include "shared/policy/meter_purse.hpp"
#include "shared/policy/relay_row.hpp"
#include "shared/policy/wiring.hpp"

namespace wattle::cloud {

inline constexpr std::uint8_t report_version = 6;  // the newest one
inline constexpr std::size_t report_circuits_max = 4096;
inline constexpr std::size_t report_settings_max = 512;
inline constexpr std::size_t report_rows_max = 256;
inline constexpr std::size_t report_buses_max = 64;
inline constexpr std::size_t report_meters_max = 2048;
inline constexpr std::size_t setting_key_bytes_max = 32;

enum class RelayState : std::uint8_t { unknown = 0, open = 1, closed = 2 };

/// Which version of a register the box has; 0: none, so the default is applied.
struct SettingReport {
  std::uint64_t version = 0;
  bool overridden = false;
  bool good = true;
  bool operator==(const SettingReport&) const = default;
};

/// Why an order about what a circuit is charged is not carried out.
struct OrderRefusal {
  std::uint32_t order = 0;  // mark_of() its id
  LedgerErrc why{};
  bool operator==(const OrderRefusal&) const = default;
};

struct CircuitReport {
  CircuitId circuit;
  RoomId room;  // 0: nobody's; it is only recorded
  RelayState relay{};
  std::optional<RelayReason> reason;
  Quantity register_units;
  Money live_balance;
  std::optional<Power> power = {};
  ControlMode mode{};
  Warning warning{};
  std::uint32_t trip = 0;  // the number of the trip that holds it; 0: none
  bool locked = false;
  SettingReport control = {};
  bool held = false;  // a person has to say what is with its meter
  SettingReport plan = {};
  SettingReport meter = {};                      // the order for another one
  std::optional<LedgerErrc> meter_refused = {};  // why that was not carried out
  SettingReport rollover = {};
  SettingReport parameters = {};
  ParametersTold told = {};  // how they stand in the meter
  std::optional<ClockTold> clock = {};
  SettingReport accept = {};  // the order to go on from a held reading
  std::optional<OrderRefusal> accept_refused = {};
  SettingReport correction = {};
  std::optional<OrderRefusal> correction_refused = {};
  Quantity held_after{};  // while it is held: up to where it was counted, and the reading
  Quantity held_shown{};
  SettingReport purse = {};
  std::optional<PurseTold> purse_told = {};  // how it stands in the meter; nothing also where this cloud cannot read it
  Instant received{};                        // not in the bytes
};

/// What the box says of a bus or a meter that is wired to it, or that it was told of.
struct BusReport {
  std::string name;
  SettingReport setting = {};
  WiringSource source{};
  WiringState state{};
  WiringFault fault{};
  std::optional<LineFaultsTold> faults = {};  // nothing: the box is older than that
  Instant received{};                         // not in the bytes
};
struct MeterReport {
  MeterId number;
  std::string bus;
  std::uint64_t address = 0;
  SettingReport setting = {};
  WiringSource source{};
  WiringState state{};
  WiringFault fault{};
  std::optional<Duration> heard_ago = {};  // when it was told
  std::optional<MeterHealth> health = {};
  Instant received{};  // not in the bytes
};

struct Report {
  std::vector<CircuitReport> circuits;
  std::vector<std::pair<std::string, SettingReport>> settings;  // registers of no circuit
  std::vector<RelayRow> rows;
  std::vector<BusReport> buses = {};
  std::vector<MeterReport> meters = {};
  std::optional<BoxPace> pace = {};  // at which it works; nothing also where this cloud cannot read it
  std::uint8_t version = report_version;
};

struct WiringReported {
  std::vector<BusReport> buses;
  std::vector<MeterReport> meters;
  std::optional<BoxPace> pace;
  std::uint8_t version = 0;
};

/// Boxes that report in this version or a newer one know the second version of questions on demand too.
inline constexpr std::uint8_t report_of_demands = 6;

Result<Report> read_report(ByteView bytes);
Bytes write_report(const Report& report);

}  // namespace wattle::cloud
