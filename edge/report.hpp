#pragma once
// What is so just now, for the people who watch (api-spec/provisioning.md, "Report"). Nothing rests on it.

#include <vector>

#include "edge/core/engine.hpp"
#include "shared/crypto/envelope.hpp"
#include "shared/meter/health.hpp"
#include "shared/policy/box_pace.hpp"

namespace wattle::edge {

inline constexpr Duration report_every = minutes(1);
/// What an envelope takes; lists end where it is full.
inline constexpr std::size_t report_bytes_max = max_envelope_body_bytes;
inline constexpr std::size_t report_circuits_max = 4096;
inline constexpr std::size_t report_settings_max = 512;  // registers that are of no circuit
inline constexpr std::size_t report_rows_max = 256;      // of the relay log
inline constexpr std::size_t report_buses_max = 128;     // those among them that are one too many, and why
inline constexpr std::size_t report_name_max = 64;       // bytes of a bus's name
inline constexpr std::size_t report_meters_max = 2048;
inline constexpr std::uint64_t report_rows_again = 8;  // the newest ones once more: a report may have been lost

/// Which version of a register is here; 0: none, so the default is applied.
struct SettingReport {
  std::uint64_t version = 0;
  bool overridden = false;  // by the caretaker
  bool good = true;         // false: it cannot be read, and what was before goes on
};

struct CircuitReport {
  CircuitId circuit;
  RoomId room;  // 0: nobody's; it is only recorded
  std::optional<bool> relay_closed;
  Quantity reading;
  Money live;
  std::optional<Power> power;
  CircuitView view;
  SettingReport control;
  SettingReport plan = {};
  SettingReport meter = {};  // the order for another one
  std::optional<LedgerErrc> meter_refused = {};
  SettingReport rollover = {};
  SettingReport parameters = {};
  ParametersTold told = {};  // how they stand in the meter
  std::optional<ClockTold> clock = {};
  SettingReport accept = {};  // the order to go on from a held reading; why not stands in the view
  SettingReport correction = {};
  SettingReport purse = {};
  std::optional<PurseTold> purse_told = {};  // how it stands in the meter
};

/// A bus or a meter that is wired to the box, or that it was told of (docs/decisions/0021).
struct BusReport {
  std::string name;
  SettingReport setting = {};  // version 0: the stream says nothing of it
  WiringSource source{};
  WiringState state{};
  WiringFault fault{};
  LineFaultsTold faults = {};
};
struct MeterReport {
  MeterId number;
  std::string bus;
  std::uint64_t address = 0;
  SettingReport setting = {};
  WiringSource source{};
  WiringState state{};  // pending: not heard since this start
  WiringFault fault{};
  std::optional<Duration> heard_ago = {};
  MeterHealth health = {};
};

struct Report {
  std::vector<CircuitReport> circuits;
  std::vector<std::pair<std::string, SettingReport>> settings;  // timetables, calendar, defaults
  std::vector<RelayRow> rows;
  std::vector<BusReport> buses = {};
  std::vector<MeterReport> meters = {};
  BoxPace pace = {};  // at which it works: all three
};
Bytes encode_report(const Report& report);

SettingReport setting_report(const SettingsBook& book, const std::string& key);
std::vector<std::pair<std::string, SettingReport>> site_settings(const SettingsBook& book);

}  // namespace wattle::edge
