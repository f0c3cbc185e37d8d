#include "edge/words.hpp"

namespace wattle::edge {

const char* event_of(Alarm alarm) {
  switch (alarm) {
    case Alarm::own_entries_forgotten: return "edge.alarm.own_entries_forgotten";
    case Alarm::copy_refused: return "edge.alarm.copy_refused";
    case Alarm::stream_stopped: return "edge.alarm.stream_stopped";
    case Alarm::meter_anomaly: return "edge.alarm.meter_anomaly";
    case Alarm::fenced: return "edge.alarm.fenced";
    case Alarm::refused_event: return "edge.alarm.refused_event";
    case Alarm::bad_setting: return "edge.alarm.bad_setting";
    case Alarm::tripped: return "edge.alarm.tripped";
    case Alarm::locked_out: return "edge.alarm.locked_out";
  }
  return "edge.alarm.unknown";
}

const char* event_of(PollNotice notice) {
  switch (notice) {
    case PollNotice::silent: return "edge.meter.silent";
    case PollNotice::heard_again: return "edge.meter.heard_again";
    case PollNotice::relay_disobeys: return "edge.relay.disobeys";
    case PollNotice::relay_obeys: return "edge.relay.obeys";
    case PollNotice::relay_strayed: return "edge.relay.strayed";
    case PollNotice::foreign_meter: return "edge.meter.foreign";
    case PollNotice::own_meter: return "edge.meter.own";
    case PollNotice::flows_open: return "edge.relay.flows_open";
    case PollNotice::flows_no_more: return "edge.relay.flows_no_more";
    case PollNotice::bus_silent: return "edge.bus.silent";
    case PollNotice::bus_heard_again: return "edge.bus.heard_again";
    case PollNotice::torn: return "edge.meter.torn";
    case PollNotice::register_stuck: return "edge.meter.stuck";
    case PollNotice::register_moves: return "edge.meter.moves";
    case PollNotice::parameter_written: return "edge.parameter.written";
    case PollNotice::parameter_differs: return "edge.parameter.differs";
    case PollNotice::parameter_refused: return "edge.parameter.refused";
    case PollNotice::clock_wrong: return "edge.clock.wrong";
    case PollNotice::clock_right: return "edge.clock.right";
    case PollNotice::purse_bought: return "edge.purse.bought";
    case PollNotice::purse_agrees: return "edge.purse.agrees";
    case PollNotice::purse_differs: return "edge.alarm.purse_differs";
    case PollNotice::purse_excess: return "edge.alarm.purse_excess";
    case PollNotice::purse_refused: return "edge.purse.refused";
    case PollNotice::purse_unsettled: return "edge.alarm.purse_unsettled";
    case PollNotice::figures_disagree: return "edge.meter.figures_disagree";
    case PollNotice::figures_agree: return "edge.meter.figures_agree";
    case PollNotice::purse_count_ends: return "edge.alarm.purse_count_ends";
  }
  return "edge.meter.unknown";
}

const char* event_of(MeterEvent event) {
  switch (event) {
    case MeterEvent::tripped: return "edge.meter.tripped";
    case MeterEvent::overloaded: return "edge.meter.overloaded";
    case MeterEvent::overdrawn: return "edge.meter.overdrawn";
    case MeterEvent::cover_opened: return "edge.cover.opened";
    case MeterEvent::terminal_cover_opened: return "edge.cover.terminal_opened";
    case MeterEvent::programmed: return "edge.meter.programmed";
    case MeterEvent::purchased: return "edge.meter.purchased";
  }
  return "edge.meter.unknown";
}

bool is_bad(MeterEvent event) { return event == MeterEvent::tripped || is_opened_cover(event); }

bool is_bad(PollNotice notice) {
  return notice == PollNotice::silent || notice == PollNotice::relay_disobeys || notice == PollNotice::relay_strayed ||
         notice == PollNotice::foreign_meter || notice == PollNotice::flows_open || notice == PollNotice::bus_silent ||
         notice == PollNotice::register_stuck || notice == PollNotice::parameter_differs ||
         notice == PollNotice::parameter_refused || notice == PollNotice::clock_wrong || notice == PollNotice::purse_differs ||
         notice == PollNotice::purse_excess || notice == PollNotice::purse_refused || notice == PollNotice::purse_unsettled ||
         notice == PollNotice::purse_count_ends || notice == PollNotice::figures_disagree;
}

bool is_of_purse(PollNotice notice) { return notice >= PollNotice::purse_bought && notice <= PollNotice::purse_count_ends; }

const char* word(CodeOutcome outcome) {
  switch (outcome) {
    case CodeOutcome::accepted: return "accepted";
    case CodeOutcome::not_a_code: return "not_a_code";
    case CodeOutcome::used: return "used";
    case CodeOutcome::room_not_here: return "room_not_here";
    case CodeOutcome::locked: return "locked";
    case CodeOutcome::cap_reached: return "cap_reached";
  }
  return "unknown";
}

std::optional<RelayEvent> relay_event(PollNotice notice) {
  switch (notice) {
    case PollNotice::relay_strayed: return RelayEvent::strayed;
    case PollNotice::relay_disobeys: return RelayEvent::disobeys;
    case PollNotice::relay_obeys: return RelayEvent::obeys;
    default: return std::nullopt;
  }
}

}  // namespace wattle::edge
