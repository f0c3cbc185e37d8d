#include "edge/core/event_look.hpp"

#include "shared/base/check.hpp"

namespace wattle::edge {

EventLook::EventLook(RoomId room, CircuitId circuit, Instant from, Instant until, const dlt645::ModelHistory& kept)
    : room_(room), circuit_(circuit), from_(from), until_(until) {
  for (auto event = kept.events.rbegin(); event != kept.events.rend(); ++event) left_.push_back(event->first);
}

std::optional<MeterEvent> EventLook::question() const { return left_.empty() ? std::nullopt : std::optional(left_.back()); }

void EventLook::take(const Result<LocalTime>& when, Duration utc_offset) {
  WATTLE_CHECK(!left_.empty());
  if (when) happened_[left_.back()] = *instant_of(*when, utc_offset);
  left_.pop_back();
}

/// What the box itself writes when it hears a meter again, or wrote before it no longer did, is nobody else's.
bool EventLook::is_within(MeterEvent event, Instant at) const {
  const bool may_be_ours = event == MeterEvent::programmed || event == MeterEvent::purchased;
  const auto slack = may_be_ours ? Duration{} : event_slack;
  return from_ - slack <= at && at <= until_ + slack;
}

/// The last one before the contact opened.
std::optional<MeterEvent> EventLook::cause_of(Instant trip) const {
  std::optional<MeterEvent> cause;
  for (const auto& [event, at] : happened_) {
    if (!is_cause(event) || at < trip - cause_before || at > trip + minutes(1)) continue;
    if (!cause || happened_.at(*cause) < at) cause = event;
  }
  return cause;
}

std::vector<MeterEventFound> EventLook::found() const {
  std::vector<MeterEventFound> out;
  for (const auto& [event, at] : happened_) {
    const bool is_only_a_cause = event == MeterEvent::overloaded || event == MeterEvent::overdrawn;
    if (!is_within(event, at) || is_only_a_cause) continue;
    out.push_back({room_, circuit_, event, event == MeterEvent::tripped ? cause_of(at) : std::nullopt, at});
  }
  return out;
}

}  // namespace wattle::edge
