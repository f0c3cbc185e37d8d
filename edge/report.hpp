#pragma once
// What is so just now, for the people who watch (api-spec/provisioning.md, "Report"). Nothing rests on it.

#include <vector>

#include "edge/core/engine.hpp"

namespace wattle::edge {

inline constexpr Duration report_every = minutes(1);
inline constexpr std::size_t report_circuits_max = 4096;
inline constexpr std::size_t report_settings_max = 512;  // registers that are of no circuit
inline constexpr std::size_t report_rows_max = 256;      // of the relay log, when the cloud has none yet
inline constexpr std::uint64_t report_rows_again = 8;    // the newest ones once more: a report may have been lost

/// Which version of a register is here; 0: none, so the default is applied.
struct SettingReport {
  std::uint64_t version = 0;
  bool overridden = false;  // by the caretaker
  bool good = true;         // false: it cannot be read, and what was before goes on
};

struct CircuitReport {
  CircuitId circuit;
  RoomId room;
  std::optional<bool> relay_closed;
  Quantity reading;
  Money live;
  std::optional<Power> power;
  CircuitView view;
  SettingReport control;
};

struct Report {
  std::vector<CircuitReport> circuits;
  std::vector<std::pair<std::string, SettingReport>> settings;  // timetables, calendar, defaults
  std::vector<RelayRow> rows;
};
Bytes encode_report(const Report& report);

SettingReport setting_report(const SettingsBook& book, const std::string& key);
std::vector<std::pair<std::string, SettingReport>> site_settings(const SettingsBook& book);

}  // namespace wattle::edge
