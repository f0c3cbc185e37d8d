#pragma once
// The stable words of what the engine and the poll plan say, for logs, metrics and replies.

#include "edge/core/effect.hpp"
#include "edge/core/poll_plan.hpp"

namespace wattle::edge {

/// "edge.alarm.meter_anomaly": also the code of its log line.
const char* event_of(Alarm alarm);
/// "edge.meter.silent"
const char* event_of(PollNotice notice);
const char* event_of(MeterEvent event);
bool is_bad(MeterEvent event);
/// Bad news, or the end of it.
bool is_bad(PollNotice notice);
bool is_of_purse(PollNotice notice);
const char* word(CodeOutcome outcome);
/// For the relay log, where the notice is of a relay.
std::optional<RelayEvent> relay_event(PollNotice notice);

}  // namespace wattle::edge
