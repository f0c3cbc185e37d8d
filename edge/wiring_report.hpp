#pragma once
// How what is wired stands, as the report tells it and the box counts it.

#include "edge/meter_line.hpp"
#include "edge/report.hpp"
#include "edge/wiring.hpp"

namespace wattle::edge {

/// What the line has heard that was wrong. It goes on only while it is fresh: on a bus that is away nothing is heard any more
/// that could end it.
LineFaultsTold faults_told(const LineWatch& watch, Tick now);

/// `line`: of that name; null: none is open. What cannot be used is refused, also where the file's goes on in its place; what
/// is away is waited for.
BusReport bus_report(const BusNote& note, const SettingReport& setting, const MeterLine* line, Tick now);

/// Circuits of rooms that are open here, and that are on no bus: nobody reads them, and nothing of theirs is cut.
std::size_t circuits_unread(const Engine& engine, const std::vector<BusConfig>& buses);

}  // namespace wattle::edge
